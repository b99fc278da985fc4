"""REGISTER by the letter (RFC 3261 section 10.3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.lookup import Bindings
from registrar.save import Policy, save
from switchroom.config.sections import RegistrarSection
from switchroom.v1.registrar_pb2 import Register
from tests.registrar.conftest import AOR, NOW, Phonebook, register, values

ONE, TWO = "sip:1001@192.0.2.7:5070", "sip:1001@192.0.2.8:5070"


@pytest.fixture
def book() -> Phonebook:
    return Phonebook()


class TestBinding:
    @pytest.mark.covers("RG-014", "RG-021")
    def test_a_contact_is_stored_and_told_with_its_time(self, book: Phonebook) -> None:
        reply = book.send(register(f"<{ONE}>", expires="300"))
        assert (reply.status, reply.reason) == (200, "OK")
        assert values(reply, "Contact") == [f"<{ONE}>;expires=300"]
        assert values(reply, "Date") == ["Tue, 14 Nov 2023 22:13:20 GMT"]
        (binding,) = book.stored
        assert (binding.aor, binding.contact, binding.expires_at) == (AOR, ONE, NOW + 300)
        assert binding.message.flow.remote.port == 5070
        assert binding.message.user_agent == "phone"

    @pytest.mark.covers("RG-026")
    def test_every_device_is_told_of_in_every_answer(self, book: Phonebook) -> None:
        book.send(register(f"<{ONE}>", expires="300", call_id="a"))
        book.now += 100
        reply = book.send(register(f"<{TWO}>", expires="300", call_id="b"))
        assert values(reply, "Contact") == [f"<{ONE}>;expires=200", f"<{TWO}>;expires=300"]

    def test_several_contacts_each_with_its_own_time(self, book: Phonebook) -> None:
        reply = book.send(register(f"<{ONE}>;expires=100;q=0.5", f'"Desk" <{TWO}>;q=0.25', expires="200"))
        assert values(reply, "Contact") == [f"<{ONE}>;expires=100;q=0.5", f"<{TWO}>;expires=200;q=0.25"]

    @pytest.mark.covers("RG-007")
    def test_a_request_without_contact_asks(self, book: Phonebook) -> None:
        book.send(register(f"<{ONE}>", expires="300"))
        reply = book.send(register(cseq=1))
        assert (reply.status, values(reply, "Contact")) == (200, [f"<{ONE}>;expires=300"])

    def test_a_refresh_keeps_the_first_day(self, book: Phonebook) -> None:
        book.send(register(f"<{ONE}>", expires="300"))
        book.now += 200
        book.send(register(f"<{ONE}>", expires="300", cseq=2))
        (binding,) = book.stored
        assert (binding.registered_at, binding.expires_at) == (NOW, NOW + 500)

    def test_what_has_run_out_is_no_more_told(self, book: Phonebook) -> None:
        book.send(register(f"<{ONE}>", expires="300", cseq=5))
        book.now += 300
        assert values(book.send(register()), "Contact") == []
        # Nor does its CSeq hold any more.
        assert book.send(register(f"<{ONE}>", expires="300", cseq=1)).status == 200

    @pytest.mark.covers("RG-019", "RG-020", "RG-004")
    def test_the_way_it_came_is_kept_and_follows_the_phone(self, book: Phonebook) -> None:
        book.send(register(f"<{ONE}>", expires="300"))
        moved = register(f"<{ONE}>", expires="300", cseq=2, transport="TCP")
        moved.flow.remote.address, moved.flow.remote.port, moved.flow.connection = "198.51.100.9", 40123, 7
        book.send(moved)
        (binding,) = book.stored
        assert binding.message.flow == moved.flow

    @pytest.mark.covers("RG-021")
    def test_methods_of_the_contact_stand_in_for_allow(self, book: Phonebook) -> None:
        book.send(register(f'<{ONE}>;methods="INVITE, BYE"'))
        assert book.stored[0].message.allow == "INVITE, BYE"


class TestInterval:
    """Section 10.3 step 7, section 20.19."""

    @pytest.mark.covers("RG-002")
    def test_what_holds_when_nobody_sets_it(self) -> None:
        section = RegistrarSection()
        policy = Policy(section.min_expires_s, section.max_expires_s, section.default_expires_s)
        assert policy == Policy() == Policy(60, 3600, 3600, 20)
        assert section.nonce_life_s == 300

    @pytest.mark.covers("RG-002")
    @pytest.mark.parametrize(
        ("contact", "header", "granted"),
        [
            (";expires=120", "300", 120),
            ("", "300", 300),
            ("", None, 1800),
            (";expires=99999999999999999999", None, 3600),
            ("", "7200", 3600),
            (";expires=soon", "300", 3600),
            (";expires=", "300", 3600),
            ("", "-1", 3600),
        ],
    )
    def test_contact_then_header_then_default(self, contact: str, header: str | None, granted: int) -> None:
        book = Phonebook(Policy(60, 3600, 1800))
        reply = book.send(register(f"<{ONE}>{contact}", expires=header))
        assert values(reply, "Contact") == [f"<{ONE}>;expires={granted}"]

    @pytest.mark.covers("RG-008")
    def test_too_brief_is_423_with_the_least(self, book: Phonebook) -> None:
        reply = book.send(register(f"<{ONE}>", expires="59"))
        assert (reply.status, reply.headers) == (423, [("Min-Expires", "60")])
        assert not book.stored

    def test_an_hour_is_never_too_brief(self) -> None:
        book = Phonebook(Policy(7200, 9000, 9000))
        assert book.send(register(f"<{ONE}>", expires="3600")).status == 200
        assert book.send(register(f"<{TWO}>", expires="3599")).status == 423


class TestRemoval:
    @pytest.mark.covers("RG-017")
    @pytest.mark.parametrize(("contact", "header"), [(f"<{ONE}>;expires=0", "300"), (f"<{ONE}>", "0"), ("*", "0")])
    def test_expires_0_removes(self, book: Phonebook, contact: str, header: str) -> None:
        book.send(register(f"<{ONE}>", expires="300"))
        reply = book.send(register(contact, expires=header, cseq=2))
        assert (reply.status, values(reply, "Contact"), book.contacts) == (200, [], [])

    def test_removing_what_is_not_there_is_fine(self, book: Phonebook) -> None:
        assert book.send(register(f"<{ONE}>", expires="0")).status == 200

    @pytest.mark.covers("RG-017")
    def test_only_the_named_one_goes(self, book: Phonebook) -> None:
        book.send(register(f"<{ONE}>", f"<{TWO}>", expires="300"))
        book.send(register(f"<{ONE}>", expires="0", cseq=2))
        assert book.contacts == [TWO]

    @pytest.mark.covers("RG-017", "DR-025")
    @pytest.mark.parametrize(
        ("contacts", "expires"), [(["*"], None), (["*"], "60"), (["*", f"<{ONE}>"], "0"), (["*", "*"], "0")]
    )
    def test_star_wants_expires_0_and_nothing_else(
        self, book: Phonebook, contacts: list[str], expires: str | None
    ) -> None:
        book.send(register(f"<{ONE}>", expires="300"))
        assert book.send(register(*contacts, expires=expires, cseq=2)).status == 400
        assert book.contacts == [ONE]


class TestOrder:
    """Call-ID and CSeq: an old request that comes late changes nothing."""

    @pytest.mark.parametrize("cseq", [4, 5])
    @pytest.mark.parametrize("contact", [f"<{ONE}>", f"<{ONE}>;expires=0"])
    def test_rejects_older_cseq_of_same_call_id(self, book: Phonebook, cseq: int, contact: str) -> None:
        book.send(register(f"<{ONE}>", expires="300", cseq=5))
        assert book.send(register(contact, expires="600", cseq=cseq)).status == 500
        assert book.stored[0].expires_at == NOW + 300

    def test_another_call_id_starts_anew(self, book: Phonebook) -> None:
        book.send(register(f"<{ONE}>", expires="300", cseq=5))
        assert book.send(register(f"<{ONE}>", expires="600", cseq=1, call_id="after-reboot")).status == 200

    def test_star_with_an_older_cseq_is_refused_whole(self, book: Phonebook) -> None:
        book.send(register(f"<{ONE}>", expires="300", cseq=5, call_id="a"))
        book.send(register(f"<{TWO}>", expires="300", cseq=9, call_id="b"))
        assert book.send(register("*", expires="0", cseq=9, call_id="b")).status == 500
        assert book.contacts == [ONE, TWO]

    def test_all_or_nothing(self, book: Phonebook) -> None:
        book.send(register(f"<{ONE}>", expires="300", cseq=5))
        assert book.send(register(f"<{TWO}>", f"<{ONE}>", expires="300", cseq=5)).status == 500
        assert book.send(register(f"<{TWO}>", "nonsense", expires="300", cseq=6)).status == 400
        assert book.contacts == [ONE]


class TestIdentity:
    """Which binding a contact is: by instance and flow, else by URI comparison."""

    PHONE = ';+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"'

    @pytest.mark.covers("RG-004")
    def test_a_device_that_moved_takes_its_own_place(self, book: Phonebook) -> None:
        """DE-071: one device, one binding, whatever port its router gives it."""
        book.send(register(f"<{ONE}>{self.PHONE}", expires="300"))
        reply = book.send(register(f"<{TWO}>{self.PHONE}", expires="300", call_id="after-reboot"))
        assert book.contacts == [TWO]
        assert values(reply, "Contact") == [f"<{TWO}>;expires=300{self.PHONE}"]

    def test_what_it_replaced_is_told(self, book: Phonebook) -> None:
        book.send(register(f"<{ONE}>{self.PHONE}", expires="300"))
        request = register(f"<{TWO}>{self.PHONE}", expires="300", cseq=2)
        _, changes = save(request, AOR, book.stored, book.now, book.policy)
        assert [(binding.contact, reason) for binding, reason in changes.removed] == [(ONE, "replaced")]

    @pytest.mark.covers("RG-004")
    def test_two_flows_of_one_device_are_two(self, book: Phonebook) -> None:
        book.send(register(f"<{ONE}>{self.PHONE};reg-id=1", expires="300"))
        reply = book.send(register(f"<{TWO}>{self.PHONE};reg-id=2", expires="300", cseq=2))
        assert book.contacts == [ONE, TWO]
        assert values(reply, "Contact")[1] == f"<{TWO}>;expires=300{self.PHONE};reg-id=2"

    def test_reg_id_without_instance_means_nothing(self, book: Phonebook) -> None:
        book.send(register(f"<{ONE}>;reg-id=7", expires="300"))
        assert book.stored[0].reg_id == 0

    @pytest.mark.parametrize(
        ("stored", "same"),
        [
            ("sip:1001@192.0.2.7:5070;ob", True),
            ("SIP:1001@192.0.2.7:5070", True),
            ("sip:%31001@192.0.2.7:5070", True),
            ("sip:1001@192.0.2.7", False),
            ("sip:1001@192.0.2.7:5070;transport=tcp", False),
            ("sips:1001@192.0.2.7:5070", False),
            ("sip:1001@192.0.2.7:5070?a=b", False),
        ],
    )
    def test_contacts_are_compared_as_uris(self, book: Phonebook, stored: str, same: bool) -> None:
        book.send(register(f"<{stored}>", expires="300"))
        book.send(register(f"<{ONE}>", expires="300", cseq=2))
        assert book.contacts == ([ONE] if same else [stored, ONE])

    def test_a_contact_named_twice_the_later_holds(self, book: Phonebook) -> None:
        book.send(register(f"<{ONE}>;expires=100", f"<{ONE}>;expires=200"))
        assert [binding.expires_at for binding in book.stored] == [NOW + 200]
        book.send(register(f"<{ONE}>;expires=0", f"<{ONE}>;expires=300", cseq=2))
        assert [binding.expires_at for binding in book.stored] == [NOW + 300]


class TestExtensions:
    def test_unknown_required_extension_is_420(self, book: Phonebook) -> None:
        request = register(f"<{ONE}>")
        request.require = "path, teleport,Gruu"
        reply = book.send(request)
        assert (reply.status, reply.headers) == (420, [("Unsupported", "gruu, teleport")])

    def test_path_is_kept_and_told_to_who_knows_it(self, book: Phonebook) -> None:
        """RFC 3327 section 5.3."""
        request = register(f"<{ONE}>")
        request.path.extend(["<sip:p2.example.com;lr>", "<sip:p1.example.com;lr>"])
        assert values(book.send(request), "Path") == []
        request.cseq += 1
        request.supported.append("outbound, Path")
        assert values(book.send(request), "Path") == list(request.path)
        assert list(book.stored[0].message.path) == list(request.path)

    @pytest.mark.parametrize(("transport", "told"), [("TCP", ["outbound"]), ("UDP", [])])
    def test_outbound_is_confirmed_where_we_keep_it(self, book: Phonebook, transport: str, told: list[str]) -> None:
        """RFC 5626 section 6."""
        request = register(f"<{ONE}>{TestIdentity.PHONE};reg-id=1", transport=transport)
        assert values(book.send(request), "Require") == []
        request.cseq += 1
        request.supported.append("path, outbound")
        assert values(book.send(request), "Require") == told


def test_too_many_contacts_are_refused_but_a_refresh_is_not(book: Phonebook) -> None:
    book.policy = Policy(max_contacts=2)
    book.send(register(f"<{ONE}>", f"<{TWO}>", expires="300"))
    assert book.send(register("<sip:1001@192.0.2.9>", expires="300", cseq=2)).status == 403
    assert book.send(register(f"<{TWO}>", expires="300", cseq=3)).status == 200
    assert book.contacts == [ONE, TWO]


@pytest.mark.covers("RG-007", "DR-025")
@pytest.mark.parametrize(
    "contact", ["", "<", "<>", "sip:", "<sip:1001@x", '"x <sip:a@b>', "<no uri>", "1001", "<a b:c>"]
)
def test_a_broken_contact_is_400(book: Phonebook, contact: str) -> None:
    assert book.send(register(contact)).status == 400
    assert not book.stored


CONTACTS = st.sampled_from(
    [f"<{ONE}>", f"<{ONE};ob>", f"<{TWO}>;expires=0", f"<{TWO}>;expires=90", f"<{TWO}>{TestIdentity.PHONE}", "*", "x"]
)


@given(
    st.lists(
        st.tuples(
            st.lists(CONTACTS, max_size=3),
            st.sampled_from([None, "0", "59", "120", "x"]),
            st.sampled_from("ab"),
            st.integers(0, 100),
        ),
        max_size=12,
    )
)
def test_bindings_stay_true_whatever_comes(script: list[tuple[list[str], str | None, str, int]]) -> None:
    """One binding for a contact and for a device; only a 200 changes anything; a 200 lists exactly what is stored."""
    book = Phonebook()
    for cseq, (contacts, expires, call_id, wait) in enumerate(script):
        book.now += wait
        before = [binding.contact for binding in book.stored]
        reply = book.send(register(*contacts, expires=expires, call_id=call_id, cseq=cseq))
        live = [binding for binding in book.stored if binding.expires_at > book.now]
        if reply.status != 200:
            assert book.contacts == before
            continue
        told = sorted(value.partition(">")[0][1:] for value in values(reply, "Contact"))
        assert told == sorted(binding.contact for binding in live)
        instances = [binding.instance_id for binding in live if binding.instance_id]
        assert len(set(instances)) == len(instances)
        assert all(book.now < binding.expires_at <= book.now + 3600 for binding in live)


@given(st.text(max_size=60), st.text(max_size=10))
def test_noise_in_a_contact_never_breaks(contact: str, expires: str) -> None:
    request = Register(contacts=[contact.encode("utf-8", "ignore").decode()], cseq=1)
    request.expires = expires.encode("utf-8", "ignore").decode()
    reply, _ = save(request, AOR, Bindings([], NOW).of(AOR), NOW, Policy())
    assert reply.status in (200, 400, 423)

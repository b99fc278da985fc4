"""The live bindings in memory."""

from __future__ import annotations

import pytest

from registrar.lookup import Bindings
from registrar.save import Policy, save
from tests.registrar.conftest import AOR, NOW, Phonebook, register


@pytest.mark.covers("RG-026")
def test_longest_lived_first_and_only_what_lives() -> None:
    book = Phonebook()
    book.send(register("<sip:a@x>;expires=100", "<sip:b@x>;expires=300", "<sip:c@x>;expires=200"))
    live = book.bindings.live(AOR, NOW + 100)
    assert [binding.contact for binding in live] == ["sip:b@x", "sip:c@x"]
    assert book.bindings.live("nobody@pbx.test", NOW) == []


@pytest.mark.covers("RG-016")
def test_expiry_drops_and_tells() -> None:
    book = Phonebook()
    book.send(register("<sip:a@x>;expires=100", "<sip:b@x>;expires=300"))
    assert not book.bindings.expire(NOW + 99)
    gone = book.bindings.expire(NOW + 100)
    assert [(binding.contact, reason) for binding, reason in gone.removed] == [("sip:a@x", "expired")]
    assert len(book.bindings) == 1
    book.bindings.expire(NOW + 300)
    assert (len(book.bindings), book.bindings.aors()) == (0, [])


def test_a_refreshed_binding_does_not_run_out_at_its_old_time() -> None:
    book = Phonebook()
    book.send(register("<sip:a@x>;expires=100"))
    book.send(register("<sip:a@x>;expires=300", cseq=2))
    assert not book.bindings.expire(NOW + 200)


def test_apply_tells_what_is_new() -> None:
    bindings = Bindings([], NOW)
    for expected in (["sip:a@x"], []):
        request = register("<sip:a@x>", call_id=str(expected))
        _, changes = save(request, AOR, bindings.of(AOR), NOW, Policy())
        assert [binding.contact for binding in bindings.apply(changes)] == expected


def test_what_a_store_had_is_there() -> None:
    book = Phonebook()
    book.send(register("<sip:a@x>;expires=100"))
    again = Bindings(list(book.stored), NOW + 500)
    assert len(again) == 1
    assert [reason for _, reason in again.expire(NOW + 500).removed] == ["expired"]

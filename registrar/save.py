"""What a REGISTER does: RFC 3261 section 10.3, steps 6 to 8, as a pure function.

A binding is one of its address of record's, and within it known by the device's instance and flow (RFC 5626
section 6), or by its contact where it names no instance. So a phone that comes back from another port takes its own
place, and nobody else's.

Whether the client may do this is settled before: nothing here is reached without valid credentials.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import formatdate
from typing import Final

from registrar.binding import NO_FLOW, REPLACED, UNREGISTERED, Binding, Changes, Flow
from registrar.contact import Contact, contact_value, delta_seconds
from registrar.errors import IntervalTooBrief, RegistrationRefused, StaleRegistration
from registrar.uri import same_uri

Header = tuple[str, str]

HOUR_S: Final = 3600
"""No client that asks for an hour or more is told that this is too brief (RFC 3261 section 10.3 step 7)."""
SUPPORTED: Final = frozenset(("path", "outbound"))
"""Option tags that a client may require of us."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How long bindings live, and how many an address of record may have."""

    min_expires_s: int = 60
    max_expires_s: int = 3600
    default_expires_s: int = 3600
    max_contacts: int = 20
    """A device each; a client that makes up new contacts all the time would grow without end."""


@dataclass(slots=True)
class Registration:
    """A REGISTER, of an authenticated user."""

    aor: str
    contacts: Sequence[str]
    """Contact values; ``*`` alone is all of them."""
    expires: str | None
    """Expires header, as received."""
    call_id: str
    cseq: int
    path: tuple[str, ...] = ()
    supported: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    user_agent: str = ""
    allow: str = ""
    display: str = ""
    flow: Flow = NO_FLOW


@dataclass(slots=True)
class Reply:
    """What to answer."""

    status: int
    reason: str
    headers: list[Header]


def save(request: Registration, stored: Sequence[Binding], now: float, policy: Policy) -> tuple[Reply, Changes]:
    """Answer *request*, given the *stored* bindings of its address of record.

    Returns:
        The reply, and the changes, which are empty unless the reply is a 200.
    """
    nothing = Changes([], [])
    live = [binding for binding in stored if binding.expires_at > now]
    try:
        _check_extensions(request)
        changes = _changes(request, live, now, policy)
    except IntervalTooBrief as error:
        return Reply(423, str(error), [("Min-Expires", str(error.min_expires_s))]), nothing
    except _Unsupported as error:
        return Reply(420, str(error), [("Unsupported", error.tags)]), nothing
    except RegistrationRefused as error:
        return Reply(error.status_hint, str(error), []), nothing
    return Reply(200, "OK", _headers(request, _after(live, changes), now)), changes


class _Unsupported(RegistrationRefused):
    def __init__(self, tags: str) -> None:
        super().__init__("Bad Extension", 420)
        self.tags = tags


def _check_extensions(request: Registration) -> None:
    unknown = request.required - SUPPORTED
    if unknown:
        raise _Unsupported(", ".join(sorted(unknown)))


def _changes(request: Registration, live: list[Binding], now: float, policy: Policy) -> Changes:
    if not request.contacts:
        return Changes([], [])
    if any(value.strip() == "*" for value in request.contacts):
        return _remove_all(request, live)
    changes = Changes([], [])
    for value in request.contacts:
        _apply(request, Contact.parse(value), live, changes, now, policy)
    left = len(live) - len(changes.removed) + _added(live, changes)
    if left > policy.max_contacts and changes.saved:
        raise RegistrationRefused("Too Many Contacts", 403)
    return changes


def _remove_all(request: Registration, live: list[Binding]) -> Changes:
    """Step 6: ``*`` goes with Expires: 0 and with nothing else."""
    if len(request.contacts) != 1 or request.expires is None or delta_seconds(request.expires) != 0:
        raise RegistrationRefused("Contact * Wants Expires 0 And No Other Contact")
    for binding in live:
        _check_order(request, binding)
    return Changes([], [(binding, UNREGISTERED) for binding in live])


def _apply(
    request: Registration, contact: Contact, live: list[Binding], changes: Changes, now: float, policy: Policy
) -> None:
    """Step 7 for one contact."""
    expires_s = _interval(request, contact, policy)
    same = [binding for binding in live if _is_same(contact, binding)]
    for binding in same:
        _check_order(request, binding)
    gone = {id(binding) for binding, _ in changes.removed}
    # One request may name a contact twice; the later one holds.
    changes.saved = [binding for binding in changes.saved if not _is_same(contact, binding)]
    if expires_s == 0:
        changes.removed.extend((binding, UNREGISTERED) for binding in same if id(binding) not in gone)
        return
    for binding in same:
        if binding.contact != contact.uri and id(binding) not in gone:
            changes.removed.append((binding, REPLACED))
    changes.saved.append(_binding(request, contact, int(now) + expires_s, same[0].registered_at if same else int(now)))


def _interval(request: Registration, contact: Contact, policy: Policy) -> int:
    """Seconds granted: the contact's own wish, the header's, ours; 3600 for what makes no sense (section 20.10)."""
    wish = contact.params.get("expires")
    if wish is None:
        wish = request.expires
    if wish is None:
        return policy.default_expires_s
    asked = delta_seconds(wish)
    if asked is None:
        asked = HOUR_S
    if 0 < asked < policy.min_expires_s and asked < HOUR_S:
        raise IntervalTooBrief(policy.min_expires_s)
    return min(asked, policy.max_expires_s)


def _is_same(contact: Contact, binding: Binding) -> bool:
    """By instance and flow where both name an instance; else, and between devices too, by contact."""
    if contact.instance_id and contact.instance_id == binding.instance_id and contact.reg_id == binding.reg_id:
        return True
    return same_uri(contact.uri, binding.contact)


def _check_order(request: Registration, binding: Binding) -> None:
    """A client numbers its requests within one Call-ID; another Call-ID is a client that has restarted."""
    if request.call_id == binding.call_id and request.cseq <= binding.cseq:
        raise StaleRegistration


def _binding(request: Registration, contact: Contact, expires_at: int, registered_at: int) -> Binding:
    return Binding(
        aor=request.aor,
        contact=contact.uri,
        expires_at=expires_at,
        call_id=request.call_id,
        cseq=request.cseq,
        registered_at=registered_at,
        q=contact.q,
        path=request.path,
        instance_id=contact.instance_id,
        reg_id=contact.reg_id,
        user_agent=request.user_agent,
        allow=request.allow or contact.params.get("methods", ""),
        display=request.display,
        flow=request.flow,
    )


def _added(live: list[Binding], changes: Changes) -> int:
    """How many of the saved bindings do not take the place of a live one."""
    contacts = {binding.contact for binding in live}
    contacts.difference_update(binding.contact for binding, _ in changes.removed)
    return sum(binding.contact not in contacts for binding in changes.saved)


def _after(live: list[Binding], changes: Changes) -> list[Binding]:
    """All bindings once *changes* are made, the new ones last."""
    out = {binding.contact for binding, _ in changes.removed}
    out.update(binding.contact for binding in changes.saved)
    return [binding for binding in live if binding.contact not in out] + changes.saved


def _headers(request: Registration, bindings: list[Binding], now: float) -> list[Header]:
    """Step 8: every binding there is, each with the time it has left."""
    headers = [
        (
            "Contact",
            contact_value(
                binding.contact, binding.expires_at - int(now), binding.q, binding.instance_id, binding.reg_id
            ),
        )
        for binding in bindings
    ]
    headers.append(("Date", formatdate(now, usegmt=True)))
    if request.path and "path" in request.supported:
        headers.extend(("Path", value) for value in request.path)
    # RFC 5626 section 6. On UDP it would promise a STUN server.
    flows = any(binding.reg_id for binding in bindings if binding.call_id == request.call_id)
    if flows and "outbound" in request.supported and request.flow.transport not in ("", "UDP"):
        headers.append(("Require", "outbound"))
    return headers

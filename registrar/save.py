"""What a REGISTER does: RFC 3261 section 10.3, steps 6 to 8, as a pure function.

A binding is one of its address of record's, and within it known by the device's instance and flow (RFC 5626
section 6), or by its contact where it names no instance. So a phone that comes back from another port takes its own
place, and nobody else's.

Whether the client may do this is settled before: nothing here is reached without valid credentials.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from typing import Final

from registrar.binding import REPLACED, UNREGISTERED, Binding, Changes
from registrar.contact import Contact, contact_value, delta_seconds
from registrar.errors import BadExtension, IntervalTooBrief, RegistrationRefused, StaleRegistration
from registrar.uri import same_uri
from switchroom.v1.registrar_pb2 import Binding as BindingMessage
from switchroom.v1.registrar_pb2 import Register

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
class Reply:
    """What to answer."""

    status: int
    reason: str
    headers: list[Header]


def save(
    request: Register, aor: str, stored: Sequence[Binding], now: float, policy: Policy, display: str = ""
) -> tuple[Reply, Changes]:
    """Answer *request*, which is about *aor*, given the *stored* bindings of it.

    Args:
        display: the user's name, which goes into its bindings.

    Returns:
        The reply, and the changes, which are empty unless the reply is a 200.
    """
    live = [binding for binding in stored if binding.expires_at > now]
    changes = Changes([], [])
    try:
        if request.require:
            _check_extensions(request.require)
        _Step7(request, aor, display, live, changes, now, policy).run()
    except RegistrationRefused as error:
        return Reply(error.status_hint, str(error), error.headers), Changes([], [])
    return Reply(200, "OK", _headers(request, _after(live, changes), now)), changes


class _Step7:
    """Steps 6 and 7, contact by contact, gathered in *changes*."""

    __slots__ = ("_aor", "_changes", "_display", "_live", "_now", "_policy", "_request")

    def __init__(
        self,
        request: Register,
        aor: str,
        display: str,
        live: list[Binding],
        changes: Changes,
        now: float,
        policy: Policy,
    ) -> None:
        self._request = request
        self._aor = aor
        self._display = display
        self._live = live
        self._changes = changes
        self._now = int(now)
        self._policy = policy

    def run(self) -> None:
        contacts = self._request.contacts
        for value in contacts:
            if value.strip() == "*":
                self._remove_all()
                return
        for value in contacts:
            self._apply(Contact.parse(value))
        most = self._policy.max_contacts
        if len(self._live) + len(self._changes.saved) > most and len(_after(self._live, self._changes)) > most:
            raise RegistrationRefused("Too Many Contacts", 403)

    def _remove_all(self) -> None:
        """Step 6: ``*`` goes with Expires: 0 and with nothing else."""
        request = self._request
        if len(request.contacts) != 1 or not request.HasField("expires") or delta_seconds(request.expires) != 0:
            raise RegistrationRefused("Contact * Wants Expires 0 And Nothing Else")
        for binding in self._live:
            self._check_order(binding)
        self._changes.removed.extend((binding, UNREGISTERED) for binding in self._live)

    def _apply(self, contact: Contact) -> None:
        changes = self._changes
        expires_s = self._interval(contact)
        same = [binding for binding in self._live if _is_same(contact, binding)]
        for binding in same:
            self._check_order(binding)
        if changes:
            # A contact that one request names twice: the later one holds.
            changes.saved = [binding for binding in changes.saved if not _is_same(contact, binding)]
            changes.removed = [entry for entry in changes.removed if entry[0] not in same]
        if expires_s == 0:
            changes.removed.extend((binding, UNREGISTERED) for binding in same)
            return
        changes.removed.extend((binding, REPLACED) for binding in same if binding.contact != contact.uri)
        since = min((binding.registered_at for binding in same), default=self._now)
        changes.saved.append(self._binding(contact, self._now + expires_s, since))

    def _interval(self, contact: Contact) -> int:
        """Seconds granted: the contact's wish, the header's, ours; 3600 for what makes no sense (section 20.10)."""
        wish = contact.params.get("expires")
        if wish is None:
            if not self._request.HasField("expires"):
                return self._policy.default_expires_s
            wish = self._request.expires
        asked = delta_seconds(wish)
        if asked is None:
            asked = HOUR_S
        if 0 < asked < self._policy.min_expires_s and asked < HOUR_S:
            raise IntervalTooBrief(self._policy.min_expires_s)
        return min(asked, self._policy.max_expires_s)

    def _check_order(self, binding: Binding) -> None:
        """A client numbers its requests within one Call-ID; another Call-ID is a client that has restarted."""
        if self._request.sip_call_id == binding.call_id and self._request.cseq <= binding.cseq:
            raise StaleRegistration

    def _binding(self, contact: Contact, expires_at: int, registered_at: int) -> Binding:
        request = self._request
        call_id, cseq, q = request.sip_call_id, request.cseq, contact.q
        instance_id, reg_id = contact.instance_id, contact.reg_id
        # Field by field: keywords take twice as long.
        message = BindingMessage()
        message.aor, message.contact, message.q, message.display = self._aor, contact.uri, q, self._display
        message.sip_call_id, message.cseq = call_id, cseq
        message.user_agent = request.user_agent
        message.allow = request.allow or contact.params.get("methods", "")
        message.flow.CopyFrom(request.flow)
        if instance_id:
            message.instance_id, message.reg_id = instance_id, reg_id
        if request.path:
            message.path.extend(request.path)
        message.expires_at.seconds = expires_at
        message.registered_at.seconds = registered_at
        return Binding(
            self._aor, contact.uri, expires_at, call_id, cseq, registered_at, q, instance_id, reg_id, message
        )


def _is_same(contact: Contact, binding: Binding) -> bool:
    """By instance and flow where both name an instance; else, and between devices too, by contact."""
    if contact.instance_id and contact.instance_id == binding.instance_id and contact.reg_id == binding.reg_id:
        return True
    return same_uri(contact.uri, binding.contact)


def _check_extensions(require: str) -> None:
    unknown = _tags((require,)) - SUPPORTED
    if unknown:
        raise BadExtension(", ".join(sorted(unknown)))


def _tags(values: Iterable[str]) -> frozenset[str]:
    return frozenset(tag for value in values for tag in value.lower().replace(",", " ").split())


def _after(live: list[Binding], changes: Changes) -> list[Binding]:
    """All bindings once *changes* are made, the new ones last."""
    out = {binding.contact for binding, _ in changes.removed}
    out.update(binding.contact for binding in changes.saved)
    return [binding for binding in live if binding.contact not in out] + changes.saved


def _headers(request: Register, bindings: list[Binding], now: float) -> list[Header]:
    """Step 8: every binding there is, each with the time it has left."""
    second = int(now)
    headers = [
        (
            "Contact",
            contact_value(binding.contact, binding.expires_at - second, binding.q, binding.instance_id, binding.reg_id),
        )
        for binding in bindings
    ]
    headers.append(("Date", _date(second)))
    if request.path and "path" in _tags(request.supported):
        headers.extend(("Path", value) for value in request.path)
    # RFC 5626 section 6. On UDP it would promise a STUN server.
    flows = any(binding.reg_id for binding in bindings if binding.call_id == request.sip_call_id)
    if flows and request.flow.transport not in ("", "UDP") and "outbound" in _tags(request.supported):
        headers.append(("Require", "outbound"))
    return headers


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)

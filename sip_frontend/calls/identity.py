"""Caller id and called id: read from an INVITE, chosen for one that we send, written as headers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sip_frontend.calls.call import Call, party
from sip_frontend.calls.settings import renumbered
from sip_frontend.message import Address, Header, Request, SipParseError, Uri
from sip_frontend.message.grammar import readable
from sip_frontend.message.headers import answer_after_s, diversions
from switchroom.v1 import call_pb2 as pb
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import worker_pb2 as worker_pb

if TYPE_CHECKING:
    from sip_frontend.calls.attempt import Target
    from sip_frontend.calls.exchange import Exchange
    from sip_frontend.calls.trunk_table import TrunkState

UNKNOWN_USER = "0000000000"
UNKNOWN_HOST = "localhost.localdomain"
_NOBODY = '"Anonymous" <sip:anonymous@anonymous.invalid>'
"""RFC 3323 section 4.1.1.3."""
_RARE: Final = frozenset(("Diversion", "History-Info", "Call-Info", "Alert-Info", "Answer-Mode", "Priv-Answer-Mode"))
_MOST_DIVERSIONS: Final = 16
"""They ride in every activation; a call that was passed on more often goes in circles."""


def inbound(ex: Exchange, call: Call, request: Request, trunk: TrunkState | None = None) -> None:
    """CM-098, CM-099: identity headers count only from trusted peers (DE-044), else what the From says."""
    view = call.view
    source = _address(request, "From")
    hidden = False
    if view.trusted and (trunk is None or trunk.config.accept_identity):
        remote_party = _address(request, "Remote-Party-ID")
        hidden = remote_party is not None and (remote_party.param("privacy") or "off").lower() != "off"
        source = _address(request, "P-Asserted-Identity") or remote_party or source
    if source is None:
        party(view.caller, "", UNKNOWN_USER, UNKNOWN_HOST)
    else:
        uri = source.uri
        party(view.caller, source.display, uri.user or UNKNOWN_USER, uri.host or UNKNOWN_HOST)
    privacy = request.get("Privacy")
    view.caller.privacy = hidden or (privacy is not None and privacy.strip().lower() not in ("", "none"))
    target = request.request_uri()
    party(view.called, "", target.user or "", target.host)
    if trunk is not None:
        _by_trunk(view, request, trunk)


def history(call: Call, request: Request) -> None:
    """What few INVITEs have, and scripts may want: whom the call was meant for before, and that it be answered."""
    if _RARE.isdisjoint(request.index):
        return
    view = call.view
    for step in diversions(request)[:_MOST_DIVERSIONS]:
        told = view.diversions.add(
            uri=readable(str(step.uri)), name=readable(step.display), reason=readable(step.reason)
        )
        told.user, told.host = readable(step.uri.user), readable(step.uri.host)
    seconds = answer_after_s(request)
    if seconds is not None:
        view.answer_after_s = seconds


def _by_trunk(view: pb.Call, request: Request, trunk: TrunkState) -> None:
    """What the trunk calls us by: a registered one may put the number called into To alone; then its number rules."""
    called, caller, config = view.called, view.caller, trunk.config
    if trunk.token and called.user == trunk.token:
        to = _address(request, "To")
        called.user = to.uri.user if to is not None else ""
    called.user = renumbered(config.in_called, called.user)
    caller.user = renumbered(config.in_caller, caller.user)


def tell_updated(
    ex: Exchange, call: Call, previous_caller: common.Party | None = None, previous_called: common.Party | None = None
) -> None:
    """Tell the script that codec, address or ids of *call* changed; what the ids were, where they did."""
    event = ex.event(call)
    if event is not None:
        updated = event.updated
        updated.caller.CopyFrom(call.view.caller)
        updated.called.CopyFrom(call.view.called)
        updated.previous_caller.CopyFrom(previous_caller or call.view.caller)
        updated.previous_called.CopyFrom(previous_called or call.view.called)


def authenticated(call: Call, entity: common.Entity) -> None:
    """The verified user is who calls, whatever the headers said."""
    call.view.entity.CopyFrom(entity)
    call.view.authenticated = True
    party(call.view.caller, entity.display or call.view.caller.name, entity.username, entity.realm)


def _address(request: Request, name: str) -> Address | None:
    try:
        return request.address(name)
    except SipParseError:
        return None


def outbound(ex: Exchange, call: Call, parent: Call | None, options: worker_pb.Dial, target: Target) -> None:
    """CM-100, CM-101: the caller id comes from the other leg, the called id is whom we dial; overrides win."""
    view = call.view
    if parent is not None:
        calls = parent.is_uas or parent.view.referred_by
        source = parent.view.caller if calls else parent.view.called
        view.caller.CopyFrom(source)
        view.caller.privacy = source.privacy or options.privacy
    else:
        party(view.caller, "", UNKNOWN_USER, ex.settings.realm)
        view.caller.privacy = options.privacy
    _override(view.caller, options.caller)
    if options.party_calling:
        _turn(call, parent, options, target)
        return
    if target.entity is not None:
        party(view.called, target.entity.display, target.entity.username, target.entity.realm)
    else:
        uri = Uri.parse(target.uri)
        party(view.called, "", uri.user or "", uri.host)
    _override(view.called, options.called)
    if call.trunk is not None:
        view.caller.user = renumbered(call.trunk.config.out_caller, view.caller.user)


def _turn(call: Call, parent: Call | None, options: worker_pb.Dial, target: Target) -> None:
    """CM-103: the phone we ring is the one who calls, and is shown whom it is about to reach."""
    view = call.view
    far = parent.view.called if parent is not None else common.Party()
    view.called.CopyFrom(far)
    _override(view.called, options.called)
    if target.entity is not None:
        party(view.caller, target.entity.display, target.entity.username, target.entity.realm)
    else:
        uri = Uri.parse(target.uri)
        party(view.caller, "", uri.user or "", uri.host)
    _override(view.caller, options.caller)


def _override(target: common.Party, wanted: common.Party) -> None:
    target.name = wanted.name or target.name
    target.user = wanted.user or target.user
    target.host = wanted.host or target.host
    target.privacy = target.privacy or wanted.privacy


def from_header(call: Call) -> str:
    """From of our INVITE; anonymous when the caller wants privacy (RFC 3323 section 4.1, DE-045)."""
    caller = _shown(call)
    if caller.privacy:
        return f"{_NOBODY};tag={call.local_tag}"
    trunk = call.trunk
    if trunk is None:
        return f"{_name_addr(caller)};tag={call.local_tag}"
    user = trunk.config.user if trunk.config.from_account else caller.user
    return f"{_name_addr(caller, user, trunk.domain)};tag={call.local_tag}"


def _shown(call: Call) -> common.Party:
    """Whom the phone of *call* shows: the caller, and to one that calls by click whom it is about to reach."""
    attempt = call.attempt
    turned = attempt is not None and attempt.options.party_calling and call.view.called.user
    return call.view.called if turned else call.view.caller


def to_header(call: Call, target: Target) -> str:
    """CM-077: the user at its realm when we know one, a called id that the script gave, else the URI we dial."""
    if target.entity is not None:
        turned = call.attempt is not None and call.attempt.options.party_calling
        return _name_addr(call.view.caller if turned else call.view.called)
    named = call.attempt is not None and call.attempt.options.called.user and not call.attempt.options.party_calling
    if named and target.trunk is None:
        return _name_addr(call.view.called)
    return f"<{target.uri}>"


def remote_party(call: Call, *, turned: bool) -> str:
    """CM-105: Remote-Party-ID, which phones read and rewrite their display by."""
    return f"{_name_addr(_shown(call))};party={'called' if turned else 'calling'};screen=yes"


def identity_headers(call: Call) -> list[Header]:
    """Who calls, for a trusted trunk, although From may hide it (RFC 3325); Privacy asks not to pass it on."""
    caller, trunk = call.view.caller, call.trunk
    headers: list[Header] = [("Privacy", "id")] if caller.privacy else []
    if trunk is None or not trunk.config.trusted or caller.user == UNKNOWN_USER:
        return headers
    who = _name_addr(caller, domain=trunk.domain)
    if trunk.config.send_identity == "pai":
        headers.append(("P-Asserted-Identity", who))
    elif trunk.config.send_identity == "rpid":
        privacy = "full" if caller.privacy else "off"
        headers.append(("Remote-Party-ID", f"{who};party=calling;screen=yes;privacy={privacy}"))
    return headers


def update_headers(call: Call, shown: common.Party) -> list[Header]:
    """Who the peer of *call* talks to now: RPID, which phones read, and PAI (RFC 3325) for the rest."""
    party_is = "called" if call.is_uas else "calling"
    if shown.privacy:
        return [("Remote-Party-ID", f"{_NOBODY};party={party_is};screen=yes;privacy=full"), ("Privacy", "id")]
    who = _name_addr(shown)
    return [("Remote-Party-ID", f"{who};party={party_is};screen=yes"), ("P-Asserted-Identity", who)]


def _name_addr(who: common.Party, user: str = "", domain: str = "") -> str:
    return str(Address(display=who.name, uri=Uri(scheme="sip", user=user or who.user, host=domain or who.host)))

"""The event package ``dialog`` (RFC 4235): which calls a user has, for the lamps of its colleagues' phones.

Every NOTIFY has the whole state, and once the end of what has ended since the last one.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from sip_frontend.calls.call import Call
from sip_frontend.calls.subscriptions import notifier
from sip_frontend.calls.subscriptions.package import Package
from switchroom.v1 import call_pb2 as pb
from switchroom.v1 import common_pb2 as common

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange
    from sip_frontend.calls.subscriptions.subscription import Subscription

_STATES: Final = {
    pb.CALL_STATE_TRYING: "trying",
    pb.CALL_STATE_RINGING: "early",
    pb.CALL_STATE_EARLY: "early",
    pb.CALL_STATE_ESTABLISHED: "confirmed",
}
_CANCELLED: Final = frozenset((common.CAUSE_ORIGINATOR_CANCEL, common.CAUSE_LOSE_RACE, common.CAUSE_REQUEST_TERMINATED))
_MOST: Final = 16
"""Calls of one user that are told of; a NOTIFY must stay within a datagram or two."""


class DialogInfo(Package):
    """Keeps the calls of users that somebody watches, and of nobody else."""

    name = "dialog"
    content_type = "application/dialog-info+xml"
    gap_s = 0.25
    """RFC 4235 section 4.10 has one second; a lamp that lags so long behind a ringing phone is of little use."""

    def __init__(self) -> None:
        self.watched: dict[str, dict[str, tuple[Call, str]]] = {}
        """By user and id: a call, and what was last told of it."""

    def watch(self, ex: Exchange, resource: str) -> None:
        self.watched[resource] = {
            call.call_id: (call, _element(call))
            for call in ex.calls.values()
            if not call.ended and call.view.entity.uri == resource
        }

    def unwatch(self, ex: Exchange, resource: str) -> None:
        self.watched.pop(resource, None)

    def call_changed(self, ex: Exchange, call: Call) -> None:
        """*call* is another than it was; called for every step of every call, so the common case is the first line."""
        calls = self.watched.get(call.view.entity.uri)
        if calls is None:
            return
        text, known = _element(call), calls.get(call.call_id)
        if not call.ended:
            calls[call.call_id] = call, text
            if known is not None and known[1] == text:
                return
        elif known is None:
            return
        else:
            del calls[call.call_id]
            for one in ex.subscriptions.about(self.name, call.view.entity.uri):
                one.remember(call.call_id, text)
        notifier.changed(ex, self.name, call.view.entity.uri)

    def call_left(self, ex: Exchange, call: Call, resource: str) -> None:
        """*call* was of *resource* and is of another user from now on."""
        calls = self.watched.get(resource)
        if calls is not None and calls.pop(call.call_id, None) is not None:
            notifier.changed(ex, self.name, resource)

    def body(self, ex: Exchange, subscription: Subscription) -> bytes:
        calls = self.watched.get(subscription.resource, {})
        elements = [*subscription.news.values(), *(_element(call) for call, _ in list(calls.values())[:_MOST])]
        return (
            '<?xml version="1.0"?>\n<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" '
            f'version="{subscription.version}" state="full" entity="sip:{_text(subscription.resource)}">\n'
            f"{''.join(elements)}</dialog-info>\n"
        ).encode()


def _element(call: Call) -> str:
    """One dialog as its phone sees it: our local tag is its remote one (RFC 4235 section 4.1)."""
    view = call.view
    initiator = call.is_uas
    other = view.called if initiator else view.caller
    name, who = _text(other.name), f"sip:{_text(other.user)}@{_text(other.host)}"
    if other.privacy:
        name, who = "Anonymous", "sip:anonymous@anonymous.invalid"
    us = f"sip:{_text(view.entity.uri)}"
    return (
        f'<dialog id="{call.call_id}" call-id="{_text(call.sip_call_id)}" local-tag="{_text(view.remote_tag)}" '
        f'remote-tag="{call.local_tag}" direction="{"initiator" if initiator else "recipient"}">\n'
        f"<state{_why(call)}>{_STATES.get(view.state, 'terminated')}</state>\n"
        f'<local><identity>{us}</identity><target uri="{us}"/></local>\n'
        f'<remote><identity display="{name}">{who}</identity><target uri="{who}"/></remote>\n</dialog>\n'
    )


def _why(call: Call) -> str:
    """How it ended, as an attribute (RFC 4235 section 4.1.2); the user's own side is the wire."""
    if not call.ended:
        return ""
    why = call.view.hangup_cause
    if call.view.HasField("answered_at"):
        word = "local-bye" if why.source == common.SOURCE_WIRE else "remote-bye"
    elif why.cause in _CANCELLED:
        word = "cancelled"
    else:
        word = "timeout" if why.sip_status == 408 else "rejected"
    code = f' code="{why.sip_status}"' if why.sip_status >= 300 else ""
    return f' event="{word}"{code}'


def _text(text: str) -> str:
    """*text* as XML can hold it."""
    return escape("".join(one for one in text if one.isprintable()))

"""Early dialogs of one INVITE of ours: a forking proxy may bring back several, each with its own offer/answer.

RFC 3261 sections 12.1.2 and 13.2.2.4, RFC 6337 section 3.1. The call is in one of them at a time: ``call.dialog`` and
``call.negotiation`` are those of the one whose description came last, until a 2xx says which one stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sip_frontend.calls import answering
from sip_frontend.calls.call import Call
from sip_frontend.dialog import Dialog
from sip_frontend.message import Response
from sip_frontend.sdp import Negotiation

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange

MOST: Final = 32
"""Early dialogs of one INVITE at most; the provisional responses of further ones are not looked at."""


class Early:
    """One early dialog; *body* is the last description that it brought."""

    __slots__ = ("body", "dialog", "negotiation")

    def __init__(self, dialog: Dialog, negotiation: Negotiation | None) -> None:
        self.dialog = dialog
        self.negotiation = negotiation
        self.body = b""


def dialog_of(ex: Exchange, call: Call, response: Response) -> Early | None:
    """The early dialog that *response* belongs to, made if it is the first of its To tag; None without a tag."""
    tag = response.to_tag
    known = call.early_dialogs.get(tag)
    if known is not None or not tag or not call.invite_data:
        return known
    if len(call.early_dialogs) >= MOST and response.status < 200:
        return None
    dialog = Dialog.uac(call.invite_data, response, call.flow, answering.contact(ex, call))
    offer = call.offer
    early = call.early_dialogs[tag] = Early(dialog, offer.fork() if offer is not None else None)
    if call.dialog is None:
        enter(call, early)
    return early


def enter(call: Call, early: Early) -> None:
    """The call is in *early* from now on; the offer and answer of the dialog it leaves are kept with that one."""
    for other in call.early_dialogs.values():
        if other.dialog is call.dialog:
            other.negotiation = call.negotiation
    call.dialog, call.negotiation = early.dialog, early.negotiation
    call.view.remote_tag = early.dialog.remote_tag


def enter_of(call: Call, remote_tag: str) -> bool:
    """Enter the early dialog whose peer speaks as *remote_tag*; False when there is none."""
    early = call.early_dialogs.get(remote_tag)
    if early is None:
        return False
    if early.dialog is not call.dialog:
        enter(call, early)
    return True


def forget(call: Call) -> None:
    """The INVITE is sent anew: what came of the earlier one is over, its offer stands."""
    call.early_dialogs.clear()
    call.acknowledged.clear()
    call.dialog = None
    call.negotiation = call.offer
    call.view.remote_tag = ""

"""A call: one SIP dialog of ours and its media channel, a leg.

``view`` is the call as call workers see it; it is kept as the message that rides in every activation, so that nothing
is translated when one is sent. The rest is what the frontend alone needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls.sender import Sender
from sip_frontend.message.grammar import readable
from switchroom.v1 import call_pb2 as pb
from switchroom.v1 import common_pb2 as common

if TYPE_CHECKING:
    from sip_frontend.calls.attempt import Attempt, Target
    from sip_frontend.calls.channel import Channel
    from sip_frontend.calls.early import Early
    from sip_frontend.calls.exchange import Exchange
    from sip_frontend.calls.hunting import Hunt
    from sip_frontend.calls.reliable import Reliable
    from sip_frontend.calls.requests import Exchanged
    from sip_frontend.calls.run import Run
    from sip_frontend.calls.timers import Timer
    from sip_frontend.calls.trunk_table import TrunkState
    from sip_frontend.message import Request
    from sip_frontend.sdp import Negotiation
    from sip_frontend.transaction import ClientTransaction, Flow, ServerTransaction

UAS = pb.CALL_TYPE_UAS
UAC = pb.CALL_TYPE_UAC


class Call(Sender):
    """One leg. Made by ``intake`` (uas) or ``dialling`` (uac), taken apart by ``ending``."""

    __slots__ = (
        "ack_due",
        "acknowledged",
        "answer_bytes",
        "as_registrar",
        "attempt",
        "auth_rounds",
        "bonded",
        "branch",
        "call_id",
        "channel",
        "children",
        "client_invite",
        "early_dialogs",
        "ended",
        "flow",
        "glare",
        "hops_left",
        "hunt",
        "invite",
        "invite_cseq",
        "invite_data",
        "local_tag",
        "media_peer",
        "negotiation",
        "no_telephone_events",
        "offer",
        "parent",
        "peer_updates",
        "pending_reinvite",
        "policy",
        "referring",
        "reliable",
        "remote_invite",
        "ring_timer",
        "run",
        "server_invite",
        "session_due",
        "session_s",
        "sip_call_id",
        "target",
        "tone_ending",
        "trunk",
        "view",
    )

    def __init__(self, call_id: str, kind: pb.CallType, run: Run, flow: Flow, now_unix: float) -> None:
        super().__init__()
        self.call_id = call_id
        self.run: Run | None = run
        self.flow = flow
        self.sip_call_id = ""
        self.local_tag = ""
        self.invite: Request | None = None
        self.invite_data = b""
        self.invite_cseq = 0
        self.branch = ""
        self.hops_left = 70
        self.server_invite: ServerTransaction | None = None
        self.client_invite: ClientTransaction | Exchanged | None = None
        self.hunt: Hunt | None = None
        self.remote_invite: ServerTransaction | None = None
        self.pending_reinvite = False
        self.early_dialogs: dict[str, Early] = {}
        self.negotiation: Negotiation | None = None
        self.offer: Negotiation | None = None
        self.channel: Channel | None = None
        self.media_peer: Call | None = None
        self.parent: Call | None = None
        self.children: list[Call] = []
        self.attempt: Attempt | None = None
        self.policy = _DEFAULT_POLICY
        self.ring_timer: Timer | None = None
        self.ack_due: Timer | None = None
        self.session_due: Timer | None = None
        self.glare: Timer | None = None
        """A re-INVITE of ours waits to be repeated."""
        self.bonded = ""
        self.no_telephone_events = False
        self.session_s = 0
        self.referring = 0
        self.target: Target | None = None
        self.trunk: TrunkState | None = None
        self.reliable: Reliable | None = None
        self.acknowledged: dict[str, int] = {}
        self.peer_updates = False
        """Whether the peer takes UPDATE."""
        self.answer_bytes = b""
        self.auth_rounds = 0
        self.as_registrar = False
        """Challenged with 401 instead of 407."""
        self.tone_ending = False
        self.ended = False
        view = pb.Call(call_id=call_id, type=kind, state=pb.CALL_STATE_TRYING)
        stamp(view.started_at, now_unix)
        self.view = view
        self.move_to(flow)
        run.add(self)

    @property
    def is_uas(self) -> bool:
        """The call reached us."""
        return self.view.type == UAS

    @property
    def established(self) -> bool:
        return self.view.state == pb.CALL_STATE_ESTABLISHED

    @property
    def answered_early(self) -> bool:
        return self.view.state == pb.CALL_STATE_EARLY

    def move_to(self, flow: Flow) -> None:
        """The peer is reached along *flow* from now on."""
        self.flow = flow
        network = self.view.network
        network.transport = flow.transport
        network.local.address, network.local.port = flow.local
        network.remote.address, network.remote.port = flow.remote

    def unreachable(self, ex: Exchange) -> None:
        """The connection of the peer is gone and cannot be opened by us: the call is over."""
        from sip_frontend.calls import ending

        ex.log("warning", "call.unreachable", call_id=self.call_id, transport=self.flow.transport)
        ending.end(
            ex, self, common.SOURCE_WIRE, common.CAUSE_DESTINATION_OUT_OF_ORDER, 503, "no connection to the peer"
        )

    def adopt(self, child: Call) -> None:
        """*child* becomes a child of this leg; it leaves the parent it had."""
        child.leave_parent()
        child.parent = self
        child.view.parent_id = self.call_id
        self.children.append(child)
        self.view.child_ids.append(child.call_id)

    def join(self, child: Call) -> None:
        """Adopt *child* so that both hang up together: no script has said what else should become of them."""
        self.adopt(child)
        was = child.policy
        child.policy = Policy(
            keep_children=was.keep_children,
            hangup_parent=True,
            continue_on_other_hangup=was.continue_on_other_hangup,
        )

    def leave_parent(self) -> None:
        """Forget the parent, on both sides."""
        parent, self.parent = self.parent, None
        self.view.parent_id = ""
        if parent is not None and self in parent.children:
            parent.children.remove(self)
            parent.view.child_ids.remove(self.call_id)

    def stop_timers(self) -> None:
        """Cancel every timer of the leg."""
        if self.ring_timer is not None:
            self.ring_timer.cancel()
            self.ring_timer = None
        if self.ack_due is not None:
            self.ack_due.cancel()
            self.ack_due = None
        if self.session_due is not None:
            self.session_due.cancel()
            self.session_due = None
        if self.glare is not None:
            self.glare.cancel()
            self.glare = None
        if self.reliable is not None:
            self.reliable.stop()
        if self.hunt is not None:
            self.hunt.stop()
            self.hunt = None


class Policy:
    """Who takes whom along at a hang-up (CM-063, CM-064)."""

    __slots__ = ("continue_on_other_hangup", "hangup_parent", "keep_children")

    def __init__(
        self, *, keep_children: bool = False, hangup_parent: bool = False, continue_on_other_hangup: bool = False
    ) -> None:
        self.keep_children = keep_children
        self.hangup_parent = hangup_parent
        self.continue_on_other_hangup = continue_on_other_hangup


_DEFAULT_POLICY = Policy()


def stamp(target: object, unix: float) -> None:
    """Write *unix* seconds into a protobuf Timestamp."""
    seconds = int(unix)
    target.seconds = seconds  # type: ignore[attr-defined]
    target.nanos = int((unix - seconds) * 1e9)  # type: ignore[attr-defined]


def party(target: common.Party, name: str, user: str, host: str) -> None:
    """Fill a caller or called id; bytes of the peer that are not UTF-8 do not get into records."""
    target.name = readable(name)
    target.user = readable(user)
    target.host = readable(host)

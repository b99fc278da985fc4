"""A phone at the other end of a leg, as a test holds it in its hands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from call_workers.causes import Cause, cause_of_status
from call_workers.channel_stats import ChannelStats
from call_workers.testing.room_recordings import leave
from call_workers.testing.transfers import refer
from switchroom.v1 import call_pb2, common_pb2, media_pb2
from switchroom.v1.call_pb2 import CallEvent

if TYPE_CHECKING:
    from call_workers.testing.dials import SimDial
    from call_workers.testing.exchange import Exchange
    from call_workers.testing.players import SimPlayer
    from call_workers.testing.sim_run import SimRun

_STATES = {
    call_pb2.CALL_STATE_TRYING: "trying",
    call_pb2.CALL_STATE_RINGING: "ringing",
    call_pb2.CALL_STATE_EARLY: "early",
    call_pb2.CALL_STATE_ESTABLISHED: "established",
    call_pb2.CALL_STATE_ENDED: "ended",
}


class Phone:
    """One end of a leg: what it sees and hears, and what its user does.

    The caller's phone comes from ``Exchange.invite``, those that a script dials are in ``Exchange.legs``.
    """

    def __init__(self, exchange: Exchange, run: SimRun, message: call_pb2.Call) -> None:
        self._exchange = exchange
        self._run = run
        self.message = message
        """The leg as the exchange tells it to scripts."""
        self.dial: SimDial | None = None
        self.policy: Any = None
        self.status = 0
        """SIP status that refused the call; 0 while it goes on, and when it ended by BYE."""
        self.cause: Cause | None = None
        """Why it ended."""
        self.text = ""
        """Reason or Warning text of its end."""
        self.contact = ""
        """Where a 301 or 302 sent it."""
        self.headers: dict[str, str] = {}
        """Headers the script added to an answer, a refusal or the INVITE."""
        self.credentials = True
        self.credentials_of = message.caller.user
        self.stats = ChannelStats()
        """What the media worker counts of it, for scripts that ask."""
        self.echo = False
        self.held = False
        self.heard: list[str] = []
        """Everything that was played to it, in order."""
        self.players: dict[str, SimPlayer] = {}
        """What is played to it now, by id."""
        self.heard_by: list[str] = []
        """Calls that alone hear it in its room; empty: all."""
        self.gain_db = 0
        self.digits_received = ""
        self.recorders: dict[str, str] = {}
        self.recordings: dict[str, str] = {}
        """File: recording, paused or finished."""
        self.room = ""
        """The conference it is in."""
        self.muted = self.deaf = False
        """How it takes part in that."""
        self.referred_to = ""
        """Where the script asked it to call instead; it always does."""
        self.refer_status = 0
        """What it was told of its ``refer``; 0 while that goes on."""
        self.sent_messages: list[tuple[str, str, bytes]] = []
        """INFO, MESSAGE and NOTIFY that the script sent it: method, content type, body."""
        self.mixed_with: Phone | None = None
        self.parent: Phone | None = None

    # What it sees.

    @property
    def state(self) -> str:
        """trying, ringing, early, established or ended."""
        return _STATES[self.message.state]

    @property
    def ended(self) -> bool:
        """It is over."""
        return self.state == "ended"

    @property
    def user(self) -> str:
        """The number that was dialled."""
        return self.message.called.user

    @property
    def call_id(self) -> str:
        """The platform's id."""
        return self.message.call_id

    @property
    def playing(self) -> list[str]:
        """What is played to it now: file names and tones."""
        return next((one.names for one in self.players.values() if not one.over), [])

    @property
    def playing_over(self) -> dict[str, list[str]]:
        """What is played over the rest, by player."""
        return {one.player_id: one.names for one in self.players.values() if one.over}

    @property
    def paused(self) -> list[str]:
        """What stands still meanwhile."""
        return [name for one in self.players.values() if one.paused for name in one.names]

    # What its user does.

    async def digits(self, digits: str) -> None:
        """Press keys, one after the other."""
        for digit in digits:
            event = self.event()
            event.digit.digit = digit
            event.digit.source = call_pb2.DIGIT_SOURCE_RTP
            self.post(event)
        await self._exchange.settle()

    async def hangup(self) -> None:
        """Hang up: CANCEL or BYE, or a refusal with 603 of a call that rings here."""
        if self.dial is not None and self.state != "established":
            await self.reject(603)
            return
        if not self.ended:
            established = self.state == "established"
            self._exchange.end_from_wire(self, Cause.NORMAL_CLEARING if established else Cause.ORIGINATOR_CANCEL)
        await self._exchange.settle()

    async def ring(self) -> None:
        """A dialled phone rings: 180."""
        self._reach(call_pb2.CALL_STATE_RINGING, "ringing")
        if self.parent is not None and self.parent.state == "trying":
            self.parent.message.state = call_pb2.CALL_STATE_RINGING
        await self._exchange.settle()

    async def early(self) -> None:
        """A dialled phone sends media before the answer: 183 with SDP."""
        self._reach(call_pb2.CALL_STATE_EARLY, "early_media")
        await self._exchange.settle()

    async def answer(self) -> None:
        """A dialled phone answers."""
        if self.dial is None or self.state in ("established", "ended"):
            raise AssertionError(f"{self!r} has nothing to answer")
        self.establish()
        self.dial.answered(self)
        await self._exchange.settle()

    async def busy(self) -> None:
        """Refuse with 486."""
        await self.reject(486)

    async def decline(self) -> None:
        """Refuse with 603."""
        await self.reject(603)

    async def reject(self, status: int, *, text: str = "", contact: str = "") -> None:
        """Refuse with any final status; *contact* for 301 and 302."""
        if self.dial is None or self.state in ("established", "ended"):
            raise AssertionError(f"{self!r} has nothing to refuse")
        self.status = status
        self.finish(cause_of_status(status), common_pb2.SOURCE_WIRE, status, text)
        self.dial.refused(self, status, contact)
        await self._exchange.settle()

    async def refer(self, to: str) -> None:
        """Transfer whom it talks to, blind: the script of *to* begins for that leg."""
        refer(self._exchange, self, to)
        await self._exchange.settle()

    async def media(self, event: media_pb2.MediaEvent) -> None:
        """Have the media worker report *event*."""
        posted = self.event()
        posted.media.CopyFrom(event)
        self.post(posted)
        await self._exchange.settle()

    # What the simulated exchange does with it.

    def event(self) -> CallEvent:
        """A new event about this leg, to be filled in and posted."""
        return CallEvent(call_id=self.message.call_id)

    def post(self, event: CallEvent) -> None:
        """Tell the run."""
        self._run.post(event)

    def establish(self) -> None:
        """The 200 has passed."""
        if self.state == "established":
            return
        self.message.state = call_pb2.CALL_STATE_ESTABLISHED
        self._exchange.stamp(self.message.answered_at)
        event = self.event()
        event.answered.SetInParent()
        self.post(event)

    def finish(self, cause: Cause, source: common_pb2.Source, sip_status: int = 0, text: str = "") -> None:
        """The leg is over."""
        if self.ended:
            return
        had_media = self.message.state >= call_pb2.CALL_STATE_EARLY
        self.message.state = call_pb2.CALL_STATE_ENDED
        self._exchange.stamp(self.message.ended_at)
        self.cause, self.text = cause, text
        self.players.clear()
        leave(self._exchange, self)
        if self.mixed_with is not None:
            self.mixed_with.mixed_with = None
            self.mixed_with = None
        for file in self.recordings:
            self.recordings[file] = "finished"
        hangup = self.message.hangup_cause
        hangup.cause = int(cause)  # type: ignore[assignment]
        hangup.source = source
        hangup.sip_status = sip_status
        hangup.text = text
        event = self.event()
        event.ended.cause.CopyFrom(hangup)
        if had_media:
            self.stats.write(event.ended.stats)
        self.post(event)

    def _reach(self, state: call_pb2.CallState, kind: str) -> None:
        if self.message.state >= state:
            return
        self.message.state = state
        event = self.event()
        getattr(event, kind).SetInParent()
        self.post(event)

    def __repr__(self) -> str:
        return f"<Phone {self.user} {self.state}>"

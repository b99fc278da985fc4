"""``call.audio``: what is played to a call, recorded from it, and sent through it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal, overload

from call_workers.channel_stats import ChannelStats
from call_workers.playing import Playing
from call_workers.recording import Recording, RecordOptions
from call_workers.soup import SoupLike, write_soup
from call_workers.values import CallState
from call_workers.voice import InterruptBy, what_ends

if TYPE_CHECKING:
    from collections.abc import Sequence

    from call_workers.call import Call
    from switchroom.v1.worker_pb2 import Command


_AN_ANSWER = RecordOptions(max_wait_s=10.0, finish_after_silence_s=3.0)


class Audio:
    """The audio channel of a call."""

    __slots__ = ("_call",)

    def __init__(self, call: Call) -> None:
        self._call = call

    @overload
    async def play(
        self,
        soup: SoupLike,
        *,
        loop: int | bool = 1,
        interruptible: bool = False,
        interrupt_by: InterruptBy = (),
        gain_db: int = 0,
        wait: Literal[False] = False,
    ) -> Playing | None: ...

    @overload
    async def play(
        self,
        soup: SoupLike,
        *,
        loop: int | bool = 1,
        interruptible: bool = False,
        interrupt_by: InterruptBy = (),
        gain_db: int = 0,
        wait: Literal[True],
    ) -> bool: ...

    async def play(
        self,
        soup: SoupLike,
        *,
        loop: int | bool = 1,
        interruptible: bool = False,
        interrupt_by: InterruptBy = (),
        gain_db: int = 0,
        wait: bool = False,
    ) -> Playing | bool | None:
        """Play prompts and tones; what played before is replaced.

        Args:
            soup: a WAV file below the prompt root (``"hello.wav"``), a tone (``"350+440*0.5:1000"``), a
                :class:`File` or :class:`Tone` with options, or a list of these.
            loop: times in all; True for ever.
            interruptible: a digit ends it, as with *interrupt_by* ``"digit"``.
            interrupt_by: what the caller does that ends it: ``"digit"``, ``"voice"`` or a :class:`Voice`, or several.
            gain_db: louder or softer.
            wait: return when it has ended.

        Returns:
            What pauses, moves and stops it; None when the call has no audio yet (neither answered nor early). With
            *wait* whether it was played to its end.
        """
        digit, voice = what_ends(interrupt_by)
        command = self._begin("play")
        if command is None:
            return False if wait else None
        write_soup(soup, command.play.soup, loop=loop, interruptible=interruptible or digit, voice=voice)
        command.play.wait = wait
        command.play.gain_db = gain_db
        player_id = command.play.player_id = self._id("p", command)
        return await self._played(player_id) if wait else Playing(self._call, player_id)

    async def play_over(
        self,
        soup: SoupLike,
        *,
        everyone: bool = False,
        gain_db: int = 0,
        loop: int | bool = 1,
        interruptible: bool = False,
        interrupt_by: InterruptBy = (),
    ) -> Playing | None:
        """Play over what the call hears, which goes on: a prompt over music, a whisper into a bridge or a room.

        Args:
            soup: as for :meth:`play`.
            everyone: all of its bridge or room hear it, not this call alone; leaving the group ends it.
            gain_db: louder or softer.
            loop: times in all; True for ever.
            interruptible: a digit of this call ends it, as with *interrupt_by* ``"digit"``.
            interrupt_by: what this call does that ends it, as in :meth:`play`.

        Returns:
            What pauses, moves and stops it; any number may play at once. None when the call has no audio yet.
        """
        digit, voice = what_ends(interrupt_by)
        command = self._begin("play")
        if command is None:
            return None
        wanted = command.play
        write_soup(soup, wanted.soup, loop=loop, interruptible=interruptible or digit, voice=voice)
        wanted.over, wanted.for_group, wanted.gain_db = True, everyone, gain_db
        wanted.player_id = self._id("p", command)
        return Playing(self._call, wanted.player_id)

    async def play_record(
        self,
        soup: SoupLike,
        file: str,
        options: RecordOptions | None = None,
        *,
        interrupt_by: InterruptBy = "digit",
        interrupt: bool = False,
        barge_in_power: int = 0,
        barge_in_packets: int = 0,
    ) -> Recording | None:
        """Play a prompt and record what comes behind it: without a gap, from the first word that was said into it.

        Args:
            soup: as in :meth:`play`; it is the *prompt* of the recording.
            file: below the recording root.
            options: None ends it when nobody speaks for 10 s, or for 3 s after the first word.
            interrupt_by: what the caller does that ends the prompt, so that the recording begins.
            interrupt: voice does too.
            barge_in_power: with *interrupt*: loudness instead of voice, as ``Voice(power=...)``.
            barge_in_packets: frames of 20 ms that it is averaged over.
        """
        digit, voice = what_ends(interrupt_by)
        command = self._begin("play_record")
        if command is None:
            return None
        both = command.play_record
        write_soup(soup, both.soup, loop=1, interruptible=digit, voice=voice)
        both.player_id = self._id("p", command)
        both.record.recorder_id = self._id("r", command)
        both.record.file = file
        (options or _AN_ANSWER).write(both.record)
        both.interrupt = interrupt
        both.barge_in_power = barge_in_power
        both.barge_in_packets = barge_in_packets
        return Recording(self._call, both.record.recorder_id, file, Playing(self._call, both.player_id))

    async def record(self, file: str, options: RecordOptions | None = None, *, room: bool = False) -> Recording:
        """Record to *file* (below the recording root) until told to stop, or as *options* say.

        With *room* it is everybody in the room that the call is in, mixed into one channel, as long as anybody is in
        it, this call or others. Several calls may ask for the same file: it is one recording then, as the first of
        them has asked for it, and each of them controls it and hears of it.
        """
        command = self._command("record")
        command.record.room = room
        spec = command.record.recorder
        spec.recorder_id = self._id("r", command)
        spec.file = file
        (options or RecordOptions()).write(spec)
        return Recording(self._call, spec.recorder_id, file)

    async def echo(self, on: bool = True) -> None:
        """Send back what comes."""
        self._command("echo").echo.off = not on

    async def dtmf(self, digits: str, *, duration_ms: int = 0) -> None:
        """Send digits to the peer (RFC 4733), each so long: 40 to 8,000 ms, 0 for the usual.

        What is no digit, and more than 1,024 of them, is rejected.
        """
        dtmf = self._command("dtmf").send_dtmf
        dtmf.digits, dtmf.duration_ms = digits, duration_ms

    async def detect_tones(self, on: bool = True) -> None:
        """Tell the tones of machines in what the peer says, as ``channel`` events with the action ``tone``.

        Their names: ``fax.cng fax.ced sit beep busy``. Who has no telephone events is listened to without being asked.
        """
        self._command("tones").detect_tones.off = not on

    async def mix(self, other: Call) -> None:
        """Let this call and *other* hear each other."""
        await self._call.mix(other)

    async def unmix(self) -> None:
        """Stop hearing the other leg."""
        self._command("unmix").unmix.SetInParent()
        self._call._part()

    async def conference(
        self, room: str, *, muted: bool = False, deaf: bool = False, gain_db: int = 0, heard_by: Sequence[Call] = ()
    ) -> None:
        """Join a room, where everybody hears everybody else; again, to change how one takes part in it.

        Join before ``answer()`` where there are several media workers: then the media is opened where the room is. A
        later join is brought in by RTP between the workers.

        Args:
            muted: nobody hears this call.
            deaf: it hears nobody.
            gain_db: how loud the others hear it.
            heard_by: only these hear it (a coach); empty: all. Rejected, with the reason, when one of them cannot: even
                then nobody else hears it.
        """
        conference = self._command("conference").conference
        conference.room, conference.muted, conference.deaf = room, muted, deaf
        conference.gain_db = gain_db
        conference.heard_by.extend(call.id for call in heard_by)
        self._call._part()

    async def take_part(
        self,
        *,
        muted: bool | None = None,
        deaf: bool | None = None,
        gain_db: int | None = None,
        heard_by: Sequence[Call] | None = None,
    ) -> None:
        """Change how the call takes part in its bridge or room, as in :meth:`conference`; None leaves it as it is."""
        wanted = self._command("take_part").take_part
        wanted.SetInParent()
        if muted is not None:
            wanted.muted = muted
        if deaf is not None:
            wanted.deaf = deaf
        if gain_db is not None:
            wanted.gain_db = gain_db
        if heard_by is not None:
            wanted.heard_by.SetInParent()
            wanted.heard_by.call_ids.extend(call.id for call in heard_by)

    async def leave(self) -> None:
        """Leave the room."""
        self._command("leave").leave_conference.SetInParent()

    async def direction(self, *, send: bool = True, recv: bool = True) -> None:
        """Whether we send to the peer, and whether we listen to it."""
        direction = self._command("direction").set_direction.direction
        direction.send = send
        direction.receive = recv

    async def stop(self) -> None:
        """Stop all that is played."""
        self._command("stop").stop_media.SetInParent()

    async def stats(self) -> ChannelStats:
        """Counters and quality of the channel at this moment. Those of its end come with ``call.reporting``."""
        command = self._command("stats")
        command.read_stats.SetInParent()
        return ChannelStats.from_json(await self._call._value(command) or "{}")

    def media_waits(self) -> dict[str, asyncio.Future[str]]:
        """Who waits for the end of which player or recorder."""
        if self._call._media_waits is None:
            self._call._media_waits = {}
        return self._call._media_waits

    def _command(self, verb: str) -> Command:
        self._call._check()
        return self._call._command(verb)

    def _begin(self, verb: str) -> Command | None:
        self._call._check()
        if self._call.state not in (CallState.EARLY, CallState.ESTABLISHED):
            return None
        return self._call._command(verb)

    def _id(self, kind: str, command: Command) -> str:
        return f"{self._call.id}.{kind}{command.command_id}"

    async def _played(self, player_id: str) -> bool:
        future: asyncio.Future[str] = self._call._run.loop.create_future()
        waits = self.media_waits()
        waits[player_id] = future
        try:
            reason: str = await self._call._wait(future)
            return reason == "completed"
        finally:
            waits.pop(player_id, None)
            del future  # see CallView._wait

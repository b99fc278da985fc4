"""One call from dialling to the verdict."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sip_frontend.message import Response, Uri
from sip_frontend.phone.agent import Agent, CallFailed, Identity
from sip_frontend.phone.hearing import RATE_HZ, judge, strongest
from sip_frontend.phone.rtp import FRAME_S, RtpEndpoint, Samples
from sip_frontend.phone.sound import TEST_TONE_HZ, Player, write_recording
from sip_frontend.sdp import LocalMedia, NotAcceptable, SdpError, SessionDescription, offer, read_answer

# Long enough for two marks in the test tone after the first second.
_ECHO_TEST_S: Final = 3.2
# After the last packet: what is still under way comes in.
_TAIL_S: Final = 0.3
# The other side wants to listen before it is told digits, and to answer them afterwards.
_BEFORE_DIGITS_S, _AFTER_DIGITS_S, _DIGIT_S = 1.0, 6.0, 0.26
_TOLERANCE_HZ: Final = 20
_LEAST_SHARE: Final = 0.5
_PROGRESS: Final = {180: "ringing", 183: "early media"}


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asked for."""

    uri: Uri
    identity: Identity
    digits: str = ""
    record: Path | None = None
    duration_s: float = 0.0
    """From the answer to the hang-up; 0 for what the rest needs."""
    test: bool = True
    """Play the test tone and want it back."""


class Call:
    """*player* is what the other side hears."""

    def __init__(self, wish: Wish, player: Player, local_host: str) -> None:
        self._wish = wish
        self._player = player
        self._local_host = local_host
        self._agent = Agent(wish.identity, self._progressed)
        self._rtp = RtpEndpoint(asyncio.get_running_loop(), local_host, self._next_frame)
        self._begun: list[int] = []  # packets in which the tone began after a silence
        self._interrupted = asyncio.Event()
        self._said = ""

    def start(self, remote: tuple[str, int], transport: str) -> None:
        self._agent.start(self._local_host, remote, transport)

    async def stop(self) -> None:
        self._rtp.close()
        await self._agent.stop()

    def interrupt(self) -> None:
        """Hang up, or give up when there is no answer yet."""
        self._interrupted.set()
        self._agent.cancel()

    async def run(self) -> bool:
        """Whether all went as it should. Raises CallFailed when there is no answer to judge."""
        self._say(f"calling {self._wish.uri} as {self._wish.identity.user}")
        media = LocalMedia(self._local_host, self._rtp.port, int(time.time()), 1, ("PCMU", "PCMA"))
        offered = offer(media)
        dialled_at = time.monotonic()
        response = await self._agent.call(self._wish.uri, offered)
        answered_s = time.monotonic() - dialled_at
        try:
            self._rtp.agree(read_answer(offered, SessionDescription.parse(response.body), media))
        except (SdpError, NotAcceptable) as error:
            await self._agent.hang_up()
            raise CallFailed(f"answered, but its session description cannot be used: {error}") from error
        self._say(f"answered after {answered_s:.2f} s ({self._rtp.codec})")
        self._rtp.start()
        await self._talk()
        self._rtp.stop()
        if not self._agent.hung_up.is_set():
            await asyncio.sleep(_TAIL_S)
        await self._agent.hang_up()
        if self._wish.record is not None:
            write_recording(self._wish.record, self._rtp.heard)
        return self._judge_echo() if self._wish.test else self._describe()

    async def _talk(self) -> None:
        """Until the time is over, the other side hangs up, or we are interrupted."""
        waits = (self._agent.hung_up.wait(), self._interrupted.wait(), self._run_out())
        ends: list[asyncio.Future[object]] = [asyncio.ensure_future(each) for each in waits]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for each in ends:
            each.cancel()
        if self._agent.hung_up.is_set():
            self._say("the other side hung up")

    async def _run_out(self) -> None:
        digits = self._wish.digits
        wanted_s = self._wish.duration_s or self._needed_s()
        if digits:
            await asyncio.sleep(_BEFORE_DIGITS_S)
            wanted_s = max(wanted_s - _BEFORE_DIGITS_S, 0.0)
            if self._rtp.press(digits):
                self._say(f"pressing {digits}")
            else:
                self._say("the other side takes no digits: it agreed to no telephone-event")
        await asyncio.sleep(wanted_s)

    def _needed_s(self) -> float:
        digits_s = _BEFORE_DIGITS_S + len(self._wish.digits) * _DIGIT_S + _AFTER_DIGITS_S if self._wish.digits else 0.0
        own_s = _ECHO_TEST_S if self._wish.test else self._player.frames * FRAME_S
        return max(digits_s, own_s)

    def _next_frame(self) -> Samples:
        if self._player.begins_again:
            self._begun.append(len(self._rtp.sent_at))
        return self._player.next_frame()

    def _judge_echo(self) -> bool:
        sent_at, heard = self._rtp.sent_at, self._rtp.heard
        echo = judge(sent_at, [sent_at[index] for index in self._begun if index < len(sent_at)], heard)
        if not heard:
            self._say("failed: no audio came back")
            return False
        if abs(echo.frequency_hz - TEST_TONE_HZ) > _TOLERANCE_HZ or echo.share < _LEAST_SHARE:
            found = f"{echo.frequency_hz} Hz" if echo.frequency_hz else "silence"
            self._say(f"failed: {TEST_TONE_HZ} Hz was played, {found} came back")
            return False
        trip = _milliseconds(echo.round_trip_ms)
        lost = f"{echo.lost} of {echo.sent} packets lost"
        self._say(f"echo heard: {echo.frequency_hz} Hz, round trip {trip}, {lost}")
        return True

    def _describe(self) -> bool:
        samples = [sample for packet in self._rtp.heard for sample in packet.samples]
        frequency_hz, _ = strongest(samples)
        loudest = f", loudest at {frequency_hz} Hz" if frequency_hz else ", all silent"
        self._say(f"heard {len(samples) / RATE_HZ:.1f} s of audio{loudest if samples else ''}")
        return True

    def _progressed(self, response: Response) -> None:
        text = _PROGRESS.get(response.status)
        if text is not None and text != self._said:
            self._say(text)

    def _say(self, text: str) -> None:
        self._said = text
        print(text, flush=True)


def _milliseconds(value: float | None) -> str:
    """Two digits that mean something."""
    if value is None:
        return "unknown"
    return f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms"

"""What plays to a simulated phone: how long it lasts, where it stands, and its end."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from call_workers.soup import FOR_EVER
from switchroom.v1 import media_pb2, worker_pb2

if TYPE_CHECKING:
    from call_workers.testing.exchange import Exchange
    from call_workers.testing.phone import Phone

# A prompt lasts so long when nothing tells its length.
_PROMPT_S = 1.0


class SimPlayer:
    """One that plays; *over* the rest, or in its place."""

    def __init__(self, exchange: Exchange, phone: Phone, player_id: str, soup: media_pb2.Soup, *, over: bool) -> None:
        self._exchange = exchange
        self._phone = phone
        self._length_s = _length_of(soup)
        self._stood_s, self._since = 0.0, exchange.now
        self._changes = 0
        self.player_id = player_id
        self.names = [item.file or item.tone for item in soup.items]
        self.over = over
        self.paused = False
        self._wait()

    @property
    def position_s(self) -> float:
        """Where it stands."""
        return self._stood_s if self.paused else self._stood_s + self._exchange.now - self._since

    def control(self, wanted: worker_pb2.PlayControl) -> None:
        """Pause, go on, go elsewhere. How loud it is makes no difference here."""
        self._stood_s, self._since = self.position_s, self._exchange.now
        if wanted.HasField("seek_ms"):
            self._stood_s = wanted.seek_ms / 1000
        if wanted.HasField("paused"):
            self.paused = wanted.paused
        self._wait()

    def _wait(self) -> None:
        self._changes += 1
        changes = self._changes
        if not self.paused and self._length_s < math.inf:
            left_s = max(0.0, self._length_s - self._stood_s)
            self._exchange.after(left_s, lambda: self.end("completed") if changes == self._changes else None)

    def end(self, reason: str) -> None:
        """It ends, once, and the script is told."""
        phone = self._phone
        if phone.ended or phone.players.get(self.player_id) is not self:
            return
        del phone.players[self.player_id]
        event = phone.event()
        play = event.media.play
        play.player_id = self.player_id
        play.ended = True
        play.reason = reason
        phone.post(event)


def start_playing(exchange: Exchange, phone: Phone, soup: media_pb2.Soup, player_id: str) -> None:
    """Play in the place of what plays."""
    for player in [one for one in phone.players.values() if not one.over]:
        player.end("replaced")
    player = phone.players[player_id] = SimPlayer(exchange, phone, player_id, soup, over=False)
    phone.heard.extend(player.names)


def _length_of(soup: media_pb2.Soup) -> float:
    if soup.loop == FOR_EVER or any(item.loop == FOR_EVER for item in soup.items):
        return math.inf
    return sum(_length_s(item) * (item.loop or 1) for item in soup.items) * (soup.loop or 1)


def _length_s(item: media_pb2.SoupItem) -> float:
    if item.stop_ms:
        return (item.stop_ms - item.start_ms) / 1000
    cadence = item.tone.partition(":")[2]
    if cadence:
        return sum(float(piece) for piece in cadence.split("/")) / 1000
    return _PROMPT_S

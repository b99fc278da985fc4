"""What can be played: prompts, tones, and lists of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from call_workers.voice import Voice
from switchroom.v1 import media_pb2

FOR_EVER = 0xFFFF_FFFF
_SOUNDS = (".wav", ".mp3", ".ogg", ".oga", ".opus")


@dataclass(frozen=True, slots=True)
class File:
    """A sound below the prompt root of the media workers, or a part of it: WAV, Opus in Ogg, MP3."""

    name: str
    start_ms: int = 0
    stop_ms: int = 0
    """0 is its end."""
    loop: int | bool = 1
    """Times in all; True for ever."""
    gain_db: int = 0


@dataclass(frozen=True, slots=True)
class Tone:
    """A tone: the grammar of ``switchroom tone`` (``350+440*0.5:1000``), or a name (``uk.ringing``)."""

    description: str
    loop: int | bool = 1
    gain_db: int = 0


Item = str | File | Tone
SoupLike = Item | Sequence[Item]


def write_soup(
    soup: SoupLike,
    message: media_pb2.Soup,
    *,
    loop: int | bool,
    interruptible: bool = False,
    voice: Voice | None = None,
) -> None:
    """Write a playlist. A string that ends like a sound file (``.wav``, ``.mp3``, ``.opus``) is one, another a tone."""
    items = [soup] if isinstance(soup, (str, File, Tone)) else soup
    for item in items:
        if isinstance(item, str):
            item = File(item) if item.lower().endswith(_SOUNDS) else Tone(item)
        written = message.items.add(loop=_times(item.loop), gain_db=item.gain_db)
        if isinstance(item, File):
            written.file = item.name
            written.start_ms = item.start_ms
            written.stop_ms = item.stop_ms
        else:
            written.tone = item.description
    message.loop = _times(loop)
    message.interruptible = interruptible
    if voice is not None:
        voice.write(message.interrupt_by_voice)


def _times(loop: int | bool) -> int:
    if loop is True:
        return FOR_EVER
    return 0 if loop == 1 else int(loop)

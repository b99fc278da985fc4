"""What a script names, as the contract has it."""

from __future__ import annotations

import pytest

from call_workers.soup import write_soup
from switchroom.v1 import media_pb2


@pytest.mark.parametrize("name", ["hello.wav", "de/HELLO.WAV", "moh.mp3", "vm/greeting.opus", "a.ogg"])
def test_a_string_that_ends_like_a_sound_file_is_one(name: str) -> None:
    soup = media_pb2.Soup()
    write_soup(name, soup, loop=1, interruptible=False)
    assert [item.file for item in soup.items] == [name]


@pytest.mark.parametrize("name", ["uk.ringing", "350+440*0.5:1000"])
def test_any_other_is_a_tone(name: str) -> None:
    soup = media_pb2.Soup()
    write_soup(name, soup, loop=True, interruptible=False)
    assert [item.tone for item in soup.items] == [name]

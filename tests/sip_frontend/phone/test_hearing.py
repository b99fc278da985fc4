"""The ear: frequency, marks, losses."""

from __future__ import annotations

import array

import pytest

from sip_frontend.phone.hearing import judge, onsets, strongest
from sip_frontend.phone.rtp import FRAME_S, FRAME_SAMPLES, Heard
from sip_frontend.phone.sound import TEST_TONE
from switchroom import tones


def packets(samples: array.array[int], began_at: float = 0.0, late_s: float = 0.0) -> list[Heard]:
    """A stream as it comes in when every packet is *late_s* under way."""
    count = len(samples) // FRAME_SAMPLES
    return [
        Heard(
            began_at + n * FRAME_S + late_s, n, n * FRAME_SAMPLES, samples[n * FRAME_SAMPLES : (n + 1) * FRAME_SAMPLES]
        )
        for n in range(count)
    ]


@pytest.mark.parametrize("frequency_hz", [250, 697, 1000, 3000])
def test_a_tone_is_named_by_its_frequency(frequency_hz: int) -> None:
    found, share = strongest(tones.samples(f"{frequency_hz}*0.2:400"))
    assert abs(found - frequency_hz) <= 10
    assert share > 0.7


def test_of_two_tones_neither_has_most_of_the_energy() -> None:
    assert strongest(tones.samples("700+1900*0.5:400"))[1] < 0.55


def test_silence_has_no_frequency() -> None:
    assert strongest(tones.samples("0:400")) == (0, 0.0)
    assert strongest([]) == (0, 0.0)


def test_marks_are_where_sound_begins_after_silence() -> None:
    heard = packets(tones.samples("0/1000*0.3/0/1000*0.3:200/300/60/100"))
    assert onsets(heard) == pytest.approx([0.2, 0.56], abs=0.003)


@pytest.mark.parametrize("late_s", [0.001, 0.04, 0.35])
def test_the_round_trip_is_from_mark_to_mark(late_s: float) -> None:
    sound = tones.samples(TEST_TONE) * 3
    heard = packets(sound, late_s=late_s)
    sent_at = [n * FRAME_S for n in range(len(heard))]
    echo = judge(sent_at, [1.0, 2.0], heard)
    assert echo.round_trip_ms == pytest.approx(late_s * 1000, abs=3)
    assert (echo.frequency_hz, echo.sent, echo.lost) == (1000, 150, 0)


def test_what_was_sent_before_the_echo_began_is_not_lost() -> None:
    heard = packets(tones.samples(TEST_TONE) * 3, late_s=0.01)
    sent_at = [n * FRAME_S for n in range(len(heard))]
    echo = judge(sent_at, [1.0, 2.0], heard[20:])
    assert (echo.sent, echo.lost) == (130, 0)


def test_missing_and_repeated_packets_are_told_apart() -> None:
    heard = packets(tones.samples(TEST_TONE) * 3, late_s=0.01)
    sent_at = [n * FRAME_S for n in range(len(heard))]
    gone = [each for each in heard if each.sequence % 10 != 5]
    assert judge(sent_at, [1.0, 2.0], gone).lost == 15
    assert judge(sent_at, [1.0, 2.0], [*heard, heard[-1]]).lost == 0


def test_nothing_heard_is_all_lost() -> None:
    echo = judge([0.0, 0.02], [], [])
    assert (echo.frequency_hz, echo.round_trip_ms, echo.sent, echo.lost) == (0, None, 2, 2)

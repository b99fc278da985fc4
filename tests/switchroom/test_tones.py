"""The tone grammar: what is parsed, what it sounds like, what lands in the file."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip_frontend.phone.hearing import goertzel
from switchroom import tones
from switchroom.tones import Segment, Sweep, ToneError


def level(samples: Sequence[int], frequency_hz: float) -> float:
    """Share of the energy at this frequency."""
    energy = sum(sample * sample for sample in samples)
    return 2 * goertzel(samples, frequency_hz) / (energy * len(samples))


def steady(hz: float) -> Sweep:
    return Sweep(hz, hz)


def test_sections_and_cadences_are_paired() -> None:
    assert tones.parse("400+450*0.5/0:400/200/400/2000") == [
        Segment((steady(400), steady(450)), steady(0.5), 400),
        Segment((steady(0),), steady(1), 200),
        Segment((steady(400), steady(450)), steady(0.5), 400),
        Segment((steady(0),), steady(1), 2000),
    ]


def test_a_sweep_of_frequency_and_level() -> None:
    assert tones.parse("400~800*0.1~1:500") == [Segment((Sweep(400, 800),), Sweep(0.1, 1), 500)]


@pytest.mark.covers("EN-084")
def test_the_dial_tone_holds_its_two_frequencies_and_its_level() -> None:
    samples = tones.samples("350+440*0.5:1000")
    assert len(samples) == 8000
    assert level(samples, 350) == pytest.approx(0.5, abs=0.02)
    assert level(samples, 440) == pytest.approx(0.5, abs=0.02)
    assert 0.47 * 32767 < max(samples) <= 0.5 * 32767 + 1


def test_silence_is_silent() -> None:
    assert set(tones.samples("0:100")) == {0}


def test_a_swept_level_grows() -> None:
    samples = tones.samples("1000*0~1:1000")
    assert max(samples[:800]) < max(samples[-800:]) / 5


def test_a_swept_frequency_arrives() -> None:
    samples = tones.samples("500~1500:2000")
    assert level(samples[:160], 505) > 0.9
    assert level(samples[-160:], 1495) > 0.9


def test_a_round_is_as_long_as_it_says() -> None:
    assert len(tones.samples("0:33/33/34", rate_hz=44100)) == 4410


@pytest.mark.parametrize(
    ("description", "part"),
    [
        ("350", "no ':'"), ("x:100", "'x'"), ("350:", "''"), ("350:-5", "'-5'"), ("350*2:100", "'2'"),
        ("99999:100", "'99999'"), ("1+2+3+4+5+6+7+8+9:100", "8 frequencies"), ("350:99999999", "milliseconds"),
        ("350:3000000/3000000", "an hour"), ("nan:100", "'nan'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(description: str, part: str) -> None:
    with pytest.raises(ToneError, match=part.replace("'", ".")):
        tones.parse(description)


@given(st.text(alphabet="0123456789+*~/:.- exnaif", max_size=40))
def test_no_text_breaks_the_parser(description: str) -> None:
    try:
        segments = tones.parse(description)
    except ToneError:
        return
    assert segments


class TestGenerate:
    @pytest.mark.covers("EN-084")
    def test_a_file_is_8_khz_mono_16_bit(self, tmp_path: Path) -> None:
        file = tmp_path / "dial.wav"
        tones.generate("350+440*0.5:1000", file)
        with wave.open(str(file)) as written:
            assert (written.getframerate(), written.getnchannels(), written.getsampwidth()) == (8000, 1, 2)
            assert written.readframes(8000) == tones.samples("350+440*0.5:1000").tobytes()

    def test_a_second_tone_goes_behind_the_first(self, tmp_path: Path) -> None:
        file = tmp_path / "two.wav"
        tones.generate("350:100", file)
        tones.generate("440:50", file)
        with wave.open(str(file)) as written:
            expected = tones.samples("350:100").tobytes() + tones.samples("440:50").tobytes()
            assert written.readframes(9999) == expected

    def test_a_file_of_another_kind_is_left_alone(self, tmp_path: Path) -> None:
        file = tmp_path / "notes.txt"
        file.write_text("mine")
        with pytest.raises(ToneError, match="no WAV file"):
            tones.generate("350:100", file)
        assert file.read_text() == "mine"

    def test_a_wav_of_another_rate_is_left_alone(self, tmp_path: Path) -> None:
        file = tmp_path / "wide.wav"
        with wave.open(str(file), "wb") as other:
            other.setparams((1, 2, 16000, 0, "NONE", ""))
        with pytest.raises(ToneError, match="8 kHz"):
            tones.generate("350:100", file)

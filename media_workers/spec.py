"""From the contract's ``ChannelSpec`` to the engine's: what is asked for, checked."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from types import MappingProxyType

import rtp_engine

from media_workers.errors import CodecUnsupported, FileRefused, NotBuilt, SpecInvalid
from media_workers.files import Prompts, Root
from media_workers.parts import Continued, part_name
from switchroom.v1 import media_pb2 as pb
from switchroom.v1.common_pb2 import Endpoint

# A player that began longer ago than this began at another worker and goes on where it would stand.
_TAKEN_OVER_S = 1.0


@dataclass(frozen=True, slots=True)
class Roots:
    """Where files are."""

    prompts: Prompts
    recordings: Root


def engine_spec(
    spec: pb.ChannelSpec,
    roots: Roots,
    unix_now: float,
    *,
    new: bool,
    held: Set[str] = frozenset(),
    continued: Mapping[str, Continued] = MappingProxyType({}),
) -> rtp_engine.ChannelSpec:
    """Translate; *new*: this worker has never heard of the channel. Raises a ``MediaError``.

    Players and recorders whose ids are *held* are left out for now; recorders in *continued* go on with a new part.
    """
    if spec.security != pb.SECURITY_MODE_UNSPECIFIED:
        raise NotBuilt("SRTP is not built yet; clear RTP in its place would be worse than none")
    if spec.taps or spec.HasField("ice"):
        raise NotBuilt("live audio and ICE are not built yet")
    formats = [(f.name, f.payload_type, f.clock_rate, f.channels) for f in spec.formats]
    if not formats:
        raise CodecUnsupported("a channel needs a format")
    remote = spec.remote if spec.HasField("remote") else None
    direction = spec.direction if spec.HasField("direction") else None
    member = spec.member
    events_in, events_out = spec.telephone_event_receive_pt, spec.telephone_event_send_pt
    try:
        return rtp_engine.ChannelSpec(
            formats=formats,
            remote=_endpoint(remote.rtp) if remote is not None else None,
            rtcp=_endpoint(remote.rtcp) if remote is not None and remote.HasField("rtcp") else None,
            rtcp_mux=remote is not None and remote.rtcp_mux,
            latch=remote is not None and remote.latch,
            allowed_sources=spec.allowed_sources,
            send=direction is None or direction.send,
            receive=direction is None or direction.receive,
            event_receive=events_in if spec.HasField("telephone_event_receive_pt") else None,
            event_send=events_out if spec.HasField("telephone_event_send_pt") else None,
            event_rate=spec.telephone_event_rate or 8000,
            echo=spec.echo,
            group=spec.group_id,
            muted=member.muted,
            deaf=member.deaf,
            gain_db=member.gain_db,
            player=_player(spec.player, roots.prompts, unix_now, new)
            if spec.HasField("player") and spec.player.player_id not in held
            else None,
            recorders=_recorders(spec, roots.recordings, held, continued) if spec.recorders else (),
            detect_in_band=spec.detect_in_band,
            detect_tones=spec.detect_tones,
            idle_after_s=spec.idle_after_s,
            ptime_ms=spec.ptime_ms or 20,
            dscp=spec.dscp,
            name=spec.channel_id,
            heard_by=member.heard_by or None,
            overlays=[_player(one, roots.prompts, unix_now, new) for one in spec.overlays if one.player_id not in held]
            if spec.overlays
            else (),
            fmtp=spec.formats[0].fmtp,
        )
    except (ValueError, OverflowError) as error:
        raise SpecInvalid(str(error)) from error


def players_of(spec: pb.ChannelSpec) -> list[pb.Player]:
    """What is to play: the player, and what is played over the rest."""
    return [spec.player, *spec.overlays] if spec.HasField("player") else list(spec.overlays)


def _endpoint(endpoint: Endpoint) -> tuple[str, int]:
    return endpoint.address, endpoint.port


def _player(player: pb.Player, prompts: Prompts, unix_now: float, new: bool) -> rtp_engine.PlayerSpec:
    began_s = player.started_at.seconds + player.started_at.nanos / 1e9
    elapsed_s = unix_now - began_s if new and began_s and not player.paused else 0.0
    played_ms = player.position_ms if new or player.seeks else 0
    soup = player.soup
    return rtp_engine.PlayerSpec(
        player.player_id,
        [_item(item, prompts) for item in soup.items],
        loop_=soup.loop,
        interruptible=soup.interruptible,
        paused=player.paused,
        elapsed_ms=played_ms + (int(elapsed_s * 1000) if elapsed_s > _TAKEN_OVER_S else 0),
        gain_db=player.gain_db,
        for_group=player.for_group,
        seeks=player.seeks,
        position_ms=player.position_ms,
        voice=_voice(soup.interrupt_by_voice) if soup.HasField("interrupt_by_voice") else None,
    )


_FILE, _TONE, _REFUSED = range(3)


def _item(item: pb.SoupItem, prompts: Prompts) -> tuple[int, str, int, int, int, int]:
    """A file outside the prompt root is told as one that is missing, and does not end the call."""
    if item.WhichOneof("source") == "tone":
        kind, source = _TONE, item.tone
    else:
        try:
            kind, source = _FILE, prompts.resolve(item.file)
        except FileRefused:
            kind, source = _REFUSED, item.file
    return kind, source, item.start_ms, item.stop_ms, item.loop, item.gain_db


def _voice(voice: pb.VoiceDetection) -> tuple[int, int, int, int, int]:
    return voice.min_speech_ms, voice.margin_db, voice.softest_dbov, voice.power, voice.power_packets


def _recorders(
    spec: pb.ChannelSpec, recordings: Root, held: Set[str], continued: Mapping[str, Continued]
) -> list[rtp_engine.RecorderSpec]:
    root = recordings.below(spec.record_root)
    return [
        _recorder(recorder, root.resolve(recorder.file), continued.get(recorder.recorder_id))
        for recorder in spec.recorders
        if recorder.recorder_id not in held and recorder.after_player not in held
    ]


_SOURCES = {pb.RECORD_SOURCE_UNSPECIFIED: "both", pb.RECORD_SOURCE_RECEIVED: "heard", pb.RECORD_SOURCE_SENT: "said"}


def _source(source: pb.RecordSource) -> str:
    """Raises ValueError: a newer frontend may know more."""
    name = _SOURCES.get(source)
    if name is None:
        raise ValueError(f"no source of recordings has the number {source}")
    return name


def _recorder(recorder: pb.RecorderSpec, path: str, continued: Continued | None) -> rtp_engine.RecorderSpec:
    longest_ms, shortest_ms = recorder.max_duration_ms, recorder.min_duration_ms
    gate, after_player = recorder.start_above_power, recorder.after_player
    if continued is not None:
        path = part_name(path, continued.offset_ms)
        longest_ms = max(1, longest_ms - continued.spent_ms) if longest_ms else 0
        shortest_ms = max(0, shortest_ms - continued.spent_ms)
        gate, after_player = (0, "") if continued.began else (gate, after_player)
    return rtp_engine.RecorderSpec(
        recorder.recorder_id,
        path,
        channels=recorder.channels or 2,
        source=_source(recorder.source),
        after_player=after_player,
        pre_roll_ms=recorder.pre_roll_ms,
        max_wait_ms=recorder.max_wait_ms,
        max_duration_ms=longest_ms,
        min_duration_ms=shortest_ms,
        finish_after_silence_ms=recorder.finish_after_silence_ms,
        voice=_voice(recorder.voice),
        start_above_power=gate,
        finish_below_power=recorder.finish_below_power,
        average_frames=recorder.power_average_packets,
        paused=recorder.paused,
        finished=recorder.finished,
    )

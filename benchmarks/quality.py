"""How speech sounds behind a bad network: through a lossy relay into the engine, recorded there, scored by PESQ.

Each codec's packets are made once, by the engine playing the speech. The relay sends them again, some lost and some
late, to one channel for each row, all at once and in real time; each channel decodes into a recording. A row is the
mean over seeds. Beside it stands what a receiver without concealment would have played of the same packets: silence, or
the last packet once more, behind a fixed buffer of 60 ms.

The speech: ``pjsip_input_8k.wav`` of the test material for narrowband (or SWITCHROOM_SPEECH), for wideband the file
named by SWITCHROOM_SPEECH_WIDE (16 kHz); without one, that of the package linphone-common. PESQ is installed by
tests/interop/setup.sh.
"""

from __future__ import annotations

import heapq
import itertools
import json
import os
import random
import select
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory

import rtp_engine

from benchmarks.report import Result
from tests.support.material import MATERIAL

HOST = "127.0.0.1"
ROOT = Path(__file__).parents[1]
PYTHON = ROOT / "var" / "interop" / "bin" / "python"
NARROW = Path(os.environ.get("SWITCHROOM_SPEECH", MATERIAL / "audio" / "pjsip_input_8k.wav"))
WIDE = Path(os.environ.get("SWITCHROOM_SPEECH_WIDE", "/usr/share/sounds/linphone/hello16000.wav"))
FRAME_S = 0.02
FIXED_BUFFER_S = 0.06
LEAD_S = 0.5
LATE_S = 0.025
ATTEMPTS = 5
SEEDS = 6
KEPT = 11
"""Frames that are never lost: a codec has begun."""


@dataclass(frozen=True, slots=True)
class Codec:
    """One to measure."""

    name: str
    format: tuple[str, int, int, int]
    speech: Path
    mode: str
    loss_reported: bool = False
    """The receiver's reports have told of loss: Opus then sends each packet twice, the second time coarsely."""


CODECS = (
    Codec("PCMU", ("PCMU", 0, 8000, 1), NARROW, "nb"),
    Codec("G.722", ("G722", 9, 8000, 1), WIDE, "wb"),
    Codec("Opus", ("opus", 96, 48000, 2), WIDE, "wb"),
    Codec("Opus, loss reported", ("opus", 96, 48000, 2), WIDE, "wb", loss_reported=True),
)


@dataclass(frozen=True, slots=True)
class Network:
    """What the relay does: share lost, mean length of a loss in packets, delay of each from 0 to *jitter_ms*."""

    loss: float = 0.0
    burst: float = 1.0
    jitter_ms: int = 0

    @property
    def name(self) -> str:
        loss = f"{self.loss:.0%} loss" + (" in bursts" if self.burst > 1 else "") if self.loss else "no loss"
        return f"{loss}, {self.jitter_ms} ms jitter" if self.jitter_ms else loss

    def seeds(self, count: int, frames: int) -> list[int]:
        """The first of chance with which as much of so many frames is lost as the name of the row says."""
        wanted = self.loss * (frames - KEPT)
        near = (seed for seed in itertools.count() if abs(sum(self.lost(seed, frames)) - wanted) <= wanted / 7 + 0.5)
        return list(itertools.islice(near, count))

    def lost(self, seed: int, frames: int) -> list[bool]:
        """Which frames are."""
        losses = self.losses(random.Random(seed))
        return [False] * KEPT + list(itertools.islice(losses, frames - KEPT))

    def losses(self, chance: random.Random) -> Iterator[bool]:
        """Gilbert's model: two states, so that losses last *burst* packets on the average."""
        lost = False
        while True:
            if self.burst > 1:
                leave = 1 / self.burst
                lost = chance.random() >= leave if lost else chance.random() < leave * self.loss / (1 - self.loss)
            else:
                lost = chance.random() < self.loss
            yield lost


NETWORKS = (
    Network(),
    *(Network(loss) for loss in (0.01, 0.03, 0.05, 0.10)),
    *(Network(loss, 3.0) for loss in (0.01, 0.03, 0.05, 0.10)),
    *(Network(jitter_ms=jitter) for jitter in (20, 40, 80)),
    *(Network(0.03, 1.0, jitter) for jitter in (20, 40, 80)),
)


@dataclass(slots=True)
class Flow:
    """One channel of one row."""

    codec: Codec
    network: Network
    seed: int
    port: int
    recording: Path
    sends: list[tuple[float, bytes]] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    """Frames that a fixed buffer without concealment does not get in time."""
    stats: rtp_engine.Stats | None = None
    machine_late_s: float = 0.0
    """How late this machine was at worst: figures of a busy one are worse than those of the engine."""


def capture(codec: Codec) -> list[bytes]:
    """The packets of the speech, as the engine sends them."""
    engine = rtp_engine.Engine()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind((HOST, 0))
        phone.setblocking(False)
        port = open_channel(engine, 1, codec, remote=phone.getsockname(), rtcp_mux=True, player=play(codec.speech))
        packets: list[bytes] = []
        while not any(event.kind == "play_ended" for event in engine.take_events()):
            select.select([phone.fileno(), engine.events_fd()], [], [], 1.0)
            while (packet := receive(phone)) is not None:
                if packet[1] & 0x7F not in range(72, 80):  # RTCP (RFC 5761 section 4)
                    packets.append(packet)
            if codec.loss_reported and len(packets) == 1:
                phone.sendto(report_of_loss(packets[0]), (HOST, port))
    engine.shutdown()
    return packets


def receive(phone: socket.socket) -> bytes | None:
    try:
        return phone.recv(2048)
    except BlockingIOError:
        return None


def report_of_loss(packet: bytes) -> bytes:
    """A receiver report: a tenth is lost."""
    (ours,) = struct.unpack_from("!I", packet, 8)
    return struct.pack("!BBHIIIIIII", 0x81, 201, 7, 99, ours, 26 << 24, 1, 0, 0, 0)


def play(speech: Path) -> rtp_engine.PlayerSpec:
    return rtp_engine.PlayerSpec("p", [(0, str(speech), 0, 0, 0, 0)])


def open_channel(
    engine: rtp_engine.Engine,
    handle: int,
    codec: Codec,
    *,
    remote: tuple[str, int],
    rtcp_mux: bool = False,
    player: rtp_engine.PlayerSpec | None = None,
    recording: Path | None = None,
) -> int:
    """Its port."""
    recorder = rtp_engine.RecorderSpec("r", str(recording), channels=1)
    spec = rtp_engine.ChannelSpec(
        formats=[codec.format],
        remote=remote,
        rtcp_mux=rtcp_mux,
        player=player,
        recorders=[] if recording is None else [recorder],
    )
    for port in range(30_000 + 2 * handle, 60_000, 2):
        try:
            engine.set_channel(handle, HOST, port, spec)
        except OSError:
            continue
        engine.flush()
        return port
    raise OSError("no free port")


def plan(flow: Flow, packets: list[bytes]) -> None:
    """What is sent when, and what a plain receiver would miss."""
    chance = random.Random(f"late {flow.seed}")
    losses = flow.network.lost(flow.seed, len(packets))
    (first,) = struct.unpack_from("!H", packets[0], 2)
    for packet in packets:
        (seq,) = struct.unpack_from("!H", packet, 2)
        frame = (seq - first) & 0xFFFF
        late_s = chance.uniform(0, flow.network.jitter_ms / 1000)
        lost = frame < len(losses) and losses[frame]
        if not lost:
            flow.sends.append((LEAD_S + frame * FRAME_S + late_s, packet))
        if lost or late_s > FIXED_BUFFER_S:
            flow.gone.append(frame)


def relay(sender: socket.socket, flows: list[Flow]) -> float:
    """All flows at once, in real time. How late the latest packet was beyond its plan, in seconds."""
    latest = 0.0
    sends = heapq.merge(*([(at, flow.port, packet) for at, packet in sorted(flow.sends)] for flow in flows))
    began = time.monotonic()
    for at, port, packet in sends:
        wait = began + at - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        latest = max(latest, -wait)
        sender.sendto(packet, (HOST, port))
    time.sleep(0.3)
    return latest


def run(flows: list[Flow], packets: list[bytes]) -> float:
    """Through the engine, until each flow's recording is finished. How late this machine was, in seconds."""
    engine = rtp_engine.Engine()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind((HOST, 0))
        remote = sender.getsockname()
        for handle, flow in enumerate(flows):
            flow.port = open_channel(engine, handle, flow.codec, remote=remote, recording=flow.recording)
            plan(flow, packets)
        latest = relay(sender, flows)
    tick_late_s = engine.load()[2] / 1e6
    for handle in range(len(flows)):
        engine.close_channel(handle, "requested")
    engine.flush()
    left = len(flows)
    while left:
        select.select([engine.events_fd()], [], [], 1.0)
        for event in engine.take_events():
            if event.kind == "closed":
                flows[event.handle].stats = event.stats
                left -= 1
    engine.shutdown()
    return max(latest, tick_late_s)


def scores(jobs: list[dict[str, object]]) -> list[float | None]:
    """By PESQ, in the environment that has it."""
    done = subprocess.run(
        [str(PYTHON), str(Path(__file__).with_name("quality_score.py"))],
        input=json.dumps(jobs),
        capture_output=True,
        text=True,
        check=True,
    )
    return list(json.loads(done.stdout))


def jobs_of(flow: Flow, clean: Path) -> list[dict[str, object]]:
    """As it was heard, and as it would have been."""
    job: dict[str, object] = {"reference": str(flow.codec.speech), "mode": flow.codec.mode}
    plain = {"degraded": str(clean), "lost": flow.gone}
    return [
        {**job, "degraded": str(flow.recording)},
        {**job, **plain, "fill": "repeat"},
        {**job, **plain, "fill": "silence"},
    ]


def measure(quick: bool) -> Result:
    """All codecs, all networks."""
    what = "PESQ of speech behind a lossy relay, decoded by the engine; beside it the same packets without concealment"
    result = Result("quality", what)
    for codec in CODECS:
        if codec.speech.is_file():
            for network, each in of_codec(codec, 1 if quick else SEEDS).items():
                result.add(f"{codec.name}, {network.name}", row(codec, each))
    return result


def of_codec(codec: Codec, seeds: int) -> dict[Network, list[tuple[Flow, list[float]]]]:
    """Flows and their three scores. A run in which this machine was late itself is repeated; the last one counts."""
    packets = capture(codec)
    with TemporaryDirectory() as folder:
        for _ in range(ATTEMPTS):
            flows = [
                Flow(codec, network, seed, 0, Path(folder, f"{number}-{seed}.wav"))
                for number, network in enumerate(NETWORKS)
                for seed in network.seeds(seeds, len(packets))
            ]
            late_s = run(flows, packets)
            if late_s < LATE_S:
                break
            print(f"{codec.name}: this machine was {late_s * 1000:.0f} ms late, once more", file=sys.stderr)
        for flow in flows:
            flow.machine_late_s = late_s
        clean = next(flow.recording for flow in flows if flow.network == Network())
        found = iter(scores([job for flow in flows for job in jobs_of(flow, clean)]))
    rows: dict[Network, list[tuple[Flow, list[float]]]] = {}
    for flow in flows:
        rows.setdefault(flow.network, []).append((flow, [next(found) or 1.0 for _ in range(3)]))
    return rows


def row(codec: Codec, each: list[tuple[Flow, list[float]]]) -> dict[str, object]:
    """Means over the seeds."""
    stats = [flow.stats for flow, _ in each if flow.stats is not None]
    heard, repeated, silent = (round(mean(three[column] for _, three in each), 2) for column in range(3))
    return {
        "PESQ": codec.mode.upper(),
        "concealed": heard,
        "repeated": repeated,
        "silent": silent,
        "E-model": round(mean(one.mos for one in stats), 2),
        "never came %": round(100 * mean(one.packets_lost / max(1, one.packets_received) for one in stats), 1),
        "too late %": round(100 * mean(one.packets_discarded / max(1, one.packets_received) for one in stats), 1),
        "made up %": round(100 * mean(one.concealed for one in stats), 1),
        "machine late ms": round(1000 * max(flow.machine_late_s for flow, _ in each)),
        "buffer ms": round(mean(one.buffer_ms for one in stats)),
    }

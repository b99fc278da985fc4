"""Dial anything: you hear yourself. A call worker without the SDK: pyzmq, the generated messages, docs/protocol.md.

Run: python examples/workers/python/echo_worker.py ipc://./var/bus/frontend-1
"""

from __future__ import annotations

import signal
import sys
import time

import zmq

from switchroom.v1.common_pb2 import CAUSE_FORBIDDEN, ROLE_CALL_WORKER
from switchroom.v1.envelope_pb2 import ERROR_CODE_UNKNOWN_METHOD, KIND_EVENT, KIND_REQUEST, KIND_RESPONSE, Envelope
from switchroom.v1.worker_pb2 import Activation, Decision

NAME = "echo-python"
HELLO_WAIT_S = 1.0


class Run:
    """What an echo needs to remember of a run: how many commands it has given, and whether it is done."""

    def __init__(self) -> None:
        self.commands = 0

    def decide(self, activation: Activation, decision: Decision) -> bool:
        """Commands for everything that has happened; with a log (another worker led the run) from its begin.

        A command that was accepted before has the same number again, and is ignored. Returns whether the run is over.
        """
        logged = [entry.event for entry in activation.log if entry.HasField("event")]
        trusted = bool(activation.calls) and activation.calls[0].trusted
        for event in [*logged, *activation.events]:
            kind = event.WhichOneof("event")
            if kind == "invited" and not trusted:
                self._command(decision, event.call_id, "authenticate")
            elif kind in ("invited", "authenticated"):
                for verb in ("ring", "answer", "echo"):
                    self._command(decision, event.call_id, verb)
            elif kind == "auth_failed":
                self._command(decision, event.call_id, "hangup")
                decision.commands[-1].hangup.cause = CAUSE_FORBIDDEN
            if kind in ("authenticated", "auth_failed", "ended") or (kind == "invited" and trusted):
                self._command(decision, "", "finish")
                return True
        return False

    def _command(self, decision: Decision, call_id: str, verb: str) -> None:
        self.commands += 1
        command = decision.commands.add(command_id=self.commands, call_id=call_id)
        getattr(command, verb).SetInParent()


class Worker:
    """One connection to one frontend."""

    def __init__(self, endpoint: str) -> None:
        self.socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.connect(endpoint)
        self.runs: dict[str, Run] = {}
        self.sent_at = 0.0

    def send(self, envelope: Envelope) -> None:
        """One envelope, one frame."""
        self.socket.send(envelope.SerializeToString())
        self.sent_at = time.monotonic()

    def receive(self, wait_s: float) -> list[Envelope]:
        """What came within the time: several frames may ride in one message."""
        if not self.socket.poll(max(0, int(wait_s * 1000))):
            return []
        return [Envelope.FromString(frame) for frame in self.socket.recv_multipart()]

    def join(self) -> Envelope | None:
        """Hello, and the Welcome; None when nobody is there yet."""
        hello = Envelope(kind=KIND_REQUEST, correlation_id=1, deadline_ms=int(HELLO_WAIT_S * 1000))
        hello.hello.role = ROLE_CALL_WORKER
        hello.hello.name = NAME
        self.send(hello)
        answers = [answer for answer in self.receive(HELLO_WAIT_S) if answer.HasField("welcome")]
        return answers[0] if answers else None

    def work(self, welcome: Envelope) -> None:
        """Until the frontend is silent for too long, or says goodbye."""
        beat_s, lost_s = welcome.welcome.heartbeat_ms / 1000, welcome.welcome.lost_ms / 1000
        heard_at = time.monotonic()
        while time.monotonic() - heard_at < lost_s:
            for envelope in self.receive(self.sent_at + beat_s - time.monotonic()):
                heard_at = time.monotonic()
                if envelope.HasField("goodbye"):
                    return
                if envelope.kind == KIND_REQUEST:
                    self.send(self.answer(envelope))
                elif envelope.HasField("refusal"):  # another worker leads this run now
                    self.runs.pop(envelope.refusal.about, None)
            if time.monotonic() - self.sent_at >= beat_s:
                beat = Envelope(kind=KIND_EVENT)
                beat.heartbeat.SetInParent()
                self.send(beat)

    def answer(self, request: Envelope) -> Envelope:
        """Every request is answered once."""
        reply = Envelope(kind=KIND_RESPONSE, correlation_id=request.correlation_id)
        if request.HasField("activation"):
            activation = request.activation
            reply.decision.run_id, reply.decision.lease = activation.run_id, activation.lease
            if activation.log:
                self.runs.pop(activation.run_id, None)
            if self.runs.setdefault(activation.run_id, Run()).decide(activation, reply.decision):
                del self.runs[activation.run_id]
        elif request.HasField("status_request"):
            reply.status.name = NAME
            reply.status.values["runs"] = len(self.runs)
        else:
            reply.refusal.code = ERROR_CODE_UNKNOWN_METHOD
        return reply

    def leave(self) -> None:
        """A clean end: the frontend need not wait for our silence."""
        goodbye = Envelope(kind=KIND_EVENT)
        goodbye.goodbye.reason = "stopped"
        self.send(goodbye)
        self.socket.close(linger=200)


def main(endpoint: str) -> None:
    """Join, work, join again, until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    while True:
        worker = Worker(endpoint)
        try:
            welcome = worker.join()
            if welcome is not None:
                worker.work(welcome)
        finally:
            worker.leave()


if __name__ == "__main__":
    main(sys.argv[1])

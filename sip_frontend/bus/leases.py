"""Which worker leads which run: choosing, activating, and handing on the lease when a worker dies or does not answer.

A run has at most one unanswered activation. Events that happen meanwhile wait in the run and ride in the next one.
"""

from __future__ import annotations

import contextlib
from fnmatch import fnmatchcase

from sip_frontend.calls import runs
from sip_frontend.calls.call import stamp
from sip_frontend.calls.exchange import Exchange
from sip_frontend.calls.run import Run
from switchroom.bus import Listener, Peer
from switchroom.errors import BusError, BusFull, PeerLost
from switchroom.v1 import envelope_pb2 as wire

CREDIT = 256
"""Unanswered activations a worker may have when it names no capacity of its own."""


class Worker:
    """A call worker: what it takes, what it leads, and how much it still owes."""

    __slots__ = ("draining", "leads", "owed", "peer", "refused")

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.leads: dict[str, Run] = {}
        self.owed = 0
        self.draining = False
        self.refused = 0

    @property
    def credit(self) -> int:
        """Activations it may still be sent before it answers one."""
        return (self.peer.hello.capacity or CREDIT) - self.owed

    def takes(self, user: str, realm: str) -> int:
        """How exactly a route of this worker fits: 0 not at all, more is more exact."""
        routes = self.peer.hello.routes
        if not routes:
            return 1
        return max((_fit(route, user, realm) for route in routes), default=0)


def _fit(route: wire.Route, user: str, realm: str) -> int:
    """1 for "everything", more for longer patterns, most for one without wildcards."""
    score = 1
    for pattern, value in ((route.user, user), (route.realm, realm)):
        if not pattern:
            continue
        if not fnmatchcase(value, pattern):
            return 0
        exact = "*" not in pattern and "?" not in pattern
        score += len(pattern) + (1000 if exact else 0)
    return score


class Leases:
    """All call workers of this frontend and the runs they lead."""

    def __init__(self, exchange: Exchange, bus: Listener, lease_s: float) -> None:
        self._exchange = exchange
        self._bus = bus
        self._lease_s = lease_s
        self.workers: dict[str, Worker] = {}
        self._orphans: dict[str, Run] = {}
        self.stale_decisions = 0

    # -- workers come and go -----------------------------------------------------------------------------------

    def joined(self, peer: Peer) -> None:
        """A worker is ready; runs that nobody leads are offered to it."""
        self.workers[peer.name] = Worker(peer)
        self.retry()

    def retry(self) -> None:
        """Offer the runs that nobody leads again: a worker came, or one that was slow may have recovered."""
        if not self.workers or not self._orphans:
            return
        orphans, self._orphans = self._orphans, {}
        for run in orphans.values():
            if not run.finished and not run.worker:
                self._assign(run, without="")

    def lost(self, peer: Peer) -> None:
        """A worker is gone: each run it led goes to another one, at the next lease number."""
        worker = self.workers.get(peer.name)
        if worker is None or worker.peer is not peer:
            return
        del self.workers[peer.name]
        for run in list(worker.leads.values()):
            self._hand_on(run, worker)

    # -- activations -------------------------------------------------------------------------------------------

    def activate(self, run: Run) -> None:
        """Send what is pending of *run* to its leader; find one when it has none."""
        run.queued = False
        if run.finished or run.asked:
            return
        if run.worker:
            worker = self.workers.get(run.worker)
            if worker is not None and run.pending:
                self._send(run, worker, replay=False)
            return
        if run.pending or run.log:
            self._assign(run, without="")

    def _assign(self, run: Run, without: str) -> None:
        """Give *run* to the best worker that is not *without*; none at all is told to the core."""
        worker = self._choose(run, without)
        if worker is None:
            self._exchange.count("runs.no_worker")
            runs.nobody_leads(self._exchange, run)
            if not run.finished:
                self._orphans[run.run_id] = run
            return
        run.lease += 1
        run.worker = worker.peer.name
        worker.leads[run.run_id] = run
        self._send(run, worker, replay=run.lease > 1 and bool(run.log))

    def _choose(self, run: Run, without: str) -> Worker | None:
        call = run.first_call
        user, realm = (call.view.called.user, call.view.called.host) if call is not None else ("", "")
        if self._exchange.settings.is_ours(realm):
            realm = self._exchange.settings.realm
        best: Worker | None = None
        best_rank = (0, 0)
        for worker in self.workers.values():
            if worker.draining or worker.peer.suspect or worker.credit <= 0 or worker.peer.name == without:
                continue
            fit = worker.takes(user, realm)
            rank = (fit, -len(worker.leads))
            if fit and (best is None or rank > best_rank):
                best, best_rank = worker, rank
        return best

    def _send(self, run: Run, worker: Worker, *, replay: bool) -> None:
        envelope = wire.Envelope()
        activation = envelope.activation
        activation.run_id = run.run_id
        activation.lease = run.lease
        stamp(activation.at, self._exchange.unix)
        if replay:
            for entry in run.log:
                activation.log.add().ParseFromString(entry)
            activation.calls.extend(run.views.values())
        else:
            activation.calls.extend(call.view for call in run.calls.values())
        events, run.pending = run.pending, []
        activation.events.extend(events)
        for event in events:
            run.remember_event(event)
        lease, frontier = run.lease, [call for call in run.calls.values() if call.ended]
        try:
            self._bus.request(
                worker.peer, envelope, self._lease_s, lambda reply: self._answered(run, worker, lease, reply)
            )
        except (BusFull, PeerLost):
            self._exchange.count("runs.worker_full")
            self._hand_on(run, worker)
            return
        run.asked = True
        worker.owed += 1
        for call in frontier:
            # It has been told of the end in this activation, so it need not ride in the next.
            if call.call_id not in self._exchange.calls:
                run.calls.pop(call.call_id, None)
                call.run = None

    def _answered(self, run: Run, worker: Worker, lease: int, reply: wire.Envelope | BusError) -> None:
        worker.owed -= 1
        if lease != run.lease:
            return
        run.asked = False
        if isinstance(reply, BusError):
            if run.worker == worker.peer.name and worker.peer.name in self.workers:
                self._exchange.log("warning", "run.lease_lost", run_id=run.run_id, worker=worker.peer.name)
                self._exchange.count("runs.lease_timeouts")
                self._hand_on(run, worker)
            return
        self._decide(run, worker, reply)

    def message(self, peer: Peer, envelope: wire.Envelope) -> None:
        """A worker acts by itself, between activations, or says that it drains."""
        kind = envelope.WhichOneof("body")
        if kind == "decision":
            self._decided(peer, envelope)
        elif kind == "goodbye":
            self.workers[peer.name].draining = True

    def _decided(self, peer: Peer, envelope: wire.Envelope) -> None:
        run = self._exchange.runs.get(envelope.decision.run_id)
        worker = self.workers.get(peer.name)
        if run is None or worker is None or run.worker != peer.name or run.lease != envelope.decision.lease:
            self._stale(peer, envelope.decision.run_id)
            return
        self._decide(run, worker, envelope)

    def _stale(self, peer: Peer, run_id: str) -> None:
        self.stale_decisions += 1
        self._tell_lost(peer, run_id)

    def _tell_lost(self, peer: Peer, run_id: str) -> None:
        """A worker that still thinks it leads a run would keep it for ever."""
        refusal = wire.Envelope()
        refusal.refusal.code = wire.ERROR_CODE_STALE_LEASE
        refusal.refusal.text = "another worker leads this run, or it has ended"
        refusal.refusal.about = run_id
        with contextlib.suppress(BusError):  # it is full or gone: then it has lost more than this run
            self._bus.send(peer, refusal)

    def _decide(self, run: Run, worker: Worker, envelope: wire.Envelope) -> None:
        if not envelope.HasField("decision") or envelope.decision.lease != run.lease:
            self._stale(worker.peer, run.run_id)
            return
        runs.decide(self._exchange, run, envelope.decision.commands)
        if run.finished:
            worker.leads.pop(run.run_id, None)
        elif run.pending:
            self.activate(run)

    def _hand_on(self, run: Run, worker: Worker) -> None:
        """Take *run* from *worker* and give it to another; the old lease number is worth nothing from now on."""
        worker.leads.pop(run.run_id, None)
        run.worker = ""
        run.asked = False
        if self.workers.get(worker.peer.name) is worker:
            self._tell_lost(worker.peer, run.run_id)
        if run.finished:
            return
        if not run.replayable:
            runs.diverged(self._exchange, run, "the log outgrew its limit")
            return
        self._assign(run, without=worker.peer.name)

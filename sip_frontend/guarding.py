"""The guard at work: settings and list files in, verdicts to the transports, refusals out, lateness measured."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sip_frontend.guard import Fault, Guard, Networks, Overload, Policy, Verdict
from sip_frontend.guard.guard import REFUSAL_TAG
from sip_frontend.guard.networks import read_networks
from sip_frontend.guard.overload import INTERVAL_S
from sip_frontend.message import Request, SipParseError, build_response, parse_message
from sip_frontend.transaction import Flow, TransactionLayer
from sip_frontend.transaction.replying import mark_source
from switchroom.config import GuardSection
from switchroom.errors import ConfigError
from switchroom.v1 import envelope_pb2 as wire
from switchroom.v1 import registrar_pb2 as registrar_pb

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

    from sip_frontend.transport import Transports

_LOOK_S: Final = 2.0
"""How often list files are looked at, and bans that are over forgotten."""
_TAG_MASK: Final = 0xFFFFFFFF
_WRONG: Final = (registrar_pb.VERDICT_WRONG, registrar_pb.VERDICT_UNKNOWN_USER, registrar_pb.VERDICT_MALFORMED)


class Guarding:
    """The ``Gate`` of the transports."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        section: GuardSection,
        transactions: TransactionLayer,
        log: FilteringBoundLogger,
    ) -> None:
        self._loop = loop
        self._section = section
        self._transactions = transactions
        self._log = log
        self._overload = Overload(section.overload_ms / 1000, float(section.overload_floor))
        self._files = _Files(section)
        self.guard = Guard(
            policy_of(section, self._files.read()),
            self._overload,
            early_of=transactions.early_of,
            early_calls=transactions.early_calls,
        )
        self.transports: Transports
        self._trusted: Callable[[], frozenset[str]] = frozenset
        self._were_trusted: frozenset[str] = frozenset()
        self.on_reload: Callable[[], None] = lambda: None
        """What else SIGHUP makes be read anew."""
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._next_look = 0.0
        self._handled = 0
        self._was_shedding = False

    # -- life --------------------------------------------------------------------------------------------------

    def start(self, transports: Transports, trusted: Callable[[], frozenset[str]]) -> None:
        """Begin to measure. *transports* is where refusals go, *trusted* tells the addresses of trusted trunks now."""
        self.transports = transports
        self._trusted = trusted
        self._load()
        self._loop.add_signal_handler(signal.SIGHUP, self._hung_up)
        self._arm(self._loop.time())

    def stop(self) -> None:
        """Measure no more."""
        self._loop.remove_signal_handler(signal.SIGHUP)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _hung_up(self) -> None:
        self.reload()
        self.on_reload()

    def reload(self) -> None:
        """Read the list files anew; with a fault in them the lists stay as they are."""
        try:
            self._load()
        except ConfigError as error:
            self._log.error("guard.lists_unreadable", file=error.file, fix=error.fix)
        else:
            self._log.info("guard.lists_loaded")

    def _load(self) -> None:
        self._were_trusted = self._trusted()
        self.guard.reload(policy_of(self._section, self._files.read()), self._were_trusted)

    # -- the gate ----------------------------------------------------------------------------------------------

    def judges(self, data: bytes, flow: Flow) -> Verdict:
        """See ``Guard.judge``. What is refused gets its answer here, unless it is the repetition of what we took."""
        now = self._loop.time()
        verdict = self.guard.judge(data, flow.remote[0], now)
        if verdict is Verdict.REFUSE:
            return self._refuse(data, flow, now)
        return verdict

    def admits_peer(self, host: str) -> bool:
        """Whether anything at all is taken of *host*."""
        return self.guard.admits_peer(host, self._loop.time())

    def malformed(self, flow: Flow) -> None:
        """What cannot be read counts towards a ban."""
        self._fault(flow.remote[0], Fault.MALFORMED)

    def judged(self, asked: wire.Envelope, answer: wire.Envelope) -> None:
        """A registrar has spoken: wrong credentials count towards a ban, stale ones do not."""
        kind = answer.WhichOneof("body")
        if kind == "verified" and answer.verified.verdict in _WRONG:
            self._fault(asked.verify.source.address, Fault.AUTHENTICATION)
        elif kind == "registered" and asked.register.credentials and _is_wrong(answer.registered):
            self._fault(asked.register.flow.remote.address, Fault.AUTHENTICATION)

    def _fault(self, host: str, fault: Fault) -> None:
        if self.guard.fault(host, fault, self._loop.time()):
            self._log.warning("guard.source_banned", address=host, last_fault=fault.name.lower())

    def _refuse(self, data: bytes, flow: Flow, now: float) -> Verdict:
        if not self.guard.refuses(now):
            return Verdict.IGNORE
        try:
            request = parse_message(data)
        except SipParseError:
            self.malformed(flow)
            return Verdict.IGNORE
        if not isinstance(request, Request):
            return Verdict.IGNORE
        if self._transactions.knows(request):
            return Verdict.PASS
        reply = mark_source(request, flow, force_rport=False)
        self.transports.send(reply, refusal(request, self._section.retry_after_s))
        return Verdict.IGNORE

    # -- lateness ----------------------------------------------------------------------------------------------

    def _arm(self, now: float) -> None:
        self._due = now + INTERVAL_S
        self._timer = self._loop.call_at(self._due, self._tick)

    def _tick(self) -> None:
        now = self._loop.time()
        self._overload.tick(max(now - self._due, self._queued_s(now)), now)
        if self._overload.shedding != self._was_shedding:
            self._was_shedding = self._overload.shedding
            event = "guard.overload_began" if self._was_shedding else "guard.overload_ended"
            self._log.warning(event, early_calls=self._transactions.early_calls())
        if now >= self._next_look:
            self._next_look = now + _LOOK_S
            self.guard.sweep(now)
            if self._files.changed() or self._trusted() != self._were_trusted:
                self.reload()
        self._arm(now)

    def _queued_s(self, now: float) -> float:
        """How long a datagram waits in the kernel: what waits there, by what was handled in the last interval."""
        counters = self.transports.counters
        dropped = self.guard.drops
        handled = counters.messages_received + counters.unparsable + counters.keep_alives + dropped.total
        before, self._handled = self._handled, handled
        waiting = self.transports.waiting()
        if not waiting:
            return 0.0
        return waiting * (now - self._due + INTERVAL_S) / max(1, handled - before)


class _Files:
    """The list files, and whether they have changed since they were read."""

    def __init__(self, section: GuardSection) -> None:
        self._paths = {"allow": section.allow_file, "deny": section.deny_file}
        self._seen: dict[str, float] = {}

    def read(self) -> dict[str, list[str]]:
        """Entries by list. Raises ConfigError."""
        self._seen = self._times()
        return {name: _entries(name, path) if path else [] for name, path in self._paths.items()}

    def changed(self) -> bool:
        return self._times() != self._seen

    def _times(self) -> dict[str, float]:
        return {path: _time_of(Path(path)) for path in self._paths.values() if path}


def _entries(name: str, path: str) -> list[str]:
    """What stands in a list file, each entry checked."""
    try:
        entries = read_networks(Path(path).read_text("utf-8"))
        Networks(entries)
    except (OSError, ValueError) as error:
        raise ConfigError(path, f"guard.{name}_file", str(error)) from error
    return entries


def _time_of(path: Path) -> float:
    """When *path* was written; 0 while it is not there, as between the two steps of replacing it."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _is_wrong(answer: registrar_pb.Registered) -> bool:
    """Whether a REGISTER with credentials was refused for them."""
    return answer.status == 403 or (
        answer.status == 401 and not any("stale=true" in header.value for header in answer.headers)
    )


def policy_of(section: GuardSection, files: dict[str, list[str]]) -> Policy:
    """The guard's settings."""
    return Policy(
        allow=Networks((*section.allow, *files["allow"])),
        deny=Networks((*section.deny, *files["deny"])),
        exempt=Networks(section.exempt),
        scanners=section.scanners,
        tricks=section.tricks,
        requests_per_s=section.requests_per_s,
        request_burst=section.request_burst,
        messages_per_s=section.messages_per_s,
        message_burst=section.message_burst,
        early_calls_per_source=section.early_calls_per_source,
        early_calls=section.early_calls,
        ban_after=section.ban_after,
        fault_window_s=section.fault_window_s,
        ban_s=section.ban_s,
        sources=section.sources,
        refusals_per_s=section.refusals_per_s,
    )


def refusal(request: Request, retry_after_s: int) -> bytes:
    """503 that leaves nothing behind: repeated requests get the same (RFC 3261 section 8.2.7), each its own pause."""
    number = hash((request.via.branch, request.call_id, request.cseq)) & _TAG_MASK
    headers = (("Retry-After", str(retry_after_s + number % (retry_after_s + 1))),)
    return build_response(request, 503, to_tag=f"{REFUSAL_TAG}{number:08x}", headers=headers)

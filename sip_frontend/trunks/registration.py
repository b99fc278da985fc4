"""A registration of ours at a carrier: RFC 3261 section 10, with the back-off of RFC 5626 section 4.5.

State       On                     Next        Do
IDLE        start                  ASKING      locate the first server, REGISTER
ASKING      2xx                    REGISTERED  arm the refresh and the end of what was granted
ASKING      401, 407               ASKING      with credentials; a password that was refused is not sent again
ASKING      423                    ASKING      for as long as the server wants at least (section 10.2.8)
ASKING      503, nobody answers    ASKING      the next address of the server, then the next server
ASKING      any other refusal      ASKING      the next server
ASKING      no server left         WAITING     back off
WAITING     back-off is over       ASKING      all servers again
REGISTERED  refresh is due         ASKING      the server that registered us first
REGISTERED  its connection broke   ASKING      the same
*           stop                   STOPPED     take the contact back, if it is registered

What was granted holds while we ask again: ``registered`` ends with its time, not with the first failure.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Final, final

from sip_frontend.auth.digest_client import DigestSession
from sip_frontend.calls.trunk_table import TrunkPeer, TrunkState, user_of
from sip_frontend.location import Hop
from sip_frontend.message import Header, Response, SipParseError, Uri, new_tag
from sip_frontend.message.headers import ContactList, RetryAfter, contact_expires_s, parse_delta_s
from sip_frontend.transaction import Flow
from sip_frontend.trunks import sending

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange
    from sip_frontend.calls.timers import Timer

FIRST_PAUSE_S: Final = 30.0
"""base-time of RFC 5626 section 4.5 for the case that every flow failed."""
LONGEST_PAUSE_S: Final = 1800.0
PATIENCE: Final = 2
"""Times what an INVITE waits for its first response: a server that is silent for longer is given up for the next."""
ROUNDS: Final = 4
"""Challenges and 423 answered for one REGISTER at most."""


class State(Enum):
    """See the table above."""

    IDLE = "idle"
    ASKING = "asking"
    REGISTERED = "registered"
    WAITING = "waiting"
    STOPPED = "stopped"


@final
class Registration:
    """Keeps one trunk registered. *chance* gives numbers from 0 to 1."""

    __slots__ = (
        "_call_id",
        "_chance",
        "_cseq",
        "_digest",
        "_due",
        "_end",
        "_ex",
        "_expires_s",
        "_failures",
        "_first",
        "_flow",
        "_hops",
        "_patience",
        "_retry_after_s",
        "_rounds",
        "_servers",
        "_tag",
        "_tried",
        "_trunk",
        "state",
    )

    def __init__(self, ex: Exchange, trunk: TrunkState, chance: Callable[[], float]) -> None:
        config = trunk.config
        self._ex = ex
        self._trunk = trunk
        self._chance = chance
        self._servers = [TrunkPeer(*server) for server in config.servers or config.peers]
        self._call_id = f"{ex.new_id()}@{ex.settings.name}"
        self._tag = new_tag()
        self._cseq = 0
        self._digest = DigestSession(config.user, config.password)
        self._expires_s = config.expires_s
        self._first = 0
        """The server to begin with: the one that registered us last."""
        self._tried = 0
        self._hops: list[Hop] = []
        self._rounds = 0
        self._failures = 0
        self._retry_after_s = 0.0
        self._flow: Flow | None = None
        self._due: Timer | None = None
        self._patience: Timer | None = None
        self._end: Timer | None = None
        self.state = State.IDLE

    # -- in --------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Register, and again and again."""
        if self.state is not State.STOPPED:
            self._begin(self._ex.now)

    def stop(self, done: Callable[[], None]) -> None:
        """Take the registration back; *done* is called when the server has said so, or never will."""
        was, self.state = self._trunk.registered, State.STOPPED
        self._trunk.registered = False
        for timer in (self._due, self._end, self._patience):
            if timer is not None:
                timer.cancel()
        flow, self._rounds = self._flow, 0
        if not was or flow is None:
            done()
            return
        self._register(flow, 0, lambda response: self._gone(flow, response, done))

    def flow_failed(self, flow: Flow) -> None:
        """A connection broke: calls can come no more if it was the one we registered along (RFC 5626 section 4.2)."""
        if flow == self._flow and self.state is State.REGISTERED:
            self._begin(self._ex.now)

    # -- asking ----------------------------------------------------------------------------------------------------

    def _begin(self, now: float) -> None:
        self.state = State.ASKING
        self._tried = 0
        self._retry_after_s = 0.0
        self._ask_server()

    def _ask_server(self) -> None:
        self._rounds = 0
        sending.find(self._ex, Uri.parse(self._server_uri), self._located)

    @property
    def _server_uri(self) -> str:
        server = self._servers[(self._first + self._tried) % len(self._servers)]
        return self._trunk.uri_of(server)

    def _located(self, hops: list[Hop]) -> None:
        if self.state is State.ASKING:
            self._hops = hops
            self._next_address()

    def _next_address(self) -> None:
        flow = sending.next_flow(self._ex, self._hops)
        if flow is None:
            self._next_server()
        else:
            self._send(flow)

    def _next_server(self) -> None:
        self._tried += 1
        if self._tried < len(self._servers):
            self._ask_server()
        else:
            self._back_off()

    def _back_off(self) -> None:
        self._failures += 1
        pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(self._failures - 1, 10))
        pause = max(pause * (0.5 + 0.5 * self._chance()), min(self._retry_after_s, LONGEST_PAUSE_S))
        self.state = State.WAITING
        self._due = self._ex.timer(pause, self._begin)
        self._ex.log("warning", "trunk.not_registered", trunk=self._trunk.config.name, again_s=round(pause, 1))

    def _send(self, flow: Flow) -> None:
        self._register(flow, self._expires_s, lambda response: self._answered(flow, number, response))
        number, wait_s = self._cseq, PATIENCE * self._ex.settings.next_target_s
        self._patience = self._ex.timer(wait_s, lambda now: self._answered(flow, number, None))

    def _register(self, flow: Flow, expires_s: int, done: sending.Done) -> None:
        trunk, ex = self._trunk, self._ex
        self._cseq += 1
        who = str(Uri("sip", trunk.config.user, host=trunk.domain))
        uri = f"sip:{trunk.config.domain}" if trunk.config.domain else self._server_uri
        suffix = "" if flow.transport == "UDP" else f";transport={flow.transport.lower()}"
        identity: list[Header] = [
            ("From", f"<{who}>;tag={self._tag}"),
            ("To", f"<{who}>"),
            ("Call-ID", self._call_id),
            ("CSeq", f"{self._cseq} REGISTER"),
        ]
        rest: list[Header] = [
            ("Contact", f"<sip:{trunk.token}@{ex.sent_by(flow)}{suffix}>"),
            ("Expires", str(expires_s)),
            ("Supported", "path"),
            *self._digest.headers("REGISTER", uri),
        ]
        sending.send(ex, flow, "REGISTER", uri, identity, rest, done)

    # -- answers ---------------------------------------------------------------------------------------------------

    def _answered(self, flow: Flow, number: int, response: Response | None) -> None:
        if self.state is not State.ASKING or number != self._cseq or self._patience is None:
            return
        self._patience.cancel()
        self._patience = None
        if response is None or response.status == 503:
            self._unavailable(flow, response)
            return
        status = response.status
        if status in (401, 407, 423) and self._rounds < ROUNDS and self._mended(response):
            self._rounds += 1
            self._send(flow)
        elif 200 <= status < 300:
            self._digest.accepted(response)
            self._registered(flow, response)
        else:
            self._ex.log("warning", "trunk.register_refused", trunk=self._trunk.config.name, sip_status=status)
            self._next_server()

    def _unavailable(self, flow: Flow, response: Response | None) -> None:
        self._ex.dead.add(flow.transport, flow.remote, self._ex.now)
        if response is not None:
            try:
                self._retry_after_s = RetryAfter.parse(response.get("Retry-After") or "").delay_s
            except SipParseError:
                self._retry_after_s = 0.0
        self._next_address()

    def _mended(self, response: Response) -> bool:
        if response.status != 423:
            return self._digest.challenged(response)
        least = parse_delta_s(response.get("Min-Expires")) or 0
        longer = least > self._expires_s
        self._expires_s = max(self._expires_s, least)
        return longer

    def _registered(self, flow: Flow, response: Response) -> None:
        granted = self._granted(response)
        if not granted:
            self._next_server()
            return
        ex, trunk = self._ex, self._trunk
        if not trunk.registered:
            ex.log("info", "trunk.registered", trunk=trunk.config.name, expires_s=granted, server=flow.remote[0])
        self.state = State.REGISTERED
        trunk.registered = True
        trunk.service_route = tuple(response.values("Service-Route"))
        self._first = (self._first + self._tried) % len(self._servers)
        self._failures, self._flow = 0, flow
        ex.dead.remove(flow.transport, flow.remote)
        self._due = ex.timer(granted * (0.8 + 0.1 * self._chance()), self._begin)
        if self._end is not None:
            self._end.cancel()
        self._end = ex.timer(granted, self._expired)

    def _granted(self, response: Response) -> int:
        """For how long: what stands at our Contact, else in Expires, else what we asked for (section 10.2.4)."""
        default = parse_delta_s(response.get("Expires"), self._expires_s) or 0
        try:
            contacts = ContactList.of(response).contacts
        except SipParseError:
            return default
        for contact in contacts:
            if user_of(str(contact.uri)) == self._trunk.token:
                return contact_expires_s(contact, default) or 0
        return default

    def _expired(self, now: float) -> None:
        self._trunk.registered = False
        self._trunk.service_route = ()
        self._ex.log("warning", "trunk.registration_lost", trunk=self._trunk.config.name)

    def _gone(self, flow: Flow, response: Response | None, done: Callable[[], None]) -> None:
        challenged = response is not None and response.status in (401, 407) and self._rounds < ROUNDS
        if challenged and response is not None and self._digest.challenged(response):
            self._rounds += 1
            self._register(flow, 0, lambda again: self._gone(flow, again, done))
        else:
            done()

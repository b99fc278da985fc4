"""From a URI to the ordered list of where to send: RFC 3263 section 4, with the address order of RFC 7984.

The policy is a generator: it yields the questions it has (all of one list may be asked at once), is sent the answers
in the same order, and returns the hops. Most URIs name an address, and then it asks nothing.

transport parameter   as it says; over TLS for ``sips:``                                       section 4.1
numeric, or a port    UDP, for ``sips:`` TLS; no NAPTR, and with a port no SRV                 sections 4.1, 4.2
else NAPTR            the records of the lowest order that name a transport of ours
else SRV              of each transport of ours
else addresses        UDP, for ``sips:`` TLS, default port
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple, final

from sip_frontend.location.records import Answer, Chance, Kind, Naptr, Question, Srv, by_priority, only
from sip_frontend.message import Uri

MOST_HOPS: Final = 16
"""More places than this are not tried: nobody waits so long for a call, and a zone may hold any number."""
MOST_NAMES: Final = 8
"""Names of SRV records whose addresses are looked up at most."""

_SERVICES: Final = {"SIP+D2U": "UDP", "SIP+D2T": "TCP", "SIPS+D2T": "TLS"}
"""NAPTR services (section 4.1). WebSocket (RFC 7118) is not here: its clients come to us."""
_SRV_NAMES: Final = {"UDP": "_sip._udp.", "TCP": "_sip._tcp.", "TLS": "_sips._tcp."}
_PARAMETERS: Final = {"udp": "UDP", "tcp": "TCP", "tls": "TLS", "ws": "WS", "wss": "WSS"}
_UNSECURED: Final = ("UDP", "TCP")
"""What ``sip:`` without a word about its transport may use, best first."""


class Hop(NamedTuple):
    """One place to send a request to. *name* is the domain that a TLS certificate must be for (RFC 5922)."""

    transport: str
    address: str
    port: int
    name: str = ""

    @property
    def remote(self) -> tuple[str, int]:
        return (self.address, self.port)


@final
@dataclass(frozen=True, slots=True)
class Able:
    """What we can send on: pairs of a transport and whether it is one of IPv6."""

    ways: frozenset[tuple[str, bool]]

    def has(self, transport: str) -> bool:
        return (transport, False) in self.ways or (transport, True) in self.ways

    def reaches(self, transport: str, address: str) -> bool:
        return (transport, ":" in address) in self.ways


Location = Generator[list[Question], list[Answer], list[Hop]]


def is_address(host: str) -> bool:
    """Whether *host* is an IP address, as a URI that was parsed can have one."""
    if ":" in host:
        return True
    parts = host.split(".")
    return len(parts) == 4 and all(part.isdigit() and int(part) < 256 for part in parts)


def host_of(uri: Uri) -> str:
    """TARGET of section 4: whom the URI leads to."""
    return uri.params.get("maddr") or uri.host


def stated_transport(uri: Uri) -> str | None:
    """What the URI itself says: a transport, "" for nothing, None for one that cannot be (section 4.1)."""
    word = uri.transport
    secure = uri.scheme == "sips"
    if not word:
        return ""
    transport = _PARAMETERS.get(word)
    if transport is None or (secure and transport == "UDP"):
        return None
    return {"TCP": "TLS", "WS": "WSS"}.get(transport, transport) if secure else transport


def located_at_once(uri: Uri) -> Hop | None:
    """The one hop of a URI that names an address; None for one that must be looked up, or leads nowhere."""
    host = host_of(uri)
    if not is_address(host):
        return None
    transport = stated_transport(uri)
    if transport is None:
        return None
    transport = transport or _fallback(uri)
    name = uri.host if transport == "TLS" and not is_address(uri.host) else ""
    return Hop(transport, host, uri.port or _default_port(transport), name)


def locate(uri: Uri, able: Able, chance: Chance) -> Location:
    """Every place that *uri* leads to, in the order in which to try them; [] when it leads nowhere."""
    host = host_of(uri).rstrip(".")
    transport = stated_transport(uri)
    if transport is None or not host:
        return []
    if is_address(host):
        hop = located_at_once(uri)
        return [] if hop is None else [hop]
    domain = uri.host.rstrip(".")
    if uri.port is not None:
        return (yield from _addresses([(transport or _fallback(uri), host, uri.port)], able, domain))
    if transport not in ("", *_SRV_NAMES):
        found = None
    elif transport:
        found = yield from _services([(transport, _SRV_NAMES[transport] + host)], able, chance, domain)
    else:
        found = yield from _undecided(uri, able, chance, host)
    if found is not None:
        return found
    transport = transport or _fallback(uri)
    return (yield from _addresses([(transport, host, _default_port(transport))], able, domain))


def _undecided(
    uri: Uri, able: Able, chance: Chance, host: str
) -> Generator[list[Question], list[Answer], list[Hop] | None]:
    """Neither transport nor port is said: NAPTR decides, else whatever has SRV records; None when nothing has."""
    domain = uri.host.rstrip(".")
    wanted = ("TLS",) if uri.scheme == "sips" else _UNSECURED
    names = [(transport, _SRV_NAMES[transport] + host) for transport in wanted if able.has(transport)]
    # The later questions are asked along with the first: whoever answers from a cache saves two round trips.
    later = [Question(Kind.SRV, name) for _, name in names] + [Question(Kind.ADDRESS, host)]
    answer, *_ = yield [Question(Kind.NAPTR, host), *later]
    usable = _usable(only(answer, Naptr), able, secure=uri.scheme == "sips")
    if usable:
        found: list[Hop] = []
        for record in usable:
            transport = _SERVICES[record.service.upper()]
            if record.flags.lower() == "a":
                default = [(transport, record.replacement, _default_port(transport))]
                found += yield from _addresses(default, able, domain)
            else:
                found += (yield from _services([(transport, record.replacement)], able, chance, domain)) or []
        return found[:MOST_HOPS]
    return (yield from _services(names, able, chance, domain)) if names else []


def _usable(records: Iterable[Naptr], able: Able, *, secure: bool) -> list[Naptr]:
    """Records that name a transport of ours; of these the lowest order alone counts (RFC 3403 section 4.1)."""
    fit: list[Naptr] = []
    for record in records:
        transport = _SERVICES.get(record.service.upper(), "")
        if record.flags.lower() not in ("s", "a") or not record.replacement or not able.has(transport):
            continue
        if not secure or transport == "TLS":
            fit.append(record)
    lowest = min((record.order for record in fit), default=0)
    return sorted((one for one in fit if one.order == lowest), key=_preference)


def _preference(record: Naptr) -> int:
    return record.preference


def _services(
    names: list[tuple[str, str]], able: Able, chance: Chance, domain: str
) -> Generator[list[Question], list[Answer], list[Hop] | None]:
    """SRV records of *names* (each with its transport), one transport after the other; None when there are none."""
    answers = yield [Question(Kind.SRV, name) for _, name in names]
    places: list[tuple[str, str, int]] = []
    any_record = False
    for (transport, _), answer in zip(names, answers, strict=True):
        records = only(answer, Srv)
        any_record = any_record or bool(records)
        for record in by_priority(records, chance):
            # A target of "." says that the service is decidedly not there (RFC 2782).
            if record.target not in (".", "") and record.port:
                places.append((transport, record.target, record.port))
    if not any_record:
        return None
    return (yield from _addresses(places, able, domain))


def _addresses(places: list[tuple[str, str, int]], able: Able, domain: str) -> Location:
    """The hops of *places*, which are a transport, a host name and a port each. *domain* is what certificates name."""
    places = places[:MOST_NAMES]
    asked = list(dict.fromkeys(name for _, name, _ in places if not is_address(name)))
    known: dict[str, list[str]] = {}
    if asked:
        answers = yield [Question(Kind.ADDRESS, name) for name in asked]
        known = {name: only(answer, str) for name, answer in zip(asked, answers, strict=True)}
    hops: list[Hop] = []
    for transport, name, port in places:
        for address in known.get(name, [name]):
            hop = Hop(transport, address, port, domain if transport in ("TLS", "WSS") else "")
            if able.reaches(transport, address) and hop not in hops:
                hops.append(hop)
    return hops[:MOST_HOPS]


def _fallback(uri: Uri) -> str:
    return "TLS" if uri.scheme == "sips" else "UDP"


def _default_port(transport: str) -> int:
    return {"TLS": 5061, "WS": 80, "WSS": 443}.get(transport, 5060)

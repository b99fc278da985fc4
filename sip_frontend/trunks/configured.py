"""From ``[[trunk]]`` to what the call core knows of a trunk."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_network

from sip_frontend.calls.settings import Rule, Trunk
from switchroom.config import TrunkSection, split_host


def trunk_of(section: TrunkSection) -> Trunk:
    """The trunk of one section, which has been checked."""
    return Trunk(
        name=section.name,
        peers=tuple(split_host(peer) for peer in section.peers),
        transport=section.transport,
        trusted=section.trusted,
        user=section.user,
        password=section.password,
        domain=section.domain,
        register=section.register,
        servers=tuple(split_host(server) for server in section.servers),
        expires_s=section.expires_s,
        ping_s=section.ping_s,
        ping_misses=section.ping_misses,
        max_calls=section.max_calls,
        in_called=_rules(section.in_called),
        in_caller=_rules(section.in_caller),
        out_called=_rules(section.out_called),
        out_caller=_rules(section.out_caller),
        accept_identity=section.accept_identity,
        send_identity=section.send_identity,
        rtp_dscp=section.rtp_dscp,
        rtp_sources=None if section.rtp_sources is None else networks(section.rtp_sources),
        from_account=section.from_account,
    )


def networks(texts: Iterable[str]) -> tuple[str, ...]:
    """As media workers read them: address and length, whatever way they were written."""
    return tuple(str(ip_network(text, strict=False)) for text in texts)


def _rules(texts: Iterable[str]) -> tuple[Rule, ...]:
    return tuple((prefix, replacement) for prefix, _, replacement in (text.partition("=") for text in texts))

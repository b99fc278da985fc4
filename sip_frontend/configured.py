"""What the configuration file says, as the parts of a frontend want to hear it."""

from __future__ import annotations

from pathlib import Path

from sip_frontend.calls.settings import Settings
from sip_frontend.transport import Listener as SipListener
from sip_frontend.transport.certificates import ensure_pair
from sip_frontend.transport.tls import Identity, ServerTls
from sip_frontend.trunks.configured import networks, trunk_of
from switchroom.config import Config, split_address


def settings_of(config: Config) -> Settings:
    """The call core's settings, from the configuration file's."""
    section = config.frontend
    domain = config.domain[0]
    addresses = {split_address(text)[0] for text in (*section.udp, *section.tcp, *section.tls, *section.ws)}
    ours = addresses | set(section.advertised.values()) | {"localhost"}
    for one in config.domain:
        ours |= {one.name, *one.aliases}
    return Settings(
        name=section.name,
        realm=domain.name,
        domains=frozenset(ours),
        trunks=tuple(trunk_of(one) for one in config.trunk),
        next_target_s=section.next_target_ms / 1000,
        udp_limit=section.udp_limit,
        codecs=section.codecs,
        max_calls=section.max_calls,
        answer_timeout_s=float(section.answer_timeout_s),
        media_idle_s=section.media_idle_s,
        rtp_dscp=section.rtp_dscp,
        rtp_sources=networks(section.rtp_sources),
        music_on_hold=section.music_on_hold,
        t1_s=section.t1_ms / 1000,
        t2_s=section.t2_ms / 1000,
    )


def listeners_of(config: Config, secure: ServerTls | None) -> list[SipListener]:
    """The addresses to listen at; *secure* is what ``tls_of`` made."""
    section = config.frontend
    wanted = (
        ("UDP", section.udp),
        ("TCP", section.tcp),
        ("TLS", section.tls),
        ("WS", section.ws),
        ("WSS", section.wss),
    )
    return [
        SipListener(
            transport,
            *split_address(text),
            advertised_host=section.advertised.get(split_address(text)[0], ""),
            context=secure.context if secure is not None and transport in ("TLS", "WSS") else None,
        )
        for transport, texts in wanted
        for text in texts
    ]


def tls_of(config: Config) -> ServerTls | None:
    """The server side of TLS: the pair in ``tls_dir``, made for our names when there is none, and those of domains."""
    section, directory = config.frontend, Path(config.frontend.tls_dir)
    if not section.tls and not section.wss:
        return None
    names = [config.domain[0].name, "localhost", "127.0.0.1", "::1"]
    for text in (*section.tls, *section.wss):
        host = split_address(text)[0]
        if host not in names and host not in ("0.0.0.0", "::"):
            names.append(host)
    identities = [ensure_pair(directory, names)]
    for domain in config.domain:
        for name in (domain.name, *domain.aliases):
            own = Identity(directory / f"{name}.crt", directory / f"{name}.key", name.lower())
            if own.certificate.exists() and own.key.exists():
                identities.append(own)
    return ServerTls(identities, Path(section.tls_client_ca) if section.tls_client_ca else None)

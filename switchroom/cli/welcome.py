"""The one screen that `switchroom run` prints when the exchange is up."""

from __future__ import annotations

import tomllib
from pathlib import Path

from switchroom.config import Config, split_address

_DIALS = (
    ("600", "echo: you hear yourself"),
    ("601", "type digits, end with #: they are spoken back"),
    ("602", "conference"),
    ("603", "1001 to 1003 ring, the first answer wins"),
    ("604", "three seconds of early media, then the answer"),
    ("605", "records the call into var/recordings"),
    ("1001 ... 1010", "that user's phones ring"),
    ("9...", "the carrier at 127.0.0.1:5062"),
)


def welcome(config: Config, file: Path | None, ready_s: float, rtp_notice: str) -> str:
    """What listens where, who may register, what to dial, and how to call without a phone."""
    frontend, media = config.frontend, config.media
    host, port = split_address((frontend.udp or frontend.tcp or ("127.0.0.1:5060",))[0])
    listening = [
        f"{name.upper()} {', '.join(addresses)}"
        for name, addresses in (
            ("udp", frontend.udp),
            ("tcp", frontend.tcp),
            ("tls", frontend.tls),
            ("ws", frontend.ws),
            ("wss", frontend.wss),
        )
        if addresses
    ]
    target = f"sip:600@{f'[{host}]' if ':' in host else host}{'' if port == 5060 else f':{port}'}"
    lines = [
        "",
        f"  Switchroom is up ({ready_s:.1f} s), settings from {file or 'the built-in defaults'}",
        "",
        f"  SIP      {'   '.join(listening)}",
        f"  RTP      {media.address}, ports {media.ports[0]} to {media.ports[1]}",
        *([f"           {rtp_notice}"] if rtp_notice else []),
        f"  domain   {', '.join(domain.name for domain in config.domain)}, and every address above",
        f"  users    {_users(Path(config.registrar.users))}",
        "",
        *(f"  dial {number:<14} {what}" for number, what in _DIALS),
        "",
        "  without a phone, in another terminal:",
        f"           {_command()} call {target}",
        f"           {_command()} status",
        "  logs     var/log/*.log",
        "",
        "  Ctrl-C ends it.",
        "",
    ]
    return "\n".join(lines)


def _users(file: Path) -> str:
    try:
        users = tomllib.loads(file.read_text(encoding="utf-8")).get("user", [])
    except (OSError, tomllib.TOMLDecodeError):
        return f"see {file}"
    names = [str(user.get("name", "")) for user in users]
    if not names:
        return f"none in {file}"
    shown = ", ".join(names) if len(names) < 4 else f"{names[0]} to {names[-1]}"
    hint = ", password secret and the number" if names[0] == "1001" else ""
    return f"{shown}{hint} ({file})"


def _command() -> str:
    return ".venv/bin/switchroom" if Path(".venv/bin/switchroom").exists() else "switchroom"

"""CURVE keys: who may use the bus over a network.

A key directory holds the frontend's pair (``server.key``, ``server.key_secret``), a pair for each client
(``NAME.key_secret`` beside its public half) and ``allowed/NAME.key``, the public keys that frontends let in. Taking
a file out of ``allowed/`` shuts that client out at its next connection. ``switchroom keys`` makes them all.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import zmq
import zmq.auth
from zmq.utils import z85

from switchroom.bus.socket import BusSocket
from switchroom.errors import ConfigError

SERVER = "server"
# The pair for every process that has none of its own name.
ANY_CLIENT = "client"
_ZAP_ENDPOINT = "inproc://zeromq.zap.01"
_ZAP_VERSION = b"1.0"


@dataclass(frozen=True, slots=True)
class ServerKeys:
    """A frontend's pair and the folder of public keys it lets in."""

    public: bytes
    secret: bytes
    allowed: Path

    def __repr__(self) -> str:
        return f"ServerKeys(public={self.public!r})"


@dataclass(frozen=True, slots=True)
class ClientKeys:
    """A dialler's pair and the public key of the frontends it trusts."""

    public: bytes
    secret: bytes
    server: bytes

    def __repr__(self) -> str:
        return f"ClientKeys(public={self.public!r})"


def load_server_keys(key_dir: Path) -> ServerKeys | None:
    """The pair of ``key_dir/server.key_secret``, or None when there is none."""
    pair = _pair(key_dir / f"{SERVER}.key_secret")
    return None if pair is None else ServerKeys(pair[0], pair[1], key_dir / "allowed")


def load_client_keys(key_dir: Path, name: str) -> ClientKeys | None:
    """The pair of *name*, else the common one, with the server's public key; None when a part is missing."""
    pair = _pair(key_dir / f"{name}.key_secret") or _pair(key_dir / f"{ANY_CLIENT}.key_secret")
    server_file = key_dir / f"{SERVER}.key"
    if pair is None or not server_file.exists():
        return None
    return ClientKeys(pair[0], pair[1], zmq.auth.load_certificate(server_file)[0])


def make_keys(key_dir: Path, names: Sequence[str]) -> list[Path]:
    """Make what is missing: the server's pair, a pair for each of *names*, and let those in. Returns the new files."""
    key_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    allowed = key_dir / "allowed"
    allowed.mkdir(exist_ok=True)
    made: list[Path] = []
    for name in (SERVER, *names):
        secret = key_dir / f"{name}.key_secret"
        if not secret.exists():
            public_file, secret_file = zmq.auth.create_certificates(key_dir, name)
            Path(secret_file).chmod(0o600)
            made += [Path(public_file), Path(secret_file)]
        if name != SERVER and not (allowed / f"{name}.key").exists():
            shutil.copyfile(key_dir / f"{name}.key", allowed / f"{name}.key")
            made.append(allowed / f"{name}.key")
    return made


def require_keys(endpoints: Sequence[str], keys: ServerKeys | ClientKeys | None, insecure: bool) -> None:
    """Anything but ipc and inproc needs keys, unless the configuration says otherwise in so many words."""
    open_endpoints = [each for each in endpoints if not each.startswith(("ipc://", "inproc://"))]
    if open_endpoints and keys is None and not insecure:
        raise ConfigError(
            "switchroom.toml",
            "bus.key_dir",
            f"{open_endpoints[0]} has no keys: run `switchroom keys`, use ipc://, or set bus.insecure = true",
        )


def server_side(keys: ServerKeys | None) -> Callable[[zmq.Socket[bytes]], None] | None:
    """What makes a socket bind with CURVE from then on; endpoints bound before stay plain."""
    if keys is None:
        return None

    def secure(socket: zmq.Socket[bytes]) -> None:
        # With an enforced domain a missing doorkeeper shuts everyone out; without one it would let everyone in.
        socket.setsockopt(zmq.ZAP_DOMAIN, b"switchroom")
        socket.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)
        socket.setsockopt(zmq.CURVE_SERVER, 1)
        socket.setsockopt(zmq.CURVE_PUBLICKEY, keys.public)
        socket.setsockopt(zmq.CURVE_SECRETKEY, keys.secret)

    return secure


def use_client_keys(socket: zmq.Socket[bytes], keys: ClientKeys) -> None:
    """Connect with CURVE from then on."""
    socket.setsockopt(zmq.CURVE_SERVERKEY, keys.server)
    socket.setsockopt(zmq.CURVE_PUBLICKEY, keys.public)
    socket.setsockopt(zmq.CURVE_SECRETKEY, keys.secret)


class Doorkeeper:
    """Answers ZeroMQ's question (RFC 27/ZAP) whether a client key may come in, for one context."""

    def __init__(self, loop: asyncio.AbstractEventLoop, context: zmq.Context[zmq.Socket[bytes]], allowed: Path) -> None:
        self._allowed = allowed
        self._replies: list[list[bytes]] = []
        self.turned_away = 0
        self.unreadable = 0
        raw = context.socket(zmq.ROUTER)
        raw.bind(_ZAP_ENDPOINT)
        self._socket = BusSocket(loop, raw, self._on_batch, self._write)

    def start(self) -> None:
        self._socket.start()

    def close(self) -> None:
        self._socket.close(0)

    def check(self) -> None:
        self._socket.check()

    def _on_batch(self, parts: list[bytes]) -> None:
        # [identity, "", version, request id, domain, address, routing id, mechanism, key]
        if len(parts) < 8 or parts[2] != _ZAP_VERSION:
            return
        let_in = parts[7] == b"CURVE" and len(parts) > 8 and self._knows(parts[8])
        if not let_in:
            self.turned_away += 1
        verdict = [b"200", b"OK", b"client", b""] if let_in else [b"400", b"unknown key", b"", b""]
        self._replies.append([parts[0], b"", _ZAP_VERSION, parts[3], *verdict])
        self._socket.wake()

    def _write(self) -> bool:
        replies, self._replies = self._replies, []
        for reply in replies:
            self._socket.send(None, reply)
        return bool(replies)

    def _knows(self, key: bytes) -> bool:
        # Read anew each time: joins are rare, and taking a file away then needs no restart.
        wanted = z85.encode(key)
        for file in self._allowed.glob("*.key"):
            try:
                if zmq.auth.load_certificate(file)[0] == wanted:
                    return True
            except (OSError, ValueError):
                self.unreadable += 1  # one broken file must not shut out the others
        return False


def _pair(secret_file: Path) -> tuple[bytes, bytes] | None:
    if not secret_file.exists():
        return None
    public, secret = zmq.auth.load_certificate(secret_file)
    if secret is None:
        raise ConfigError(str(secret_file), "secret-key", "the file holds no secret key; run `switchroom keys`")
    return public, secret

"""What the types of the sections cannot say."""

from __future__ import annotations

import ipaddress
import string
from collections.abc import Callable, Iterable

from switchroom.codec_names import NAMED, is_codec_name
from switchroom.config.sections import Config, TrunkSection
from switchroom.errors import ConfigError

TRANSPORTS = ("udp", "tcp", "tls", "ws", "wss")
_SCHEMES = ("ipc://", "tcp://")
_STORES = ("http", "https", "s3", "file")
_HOST_CHARS = frozenset(string.ascii_letters + string.digits + "-._")

Where = Callable[[str], str]


def check(config: Config, where: Where) -> None:
    """Raise ConfigError for the first setting that cannot work; *where* says which source a key came from."""
    for transport in TRANSPORTS:
        _check_listen(getattr(config.frontend, transport), f"frontend.{transport}", where)
    _check_guard(config, where)
    _check_networks(config.frontend.rtp_sources, "frontend.rtp_sources", where)
    for key, text in (("frontend.metrics", config.frontend.metrics), ("frontend.hep", config.frontend.hep)):
        if text:
            _check_listen((text,), key, where)
    _check_endpoints(config.bus.frontends, "bus.frontends", where)
    _check_endpoints(config.frontend.bus, "frontend.bus", where)
    _check_endpoints(config.frontend.events, "frontend.events", where)
    _check_choices(config, where)
    _check_paces(config, where)
    _check_media(config, where)
    _check_stores(config, where)
    _check_lists(config, where)
    _check_nameservers(config, where)


def split_address(text: str) -> tuple[str, int]:
    """``"127.0.0.1:5060"`` or ``"[::1]:5060"`` as address and port; ValueError says what is wrong."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"{text!r} is not address:port")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    ipaddress.ip_address(host)
    return host, int(port)


def split_host(text: str) -> tuple[str, int]:
    """``"sip.example.com"``, ``"sip.example.com:5070"``, or what ``split_address`` takes; port 0 where none is said."""
    host, colon, port = text.rpartition(":")
    if text.endswith("]") or not colon:
        host, port = text, "0"
    elif not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"{text!r} is no host and no host:port")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
        ipaddress.IPv6Address(host)
    elif not host or not set(host) <= _HOST_CHARS:
        raise ValueError(f"{text!r} is no host and no host:port")
    return host, int(port)


def _check_listen(addresses: Iterable[str], key: str, where: Where) -> None:
    for text in addresses:
        try:
            split_address(text)
        except ValueError as error:
            raise ConfigError(where(key), key, f'{error}; write e.g. "127.0.0.1:5060" or "[::1]:5060"') from error


def _check_nameservers(config: Config, where: Where) -> None:
    for text in config.frontend.nameservers:
        try:
            ipaddress.ip_address(split_host(text)[0])
        except ValueError as error:
            key = "frontend.nameservers"
            raise ConfigError(where(key), key, f"{text!r} is no address or address:port") from error


def _check_endpoints(endpoints: Iterable[str], key: str, where: Where) -> None:
    for endpoint in endpoints:
        if not endpoint.startswith(_SCHEMES):
            raise ConfigError(where(key), key, f"{endpoint!r} must begin with {' or '.join(_SCHEMES)}")


def _check_choices(config: Config, where: Where) -> None:
    for name in config.frontend.codecs:
        if not is_codec_name(name):
            key = "frontend.codecs"
            wanted = f"none of {', '.join(NAMED)}, nor NAME/RATE as in AMR/8000"
            raise ConfigError(where(key), key, f"{name!r} is {wanted}")
    if not {name.upper() for name in config.frontend.codecs} - {"CN"}:
        raise ConfigError(where("frontend.codecs"), "frontend.codecs", "needs a codec; CN is none by itself (RFC 3389)")
    store = config.registrar.store
    if store != "memory:" and not (store.startswith("sqlite:") and store != "sqlite:"):
        raise ConfigError(where("registrar.store"), "registrar.store", f"{store!r} is not memory: or sqlite:PATH")


def _check_paces(config: Config, where: Where) -> None:
    bus = config.bus
    if not bus.heartbeat_ms < bus.suspect_ms < bus.lost_ms:
        raise ConfigError(where("bus.suspect_ms"), "bus.suspect_ms", "must lie between heartbeat_ms and lost_ms")
    registrar = config.registrar
    if not registrar.min_expires_s <= registrar.default_expires_s <= registrar.max_expires_s:
        key = "registrar.default_expires_s"
        raise ConfigError(where(key), key, "must lie between min_expires_s and max_expires_s")


def _check_media(config: Config, where: Where) -> None:
    first, last = config.media.ports
    if first % 2 or last - first < 2:
        raise ConfigError(where("media.ports"), "media.ports", "write [first, last], first even and last above it")
    _check_media_addresses(config, where)


def _check_media_addresses(config: Config, where: Where) -> None:
    media = config.media
    for name in ("address", "advertised", "address6", "advertised6"):
        key, text = f"media.{name}", getattr(media, name)
        try:
            version = ipaddress.ip_address(text).version if text else 0
        except ValueError as error:
            raise ConfigError(where(key), key, f"{text!r} is no address; write a literal, not a name") from error
        if version == 4 and name.endswith("6"):
            raise ConfigError(where(key), key, f"{text!r} is no IPv6 address")
    if media.address6 and (":" in media.address or ":" in media.advertised):
        raise ConfigError(where("media.address6"), "media.address6", "goes beside an IPv4 media.address, which is IPv6")
    if media.advertised6 and not media.address6:
        raise ConfigError(where("media.advertised6"), "media.advertised6", "needs media.address6")
    if media.advertised and (":" in media.advertised) != (":" in media.address):
        raise ConfigError(where("media.advertised"), "media.advertised", "is of another family than media.address")


def _check_stores(config: Config, where: Where) -> None:
    for name in ("on_fetch", "on_finished"):
        key, text = f"media.{name}", getattr(config.media, name)
        scheme, colon, rest = text.partition("://")
        if colon and scheme not in _STORES:
            raise ConfigError(where(key), key, f"{scheme}:// is none of {', '.join(_STORES)}; or write a folder")
        if colon and "@" in rest.partition("/")[0]:
            # It is told in logs.
            raise ConfigError(where(key), key, "no user in the address; write media.store_token or media.store_key_id")


def _check_guard(config: Config, where: Where) -> None:
    for name in ("allow", "deny", "exempt"):
        _check_networks(getattr(config.guard, name), f"guard.{name}", where)


def _check_networks(texts: Iterable[str], key: str, where: Where) -> None:
    for text in texts:
        try:
            ipaddress.ip_network(text, strict=False)
        except ValueError as error:
            raise ConfigError(where(key), key, f'{error}; write e.g. "192.0.2.7" or "192.0.2.0/24"') from error


def _check_lists(config: Config, where: Where) -> None:
    if not config.domain:
        raise ConfigError(where("domain"), "domain", 'needs one entry at least: [[domain]] name = "pbx.test"')
    domains = [each.name for each in config.domain]
    trunks = [each.name for each in config.trunk]
    for key, names in (("domain", domains), ("trunk", trunks)):
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ConfigError(where(key), f"{key}.name", f"{sorted(twice)[0]!r} stands there twice")
    for index, trunk in enumerate(config.trunk):
        _check_trunk(trunk, f"trunk[{index}]", where)


def _check_trunk(trunk: TrunkSection, at: str, where: Where) -> None:
    for key, texts in (("peers", trunk.peers), ("servers", trunk.servers)):
        for text in texts:
            try:
                split_host(text)
            except ValueError as error:
                raise ConfigError(where(f"{at}.{key}"), f"{at}.{key}", f"{error}") from error
    _check_networks(trunk.rtp_sources or (), f"{at}.rtp_sources", where)
    for key in ("in_called", "in_caller", "out_called", "out_caller"):
        for rule in getattr(trunk, key):
            if "=" not in rule:
                raise ConfigError(where(f"{at}.{key}"), f"{at}.{key}", f'{rule!r} is no "prefix=replacement"')
    if not trunk.peers and not (trunk.register and trunk.servers):
        raise ConfigError(where(f"{at}.peers"), f"{at}.peers", "needs one host or address:port at least")
    if trunk.register and not trunk.user:
        raise ConfigError(where(f"{at}.user"), f"{at}.user", "is what register = true registers; write the account")
    if trunk.from_account and not trunk.user:
        raise ConfigError(where(f"{at}.user"), f"{at}.user", "is what from_account = true puts into From")

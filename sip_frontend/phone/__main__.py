"""Place a call, say what happens, and whether the echo came back: ``switchroom call sip:600@127.0.0.1``.

Exit status 0: the call was answered and, unless told to play or press something else, the test tone was heard again.
1: not so, with the reason. 2: the command line is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import socket
import sys
from pathlib import Path

from sip_frontend.message import SipParseError, Uri
from sip_frontend.phone.agent import CallFailed, Identity
from sip_frontend.phone.call import Call, Wish
from sip_frontend.phone.sound import Player, echo_test_tone, from_file
from switchroom.errors import ConfigError, SwitchroomError

SIP_PORT = 5060
# The user of the demo exchange, so that a newcomer needs no options.
_DEMO_USER = "1001"


def main() -> int:
    options = _parser().parse_args()
    try:
        wish = _wish(options)
        player = from_file(options.play) if options.play else echo_test_tone()
    except (ConfigError, SipParseError) as error:
        print(error, file=sys.stderr)
        return 2
    return asyncio.run(_place(wish, player))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="switchroom call", description=(__doc__ or "").partition(":")[0] + ".")
    parser.add_argument("uri", help="whom to call: sip:600@127.0.0.1, or sip:600@127.0.0.1;transport=tcp")
    parser.add_argument("--as", dest="user", default=_DEMO_USER, help="user to call as (default: %(default)s)")
    parser.add_argument("--password", default="", help="default: secret<user>, as in the demo exchange")
    parser.add_argument("--digits", default="", help="press these after the answer")
    parser.add_argument("--play", type=Path, help="play this WAV file (8 kHz, mono, 16 bit) instead of the test tone")
    parser.add_argument("--record", type=Path, help="write what is heard to this WAV file")
    parser.add_argument("--duration", type=float, default=0.0, help="seconds from answer to hang-up")
    return parser


def _wish(options: argparse.Namespace) -> Wish:
    uri = Uri.parse(options.uri if ":" in options.uri else f"sip:{options.uri}", header="uri")
    if not uri.is_sip:
        raise ConfigError("command line", "uri", "write a SIP URI such as sip:600@127.0.0.1")
    if options.digits.strip("0123456789*#ABCDabcd"):
        raise ConfigError("command line", "--digits", "there are 0-9 * # and A-D")
    password = options.password or f"secret{options.user}"
    test = not (options.play or options.digits)
    return Wish(uri, Identity(options.user, password), options.digits, options.record, options.duration, test)


async def _place(wish: Wish, player: Player) -> int:
    try:
        remote = await _address_of(wish.uri)
        call = Call(wish, player, _local_host(remote))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, call.interrupt)
        try:
            call.start(remote, "TCP" if wish.uri.transport.upper() == "TCP" else "UDP")
            return 0 if await call.run() else 1
        finally:
            await call.stop()
    except (SwitchroomError, OSError) as error:
        print(f"failed: {error}", flush=True)
        return 1


async def _address_of(uri: Uri) -> tuple[str, int]:
    """The first address of the URI's host; names only by the hosts file and DNS, without SRV."""
    loop = asyncio.get_running_loop()
    host = uri.host.strip("[]")
    try:
        found = await loop.getaddrinfo(host, uri.port or SIP_PORT, type=socket.SOCK_DGRAM)
    except socket.gaierror as error:
        raise CallFailed(f"{host}: {error.strerror}") from error
    address = found[0][4]
    return str(address[0]), int(address[1])


def _local_host(remote: tuple[str, int]) -> str:
    """The address of ours that reaches *remote*; connecting a UDP socket asks the kernel and sends nothing."""
    family = socket.AF_INET6 if ":" in remote[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as asked:
        asked.connect(remote)
        return str(asked.getsockname()[0])


if __name__ == "__main__":
    sys.exit(main())

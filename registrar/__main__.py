"""The registrar process. Nothing but wiring.

Exit codes: 0 asked to stop, 1 failed, 2 a setting is wrong, 3 an address or port is taken.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from registrar.aor import Domain, Domains
from registrar.authenticator import Authenticator
from registrar.frontends import Frontends
from registrar.lookup import Bindings
from registrar.nonces import Nonces
from registrar.save import Policy
from registrar.service import Service
from registrar.store import open_store
from registrar.users import Users
from switchroom.bus import Mesh, load_client_keys
from switchroom.clock import SystemClock
from switchroom.config import Config
from switchroom.process import Process, main
from switchroom.v1.common_pb2 import ROLE_REGISTRAR
from switchroom.v1.envelope_pb2 import Hello, Status
from switchroom.version import version

SWEEP_S = 1.0


async def serve(process: Process) -> None:
    """Run until the process is asked to stop; then answer what is owed, and leave."""
    loop = asyncio.get_running_loop()
    config = process.config
    section = config.registrar
    domains = _domains(config)
    users = Users.load(Path(section.users), domains)
    store = open_store(section.store, loop)
    clock = SystemClock()
    bindings = Bindings(store.start(), clock.unix())
    nonces = Nonces(store.nonce_key, section.nonce_life_s)
    frontends = Frontends(loop, bindings)
    policy = Policy(section.min_expires_s, section.max_expires_s, section.default_expires_s)
    service = Service(domains, Authenticator(users, nonces), bindings, store, frontends, policy, clock)

    def status() -> Status:
        values = {"users": float(len(users)), "bindings": float(len(bindings)), "nonces": float(len(nonces))}
        values.update(service.counts)
        values.update(store.status())
        return Status(values=values)

    mesh = Mesh(
        loop,
        config.bus.frontends,
        Hello(role=ROLE_REGISTRAR, name=section.name, version=version()),
        keys=load_client_keys(Path(config.bus.key_dir), section.name),
        insecure=config.bus.insecure,
        on_welcome=lambda dialler, _: frontends.joined(dialler),
        on_message=service.message,
        on_lost=lambda dialler, _: frontends.lost(dialler),
        status=status,
    )
    mesh.start()
    process.ready(users=len(users), bindings=len(bindings))
    while not process.stopping.is_set():
        service.sweep()
        await _pause(process.stopping, SWEEP_S)
    mesh.drain("stopping")
    service.draining = True
    await store.close()
    await asyncio.sleep(0)  # the answers that waited for the store
    await mesh.close("stopping")


def _domains(config: Config) -> Domains:
    aliases = {alias: domain.name for domain in config.domain for alias in domain.aliases}
    return Domains([Domain(domain.name, domain.algorithms) for domain in config.domain], aliases)


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return


if __name__ == "__main__":
    sys.exit(main("registrar", serve))

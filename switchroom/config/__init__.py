"""Settings: ``switchroom.toml`` and the environment, checked before anything starts."""

from __future__ import annotations

from switchroom.config.checks import split_address, split_host
from switchroom.config.loader import ENV_FILE, find_file, load_config
from switchroom.config.sections import (
    RTP_BLOCK_PAIRS,
    BusSection,
    Config,
    DomainSection,
    FrontendSection,
    GuardSection,
    LogSection,
    MediaSection,
    RegistrarSection,
    TrunkSection,
    WorkerSection,
)

__all__ = [
    "ENV_FILE",
    "RTP_BLOCK_PAIRS",
    "BusSection",
    "Config",
    "DomainSection",
    "FrontendSection",
    "GuardSection",
    "LogSection",
    "MediaSection",
    "RegistrarSection",
    "TrunkSection",
    "WorkerSection",
    "find_file",
    "load_config",
    "split_address",
    "split_host",
]

"""Why a registration is refused.

RemoteProtocolError
 └ RegistrationRefused(status_hint)     400, 403, 404, 420
    ├ IntervalTooBrief(min_expires_s)   423
    └ StaleRegistration                 500: a request that a later one has overtaken
"""

from __future__ import annotations

from switchroom.errors import RemoteProtocolError


class RegistrationRefused(RemoteProtocolError):
    """*text* becomes the reason phrase, so it names what is wrong and nothing else."""


class IntervalTooBrief(RegistrationRefused):
    """The client asks for less than *min_expires_s* (RFC 3261 section 10.3 step 7)."""

    def __init__(self, min_expires_s: int) -> None:
        super().__init__("Interval Too Brief", 423)
        self.min_expires_s = min_expires_s


class StaleRegistration(RegistrationRefused):
    """Same Call-ID and no higher CSeq than the binding has: an old request, come late."""

    def __init__(self) -> None:
        super().__init__("CSeq Out Of Order", 500)

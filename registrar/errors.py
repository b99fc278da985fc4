"""Why a registration is refused.

RemoteProtocolError
 └ RegistrationRefused(status_hint, headers)     400, 403, 404
    ├ BadExtension(tags)                         420
    ├ IntervalTooBrief(min_expires_s)            423
    └ StaleRegistration                          500: a request that a later one has overtaken
"""

from __future__ import annotations

from switchroom.errors import RemoteProtocolError


class RegistrationRefused(RemoteProtocolError):
    """*text* becomes the reason phrase, so it names what is wrong and nothing else."""

    def __init__(self, text: str, status_hint: int = 400, headers: list[tuple[str, str]] | None = None) -> None:
        super().__init__(text, status_hint)
        self.headers = headers if headers is not None else []


class BadExtension(RegistrationRefused):
    """The client requires option *tags* that we do not have."""

    def __init__(self, tags: str) -> None:
        super().__init__("Bad Extension", 420, [("Unsupported", tags)])
        self.tags = tags


class IntervalTooBrief(RegistrationRefused):
    """The client asks for less than *min_expires_s* (RFC 3261 section 10.3 step 7)."""

    def __init__(self, min_expires_s: int) -> None:
        super().__init__("Interval Too Brief", 423, [("Min-Expires", str(min_expires_s))])
        self.min_expires_s = min_expires_s


class StaleRegistration(RegistrationRefused):
    """Same Call-ID and no higher CSeq than the binding has: an old request, come late."""

    def __init__(self) -> None:
        super().__init__("CSeq Out Of Order", 500)

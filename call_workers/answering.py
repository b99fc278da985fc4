"""The answer side of a call: who are you, ring, answer, hang up.

Only :meth:`Answering.auth` waits for the exchange. The others take effect when the script next waits or returns;
what goes wrong is told at the next ``await`` on the call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from call_workers.call_view import CallView
from call_workers.causes import Cause, HangupCause
from call_workers.values import CallState, CallType
from switchroom.v1 import common_pb2


class Answering(CallView):
    """Verbs of the leg itself."""

    __slots__ = ()

    async def auth(self, *, realm: str = "", as_registrar: bool = False) -> None:
        """Have the caller prove who it is; then ``entity`` is that user.

        Returns at once for a caller that has done so already, and for a trusted one (a trunk peer).

        Args:
            realm: to authenticate in; empty is that of the domain.
            as_registrar: challenge with 401 instead of 407.

        Raises:
            AuthFailed: wrong or no credentials (403), or none in time (408). Uncaught, the call is refused with it.

        Digest authentication: RFC 3261 section 22.
        """
        self._check()
        if self.authenticated or self.trusted:
            return
        command = self._command("auth")
        command.authenticate.realm = realm
        command.authenticate.as_registrar = as_registrar
        future: Any = self._run.loop.create_future()
        self._run.auths[self.id] = self._run.results[command.command_id] = future
        try:
            await self._wait(future)
        finally:
            self._run.auths.pop(self.id, None)
            self._run.results.pop(command.command_id, None)
            del future

    async def ring(self) -> None:
        """180, once. To a call that is answered already the ring tone is played instead."""
        self._check()
        if self.type is not CallType.UAS or self.state in (CallState.RINGING, CallState.EARLY):
            return
        self._command("ring").ring.SetInParent()
        if self.state is CallState.TRYING:
            self.state = CallState.RINGING

    async def busy(self) -> None:
        """Refuse with 486."""
        await self.hangup(Cause.USER_BUSY)

    async def answer(
        self, *, early: bool = False, codecs: Sequence[str] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        """Answer with 200, or with *early* open the media before the answer (183 with SDP).

        Does nothing to a call that is answered already.

        Args:
            codecs: in order of preference; empty is the order of the configuration.
            headers: added to the response.
        """
        self._check()
        if self.state is CallState.ESTABLISHED or (early and self.state is CallState.EARLY):
            return
        answer = self._command("answer").answer
        answer.early = early
        if codecs:
            answer.codecs.extend(codecs)
        if headers:
            write_headers(headers, answer.headers)
        if early:
            self.state = CallState.EARLY
        else:
            self.state = CallState.ESTABLISHED
            self.answered_at = self._run.loop.now

    async def hangup(
        self,
        cause: Cause = Cause.NORMAL_CLEARING,
        *,
        tone: bool = False,
        text: str = "",
        contact: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """End the call: BYE, CANCEL, or a refusal with the status of *cause*. Does nothing to one that has ended.

        Args:
            tone: on an answered call play the busy or unobtainable tone for 5 s first (USER_BUSY and
                TEMPORARILY_UNAVAILABLE only).
            text: goes out as Reason, or as Warning of a refusal.
            contact: where to, for MOVED_PERMANENTLY and MOVED_TEMPORARILY.
            headers: added to the refusal.
        """
        if self.state is CallState.ENDED:
            return
        hangup = self._command("hangup").hangup
        hangup.cause = int(cause)  # type: ignore[assignment]
        hangup.tone = tone
        hangup.text = text
        hangup.contact = contact
        if headers:
            write_headers(headers, hangup.headers)
        self.state = CallState.ENDED
        self.hangup_cause = HangupCause(cause, source="us", text=text)


def write_headers(headers: Mapping[str, str], field: Any) -> None:
    """Copy *headers* into a repeated field of the contract."""
    for name, value in headers.items():
        field.append(common_pb2.Header(name=name, value=value))

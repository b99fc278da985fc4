"""Verbs between legs: mix, adopt, hold, transfer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from call_workers.answering import write_headers
from call_workers.call_view import CallView
from call_workers.values import CallState, CallType, Party

if TYPE_CHECKING:
    from call_workers.call import Call


class Legs(CallView):
    """Verbs between legs."""

    __slots__ = ()

    async def mix(self, other: Call) -> None:
        """Let the two hear each other."""
        self._check()
        other._check()
        self._command("mix").mix.with_call_id = other.id
        self._join(other)

    async def adopt(self, other: Call, *, mix: bool = False) -> None:
        """Make *other* a child of this call, and with *mix* let the two hear each other."""
        self._check()
        adopt = self._command("adopt").adopt
        adopt.child_call_id = other.id
        adopt.mix = mix
        self._adoptions += 1
        _leave_parent(other)
        other.parent = self._run.calls[self.id]
        self.children.append(other)
        if mix:
            self._join(other)

    async def detach(self, *, unmix: bool = False) -> None:
        """Leave the parent and let the children go; with *unmix* stop hearing each other too."""
        self._check()
        self._command("detach").detach.unmix = unmix
        _leave_parent(self)
        for child in self.children:
            child.parent = None
        self.children = []
        if unmix:
            self._part()

    async def bond(self, other: Call) -> None:
        """Have the media of this call opened where that of *other* is."""
        self._check()
        self._command("bond").bond.with_call_id = other.id

    async def disown(self) -> None:
        """Forget all bonds."""
        self._check()
        self._command("disown").disown.SetInParent()

    async def pick(self) -> None:
        """Mark the call as picked up by somebody else (hang the others up with PICKED_OFF)."""
        self._check()
        self._command("pick").pick.SetInParent()
        self.picked = True

    async def hold(self) -> None:
        """Put the peer on hold; it hears music."""
        self._check()
        self._command("hold").hold.SetInParent()
        self.held = True

    async def unhold(self) -> None:
        """Take it off hold; it is mixed again with whom it was."""
        self._check()
        self._command("unhold").unhold.SetInParent()
        self.held = False

    async def update(self, *, caller_id: Party) -> bool:
        """Tell the peer who it talks to now: who calls it, or whom it has reached.

        Returns:
            Whether it was told (UPDATE, RFC 3311); False when it does not allow that.
        """
        self._check()
        command = self._command("update")
        caller_id.write(command.update.caller)
        if self.type is CallType.UAS:
            self._called = caller_id
        else:
            self._caller = caller_id
        return await self._value(command) == "true"

    async def send(
        self, method: str, body: str | bytes = b"", *, content_type: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        """Send INFO, MESSAGE or NOTIFY inside the dialog, and wait until the peer has taken it.

        Raises:
            CommandRejected: the peer refused it; the text has its status.
        """
        self._check()
        command = self._command("send")
        message = command.send_message
        message.method = method
        message.content_type = content_type or ("text/plain" if body else "")
        message.body = body.encode() if isinstance(body, str) else body
        write_headers(headers or {}, message.headers)
        await self._value(command)

    async def refer(self, to: str, *, replaces: Call | None = None) -> int:
        """Ask the peer to call *to* instead (REFER, RFC 3515); attended when it shall take the place of *replaces*.

        Returns:
            The final SIP status the peer reported of its new call; 2xx is success.
        """
        self._check()
        command = self._command("refer")
        command.refer.to = to
        command.refer.replaces_call_id = replaces.id if replaces is not None else ""
        future: asyncio.Future[int] = self._run.loop.create_future()
        self._run.results[command.command_id] = future
        try:
            status: int = await self._wait(future)
        finally:
            self._run.results.pop(command.command_id, None)
            del future  # see CallView._wait
        return status

    def _join(self, other: Call) -> None:
        me = self._run.calls[self.id]
        if self.mixed_with is not other:
            self._mixes += 1
            other._mixes += 1
        self.mixed_with, other.mixed_with = other, me
        self._mixed_at = other._mixed_at = self._run.loop.now

    def _part(self) -> None:
        other, self.mixed_with = self.mixed_with, None
        if other is not None and other.mixed_with is self:
            other.mixed_with = None

    def _established(self, at: float) -> None:
        if self.state < CallState.ESTABLISHED:
            self.state = CallState.ESTABLISHED
        if self.answered_at is None:
            self.answered_at = at


def _leave_parent(call: CallView) -> None:
    if call.parent is not None:
        call.parent.children = [child for child in call.parent.children if child.id != call.id]
        call.parent = None

"""Verbs that reach phones outside of the call: a request to each device of a user, and the message lamp."""

from __future__ import annotations

import json
from collections.abc import Mapping

from call_workers.answering import write_headers
from call_workers.call_view import CallView
from call_workers.values import Answer, Credentials, Entity


class Outside(CallView):
    """Verbs that reach phones outside of the call."""

    __slots__ = ()

    async def request(
        self,
        method: str,
        body: str | bytes = b"",
        *,
        contact: str = "",
        entity: Entity | str = "",
        content_type: str = "",
        headers: Mapping[str, str] | None = None,
        auth: Credentials | None = None,
    ) -> list[Answer]:
        """Send MESSAGE, NOTIFY, OPTIONS, INFO, PUBLISH or SUBSCRIBE outside of every call, and wait for the answers.

        Args:
            contact: a SIP URI to send it to; or
            entity: a user, every registered device of which gets it.
            auth: answers a challenge.

        Returns:
            One answer for each place; none when the user is registered nowhere.

        Raises:
            CommandRejected: another method, or no URI.
        """
        self._check()
        command = self._command("request")
        wanted = command.send_request
        wanted.method = method
        if entity:
            _parsed(entity).write(wanted.entity)
        else:
            wanted.contact = contact
        wanted.content_type = content_type or ("text/plain" if body else "")
        wanted.body = body.encode() if isinstance(body, str) else body
        write_headers(headers or {}, wanted.headers)
        if auth is not None:
            wanted.credentials.username = auth.username
            wanted.credentials.password = auth.password
        return [Answer(one["contact"], one["status"]) for one in json.loads(await self._value(command))]

    async def message_waiting(
        self, entity: Entity | str, *, new: int, old: int = 0, new_urgent: int = 0, old_urgent: int = 0
    ) -> None:
        """Tell the phones of a user how many messages wait for it; the urgent ones are among the others."""
        self._check()
        wanted = self._command("message_waiting").set_mailbox
        _parsed(entity).write(wanted.entity)
        wanted.new, wanted.old = new, old
        wanted.new_urgent, wanted.old_urgent = new_urgent, old_urgent


def _parsed(entity: Entity | str) -> Entity:
    return Entity.parse(entity) if isinstance(entity, str) else entity

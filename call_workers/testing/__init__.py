"""Test call scripts without an exchange: no sockets, a virtual clock, the same result every time.

    async with Exchange(worker) as x:
        caller = await x.invite(to="600")
        assert caller.state == "established"
        assert caller.echo

See docs/call-scripts.md.
"""

from __future__ import annotations

from call_workers.testing.exchange import Exchange, Published, ScriptFailed
from call_workers.testing.phone import Phone

__all__ = ["Exchange", "Phone", "Published", "ScriptFailed"]

"""The table in the docstring and the table that runs are the same."""

from __future__ import annotations

import ast
from pathlib import Path

from sip_frontend.calls.subscriptions import states
from sip_frontend.calls.subscriptions.states import TABLE


def test_docstring_is_the_table() -> None:
    source = Path(str(states.__file__)).with_name("states.py").read_text("utf-8")
    lines = (ast.get_docstring(ast.parse(source)) or "").splitlines()
    begin = next(index for index, line in enumerate(lines) if line.startswith("State ")) + 1
    documented = [[*line.split(None, 3), ""][:4] for line in lines[begin : lines.index("", begin)]]
    running = [
        [state.name, on.name, after.name, ", ".join(do.name.lower().replace("_", " ") for do in doing)]
        for (state, on), (after, doing) in TABLE.items()
    ]
    assert documented == running

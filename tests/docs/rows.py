"""``python -m tests.docs.rows``: write the table of files in docs/architecture.md anew, from their docstrings."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "architecture.md"
FOLDERS = ("switchroom", "sip_frontend", "registrar", "media_workers", "call_workers")
BEGIN, END = "<!-- files: written by make docs -->", "<!-- end of files -->"


def tables(root: Path) -> str:
    """A table for each folder that has files of its own."""
    parts: list[str] = []
    for top in FOLDERS:
        found: dict[str, list[str]] = {}
        for path in sorted((root / top).rglob("*")):
            if path.suffix in (".py", ".rs") and _is_ours(path.relative_to(root)):
                folder = str(path.parent.relative_to(root))
                sentence = first_sentence(path)
                found.setdefault(folder, []).append(f"| `{path.name}` | {sentence} |")
        for folder, rows in found.items():
            parts += [f"\n### `{folder}/`\n", "| file | what |", "| --- | --- |", *rows]
    return "\n".join(parts) + "\n"


def first_sentence(path: Path) -> str:
    """Of the module's docstring, or of the ``//!`` lines of a Rust file."""
    text = path.read_text()
    if path.suffix == ".rs":
        words = " ".join(line[3:].strip() for line in text.splitlines() if line.startswith("//!"))
        words = words.split("```")[0]
    else:
        words = (ast.get_docstring(ast.parse(text)) or "").split("\n\n")[0]
    sentence = re.split(r"(?<=[.:]) (?=[A-Z`])", " ".join(words.split()))[0]
    return sentence.rstrip(":. ").replace("|", "\\|")


def _is_ours(path: Path) -> bool:
    inside = set(path.parts)
    generated = path.parts[:2] == ("switchroom", "v1")
    return not generated and not inside & {"target", "__pycache__", "tests", "examples"} and path.name != "__init__.py"


def main() -> None:
    """Put the tables between the two marks."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{tables(ROOT)}\n{END}{after}")


if __name__ == "__main__":
    main()

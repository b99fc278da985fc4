"""Files, symbols and make words that documents name, and the README's script, run."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.docs.rows import ROOT, first_sentence

DOCUMENTS = sorted([ROOT / "README.md", ROOT / "proto" / "README.md", *(ROOT / "docs").glob("*.md")])
_CODE = re.compile(r"```.*?```", re.DOTALL)
_PATH = re.compile(
    r"`((?:switchroom|sip_frontend|registrar|media_workers|call_workers|proto|deploy|examples|tests|benchmarks|docs)/[\w./-]+)`"
)
_SYMBOL = re.compile(r"`([\w/]+\.(?:py|rs)):(\w+)`")
_LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_named_files_exist(document: Path) -> None:
    missing = [
        name for name in _PATH.findall(document.read_text()) if not list(ROOT.glob(name.rstrip("/").split("::")[0]))
    ]
    assert not missing


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    prose = _CODE.sub("", document.read_text())
    assert not [link for link in _LINK.findall(prose) if not (document.parent / link).exists()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_named_symbols_exist(document: Path) -> None:
    missing = [
        f"{name}:{symbol}"
        for name, symbol in _SYMBOL.findall(document.read_text())
        if not re.search(rf"\b{symbol}\b", (ROOT / name).read_text() if (ROOT / name).exists() else "")
    ]
    assert not missing


def test_named_make_words_exist() -> None:
    known = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {word for path in DOCUMENTS for word in re.findall(r"`make ([a-z0-9-]+)", path.read_text())}
    assert named <= known


def test_readme_script_is_a_worker() -> None:
    """The script of the README, executed as it stands there."""
    text = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert text
    namespace: dict[str, object] = {"__name__": "readme"}
    exec(compile(text[1], "README.md", "exec"), namespace)
    assert type(namespace["worker"]).__name__ == "CallWorker"


def test_every_source_file_says_what_it_is() -> None:
    listed = subprocess.run(["git", "ls-files", "*.py", "*.rs"], cwd=ROOT, capture_output=True, text=True, check=True)
    silent = [
        name
        for name in listed.stdout.splitlines()
        if not name.startswith(("tests/", "switchroom/v1/", "media_workers/engine/rtp_core/tests"))
        and (ROOT / name).exists()
        and (ROOT / name).stat().st_size
        and not first_sentence(ROOT / name)
    ]
    assert not silent

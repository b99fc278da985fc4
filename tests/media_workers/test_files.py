"""Names from the bus never lead out of their root."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_workers.errors import FileRefused
from media_workers.files import Root


@pytest.mark.parametrize("name", ["", "/etc/passwd", "..", "../x.wav", "a/../../x.wav", "a\0b", ".", "a/.."])
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileRefused):
        Root(tmp_path).resolve(name)


@pytest.mark.parametrize("name", ["x.wav", "a/b/x.wav", "a/../x.wav", "..x.wav"])
def test_names_below_the_root_are_found(tmp_path: Path, name: str) -> None:
    assert Root(tmp_path).resolve(name).startswith(f"{tmp_path}/")


def test_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "out").symlink_to(tmp_path)
    (root / "in").symlink_to(root)
    with pytest.raises(FileRefused):
        Root(root).resolve("out/x.wav")
    assert Root(root).resolve("in/x.wav") == f"{root}/x.wav"


def test_subfolders_are_roots_of_their_own(tmp_path: Path) -> None:
    sub = Root(tmp_path).below("calls/today")
    assert sub.resolve("x.wav") == f"{tmp_path}/calls/today/x.wav"
    with pytest.raises(FileRefused):
        sub.resolve("../x.wav")
    assert Root(tmp_path).below("").folder == Root(tmp_path).folder


@given(st.lists(st.sampled_from(["..", ".", "a", "b", "", "~", "...", " "]), max_size=8).map("/".join))
def test_whatever_is_accepted_is_below_the_root(name: str) -> None:
    root = Root("/srv/prompts")
    try:
        path = root.resolve(name)
    except FileRefused:
        return
    assert os.path.commonpath([path, "/srv/prompts"]) == "/srv/prompts"
    assert path != "/srv/prompts"

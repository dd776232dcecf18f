from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bench.setup import THUMBOR, Node, NodeMissing, SetupError, explain, find_node, thumbor
from measurement.stamps import ROOT

HERE = Node(Path("node"), ("npm",))


def no_wheel() -> Node:
    raise SetupError("pip could not find it")


def test_a_node_on_the_path_is_taken_and_nothing_installed() -> None:
    assert find_node(lambda: HERE, no_wheel) == HERE


def test_without_one_the_wheel_is_installed() -> None:
    assert find_node(lambda: None, lambda: HERE) == HERE


def test_without_either_the_words_name_the_cure(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NodeMissing) as caught:
        find_node(lambda: None, no_wheel)
    assert explain(caught.value) == 3
    said = capsys.readouterr().err
    assert all(word in said for word in ("Node.js 20.9", "npm", "bench/requirements-node.txt", "pip could not find it"))


def test_without_thumbor_the_others_are_compared_and_the_reason_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    def fails(folder: Path, *lists: Path) -> Path:
        assert (folder, [path.name for path in lists]) == (THUMBOR, ["requirements-thumbor.txt"])
        raise SetupError("pip found no wheel")

    assert thumbor(fails) is None
    assert "pip found no wheel" in capsys.readouterr().err
    assert thumbor(lambda folder, *lists: folder) == THUMBOR


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-thumbor.txt", "requirements-node.txt"])
def test_python_peers_are_exact(name: str) -> None:
    lines = (ROOT / "bench" / name).read_text().splitlines()
    assert all(re.fullmatch(r"[A-Za-z0-9-]+==[0-9.]+", line) for line in lines if not line.startswith("#"))


def test_peers_are_exact_and_their_lock_names_no_registry() -> None:
    wanted = json.loads((ROOT / "bench/peers/package.json").read_text())["dependencies"]
    lock = json.loads((ROOT / "bench/peers/package-lock.json").read_text())["packages"]
    assert re.fullmatch(r"0\.35\.\d+", wanted["sharp"])
    assert lock["node_modules/sharp"]["version"] == wanted["sharp"]
    installed = [entry for path, entry in lock.items() if path]
    assert all(entry["integrity"] for entry in installed)
    assert not any("resolved" in entry for entry in installed)

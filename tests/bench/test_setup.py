from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.setup import THUMBOR, BenchSetupError, Node, NodeMissing, explain, find_node, thumbor
from measurement.stamps import ROOT

HERE = Node(Path("node"), ("npm",))


def no_wheel() -> Node:
    raise BenchSetupError("pip could not find it")


def test_a_node_on_the_path_is_used_and_nothing_is_installed() -> None:
    assert find_node(lambda: HERE, no_wheel) == HERE


def test_without_node_the_wheel_is_installed() -> None:
    assert find_node(lambda: None, lambda: HERE) == HERE


def test_without_either_the_message_says_what_to_install(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NodeMissing) as caught:
        find_node(lambda: None, no_wheel)
    assert explain(caught.value) == 3
    message = capsys.readouterr().err
    assert all(
        word in message for word in ("Node.js 20.9", "npm", "bench/requirements-node.txt", "pip could not find it")
    )


def test_without_thumbor_the_reason_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    def fails(folder: Path, *requirements: Path) -> Path:
        assert (folder, [path.name for path in requirements]) == (THUMBOR, ["requirements-thumbor.txt"])
        raise BenchSetupError("pip found no wheel")

    assert thumbor(fails) is None
    assert "pip found no wheel" in capsys.readouterr().err
    assert thumbor(lambda folder, *requirements: folder) == THUMBOR


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-thumbor.txt", "requirements-node.txt"])
def test_python_peers_are_exact(name: str) -> None:
    lines = (ROOT / "bench" / name).read_text().splitlines()
    assert all(re.fullmatch(r"[A-Za-z0-9-]+==[0-9.]+", line) for line in lines if not line.startswith("#"))


def test_peers_are_exact_and_their_lock_names_no_registry() -> None:
    pinned = json.loads((ROOT / "bench/peers/package.json").read_text())["dependencies"]
    lock = json.loads((ROOT / "bench/peers/package-lock.json").read_text())["packages"]
    assert re.fullmatch(r"0\.35\.\d+", pinned["sharp"])
    assert lock["node_modules/sharp"]["version"] == pinned["sharp"]
    installed = [entry for path, entry in lock.items() if path]
    assert all(entry["integrity"] for entry in installed)
    assert not any("resolved" in entry for entry in installed)


def test_only_the_standard_library_is_needed_to_set_up() -> None:
    """``python -m bench`` runs before any requirement is installed; -S leaves out what is installed here."""
    code = "import bench.__main__, sys; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) - sys.stdlib_module_names <= {"bench", "measurement", "__main__"}

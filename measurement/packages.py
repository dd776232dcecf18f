"""Builds packages as Lambda unpacks them: ours, a bare app's by the same steps, and naive ones, as Zappa makes them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from infra.package import pins
from infra.package.assemble import REQUIREMENTS, app_files, assemble, wheel_options
from infra.package.build_step import run_step
from infra.package.bundle import bundle_tree
from infra.package.bytecode import compile_tree
from infra.package.interpreters import Interpreter, find_interpreter
from infra.package.lambda_runtime import PROVIDED
from measurement import zappa_package
from measurement.processes import clean_environment
from measurement.stamps import BUILD, ROOT, build_once, stamp

BARE = """from apig_wsgi import make_lambda_handler

from bare_app import app

handler = make_lambda_handler(app, binary_support=True)
"""
NAIVE = f"""import boto3
import requests

s3 = boto3.client("s3")
session = requests.Session()

{BARE}"""
BARE_APP_FILE = Path(__file__).with_name("bare_app.py")
BARE_INBOX_FILE = Path(__file__).with_name("bare_inbox.py")


class Packages(msgspec.Struct, frozen=True):
    """Directories to put on PYTHONPATH, and the Python they are built for; ``sdk`` is boto3, as the runtime has it.

    ``not_postponed`` is ours with nothing postponed.
    """

    python: Interpreter
    ours: Path
    not_postponed: Path
    bare: Path
    inbox: Path
    naive: Path
    sdk: Path

    def search_path(self, name: str, *, with_sdk: bool = False) -> str:
        """Return the PYTHONPATH of a package by its name; ``inbox`` and ``naive`` import the SDK always."""
        own = (self.inbox, self.bare) if name == "inbox" else (getattr(self, name),)
        needs_sdk = with_sdk or name in ("inbox", "naive")
        return os.pathsep.join(map(str, (*own, self.sdk) if needs_sdk else own))


def build_packages() -> Packages:
    """Return all packages, rebuilding those whose parts changed; raise BuildFailed.

    They are built for a Python of the runtime's version if this machine has one, else for the running one.
    """
    python = find_interpreter(None, os.environ, allow_other=True)
    builders: dict[str, Callable[[Path, Interpreter], None]]
    builders = {
        "ours": _build_ours,
        "not_postponed": _build_not_postponed,
        "bare": _build_bare,
        "inbox": _build_inbox,
        "naive": _build_naive,
        "sdk": _build_sdk,
    }
    return Packages(python, **{name: _built(name, build, python) for name, build in builders.items()})


def build_zappa_package(python: Interpreter) -> Path:
    """Return the bare app's package as ``zappa package`` makes it, rebuilt when its parts change; raise BuildFailed."""
    return _built("zappa", lambda tree, python: zappa_package.build(tree, BARE_APP_FILE, python), python)


def _built(name: str, build: Callable[[Path, Interpreter], None], python: Interpreter) -> Path:
    folder = BUILD / "packages" / name
    expected = stamp(str(python), *_parts(ours=name in ("ours", "not_postponed")))

    def rebuild() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        build(folder / "task", python)

    build_once(folder, expected, rebuild)
    return folder / "task"


def _parts(*, ours: bool) -> Iterator[str]:
    """Yield the content of every file that a package is built from."""
    files = [
        Path(__file__),
        Path(zappa_package.__file__),
        ROOT / "requirements.txt",
        ROOT / REQUIREMENTS,
        BARE_APP_FILE,
        BARE_INBOX_FILE,
    ]
    files += sorted((ROOT / "infra" / "package").glob("*.py"))
    files += [ROOT / name for name in app_files(ROOT)] if ours else []
    yield from (path.read_bytes().hex() for path in files)


def _build_ours(tree: Path, python: Interpreter) -> None:
    assemble(tree, ROOT, python=python)
    compile_tree(tree, python)
    bundle_tree(tree)


def _build_not_postponed(tree: Path, python: Interpreter) -> None:
    shutil.copytree(_built("ours", _build_ours, python), tree)
    postpone_nothing(tree, python.path)


def postpone_nothing(tree: Path, python: Path) -> None:
    """Take the use of stand-ins out of the ``wsgi.py`` of a package of ours."""
    path = tree / "wsgi.py"
    source = path.read_text()
    changed = source.replace("with PostponedImports() if on_lambda else nullcontext():", "with nullcontext():")
    if changed == source:
        raise RuntimeError("wsgi.py postpones imports in another way than this expects")
    path.write_text(changed)
    command = [str(python), "-m", "compileall", "-q", "-f", "--invalidation-mode", "timestamp", str(path)]
    run_step(command, failed="wsgi.py does not compile")


def _build_bare(tree: Path, python: Interpreter) -> None:
    """Build a project that has our requirements and the bare app by the steps that build ours."""
    project = tree.parent / "project"
    project.mkdir(parents=True)
    shutil.copy(ROOT / REQUIREMENTS, project)
    assemble(tree, project, python=python)
    _write_app(tree, BARE)
    compile_tree(tree, python)


def _build_inbox(tree: Path, python: Interpreter) -> None:
    """Build the handler that only takes S3 events; its libraries are those of the bare app."""
    tree.mkdir(parents=True)
    shutil.copy(BARE_INBOX_FILE, tree / "wsgi.py")
    compile_tree(tree, python)


def _build_naive(tree: Path, python: Interpreter) -> None:
    """Build as Zappa does: its bytecode is checked by date, and all dates are 1980, so none of it is used."""
    _install(tree, python, "-r", str(ROOT / REQUIREMENTS))
    _write_app(tree, NAIVE)
    _compile(tree, python)
    for path in tree.rglob("*"):
        os.utime(path, (zappa_package.ZIP_EPOCH, zappa_package.ZIP_EPOCH))


def _build_sdk(tree: Path, python: Interpreter) -> None:
    """Install boto3 as the runtime has it, with bytecode that is used."""
    pinned = pins.read((ROOT / "requirements.txt").read_text())
    _install(tree, python, *(f"{pin.name}{pin.specifier}" for pin in pinned if pin.name in PROVIDED))
    _compile(tree, python)


def _write_app(tree: Path, handler: str) -> None:
    shutil.copy(BARE_APP_FILE, tree)
    (tree / "wsgi.py").write_text(handler)


def _install(tree: Path, python: Interpreter, *what: str) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    command += ["--root-user-action=ignore", "--no-deps", *wheel_options(python), "--target", str(tree), *what]
    run_step(command, failed="pip could not install the naive package")


def _compile(tree: Path, python: Interpreter) -> None:
    run_step([str(python.path), "-m", "compileall", "-q", str(tree)], failed="a module does not compile")


def lambda_environment(search_path: str, storage: Path) -> dict[str, str]:
    """Return the variables of a process on Lambda, with ``storage`` in place of a bucket and public access."""
    return clean_environment(
        PYTHONPATH=search_path,
        PYTHONDONTWRITEBYTECODE="1",  # /var/task is read-only
        AWS_LAMBDA_FUNCTION_NAME="bench",
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE="1769",
        AWS_DEFAULT_REGION="eu-west-1",
        AWS_EC2_METADATA_DISABLED="true",
        MONOLAMBDA_STORAGE=str(storage),
        MONOLAMBDA_SECRET="bench" * 8,
        MONOLAMBDA_PUBLIC="true",
        MONOLAMBDA_LOG_LEVEL="error",
    )

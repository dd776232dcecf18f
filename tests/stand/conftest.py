"""A stand for each module here, so that it ends with it, and the user's copy of the project that is deployed to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from infra.package.interpreters import Interpreter
from tests.live.lambda_package.conftest import carried
from tests.stand.aws import Stand
from tests.stand.project import Project
from tests.support.packaged import package_environ, package_python, package_zip, pytest_terminal_summary

__all__ = ["carried", "package_environ", "package_python", "package_zip", "pytest_terminal_summary"]


@pytest.fixture(scope="module")
def stand(package_python: Interpreter, carried: Path) -> Iterator[Stand]:
    """Start an AWS with the bucket that Zappa uploads through; it must not fail itself."""
    with Stand(package_python.path, carried) as running:
        running.bucket("monolambda-deploy")
        yield running
        assert running.broken == []


@pytest.fixture(scope="module")
def project(
    stand: Stand,
    package_environ: Mapping[str, str],
    package_python: Interpreter,
    tmp_path_factory: pytest.TempPathFactory,
) -> Project:
    """Copy the project and put names of one's own where ``EXAMPLE`` stands, as ``docs/deploy.md`` says."""
    copy = Project(tmp_path_factory.mktemp("project"), {**package_environ, **stand.deployer()})
    for path in (copy.root / "zappa_settings.json", *(copy.root / "infra").glob("policy*.json")):
        copy.replace(str(path.relative_to(copy.root)), "EXAMPLE", stand.suffix)
    if not package_python.is_runtime:
        # a user could not deploy at all; what is built with another Python is said at the end of the run
        copy.replace("infra/package/zappa_callbacks.py", '"infra.package",', '"infra.package", "--allow-other-python",')
    copy.commit("Our names")
    return copy

"""A local AWS for each test module, and the user's copy of the project that is deployed to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from infra.package.interpreters import Interpreter
from tests.stand.local_aws import LocalAws
from tests.stand.moto_backend import forget_account
from tests.stand.project import Project


@pytest.fixture(scope="module")
def local_aws(package_python: Interpreter, runtime_libraries: Path) -> Iterator[LocalAws]:
    """Start an AWS with the bucket that Zappa uploads through; fail if it fails itself."""
    with LocalAws(package_python.path, runtime_libraries) as running:
        running.create_bucket("monolambda-deploy")
        yield running
        assert running.errors == []
    forget_account()


@pytest.fixture(scope="module")
def project(
    local_aws: LocalAws,
    package_environ: Mapping[str, str],
    package_python: Interpreter,
    tmp_path_factory: pytest.TempPathFactory,
) -> Project:
    """Copy the project and replace ``EXAMPLE`` with unique names, as ``docs/deploy.md`` says."""
    copy = Project(tmp_path_factory.mktemp("project"), {**package_environ, **local_aws.deployer_environ()})
    copy.replace("zappa_settings.json", "EXAMPLE", local_aws.suffix)
    if not package_python.is_runtime:
        # a user could not deploy at all; the summary of the run says that another Python was used
        copy.replace("infra/zappa_callbacks.py", '"infra.package",', '"infra.package", "--allow-other-python",')
    copy.commit("Our names")
    return copy

"""`make prove` deploys, tries, measures and undeploys, and says where it did so."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from infra.prove import PROOF, Proof
from tests.stand import minimal_function, stack
from tests.stand.deploy_lifecycle import KEY, NAME, put_secrets
from tests.stand.deployed_stage import leftovers
from tests.stand.local_aws import LocalAws
from tests.stand.project import CommandResult, Project


def _prove(project: Project) -> CommandResult:
    # the environment is there already: `make setup` was said before
    binaries = Path(project.environ["VIRTUAL_ENV"], "bin")
    return project.run(
        "make", "--old-file=.venv/.run", f"BIN={binaries}", "prove", "STAGE=dev", f"KEY={KEY}", "COLD_STARTS=3"
    )


@pytest.fixture
def secrets(local_aws: LocalAws, project: Project) -> None:
    """Create the stack and its secrets, as the page says before a proof."""
    stack.create(local_aws, project.root, "dev")
    put_secrets(local_aws, "dev")


def test_a_proof_measures_a_stage_and_leaves_nothing(
    local_aws: LocalAws, project: Project, secrets: None, package_zip: Path
) -> None:
    project.ship(package_zip)
    done = _prove(project)
    assert done.status == 0, done.errors
    proof = msgspec.json.decode((project.root / PROOF).read_bytes(), type=Proof)
    assert proof.endpoint.startswith("127.0.0.1:")
    assert proof.endpoint == local_aws.url.removeprefix("http://")
    assert len(proof.cold_starts) == 3
    assert all(start.init_ms > 10 for start in proof.cold_starts)
    assert proof.init_ratio == round(proof.init_ms.median / proof.lab_init_ms.median, 3)
    assert {"POST /upload", "GET /healthz"} <= {each.request for each in proof.requests}
    assert local_aws.client("sts").get_caller_identity()["Account"] not in (project.root / PROOF).read_text()
    assert leftovers(local_aws, NAME) == []

    minimal_function.create(local_aws, NAME)
    refused = _prove(project)
    assert refused.status != 0
    assert f"{NAME} exists: make prove would undeploy it" in refused.errors
    assert local_aws.client("lambda").get_function(FunctionName=NAME)

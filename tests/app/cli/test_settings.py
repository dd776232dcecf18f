"""Settings are shown with where they come from, secrets without their text."""

from __future__ import annotations

from app.core.config import Settings
from tests.app.cli.conftest import Run


def test_every_setting_is_shown_with_its_meaning(run: Run) -> None:
    lines = run("settings").output.splitlines()
    assert [line.split(" = ")[0] for line in lines[::2]] == [
        f"MONOLAMBDA_{name.upper()}" for name in Settings.__struct_fields__
    ]
    assert all(line.strip().startswith("default: ") for line in lines[1::2])


def test_secrets_are_masked_and_references_are_not(run: Run) -> None:
    output = run(
        "settings",
        secret="do not show:this",
        api_keys=("a" * 64, "ssm:/monolambda/dev/api-keys"),
        signing_keys=("web:nor this",),
    ).output
    assert "do not show" not in output
    assert "nor this" not in output
    assert "a" * 64 not in output
    assert "MONOLAMBDA_SECRET = ***\n" in output
    assert "MONOLAMBDA_API_KEYS = ***,ssm:/monolambda/dev/api-keys" in output
    assert "MONOLAMBDA_SIGNING_KEYS = web:***" in output


def test_only_what_the_environment_sets(run: Run) -> None:
    done = run("settings", "--changed", widths=(100, 200), variables=("MONOLAMBDA_WIDTHS", "HOME"))
    assert done.output.splitlines()[0] == "MONOLAMBDA_WIDTHS = 100,200"
    assert done.output.splitlines()[1].strip().startswith("environment: ")
    assert len(done.output.splitlines()) == 2

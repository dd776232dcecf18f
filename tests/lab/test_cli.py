"""The command line after ``make run``, with nothing installed but requirements.txt."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from lab.cli import COMMANDS
from measurement.stamps import ROOT
from tests.support.lab.command_line import one_line

# what serve and invoke need besides requirements.txt
RUNTIME_CLIENT = ("awslambdaric", "simplejson", "snapshot-restore-py")


FEW_FILES = """
import resource
from lab.cli import main

most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (64, most))
main(["cost", "--json"], {})
print("files:", resource.getrlimit(resource.RLIMIT_NOFILE) == (most, most))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with the packages of requirements.txt and no others."""
    return install(tmp_path_factory.mktemp("site"), required("requirements.txt"))


def required(name: str) -> list[str]:
    found: list[str] = []
    for line in (ROOT / name).read_text().splitlines():
        if line.startswith("-r "):
            found += required(line.split()[1])
        elif match := re.match(r"([\w.-]+)==", line):
            found.append(match[1])
    return found


def install(site: Path, names: list[str] | tuple[str, ...]) -> Path:
    """Link every file and directory that these installed packages consist of."""
    site.mkdir(exist_ok=True)
    for name in names:
        distribution = metadata.distribution(name)
        for top in {file.parts[0] for file in distribution.files or [] if file.parts[0] != ".."}:
            link = site / top
            if not link.exists():
                link.symlink_to(Path(str(distribution.locate_file(top))))
    return site


def lab(site: Path, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command with these packages alone: ``-S`` leaves out what is installed here."""
    return subprocess.run(
        [sys.executable, "-S", "-m", "lab", *arguments],
        cwd=ROOT,
        env={"PYTHONPATH": str(site), "PATH": "/usr/bin:/bin"},
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_numpy_and_the_runtime_client_are_not_installed(site: Path) -> None:
    assert not (site / "numpy").exists()
    assert not (site / "awslambdaric").exists()
    assert (site / "flask").exists()


def test_cost_needs_nothing_else(site: Path) -> None:
    done = lab(site, "cost", "--requests", "1e6", "--json")
    assert json.loads(done.stdout)["region"] == "us-east-1", done.stderr


def test_a_command_may_open_as_many_files_as_the_system_allows() -> None:
    command = [sys.executable, "-c", FEW_FILES]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.splitlines()[-1] == "files: True", done.stderr


def test_report_needs_nothing_else(site: Path, tmp_path: Path) -> None:
    done = lab(site, "report", "--page", str(tmp_path / "page.html"))
    assert done.returncode == 0, done.stderr
    assert "<svg" in (tmp_path / "page.html").read_text()


def test_validate_needs_nothing_else_for_a_function_elsewhere(site: Path) -> None:
    options = ["--function", "probe", "--endpoint-url", "http://127.0.0.1:1"]
    assert "Could not connect to the endpoint" in one_line(lab(site, "validate", *options))


def test_the_help_names_every_command(site: Path) -> None:
    done = lab(site, "--help")
    assert done.returncode == 0, done.stderr
    for command, summary in COMMANDS.items():
        assert re.search(rf"^    {command} +{re.escape(summary.split()[0])}", done.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        (["serve", "--port", "0"], "awslambdaric"),
        (["invoke", "-"], "awslambdaric"),
        (["tune", "--event", "-"], "awslambdaric"),
        (["validate"], "awslambdaric"),
        (["simulate"], "numpy"),
    ],
)
def test_a_command_with_a_missing_package_names_it_in_one_line(site: Path, arguments: list[str], missing: str) -> None:
    line = one_line(lab(site, *arguments, text="{}"))
    assert missing in line
    assert "`make setup`" in line


def test_invoke_needs_no_more_than_the_runtime_client(tmp_path: Path, package: Path) -> None:
    site = install(tmp_path / "site", [*required("requirements.txt"), *RUNTIME_CLIENT])
    options = ["--package", str(package), "--handler", "probe.handler"]
    done = lab(site, "invoke", "-", *options, text='{"do": "echo", "value": 7}')
    assert (done.returncode, done.stdout) == (0, "7\n"), done.stderr

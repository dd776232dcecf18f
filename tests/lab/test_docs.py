"""The fidelity table names every trait, and tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

from lab.accounts.package import PROJECT
from lab.cli import _parser
from lab.traits import Traits

DOCS = (PROJECT / "docs" / "lab.md").read_text()


def rows() -> list[list[str]]:
    table = DOCS.split("## Fidelity")[1].split("###")[0]
    lines = [line for line in table.splitlines() if line.startswith("| ")][1:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_trait_has_a_row() -> None:
    named = [row[2].strip("`") for row in rows() if row[2]]
    assert sorted(named) == sorted(Traits.__struct_fields__)


def test_every_row_names_a_test_that_exists() -> None:
    written = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    for row in rows():
        assert f"def {row[3].strip('`')}(" in written, row[3]


def test_every_option_of_serve_run_and_report_is_described() -> None:
    commands = next(action for action in _parser()._actions if action.dest == "command")
    assert commands.choices
    for command in ("serve", "run", "report"):
        actions = commands.choices[command]._actions  # type: ignore[call-overload]
        for name in [name for action in actions for name in action.option_strings]:
            if name not in ("-h", "--help"):
                assert re.search(rf"{name}\b", DOCS), name

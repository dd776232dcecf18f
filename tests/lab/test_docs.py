"""docs/lab.md against the code: every trait has a row and a test that exists, and every option is described."""

from __future__ import annotations

import argparse
import re
from importlib import import_module
from pathlib import Path

import pytest

from lab.traits import Traits
from measurement.stamps import ROOT

DOCS = (ROOT / "docs" / "lab.md").read_text()


def rows() -> list[list[str]]:
    table = DOCS.split("## Fidelity")[1].split("###")[0]
    lines = [line for line in table.splitlines() if line.startswith("| ")][1:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_trait_has_a_row() -> None:
    named = [row[2].strip("`") for row in rows() if row[2]]
    assert sorted(named) == sorted(Traits.__struct_fields__)


def test_every_row_names_tests_that_exist() -> None:
    written = "".join(path.read_text() for path in Path(__file__).parent.rglob("test_*.py"))
    for row in rows():
        for name in row[3].split(", "):
            assert re.fullmatch("`test_[a-z_0-9]+`", name), row
            assert f"def {name.strip('`')}(" in written, name


@pytest.mark.parametrize("command", ["serve", "tour", "replay", "run", "report", "validate", "tune"])
def test_every_option_is_described(command: str) -> None:
    parser = argparse.ArgumentParser()
    import_module(f"lab.commands.{command}").configure(parser)
    options = [name for action in parser._actions for name in action.option_strings if name not in ("-h", "--help")]
    assert options
    for name in options:
        assert re.search(rf"{name}\b", DOCS), name

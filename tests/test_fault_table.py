"""The table of faults: every row names a test that exists and still runs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROWS = [line for line in (ROOT / "docs/faults.md").read_text().splitlines() if re.match(r"\| (?!promise|---)", line)]
# what docs/faults.md has to cover, each by a word of its rows
FAULTS = (
    *("refuses", "denies", "resets", "hangs", "half", "full", "read-only", "loses it between the check"),
    *("says nothing", "drips", "lies", "SIGKILL at every", "clock jumps", "set back", "receive them at once"),
    *("a resize is running", "power cut"),
)


def functions(path: Path) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", ROWS)
def test_a_row_names_a_test(row: str) -> None:
    promise, fault, test, seen = [cell.strip() for cell in row.strip("|").split(" | ")]
    assert promise
    assert fault
    assert seen
    path, _, name = test.strip("`").partition("::")
    found = functions(ROOT / path)
    assert name in found, f"{path} has no test of that name"
    assert "skip" not in " ".join(ast.unparse(each) for each in found[name].decorator_list)


def test_every_kind_of_fault_has_a_row() -> None:
    text = "\n".join(ROWS)
    assert [fault for fault in FAULTS if fault not in text] == []

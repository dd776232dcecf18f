"""The table of faults: every row names a test that exists and still runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support import named_tests

ROOT = Path(__file__).parent.parent
ROWS = [line for line in (ROOT / "docs/faults.md").read_text().splitlines() if re.match(r"\| (?!promise|---)", line)]
# what docs/faults.md has to cover, each by a word of its rows
FAULTS = (
    *("refuses", "denies", "resets", "hangs", "half", "full", "read-only", "loses it between the check"),
    *("says nothing", "drips", "lies", "SIGKILL at every", "clock jumps", "set back", "receive them at once"),
    *("a resize is running", "power cut", "every option and alias beside a preset"),
)


@pytest.mark.parametrize("row", ROWS)
def test_a_row_names_a_test(row: str) -> None:
    promise, fault, test, seen = [cell.strip() for cell in row.strip("|").split(" | ")]
    assert promise
    assert fault
    assert seen
    named_tests.check(test)


def test_every_kind_of_fault_has_a_row() -> None:
    text = "\n".join(ROWS)
    assert [fault for fault in FAULTS if fault not in text] == []

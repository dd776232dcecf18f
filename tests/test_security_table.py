"""The table of threats: every row names an asset, a threat, a defense, and a test that exists and still runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support import named_tests

ROOT = Path(__file__).parent.parent
ROWS = [line for line in (ROOT / "docs/security.md").read_text().splitlines() if re.match(r"\| (?!asset|---)", line)]
# what the table has to cover, each by a word of its rows
THREATS = (
    *("dear to parse", "decompression bomb", "HEIC", "no image", "beside a signed query", "metadata=all", "forged"),
    *("a proxy on this machine", "proxy_pass", "another user", "is empty", "end up in a log", "SSRF", "DNS rebinding"),
    *("another site", "page with a script", "setup.exe", "X-Forwarded-Proto", "key holder", "token", "preset"),
    *("one purpose", "was locked", "known vulnerability", "tells what is stored"),
)


@pytest.mark.parametrize("row", ROWS)
def test_a_row_names_a_test(row: str) -> None:
    asset, threat, defense, tests = [cell.strip() for cell in row.strip("|").split(" | ")]
    assert asset
    assert threat
    assert defense
    for test in tests.split(", "):
        named_tests.check(test)


def test_every_threat_has_a_row() -> None:
    text = "\n".join(ROWS)
    assert [threat for threat in THREATS if threat not in text] == []


def test_a_name_that_no_test_has_is_noticed() -> None:
    with pytest.raises(AssertionError, match="has no test"):
        named_tests.check("`tests/test_security_table.py::test_nothing`")

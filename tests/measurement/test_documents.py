from __future__ import annotations

import pytest

from measurement.documents import replace_block

BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"


def test_only_the_block_between_the_markers_changes() -> None:
    text = f"# Title\n{BEGIN}\nold\n{END}\nrest\n"
    assert replace_block(text, "new", "bench") == f"# Title\n{BEGIN}\nnew\n{END}\nrest\n"
    assert replace_block(replace_block(text, "new", "bench"), "old", "bench") == text


@pytest.mark.parametrize("text", ["none", BEGIN, f"{END} {BEGIN}", f"{BEGIN}{END}{BEGIN}{END}"])
def test_missing_or_doubled_markers_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected one"):
        replace_block(text, "new", "bench")

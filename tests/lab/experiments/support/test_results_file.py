"""The file of findings."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.errors import SetupError
from lab.experiments.support import results_file


@pytest.mark.parametrize(("text", "says"), [(None, "No such file"), ("{}", "is not what"), ("x", "is not what")])
def test_a_file_without_findings_is_reported_in_one_line(tmp_path: Path, text: str | None, says: str) -> None:
    path = tmp_path / "results.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SetupError, match=says):
        results_file.read(path)

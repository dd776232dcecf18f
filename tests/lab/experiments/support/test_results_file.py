"""The file of findings."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.errors import SetupError
from lab.experiments.support import results_file
from lab.output_file import OutputFile
from tests.support.lab.findings import findings


@pytest.mark.parametrize(
    ("text", "says"), [(None, "No such file"), ("{}", "expected the findings"), ("x", "expected the findings")]
)
def test_a_file_without_findings_is_reported_in_one_line(tmp_path: Path, text: str | None, says: str) -> None:
    path = tmp_path / "results.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SetupError, match=says):
        results_file.read(path)


def test_a_link_stays_and_what_it_points_to_is_replaced(tmp_path: Path) -> None:
    target, link = tmp_path / "results.json", tmp_path / "link.json"
    link.symlink_to(target)
    for _ in range(2):
        with OutputFile(link) as out:
            results_file.write(out, findings())
    assert link.readlink() == target
    assert results_file.read(target) == findings()
    assert sorted(tmp_path.iterdir()) == [link, target]

"""``python -m lab report``."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import cli
from lab.experiments.support import results_file
from lab.report.page import page


def test_the_page_can_be_written_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "page.html"
    assert cli.main(["report", "--page", str(out)], {}) == 0
    assert out.read_text() == page(results_file.read(results_file.RESULTS))
    assert cli.main(["report", "--results", str(tmp_path / "none.json")], {}) == 1
    assert "No such file" in capsys.readouterr().err
    assert cli.main(["report", "--page", str(tmp_path / "none" / "page.html")], {}) == 1
    assert "page.html: No such file" in capsys.readouterr().err

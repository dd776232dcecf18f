"""The file of findings."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lab.errors import SetupError
from lab.experiments.support import results_file
from tests.support.lab.findings import findings


@pytest.mark.parametrize(("text", "says"), [(None, "No such file"), ("{}", "is not what"), ("x", "is not what")])
def test_a_file_without_findings_is_reported_in_one_line(tmp_path: Path, text: str | None, says: str) -> None:
    path = tmp_path / "results.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SetupError, match=says):
        results_file.read(path)


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe, copy = tmp_path / "pipe", tmp_path / "copy.json"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        text = pool.submit(pipe.read_bytes)
        results_file.write(pipe, findings())
        copy.write_bytes(text.result())
    assert pipe.is_fifo()
    assert results_file.read(copy) == findings()

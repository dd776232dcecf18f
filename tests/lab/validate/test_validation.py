"""The file of runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.errors import SetupError
from lab.output_file import OutputFile
from lab.validate.validation import LAB, Observation, ProbeRun, Validation, is_aws, read, write

AWS = "lambda.eu-west-1.amazonaws.com"
RUN = ProbeRun(date="2026-11-26", function={}, observations=(Observation(trait="a", source="s", seen="yes"),))


def test_a_run_is_kept_beside_those_of_other_places(tmp_path: Path) -> None:
    path = tmp_path / "new" / "validation.json"
    assert read(path) == Validation()
    with OutputFile(path, make_parents=True) as out:
        write(out, Validation(runs={AWS: RUN}).with_run(LAB, RUN))
    assert read(path).runs == {AWS: RUN, LAB: RUN}


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (AWS, True),
        ("lambda.cn-north-1.amazonaws.com.cn", True),
        (LAB, False),
        ("127.0.0.1", False),
        ("amazonaws.com.example", False),
    ],
)
def test_only_lambda_s_own_host_is_aws(place: str, expected: bool) -> None:
    assert is_aws(place) is expected


def test_another_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text("[]")
    with pytest.raises(SetupError, match="expected the runs that `python -m lab validate` writes"):
        read(path)

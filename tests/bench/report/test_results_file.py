from __future__ import annotations

import json

import pytest

from bench.experiments import EXPERIMENTS
from bench.report.generated import RESULTS
from bench.report.results_file import decode, encode
from measurement.figures import Target
from measurement.json_value import UnexpectedJson
from tests.support.bench_results import experiment, results
from tests.support.figures import figure


def test_results_survive_the_file() -> None:
    written = results(0.9, quality=experiment(figure("JPEG", "SSIM", 0.94, "", Target(0.9, "at least"))))
    assert decode(encode(written)) == written


def test_the_file_says_what_was_missed() -> None:
    figures = [figure("JPEG", str(value), value, "×", Target(1.1)) for value in (0.9, 1.2)]
    cases = json.loads(encode(results(0.9, other=experiment(*figures))))["experiments"]["other"]["cases"]
    assert {name: cell.get("missed") for name, cell in cases["JPEG"].items()} == {"0.9": None, "1.2": True}


@pytest.mark.parametrize("unit", ["ms", "s"])
def test_a_measure_is_there_once_and_in_one_unit(unit: str) -> None:
    twice = experiment(figure("JPEG", "CPU", 1, "ms"), figure("JPEG" if unit == "ms" else "PNG", "CPU", 2, unit))
    with pytest.raises(ValueError, match="CPU is there twice or in two units"):
        encode(results(0.9, engine=twice))


@pytest.mark.parametrize("text", [b'{"machine": {}}', b"{"])
def test_another_file_is_refused(text: bytes) -> None:
    with pytest.raises(UnexpectedJson):
        decode(text)


def test_the_published_file_is_as_it_would_be_written_and_short_enough_to_review() -> None:
    text = RESULTS.read_bytes()
    assert encode(decode(text)) == text
    assert text.count(b"\n") <= 900


def test_every_experiment_is_published() -> None:
    assert list(decode(RESULTS.read_bytes()).experiments) == list(EXPERIMENTS)

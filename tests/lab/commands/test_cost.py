"""``python -m lab cost``: the bill as text and as JSON, and bad options."""

from __future__ import annotations

import json
import os
import shlex
import subprocess

import pytest

from lab.cli import main
from measurement.stamps import ROOT
from tests.support.lab.command_line import command


def test_the_bill_is_the_same_as_text_and_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["cost", "--requests", "1e6", "--memory", "1024", "--duration", "120", "--cold-share", "0"]
    assert main(arguments, {}) == 0
    text = capsys.readouterr().out
    assert main([*arguments, "--json"], {}) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["ways"][0]["total"] == pytest.approx(5.70, abs=0.001)
    assert len(answer["ways"]) == 6
    assert "5.70" in text
    assert f"{answer['ways'][0]['break_even_requests']:,.0f} requests a month" in text


def test_large_numbers_are_written_without_an_exponent(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", "--requests", "1e13"], {}) == 0
    assert capsys.readouterr().out.startswith("10,000,000,000,000 requests a month (3,810,000/s) of 120 ms ")


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        (
            ["--requests", "many", "--memory", "64", "--gateway", "soap", "--warm", "1.5"],
            [
                "lab: --requests: expected a number from 0 to 10,000,000,000,000, received 'many'",
                "lab: --memory: expected a whole number from 128 to 10,240, received '64'",
                "lab: --gateway: expected rest, http, url, received 'soap'",
                "lab: --warm: expected a whole number from 1 to 10,000, received '1.5'",
            ],
        ),
        (["--duration", "nan"], ["lab: --duration: expected a number from 0.001 to 900,000, received 'nan'"]),
        (["--prices", "2015", "--architecture", "arm"], ["lab: --architecture: there was no arm in 2015"]),
    ],
)
def test_every_bad_option_has_a_line(
    arguments: list[str], lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cost", *arguments], {}) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.splitlines() == lines


@pytest.mark.parametrize("buffered", [True, False])
def test_a_reader_that_has_seen_enough_is_no_error(buffered: bool) -> None:
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    environ |= {} if buffered else {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command("cost"), cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout
        assert running.stderr
        running.stdout.close()
        assert running.stderr.read() == b""


def test_without_a_standard_output_nothing_is_said() -> None:
    closed = f"exec {shlex.join(command('cost'))} >&-"
    done = subprocess.run(["sh", "-c", closed], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")

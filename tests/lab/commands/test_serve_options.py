"""The options of ``serve``: nonsense is refused with the range, and the rest describes a lab."""

from __future__ import annotations

import argparse
from pathlib import Path

from lab.commands.arguments import add_options, checked_values
from lab.commands.serve_options import OPTIONS, lab_options
from lab.local_lambda import Options
from tests.support.lab.command_line import run

NONSENSE = {
    "--memory 1": "expected a whole number from 128 to 10,240, received '1'",
    "--concurrency -5": "expected a whole number from 1 to 1,000,000, received '-5'",
    "--timeout 1.5": "expected a whole number from 1 to 900, received '1.5'",
    "--retry-scale 0": "expected a number from 0.0001 to 100, received '0'",
    "--port 70000": "expected a whole number from 0 to 65,535, received '70000'",
    "--idle never": "expected a number from 0.001 to 1,000,000, received 'never'",
    "--api soap": "expected v1, v2, url, received 'soap'",
    "--stage a/b": "expected 1 to 128 characters of [A-Za-z0-9_-], received 'a/b'",
}


def options(*arguments: str) -> Options:
    parser = argparse.ArgumentParser()
    add_options(parser, OPTIONS)
    return lab_options(checked_values(parser.parse_args(arguments), OPTIONS), failures=Path("given-up"))


def test_nonsense_is_refused_with_the_option_and_its_range() -> None:
    done = run("serve", *(word for option in NONSENSE for word in option.split()))
    assert done.returncode == 1
    expected = [f"lab: {option.split()[0]}: {problem}" for option, problem in NONSENSE.items()]
    assert sorted(done.stderr.splitlines()) == sorted(expected)


def test_invoke_refuses_the_same() -> None:
    done = run("invoke", "-", "--memory", "64", text="{}")
    expected = "lab: --memory: expected a whole number from 128 to 10,240, received '64'\n"
    assert (done.returncode, done.stderr) == (1, expected)


def test_the_invoke_api_has_the_next_port_unless_it_is_given_one() -> None:
    ports = [options(*given.split()) for given in ("", "--port 0", "--port 9000", "--port 9000 --invoke-port 7")]
    assert [(each.port, each.invoke_port) for each in ports] == [(8000, 8001), (0, 0), (9000, 9001), (9000, 7)]


def test_what_is_given_is_what_the_lab_does() -> None:
    made = options("--api", "url", "--scheme", "https", "--concurrency", "3", "--idle", "0.5", "--retry-scale", "0.1")
    assert (made.api, made.scheme, made.concurrency, made.traits.idle_s) == ("url", "https", 3, 0.5)
    assert (made.retry_scale, made.failures) == (0.1, Path("given-up"))
    assert options() == Options(port=8000, invoke_port=8001, failures=Path("given-up"))

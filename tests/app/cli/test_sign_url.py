"""Links signed on the command line are accepted by the server."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.container import Container
from tests.app.cli.conftest import Run
from tests.conftest import FakeClock
from tests.support.http_client import SIGNING_KEY, problem

KEYS = (f"a:{SIGNING_KEY}",)
SOURCE = "url=http%3A%2F%2F127.0.0.1%2Fa.jpg"


def test_a_signed_link_is_let_in_and_a_changed_one_is_not(run: Run, client: Callable[..., FlaskClient]) -> None:
    link = run("sign-url", f"/info?{SOURCE}", signing_keys=KEYS).output.strip()
    http = client(signing_keys=KEYS)
    # past the signature, the address is what is refused
    assert "address" in problem(http.get(link), 403, "source_blocked")["detail"]
    problem(http.get(link.replace("a.jpg", "b.jpg")), 403, "signature_invalid")


def test_a_link_can_expire(run: Run, make_container: Callable[..., Container], clock: FakeClock) -> None:
    container = make_container(signing_keys=KEYS, now=clock)
    link = run("sign-url", f"/info?{SOURCE}", "--expires", "15m", container=container).output.strip()
    assert f"expires={int(clock()) + 900}" in link
    from app import create_app

    http = create_app(container).test_client()
    problem(http.get(link), 403, "source_blocked")
    clock.advance(901)
    problem(http.get(link), 403, "signature_expired")


@pytest.mark.parametrize("url", ["https://cdn.example/img/resize?id=1&w=40", "/resize?id=1&w=40"])
def test_what_is_signed_is_the_path_behind_the_prefix(run: Run, url: str) -> None:
    link = run("sign-url", url, signing_keys=KEYS, public_url="https://cdn.example/img").output.strip()
    bare = run("sign-url", "/resize?id=1&w=40", signing_keys=KEYS).output.strip()
    assert link == f"https://cdn.example/img{bare}"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["/upload"], "expected a path of /resize or /info"),
        (["/resize?id=1", "--expires", "soon"], "such as 15m"),
    ],
)
def test_what_cannot_be_signed_is_named(run: Run, arguments: list[str], words: str) -> None:
    done = run("sign-url", *arguments, signing_keys=KEYS)
    assert done.exit_code == 2
    assert words in done.output


def test_a_key_that_cannot_be_read_is_told_in_a_line(run: Run) -> None:
    done = run("sign-url", "/resize?id=1", signing_keys=("ssm:/nobody/made/this",), read_secrets=lambda names: {})
    assert done.exit_code == 1
    assert done.output == "Error: there is no secret in the SSM parameter /nobody/made/this\n"


def test_without_a_key_there_is_no_link(run: Run) -> None:
    done = run("sign-url", "/resize?id=1")
    assert done.exit_code == 1
    assert "MONOLAMBDA_SIGNING_KEYS" in done.output

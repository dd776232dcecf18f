"""Keys are made and hashed so that the server accepts them."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient

from tests.app.cli.conftest import Run


def test_a_new_key_opens_a_service_that_knows_its_hash(run: Run, client: Callable[..., FlaskClient]) -> None:
    lines = run("hash-key").output.splitlines()
    key, digest = lines[0].split()[-1], lines[-1]
    http = client(api_keys=(digest,))
    assert http.get("/status", headers={"Authorization": f"Bearer {key}"}).get_json()["mode"]
    assert http.get("/images", headers={"Authorization": f"Bearer {key}x"}).status_code == 401


def test_no_two_keys_are_the_same(run: Run) -> None:
    assert run("hash-key").output != run("hash-key").output


def test_a_key_that_exists_is_read_from_standard_input(run: Run) -> None:
    # printf %s abc | sha256sum
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert run("hash-key", "--stdin", stdin="abc\n").output == f"{expected}\n"


def test_an_empty_key_is_refused(run: Run) -> None:
    done = run("hash-key", "--stdin", stdin="\n")
    assert done.exit_code == 1
    assert "expected a key on standard input" in done.output

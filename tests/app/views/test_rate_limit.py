"""The rate limit at the door: who is refused, how, and who never is."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.container import Container
from app.runtime.log import Log
from tests.conftest import FakeClock
from tests.support.door import ON_LAMBDA
from tests.support.http_client import HTML, KEY_HASH, KEYED, problem

OTHER = {"environ_base": {"REMOTE_ADDR": "198.51.100.7"}}
LIMITED: dict[str, Any] = {"rate_limit": 0.5, "rate_burst": 3}


@pytest.fixture
def limited(client: Callable[..., FlaskClient], make_container: Callable[..., Container], clock: FakeClock) -> Any:
    return client(make_container(clock=clock, **LIMITED))


def test_a_client_over_the_limit_is_refused_with_the_time_to_wait(limited: FlaskClient, clock: FakeClock) -> None:
    assert [limited.get("/docs").status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = limited.get("/docs")
    members = problem(answer, 429, "rate_limited")
    assert answer.headers["Retry-After"] == "2"
    assert "MONOLAMBDA_RATE_LIMIT" in members["detail"]
    assert "wait 2 s" in limited.get("/docs", headers=HTML).text
    clock.advance(2.0)
    assert limited.get("/docs").status_code == 200


def test_other_clients_are_not_refused_for_it(limited: FlaskClient) -> None:
    for _ in range(5):
        limited.get("/docs")
    assert limited.get("/docs", **OTHER).status_code == 200


def test_requests_of_any_kind_count_and_none_is_looked_at_once_refused(limited: FlaskClient) -> None:
    for path in ("/nowhere", "/resize?w=wide", "/status"):
        assert limited.get(path).status_code != 429
    problem(limited.post("/upload", data=b"no image"), 429, "rate_limited")


# what is refused by its head alone, before anything else looks at it
REFUSED_HEADS: dict[str, dict[str, Any]] = {
    "Host of another": {"headers": {"Host": "evil.example"}},
    "no host": {"headers": {"Host": "a b"}},
    "long query": {"query_string": "width=" + "9" * 40_000},
    "many parameters": {"query_string": "a&" * 2000},
    "long header": {"headers": {"X-Long": "x" * 9000}},
    "long parsed header": {"headers": {"Accept": "a" * 2000}},
    "many hops": {"headers": {"X-Forwarded-For": "198.51.100.9," * 80 + "127.0.0.1"}},
}


@pytest.mark.parametrize("refused", REFUSED_HEADS.values(), ids=REFUSED_HEADS)
@pytest.mark.parametrize("accept", [{}, HTML], ids=["program", "browser"])
def test_refused_heads_count(limited: FlaskClient, refused: dict[str, Any], accept: dict[str, str]) -> None:
    request = {**refused, "headers": {**accept, **refused.get("headers", {})}}
    assert {limited.get("/docs", **request).status_code for _ in range(3)} < {400, 414, 431}
    answer = limited.get("/docs", **request)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
    assert "evil" not in answer.text
    assert limited.get("/docs").status_code == 429
    assert limited.get("/docs", **OTHER).status_code == 200


@pytest.mark.parametrize("before", ["", "x" * 2000 + ", ", "192.0.2.1, " * 200, "1" * 1011 + ","])
def test_refused_heads_count_for_the_client_behind_the_proxy(
    client: Callable[..., FlaskClient], make_container: Callable[..., Container], clock: FakeClock, before: str
) -> None:
    """Whatever a client makes up, its proxy adds the address after it."""
    http = client(make_container(clock=clock, trusted_proxies=("127.0.0.1",), **LIMITED))

    def ask(address: str, **headers: str) -> int:
        return http.get("/docs", headers={"X-Forwarded-For": f"{before}{address}", **headers}).status_code

    assert [ask("203.0.113.9", Accept="a" * 2000) for _ in range(4)] == [431, 431, 431, 429]
    assert ask("203.0.113.8", Accept="a" * 2000) == 431
    assert http.get("/docs", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 429


def test_a_proxy_that_does_not_say_whom_it_speaks_for_is_counted_itself(
    client: Callable[..., FlaskClient], make_container: Callable[..., Container], clock: FakeClock
) -> None:
    """And not with every other such proxy."""
    http = client(make_container(clock=clock, trusted_proxies=("127.0.0.1", "198.51.100.7"), **LIMITED))
    assert [http.get("/docs").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert http.get("/docs", **OTHER).status_code == 200


def test_a_load_balancer_is_never_refused(limited: FlaskClient) -> None:
    assert {limited.get("/healthz").status_code for _ in range(20)} == {200}
    assert limited.get("/docs").status_code == 200


def test_a_key_does_not_lift_the_limit(
    client: Callable[..., FlaskClient], make_container: Callable[..., Container], clock: FakeClock
) -> None:
    """Otherwise one could guess keys without limit."""
    http = client(make_container(clock=clock, api_keys=(KEY_HASH,), **LIMITED))
    assert [http.get("/docs", headers=KEYED).status_code for _ in range(4)] == [200, 200, 200, 429]


def test_refusals_are_logged_and_counted(
    client: Callable[..., FlaskClient], make_container: Callable[..., Container], clock: FakeClock
) -> None:
    stream = io.StringIO()
    http = client(make_container(clock=clock, log=Log("info", stream=stream), **LIMITED))
    for _ in range(5):
        http.get("/docs")
    logged = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["status"], line["code"]) for line in logged[3:]] == [(429, "rate_limited")] * 2
    clock.advance(2.0)
    state = http.get("/status").get_json()
    assert state["rate_limit"] == {"refused": 2}
    assert state["routes"]["GET /docs"]["count"] == 5


def test_there_is_no_limit_on_lambda_or_by_default(
    client: Callable[..., FlaskClient], make_container: Callable[..., Container]
) -> None:
    on_lambda = make_container(platform=ON_LAMBDA, secret="s" * 32, public=True, **LIMITED)
    for http in (client(on_lambda), client()):
        assert {http.get("/docs").status_code for _ in range(60)} == {200}
        assert http.get("/status").get_json()["rate_limit"] == {"refused": 0}

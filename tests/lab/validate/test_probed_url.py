"""What a URL leads to, and what an answer that does not come leaves behind."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from lab.validate.probed_function import Undecided
from lab.validate.probed_url import ProbedUrl
from lab.validate.probes.gateway import probes
from lab.validate.probing import observe

URL = "https://abc123.execute-api.eu-west-1.amazonaws.com/dev/"
V2 = {"version": "2.0", "requestContext": {"domainName": "abc123.execute-api.eu-west-1.amazonaws.com"}}


def answering(event: dict[str, Any]) -> ProbedUrl:
    answer = SimpleNamespace(status_code=200, content=json.dumps(event).encode())
    return ProbedUrl(lambda *given, **more: answer, URL)


def unreachable(*given: Any, **more: Any) -> Any:
    raise ConnectionError(f"no route to {URL}")


@pytest.mark.parametrize(
    ("event", "api"),
    [
        ({"requestContext": {}}, "REST API"),
        ({"version": "1.0", "requestContext": {}}, "REST API"),
        (V2, "HTTP API"),
        ({**V2, "requestContext": {"domainName": "abc.lambda-url.eu-west-1.on.aws"}}, "Function URL"),
    ],
)
def test_the_event_tells_the_kind_of_gateway(event: dict[str, Any], api: str) -> None:
    assert answering(event).api == api


def test_a_url_that_does_not_answer_is_named_to_the_caller() -> None:
    with pytest.raises(Undecided, match=f"{URL}: no answer: ConnectionError"):
        _ = ProbedUrl(unreachable, URL).api


def test_an_observation_without_an_answer_does_not_have_the_address() -> None:
    (failure,) = (
        each
        for each in observe(ProbedUrl(unreachable, URL), probes("REST API"))
        if each.trait == "REST API: a function that fails"
    )
    assert (failure.verdict, failure.why) == ("not decided", "no answer: ConnectionError")


def test_every_kind_of_gateway_has_the_same_traits() -> None:
    rest, http, url = (
        {each.trait.partition(": ")[2] for each in probes(api)} for api in ("REST API", "HTTP API", "Function URL")
    )
    assert rest == http == url

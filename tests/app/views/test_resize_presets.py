"""Presets as the only thing that a stranger may ask for: nothing beside one may change what is made."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app import options
from app.options import describe
from tests.support.http_client import KEY_HASH, KEYED, problem, put, size

PRESET = {"preset": "thumb"}


@pytest.fixture
def http(client: Callable[..., FlaskClient]) -> FlaskClient:
    return client(api_keys=(KEY_HASH,), unsigned="presets", presets=("thumb:width=24&height=24&fit=cover",))


@pytest.fixture
def image_id(http: FlaskClient, photo: bytes) -> str:
    return put(http, photo, **KEYED)


def test_a_preset_alone_needs_no_signature(http: FlaskClient, image_id: str) -> None:
    assert size(http.get("/resize", query_string={"id": image_id, **PRESET})) == (24, 24)
    assert size(http.get("/resize", query_string={"id": image_id, **PRESET, "v": "2"})) == (24, 24)


@pytest.mark.parametrize("name", [*options.TYPES, *options.ALIASES])
def test_no_option_comes_in_beside_a_preset(http: FlaskClient, image_id: str, name: str) -> None:
    example = describe(options.ALIASES.get(name, name)).example
    for pairs in (
        [("id", image_id), *PRESET.items(), (name, example)],
        [(name, example), *PRESET.items(), ("id", image_id)],
    ):
        problem(http.get("/resize", query_string=pairs), 401, "unauthorized")


@pytest.mark.parametrize(
    "pairs",
    [
        [("id", "{id}")],
        [("id", "{id}"), ("preset", "thumb"), ("preset", "thumb")],
        [("id", "{id}"), ("preset", "thumb"), ("expires", "9999999999")],
        [("id", "{id}"), ("preset", "thumb"), ("", "")],
        [("id", "{id}"), ("Preset", "thumb")],
        [("id", "{id}"), ("preset", "thumb"), ("Width", "300")],
    ],
    ids=str,
)
def test_what_only_looks_like_a_preset_is_refused(
    http: FlaskClient, image_id: str, pairs: list[tuple[str, str]]
) -> None:
    query = [(name, value.format(id=image_id)) for name, value in pairs]
    problem(http.get("/resize", query_string=query), 401, "unauthorized")


def test_a_preset_opens_no_other_route(http: FlaskClient, image_id: str, photo: bytes) -> None:
    problem(http.get("/info", query_string={"id": image_id, **PRESET}), 401, "unauthorized")
    problem(http.post("/info?preset=thumb", data=photo, content_type="image/jpeg"), 401, "unauthorized")


def test_options_in_the_body_of_a_get_count_for_nothing(http: FlaskClient, image_id: str) -> None:
    answer = http.get("/resize", query_string={"id": image_id, **PRESET}, json={"width": 90})
    assert size(answer) == (24, 24)

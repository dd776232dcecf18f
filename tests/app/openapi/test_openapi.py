"""The OpenAPI document against the code: routes, parameters, errors and types, and requests that schemathesis makes."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator
from werkzeug.datastructures import MultiDict
from werkzeug.utils import cached_property

from app import create_app, options
from app.container import Container
from app.core import errors
from app.openapi.answers import ANSWERS
from app.openapi.problems import REMEDIES, all_errors
from app.storage import keys
from tests.app.openapi import conformance
from tests.support import drawing
from tests.support.http_client import HTML, put

ROOT = Path(__file__).parent.parent.parent.parent


@pytest.fixture
def container(make_container: Callable[..., Container]) -> Container:
    return make_container(presets=("thumb:width=96",))


@pytest.fixture
def described(container: Container) -> dict[str, Any]:
    found: dict[str, Any] = create_app(container).test_client().get("/openapi.json").get_json()
    return found


def resolved(described: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """Return what a reference leads to, or what is no reference."""
    if "$ref" in found:
        for name in found["$ref"].removeprefix("#/").split("/"):
            described = described[name]
        return described
    return found


def query_names(described: dict[str, Any], path: str, method: str) -> set[str]:
    given = described["paths"][path][method].get("parameters", ())
    parameters = [resolved(described, each) for each in given]
    return {each["name"] for each in parameters if each["in"] == "query"}


def test_the_validator_takes_the_document(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1.")
    assert [error.message for error in OpenAPIV31SpecValidator(described).iter_errors()] == []


def test_the_validator_sees_a_mistake(described: dict[str, Any]) -> None:
    del described["paths"]["/images/{image_id}"]["get"]["parameters"][0]
    assert list(OpenAPIV31SpecValidator(described).iter_errors())


def test_it_describes_every_route_and_no_other(container: Container, described: dict[str, Any]) -> None:
    rules = [rule for rule in create_app(container).url_map.iter_rules() if rule.endpoint != "static"]
    routes = {
        (rule.rule.replace("<", "{").replace(">", "}"), method.lower())
        for rule in rules
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(path, method) for path, methods in described["paths"].items() for method in methods} == routes


def test_ids_of_operations_are_unique(described: dict[str, Any]) -> None:
    ids = [operation["operationId"] for methods in described["paths"].values() for operation in methods.values()]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("method", ["get", "post"])
def test_every_option_is_a_parameter_of_resize(described: dict[str, Any], method: str) -> None:
    names = query_names(described, "/resize", method) - {"id", "url", "token", "v", "expires", "preset"}
    assert names == {*options.TYPES, *options.ALIASES}


@pytest.mark.parametrize("media_type", ["application/json", "multipart/form-data", "application/x-www-form-urlencoded"])
def test_every_option_is_a_member_of_a_body(described: dict[str, Any], media_type: str) -> None:
    schema = described["paths"]["/resize"]["post"]["requestBody"]["content"][media_type]["schema"]
    assert {*options.TYPES, *options.ALIASES, "id", "url", "token", "preset"} <= set(schema["properties"])


@pytest.mark.parametrize("path", ["/resize", "/info", "/srcset", "/images"])
def test_every_parameter_is_one_that_the_route_knows(
    client: Callable[..., FlaskClient], described: dict[str, Any], path: str
) -> None:
    http = client(presets=("thumb:width=96",))

    def is_unknown(name: str) -> bool:
        answer = http.get(path, query_string={name: "?"})
        details = [error["detail"] for error in (answer.json or {}).get("errors", ()) if error["parameter"] == name]
        return any("no such parameter" in detail or " only, each once" in detail for detail in details)

    assert is_unknown("nothing")
    assert [name for name in query_names(described, path, "get") if is_unknown(name)] == []


class Noting(MultiDict[str, str]):
    """The parameters of a request; notes the names that are asked for."""

    def __init__(self, given: MultiDict[str, str], noted: set[str]) -> None:
        super().__init__(given)
        self._noted = noted

    def __getitem__(self, key: str) -> str:
        self._noted.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self._noted.add(str(key))
        return super().__contains__(key)

    def getlist(self, key: str, *given: Any) -> list[Any]:
        self._noted.add(key)
        return super().getlist(key, *given)


@pytest.mark.parametrize("query", ["", "?uploaded=0"])
def test_every_parameter_that_a_route_asks_for_is_described(
    container: Container, described: dict[str, Any], photo: bytes, query: str
) -> None:
    """Options are read from all that is given and not by name, so they are none of these."""
    noted: set[str] = set()
    app = create_app(container)

    class Request(app.request_class):  # type: ignore[name-defined,misc]
        @cached_property
        def args(self) -> Noting:
            return Noting(super().args, noted)

    app.request_class = Request
    http = app.test_client()
    stored = put(http, photo)
    asked: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for path in described["paths"]:
        for method in described["paths"][path].keys() - {"delete"}:
            for headers in (HTML, {}):
                noted.clear()
                http.open(path.format(image_id=stored, job_id="0") + query, method=method.upper(), headers=headers)
                asked[path, method] |= noted
                # the signature is how to get in, and described as such
                assert noted - {"s"} <= query_names(described, path, method), (path, method)
    assert "uploaded" in asked["/", "get"], "the judge sees what is asked for"
    # a page that passes over what it does not know, so that nothing else tells
    assert query_names(described, "/login", "get") == asked["/login", "get"]


PHOTO = drawing.encoded(drawing.photo(160, 120), "JPEG")


def codes(described: dict[str, Any], path: str, status: int) -> set[str]:
    """Return the codes of the problems that a GET may answer with this status."""
    answer = resolved(described, described["paths"][path]["get"]["responses"].get(str(status), {}))
    schema = answer.get("content", {}).get("application/problem+json", {}).get("schema", {"allOf": [{}, {}]})
    problem = schema["allOf"][1]
    return {each["properties"]["code"]["const"] for each in problem.get("oneOf", [problem]) if each}


@pytest.mark.parametrize("path", ["/images/{image_id}", "/images/{image_id}/delete"])
@pytest.mark.parametrize("left", [b"", b"junk", PHOTO[:30]], ids=["nothing", "no image", "its beginning"])
def test_what_a_damaged_original_is_answered_with_is_described(
    container: Container, described: dict[str, Any], path: str, left: bytes
) -> None:
    http = create_app(container).test_client()
    image_id = put(http, PHOTO)
    container.backends.storage.put(keys.original(image_id), left, media_type="image/jpeg")
    answer = http.get(path.format(image_id=image_id))
    assert answer.status_code >= 400
    assert answer.get_json(force=True)["code"] in codes(described, path, answer.status_code)


def test_that_the_list_of_uploads_may_take_too_long_is_described(
    client: Callable[..., FlaskClient], described: dict[str, Any]
) -> None:
    answer = client(deadline_s=0.0).get("/?uploaded=" + "0" * 32)
    assert answer.get_json(force=True)["code"] in codes(described, "/", answer.status_code)


def test_every_error_has_a_cause_and_a_cure() -> None:
    assert set(REMEDIES) == {leaf.code for leaf in all_errors()}
    assert {*errors.leaves(), errors.ServiceError} == set(all_errors())
    assert all(remedy.cause.endswith(".") and remedy.cure.endswith(".") for remedy in REMEDIES.values())


@pytest.mark.parametrize(
    ("settings", "everybody"),
    [({}, True), ({"api_keys": ("0" * 64,)}, False), ({"signing_keys": ("web:" + 16 * "s",)}, False)],
)
def test_it_says_who_may_write(make_container: Callable[..., Container], settings: Any, everybody: bool) -> None:
    http = create_app(make_container(**settings)).test_client()
    security = http.get("/openapi.json").get_json()["paths"]["/upload"]["post"]["security"]
    assert ({} in security) == everybody
    assert {"key": []} in security
    assert {"header_key": []} in security


@pytest.mark.parametrize(
    ("unsigned", "to_everybody"),
    [("none", set()), ("presets", {"get /resize"}), ("all", {"get /resize", "get /info", "post /info"})],
)
def test_it_says_what_needs_no_signature(
    client: Callable[..., FlaskClient], unsigned: str, to_everybody: set[str]
) -> None:
    http = client(api_keys=("0" * 64,), unsigned=unsigned, presets=("thumb:width=40",))
    paths = http.get("/openapi.json").get_json()["paths"]
    either = product(("get", "post"), ("/resize", "/info"))
    operations = {f"{method} {path}": paths[path][method] for method, path in either}
    assert {name for name, operation in operations.items() if {} in operation["security"]} == to_everybody


def test_everybody_may_read_it_from_every_site(client: Callable[..., FlaskClient]) -> None:
    answer = client(api_keys=("0" * 64,)).get("/openapi.json", headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_it_names_the_service_below_its_stage(container: Container) -> None:
    http = create_app(container).test_client()
    assert http.get("/openapi.json", base_url="http://localhost/dev").get_json()["servers"] == [
        {"url": "http://localhost/dev"}
    ]


def test_a_start_does_not_load_it() -> None:
    code = "import sys, wsgi; sys.exit(any(name.startswith('app.openapi') for name in sys.modules))"
    environ = {"MONOLAMBDA_STORAGE": "/nowhere", "MONOLAMBDA_SECRET": 32 * "s", "PATH": "/usr/bin:/bin"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environ, check=True)


def test_the_long_run_fails_where_it_found_something_or_asked_too_little() -> None:
    least = conformance.LEAST_CASES
    assert least >= 2000
    assert conformance.Report(cases=least).passed(least)
    assert not conformance.Report(cases=least - 1).passed(least)
    assert not conformance.Report(cases=least, failures={"GET /": "curl"}).passed(least)


@pytest.mark.parametrize("name", ["open", "closed"])
def test_schemathesis_finds_nothing(tmp_path: Path, name: str) -> None:
    conformance.register()
    report = conformance.run(conformance.SETTINGS[name], str(tmp_path), examples=4, phases=("fuzzing", "stateful"))
    assert report.failures == {}
    assert report.cases > 100
    assert report.checks["response_schema_conformance"] > 80
    # calls every operation again without its key
    assert (report.checks.get("ignored_auth", 0) > 60) == (name == "closed")
    # requests that succeed are what tells a right document from a wrong one
    assert sum(report.statuses.get(status, 0) for status in (200, 201, 204)) > 20


def test_answers_hold_nothing_that_the_document_does_not_name(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    for answer in ANSWERS:
        assert schemas[answer.__name__]["additionalProperties"] is False

"""Whose scripts may read an answer, who may write here, and which errors caches may keep."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support.http_client import HTML, KEY_HASH, KEYED, problem, put

OURS = "https://app.example"


def test_images_may_be_read_by_every_site(client: Callable[..., FlaskClient], photo: bytes) -> None:
    http = client(public=True)
    image_id = put(http, photo)
    for path in (f"/resize?id={image_id}&w=40", f"/images/{image_id}/original"):
        answer = http.get(path, headers={"Origin": "https://other.example"})
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("path", ["/resize?id={id}&w=40", "/info?id={id}", "/images/{id}/original"])
def test_what_only_this_machine_may_see_is_not_read_by_other_sites(http: FlaskClient, image_id: str, path: str) -> None:
    """Not even without Sec-Fetch-Site, and by a page on another port only as an image."""
    other = http.get(path.format(id=image_id), headers={"Origin": "https://other.example"})
    problem(other, 401, "unauthorized")
    assert "Access-Control-Allow-Origin" not in other.headers
    neighbor = http.get(path.format(id=image_id), headers={"Origin": "http://localhost:3000"})
    assert neighbor.status_code == 200
    assert "Access-Control-Allow-Origin" not in neighbor.headers


@pytest.mark.parametrize("path", ["/", "/status", "/images/{id}", "/images/{id}/delete", "/healthz", "/nowhere"])
def test_nothing_else_may_be_read(http: FlaskClient, image_id: str, path: str) -> None:
    answer = http.get(path.format(id=image_id), headers={"Origin": "https://other.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path", ["/upload", "/resize?w=40"])
def test_posts_may_not_be_read(http: FlaskClient, photo: bytes, path: str) -> None:
    assert "Access-Control-Allow-Origin" not in http.post(path, data=photo).headers


def test_listed_origin_may_write(client: Callable[..., FlaskClient], photo: bytes) -> None:
    http = client(cors_origins=(OURS,))
    preflight = http.options("/upload", headers={"Origin": OURS, "Access-Control-Request-Method": "POST"})
    assert preflight.headers["Access-Control-Allow-Origin"] == OURS
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in preflight.headers["Access-Control-Allow-Headers"]
    answer = http.post("/upload", data=photo, headers={"Origin": OURS, "Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 201
    assert answer.headers["Access-Control-Allow-Origin"] == OURS
    assert "Origin" in answer.vary


def items(header: str) -> set[str]:
    return set(header.lower().split(", "))


def test_scripts_of_a_listed_origin_can_use_the_whole_api(client: Callable[..., FlaskClient], photo: bytes) -> None:
    """They send only the headers that a preflight allows, and read only those that an answer exposes (Fetch, 3.3)."""
    http, ours = client(cors_origins=(OURS,)), {"Origin": OURS}
    image_id = put(http, photo)
    original = f"/images/{image_id}/original"
    calls: list[tuple[str, str, dict[str, str]]] = [
        ("POST", "/resize?w=40", {"Prefer": "respond-async", "Content-Type": "image/jpeg"}),
        ("POST", "/resize?w=40", {"Accept": "application/json"}),
        ("GET", f"/resize?id={image_id}&w=40&download=a", {"If-None-Match": '"other"'}),
        ("GET", original, {"Range": "bytes=0-9"}),
        ("GET", original, {"Range": "bytes=0-9", "If-Range": '"other"'}),
        ("GET", original, {"Range": "bytes=99999999-"}),
        ("PUT", original, {}),
        ("DELETE", f"/images/{image_id}", {"If-Match": '"other"'}),
    ]
    told = set()
    for method, path, headers in calls:
        preflight = http.options(path, headers={**ours, "Access-Control-Request-Method": method})
        allowed = items(preflight.headers["Access-Control-Allow-Headers"])
        assert {name.lower() for name in headers} - {"accept"} <= allowed, path
        answer = http.open(path, method=method, data=photo if method == "POST" else b"", headers={**ours, **headers})
        assert answer.status_code in (201, 202, 200, 206, 405, 412, 416), answer.text
        told |= {name.lower() for name, _ in answer.headers} & items(answer.headers["Access-Control-Expose-Headers"])
    assert told == items(
        "ETag, Location, Retry-After, Preference-Applied, X-Cache, X-Request-Id, Content-Range, Accept-Ranges, "
        "Content-Disposition, Allow, Server-Timing, Vary, X-Cold-Start, X-Container-Id"
    )


# headers that every script may read (Fetch, 2.2.6), and those that tell the browser something
OF_BROWSERS = items(
    "Cache-Control, Access-Control-Allow-Origin, Content-Security-Policy, Refresh, Set-Cookie, X-Content-Type-Options"
)


def test_scripts_of_a_listed_origin_send_and_read_every_header_that_the_reference_lists(
    client: Callable[..., FlaskClient],
) -> None:
    http, ours = client(cors_origins=(OURS,)), {"Origin": OURS}
    reference = http.get("/openapi.json", headers=ours)
    headers = {name.removeprefix("Optional-").lower() for name in reference.get_json()["components"]["headers"]}
    assert headers - OF_BROWSERS == items(reference.headers["Access-Control-Expose-Headers"])
    parameters = (
        parameter
        for path in reference.get_json()["paths"].values()
        for operation in path.values()
        for parameter in operation.get("parameters", ())
    )
    sent = {parameter["name"].lower() for parameter in parameters if parameter.get("in") == "header"}
    assert sent
    preflight = http.options("/resize", headers={**ours, "Access-Control-Request-Method": "GET"})
    assert sent <= items(preflight.headers["Access-Control-Allow-Headers"])


def test_scripts_of_every_site_can_read_the_headers_of_what_is_shared(
    client: Callable[..., FlaskClient], photo: bytes
) -> None:
    http = client(public=True)
    answer = http.get(f"/resize?id={put(http, photo)}&w=40", headers={"Origin": OTHER})
    assert {"etag", "x-cache"} <= items(answer.headers["Access-Control-Expose-Headers"])


def test_unlisted_origin_may_not_write(client: Callable[..., FlaskClient], photo: bytes) -> None:
    http = client(cors_origins=(OURS,))
    preflight = http.options("/upload", headers={"Origin": "https://other.example"})
    assert "Access-Control-Allow-Origin" not in preflight.headers
    assert "Origin" in preflight.vary
    answer = http.post("/upload", data=photo, headers={"Origin": "https://other.example"})
    problem(answer, 401, "unauthorized")
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://other.example"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "http://localhost.other.example"},
        {"Origin": "null"},
        {"Origin": "http://[broken"},
        {"Origin": "localhost"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_pages_of_other_sites_cannot_write(
    http: FlaskClient, image_id: str, photo: bytes, headers: dict[str, str]
) -> None:
    problem(http.post("/upload", data=photo, headers=headers), 401, "unauthorized")
    problem(http.post("/resize?w=40", data=photo, headers=headers), 401, "unauthorized")
    problem(http.post(f"/images/{image_id}/delete", headers=headers), 401, "unauthorized")
    problem(http.delete(f"/images/{image_id}", headers=headers), 401, "unauthorized")
    assert http.get(f"/images/{image_id}").status_code == 200


@pytest.mark.parametrize("headers", [{"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}, {}])
def test_our_own_pages_can_write(http: FlaskClient, photo: bytes, headers: dict[str, str]) -> None:
    assert http.post("/upload", data=photo, headers={**HTML, **headers}).status_code == 303


def test_a_key_needs_no_listed_origin(client: Callable[..., FlaskClient], photo: bytes) -> None:
    http = client(api_keys=(KEY_HASH,))
    assert put(http, photo, **KEYED, Origin="https://other.example")


ERRORS: list[tuple[str, dict[str, str]]] = [
    *((path, {}) for path in ("/resize?id=0", "/resize?w=x", "/info?id=0", "/images/0/original", "/resize?s=web.x")),
    # what is refused before anything is parsed
    ("/resize?" + "w=1&" * 200, {}),
    ("/resize?url=https://example.com/" + "x" * 33_000, {}),
    ("/resize?id=0", {"Cookie": "a=" + "b" * 9000}),
    ("/resize?id=0", {"Accept": ",".join(["image/webp"] * 70)}),
]


@pytest.mark.parametrize(("path", "headers"), ERRORS, ids=range(len(ERRORS)))
def test_errors_can_be_read_by_the_sites_that_can_read_the_image(
    client: Callable[..., FlaskClient], path: str, headers: dict[str, str]
) -> None:
    """A script that shows an image, and cannot see why there is none, can only guess."""
    headers = {**headers, "Origin": "https://other.example"}
    everywhere: list[dict[str, Any]] = [{"api_keys": (KEY_HASH,)}, {"public": True}]
    for settings in everywhere:
        answer = client(**settings).get(path, headers=headers)
        assert answer.status_code >= 400
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    answer = client().get(path, headers=headers)
    assert "Access-Control-Allow-Origin" not in answer.headers, "only this machine is let in"


def test_a_refused_head_can_be_read_by_a_site_that_may_write(client: Callable[..., FlaskClient]) -> None:
    answer = client(cors_origins=(OURS,)).post("/upload", headers={"Origin": OURS, "X-Long": "x" * 9000})
    problem(answer, 431, "headers_too_large")
    assert answer.headers["Access-Control-Allow-Origin"] == OURS


OTHER, OWN = "https://other.example", "http://localhost"
EVERYTHING = {200, 400, 401, 403, 404}
READ_BY_SCRIPTS = (
    "/resize?id={id}&w=40",
    "/info?id={id}",
    "/images/{id}/original",
    "/resize?w=x",
    "/info?id=0",
    "/resize?s=x",
)


@pytest.mark.parametrize(
    ("settings", "origin", "shared"),
    [
        ({}, OTHER, set()),
        ({}, OWN, set()),
        ({"unsigned": "all"}, OTHER, EVERYTHING),
        ({"unsigned": "all"}, OWN, {403}),  # a link that is not valid makes a stranger of everybody
        ({"originals": "public"}, OTHER, {200}),
        ({"public": True}, OWN, EVERYTHING),
        ({"api_keys": (KEY_HASH,)}, OWN, EVERYTHING),
    ],
)
def test_images_and_their_errors_are_shared_by_one_rule(
    client: Callable[..., FlaskClient], photo: bytes, settings: dict[str, Any], origin: str, shared: set[int]
) -> None:
    """What strangers get, every site's scripts may read; what only this machine gets, none but its own pages."""
    http = client(**settings)
    image_id = put(http, photo, **(KEYED if "api_keys" in settings else {}))
    for path in READ_BY_SCRIPTS:
        answer = http.get(path.format(id=image_id), headers={"Origin": origin})
        found = answer.headers.get("Access-Control-Allow-Origin") == "*"
        assert found == (answer.status_code in shared), (path, answer.status_code)


@pytest.mark.parametrize("origin", [OURS, OTHER, ""])
def test_a_listed_origin_changes_nothing_about_what_every_site_may_read(
    client: Callable[..., FlaskClient], photo: bytes, origin: str
) -> None:
    """A cache that leaves Origin out of its key gives the answer to one site to all others."""
    http = client(public=True, cors_origins=(OURS,))
    image_id = put(http, photo)
    for path in READ_BY_SCRIPTS:
        answer = http.get(path.format(id=image_id), headers={"Origin": origin} if origin else {})
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Origin" not in answer.vary
    preflight = http.options("/resize", headers={"Origin": origin})
    assert preflight.headers.get("Access-Control-Allow-Origin") == (OURS if origin == OURS else None)
    assert "Origin" in preflight.vary


def test_what_is_not_for_every_site_says_that_it_depends_on_the_origin(
    client: Callable[..., FlaskClient], photo: bytes
) -> None:
    http = client(unsigned="all")
    path = f"/resize?id={put(http, photo)}&w=40"
    assert "Origin" in http.get(path, headers={"Origin": OWN}).vary
    assert http.get(path, headers={"Origin": OTHER}).headers["Access-Control-Allow-Origin"] == "*"

"""Other sites: what their scripts may read and write, and by which names we answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.support.asking import HTML, KEY_HASH, KEYED, named, problem, put

OURS = "https://app.example"


def test_images_may_be_read_by_every_site(http: FlaskClient, image_id: str) -> None:
    for path in (f"/resize?id={image_id}&w=40", f"/images/{image_id}/original"):
        answer = http.get(path, headers={"Origin": "https://other.example"})
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/status", "/images/{id}", "/images/{id}/delete", "/healthz", "/nowhere"])
def test_nothing_else_may_be_read(http: FlaskClient, image_id: str, path: str) -> None:
    answer = http.get(path.format(id=image_id), headers={"Origin": "https://other.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path", ["/upload", "/resize?w=40"])
def test_posts_may_not_be_read(http: FlaskClient, photo: bytes, path: str) -> None:
    assert "Access-Control-Allow-Origin" not in http.post(path, data=photo).headers


def test_listed_origin_may_write(client: Callable[..., FlaskClient], photo: bytes) -> None:
    http = client(cors_origins=(OURS,))
    asked = http.options("/upload", headers={"Origin": OURS, "Access-Control-Request-Method": "POST"})
    assert asked.headers["Access-Control-Allow-Origin"] == OURS
    assert "POST" in asked.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in asked.headers["Access-Control-Allow-Headers"]
    answer = http.post("/upload", data=photo, headers={"Origin": OURS, "Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 201
    assert answer.headers["Access-Control-Allow-Origin"] == OURS
    assert "Origin" in answer.vary


def test_unlisted_origin_may_not(client: Callable[..., FlaskClient], photo: bytes) -> None:
    http = client(cors_origins=(OURS,))
    asked = http.options("/upload", headers={"Origin": "https://other.example"})
    assert "Access-Control-Allow-Origin" not in asked.headers
    assert "Origin" in asked.vary
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
def test_our_own_pages_can(http: FlaskClient, photo: bytes, headers: dict[str, str]) -> None:
    assert http.post("/upload", data=photo, headers={**HTML, **headers}).status_code == 303


def test_a_key_speaks_for_itself(client: Callable[..., FlaskClient], photo: bytes) -> None:
    http = client(api_keys=(KEY_HASH,))
    assert put(http, photo, **KEYED, Origin="https://other.example")


@pytest.mark.parametrize("host", ["localhost", "localhost:5000", "127.0.0.1", "127.0.0.1:80"])
def test_loopback_names_are_ours(http: FlaskClient, host: str) -> None:
    assert http.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "[::2]"])
@pytest.mark.parametrize("accept", [{}, HTML], ids=["program", "browser"])
def test_names_of_others_are_refused(http: FlaskClient, host: str, accept: dict[str, str]) -> None:
    """A page can point a name of its own at 127.0.0.1 and would be of the same origin then."""
    answer = http.get("/status", headers={"Host": host, **accept})
    assert named(answer) == ["Host"]
    assert "evil" not in answer.text


def test_hosts_can_be_listed(client: Callable[..., FlaskClient]) -> None:
    http = client(trusted_hosts=("img.example.com",))
    assert http.get("/healthz", headers={"Host": "img.example.com:8443"}).status_code == 200
    assert http.get("/healthz", headers={"Host": "localhost"}).status_code == 400
    assert client(trusted_hosts=("*",)).get("/healthz", headers={"Host": "any.example"}).status_code == 200

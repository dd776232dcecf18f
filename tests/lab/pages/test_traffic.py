"""The traffic that the page asks for: what each kind sends, and a steady rate that ends."""

from __future__ import annotations

import threading
from collections.abc import Callable
from io import BytesIO

import msgspec
import pytest
from PIL import Image

from lab.http.server import Request, Response, json_response
from lab.pages.traffic import CannotSend, Kind, RequestSender, TrafficRequest
from tests.support.waiting import wait_until

IMAGE = "a" * 32


class Gateway:
    """Keeps what it gets, and answers uploads as the app does."""

    def __init__(self) -> None:
        self.got: list[Request] = []

    def respond(self, request: Request) -> Response:
        self.got.append(request)
        return json_response(201, {"images": [{"id": IMAGE}]})

    def targets(self, method: str) -> list[str]:
        return [request.target for request in self.got if request.method == method]


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def burst(gateway: Gateway) -> Callable[[Kind], None]:
    sender = RequestSender(gateway.respond, prefix="/dev")

    def send(kind: Kind) -> None:
        statuses = sender.burst(TrafficRequest(kind=kind, path="/docs?x=1", count=20), host="127.0.0.1:1")
        assert statuses == {201: 20}

    return send


def test_a_known_resize_is_the_same_each_time(gateway: Gateway, burst: Callable[[Kind], None]) -> None:
    burst("resize known")
    burst("resize known")
    assert len(gateway.targets("POST")) == 1, "the picture is uploaded once"
    assert len(gateway.targets("GET")) == 40
    (target,) = set(gateway.targets("GET"))
    assert target.startswith(f"/dev/resize?id={IMAGE}&")


def test_a_new_resize_is_another_each_time(gateway: Gateway, burst: Callable[[Kind], None]) -> None:
    burst("resize new")
    burst("resize new")
    assert len(set(gateway.targets("GET"))) == 40


def test_uploads_are_pictures_and_all_different(gateway: Gateway, burst: Callable[[Kind], None]) -> None:
    burst("upload")
    assert set(gateway.targets("POST")) == {"/dev/upload"}
    assert len({request.body for request in gateway.got}) == 20
    with Image.open(BytesIO(gateway.got[0].body)) as picture:
        picture.load()
        assert (picture.format, picture.size) == ("PNG", (320, 240))
        colors = picture.getcolors(maxcolors=1 << 20)
    assert colors
    assert len(colors) > 1000, "a picture of one color costs nothing to resize"


def test_a_path_is_sent_as_it_is_with_the_host(gateway: Gateway, burst: Callable[[Kind], None]) -> None:
    burst("path")
    assert set(gateway.targets("GET")) == {"/dev/docs?x=1"}
    assert {request.header("Host") for request in gateway.got} == {"127.0.0.1:1"}


def test_a_function_without_uploads_cannot_be_asked_to_resize() -> None:
    sender = RequestSender(lambda request: Response(status=404), prefix="")
    with pytest.raises(CannotSend, match="received status 404"):
        sender.burst(TrafficRequest(kind="resize new"), host="")


def test_a_steady_rate_lasts_until_it_is_stopped(gateway: Gateway) -> None:
    sender = RequestSender(gateway.respond, prefix="")
    sender.keep_sending(TrafficRequest(rate=100), host="")
    wait_until(lambda: len(gateway.got) >= 3)
    assert sender.rate == 100
    sender.keep_sending(TrafficRequest(rate=0), host="")
    assert sender.rate == 0
    wait_until(lambda: "steady-rate" not in [thread.name for thread in threading.enumerate()])


def test_another_rate_takes_the_place_of_the_one_before(gateway: Gateway) -> None:
    sender = RequestSender(gateway.respond, prefix="")
    for path in ("/a", "/b"):
        sender.keep_sending(TrafficRequest(path=path, rate=100), host="")
    wait_until(lambda: gateway.got and gateway.got[-1].target == "/b")
    wait_until(lambda: [thread.name for thread in threading.enumerate()].count("steady-rate") == 1)
    sender.close()


@pytest.mark.parametrize(
    "asked", ['{"count": 501}', '{"count": 0}', '{"rate": 1000}', '{"kind": "x"}', '{"path": "x"}']
)
def test_what_no_form_of_the_page_sends_is_refused(asked: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(asked, type=TrafficRequest)

"""Results: where they are kept, and for whom."""

from __future__ import annotations

from collections.abc import Callable

from app.container import Container
from app.options import parse
from app.service import RenderSpec
from tests.support.origin import Origin, ok
from tests.support.use_cases import PHOTO, SMALL, resize, resize_url, upload

Make = Callable[..., Container]


def test_only_persisted_results_reach_storage(make_container: Make) -> None:
    container = make_container()
    image_id = upload(container)
    resize(container, image_id, RenderSpec(SMALL.options, persist=False))
    assert not list(container.backends.storage.keys("derived/"))
    resize(container, image_id, RenderSpec(parse([("width", "41")]), persist=True))
    assert len(list(container.backends.storage.keys("derived/"))) == 1


def test_url_and_upload_of_the_same_bytes_share_results(make_container: Make, origin: Origin) -> None:
    origin.routes["/a"] = ok(PHOTO)
    container = make_container(source_networks=("127.0.0.0/8",))
    resize_url(container, origin.url("/a"))
    assert resize(container, upload(container)).cache == "memory"

"""Results: where they are kept, and for whom."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.container import Container
from app.options import parse
from app.service import RenderSpec
from app.storage import Storage
from tests.support.origin import Origin, ok
from tests.support.use_cases import PHOTO, SMALL, new_context, resize, resize_url, upload

Make = Callable[..., Container]
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda body: b"",
    "cut": lambda body: body[: len(body) // 2],
    "zeros": lambda body: bytes(len(body)),
    "something else": lambda body: b"<Error>",
}


@pytest.fixture(params=["local", "s3"])
def two(request: pytest.FixtureRequest, make_container: Make) -> list[Container]:
    """Return two containers on one storage, a directory or a bucket."""
    bucket: Storage | None = None
    if request.param == "s3":
        bucket = request.getfixturevalue("make_s3_storage")(request.getfixturevalue("s3"))
    return [make_container(stored_in=bucket) for _ in range(2)]


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


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_result_is_made_again_and_replaced(two: list[Container], damage: Callable[[bytes], bytes]) -> None:
    first, other = two
    image_id = upload(first)
    whole, storage = resize(first, image_id).body, first.backends.storage
    (key,) = storage.keys("derived/")
    storage.put(key, damage(whole), media_type="image/jpeg")
    healed = resize(other, image_id)
    assert (healed.cache, healed.body, storage.get(key)) == ("miss", whole, whole)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_nobody_is_sent_to_a_damaged_result(two: list[Container], damage: Callable[[bytes], bytes]) -> None:
    container = two[0]
    image_id, storage = upload(container), container.backends.storage
    result = resize(container, image_id)
    (key,) = storage.keys("derived/")
    storage.put(key, damage(result.body)[:-1], media_type="image/jpeg")
    container.services.results.store(new_context(), result, SMALL)
    assert storage.get(key) == result.body

"""Uploads past the payload limit: what a token promises, and that no crash loses a file that was sent."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

import pytest

from app.container import Container
from app.core.errors import (
    InvalidParameter,
    NotFound,
    SignatureExpired,
    SignatureInvalid,
    SourceTooLarge,
    UnsupportedMediaType,
)
from app.service import Image, Uploads
from app.storage import keys
from tests.conftest import FakeClock
from tests.support import drawing
from tests.support.use_cases import PHOTO, new_context, tampered
from tests.support.watched_storage import WatchedStorage

Make = Callable[..., Container]


@pytest.fixture
def uploads(make_container: Make, watched: WatchedStorage, clock: FakeClock) -> Uploads:
    return make_container(stored_in=watched, now=clock).services.uploads


def send(uploads: Uploads, data: bytes = PHOTO) -> str:
    """Ask for a form, send the file with it, and return the token."""
    token = uploads.presign(media_type="image/jpeg", size=len(data)).token
    uploads.receive(uploads.read_token(token), iter([data[:100], data[100:]]))
    return token


def test_a_token_says_what_may_be_sent_where_and_until_when(uploads: Uploads, clock: FakeClock) -> None:
    one, other = (uploads.presign(media_type="image/png", size=7) for _ in range(2))
    token = uploads.read_token(one.token)
    assert (token.bytes, token.media_type, token.expires) == (7, "image/png", clock.seconds + 900)
    assert token.expires == one.expires
    assert token.name != uploads.read_token(other.token).name
    assert one.form is None, "a directory takes no forms itself"


def test_a_bucket_gives_a_form_of_its_own(make_container: Make, request: pytest.FixtureRequest) -> None:
    storage = request.getfixturevalue("make_s3_storage")(request.getfixturevalue("s3"))
    presigned = make_container(stored_in=storage).services.uploads.presign(media_type="image/png", size=7)
    assert presigned.form
    assert presigned.form.fields["Content-Type"] == "image/png"


def test_a_file_that_could_never_be_stored_gets_no_token(make_container: Make) -> None:
    uploads = make_container(max_source_bytes=1000).services.uploads
    uploads.presign(media_type="image/png", size=1000)
    with pytest.raises(SourceTooLarge, match="expected at most 1000 bytes, received 1001"):
        uploads.presign(media_type="image/png", size=1001)


def test_a_token_expires(uploads: Uploads, clock: FakeClock) -> None:
    token = uploads.presign(media_type="image/png", size=7).token
    clock.advance(899)
    uploads.read_token(token)
    clock.advance(1)
    with pytest.raises(SignatureExpired):
        uploads.read_token(token)


def test_a_token_that_was_changed_is_none(uploads: Uploads) -> None:
    for token in tampered(uploads.presign(media_type="image/png", size=7).token):
        with pytest.raises(SignatureInvalid):
            uploads.read_token(token)


def test_a_token_is_none_elsewhere_and_its_signature_is_no_image_id(make_container: Make, uploads: Uploads) -> None:
    token = uploads.presign(media_type="image/png", size=7).token
    with pytest.raises(SignatureInvalid):
        make_container(secret=secrets.token_hex(16)).services.uploads.read_token(token)
    payload, _, mac = token.partition(".")
    assert mac != uploads.images.identify(payload.encode())


@pytest.mark.parametrize("size", [0, len(PHOTO) - 1, len(PHOTO) + 1, len(PHOTO) + 100_000])
def test_only_a_file_of_the_announced_size_is_kept(uploads: Uploads, size: int) -> None:
    token = uploads.read_token(uploads.presign(media_type="image/jpeg", size=len(PHOTO)).token)
    data = PHOTO.ljust(size, b"\0")[:size]
    error = SourceTooLarge if size > len(PHOTO) else InvalidParameter
    with pytest.raises(error, match=f"expected the {len(PHOTO)} bytes that were announced"):
        uploads.receive(token, (data[at : at + 1000] for at in range(0, size, 1000)))
    assert list(uploads.storage.keys("incoming/")) == []


def test_completing_stores_the_file_once_and_always_answers_the_same(uploads: Uploads) -> None:
    token = uploads.read_token(send(uploads))
    (first, is_new), (again, still_new) = (uploads.complete(new_context(), token) for _ in range(2))
    assert (first, is_new, still_new) == (again, True, False)
    assert uploads.storage.get(keys.original(first.id)) == PHOTO
    assert list(uploads.storage.keys("incoming/")) == [keys.receipt(token.name)]


def test_completing_before_sending_is_not_found(uploads: Uploads) -> None:
    token = uploads.read_token(uploads.presign(media_type="image/jpeg", size=7).token)
    with pytest.raises(NotFound, match="nothing was sent"):
        uploads.complete(new_context(), token)


def test_a_file_that_is_no_image_is_not_stored(uploads: Uploads) -> None:
    with pytest.raises(UnsupportedMediaType):
        uploads.complete(new_context(), uploads.read_token(send(uploads, b"no image!")))
    assert list(uploads.storage.keys("originals/")) == []


def other_photo() -> bytes:
    return drawing.encoded(drawing.photo(90, 70), "JPEG").ljust(len(PHOTO), b"\0")


def send_past_us(uploads: Uploads, token: str, data: bytes) -> None:
    """Send a file as a bucket takes it: whoever has the form may send it again and again."""
    uploads.storage.put(keys.incoming(uploads.read_token(token).name), data, media_type="image/jpeg")


def test_a_token_that_stored_its_image_takes_no_other_file(uploads: Uploads) -> None:
    token = uploads.read_token(send(uploads))
    first, _ = uploads.complete(new_context(), token)
    with pytest.raises(SignatureExpired, match="already stored an image"):
        uploads.receive(token, iter([other_photo()]))
    assert uploads.complete(new_context(), token) == (first, False)


@pytest.mark.parametrize("data", [other_photo(), PHOTO, b"no image"])
def test_a_file_that_is_sent_to_the_bucket_after_all_stores_no_second_image(uploads: Uploads, data: bytes) -> None:
    text = send(uploads)
    token = uploads.read_token(text)
    first, _ = uploads.complete(new_context(), token)
    send_past_us(uploads, text, data)
    assert uploads.complete(new_context(), token) == (first, False)
    assert list(uploads.storage.keys("originals/")) == [keys.original(first.id)]
    assert list(uploads.storage.keys("incoming/")) == [keys.receipt(token.name)]


def test_a_token_stays_spent_when_its_image_is_deleted(uploads: Uploads) -> None:
    text = send(uploads)
    token = uploads.read_token(text)
    uploads.images.delete(uploads.complete(new_context(), token)[0].id)
    with pytest.raises(NotFound, match="there is no image"):
        uploads.complete(new_context(), token)
    send_past_us(uploads, text, other_photo())
    with pytest.raises(SignatureExpired):
        uploads.complete(new_context(), token)
    assert list(uploads.storage.keys("originals/")) == []


def test_a_completion_that_another_one_overtakes_has_the_same_image(uploads: Uploads, watched: WatchedStorage) -> None:
    """The other completes the token between this one's look for the receipt and for the file."""
    text = send(uploads)
    token = uploads.read_token(text)
    theirs: list[Image] = []

    def overtake(method: str, key: str) -> None:
        if key == keys.incoming(token.name):
            watched.passes()
            theirs.append(uploads.complete(new_context(), token)[0])

    watched.before = overtake
    assert uploads.complete(new_context(), token) == (*theirs, False)


def test_of_two_files_that_are_completed_at_once_one_is_stored(uploads: Uploads, watched: WatchedStorage) -> None:
    """The second file arrives and is completed between the reading and the claim of the first."""
    text = send(uploads)
    token = uploads.read_token(text)

    def overtake(method: str, key: str) -> None:
        if method == "put_new":
            watched.passes()
            send_past_us(uploads, text, other_photo())
            uploads.complete(new_context(), token)

    watched.before = overtake
    with pytest.raises(SignatureExpired):
        uploads.complete(new_context(), token)
    assert list(watched.keys("originals/")) == [keys.original(uploads.images.identify(other_photo()))]


def test_a_receipt_outlives_its_token(make_container: Make, watched: WatchedStorage, clock: FakeClock) -> None:
    clock.seconds = time.time()
    uploads = make_container(stored_in=watched, now=clock, presign_s=7 * 86_400.0).services.uploads
    text = send(uploads)
    token = uploads.read_token(text)
    uploads.complete(new_context(), token)
    clock.seconds = token.expires - 2
    uploads.purge.some_leftovers()
    uploads.read_token(text)
    assert list(watched.keys("incoming/")) == [keys.receipt(token.name)]


@pytest.mark.parametrize("stop", ["put_new incoming", "put_new originals", "delete"])
def test_a_crash_between_two_steps_loses_nothing(uploads: Uploads, watched: WatchedStorage, stop: str) -> None:
    token = uploads.read_token(send(uploads))

    def crash(method: str, key: str) -> None:
        if stop in (method, f"{method} {key.partition('/')[0]}"):
            raise KeyboardInterrupt  # nothing catches it: the request ends here

    watched.before = crash
    with pytest.raises(KeyboardInterrupt):
        uploads.complete(new_context(), token)
    watched.passes()
    image, is_new = uploads.complete(new_context(), token)
    assert is_new == stop.startswith("put_new")
    assert list(watched.keys("originals/")) == [keys.original(image.id)]
    assert list(watched.keys("incoming/")) == [keys.receipt(token.name)]


def test_uploads_that_were_never_completed_go_when_the_next_is_announced(uploads: Uploads, clock: FakeClock) -> None:
    clock.seconds = time.time()
    send(uploads)
    clock.advance(86_000)
    uploads.presign(media_type="image/jpeg", size=7)
    assert len(list(uploads.storage.keys("incoming/"))) == 1
    clock.advance(1_000)
    uploads.presign(media_type="image/jpeg", size=7)
    assert list(uploads.storage.keys("incoming/")) == []

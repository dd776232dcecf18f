"""Conditional writes: one writer wins, even when S3 loses requests and responses."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import pytest

from tests.app.storage.conftest import PNG, error_message
from tests.conftest import MakeS3Storage
from tests.support.s3.faults import FaultInjector, drop_request, drop_response, error
from tests.support.s3.server import S3
from tests.support.threads import run_concurrently
from tests.support.wsgi_server import App, Environ


def test_one_of_two_containers_writes(s3: S3, make_s3_storage: MakeS3Storage) -> None:
    bucket = s3.bucket()
    containers = [make_s3_storage(s3, bucket=bucket) for _ in range(2)]
    for turn in range(15):
        writes = [partial(containers[n % 2].put_new, f"key{turn}", bytes([n]), media_type=PNG) for n in range(8)]
        wrote = run_concurrently(*writes)
        assert wrote.count(True) == 1
        assert containers[0].get(f"key{turn}") == bytes([wrote.index(True)])


def test_a_conflict_is_retried(own_s3: S3, make_s3_storage: MakeS3Storage, faults: FaultInjector) -> None:
    storage = make_s3_storage(own_s3)
    faults.inject("PUT", error(409, "ConditionalRequestConflict"), times=2)
    assert storage.put_new("key", b"data", media_type=PNG) is True
    faults.inject("PUT", error(409, "ConditionalRequestConflict"), times=2)
    assert storage.put_new("key", b"other", media_type=PNG) is False
    assert storage.get("key") == b"data"


def test_a_conflict_that_lasts_is_an_error(own_s3: S3, make_s3_storage: MakeS3Storage, faults: FaultInjector) -> None:
    storage = make_s3_storage(own_s3)
    faults.inject("PUT", error(409, "ConditionalRequestConflict"), times=100)
    assert (
        error_message(lambda: storage.put_new("key", b"data", media_type=PNG))
        == "other writes of this object keep conflicting with this one"
    )


def test_a_write_whose_response_was_lost_counts_as_ours(
    own_s3: S3, make_s3_storage: MakeS3Storage, faults: FaultInjector
) -> None:
    storage = make_s3_storage(own_s3)
    faults.inject("PUT", drop_response)
    assert storage.put_new("key", b"data", media_type=PNG) is True


def lose_response_then_conflict(faults: FaultInjector) -> None:
    """Let S3 carry out the next write unheard, and answer its retry as if it was still under way."""

    def fault(app: App, environ: Environ, start_response: Any) -> Iterable[bytes]:
        faults.inject("PUT", error(409, "ConditionalRequestConflict"))
        return drop_response(app, environ, start_response)

    faults.inject("PUT", fault)


def test_a_write_counts_as_ours_when_its_retry_met_a_conflict(
    own_s3: S3, make_s3_storage: MakeS3Storage, faults: FaultInjector
) -> None:
    storage = make_s3_storage(own_s3)
    lose_response_then_conflict(faults)
    assert storage.put_new("key", b"data", media_type=PNG) is True


def test_a_swap_counts_as_ours_when_its_retry_met_a_conflict(
    own_s3: S3, make_s3_storage: MakeS3Storage, faults: FaultInjector
) -> None:
    storage = make_s3_storage(own_s3)
    storage.put("key", b"old", media_type=PNG)
    lose_response_then_conflict(faults)
    assert storage.compare_and_swap("key", b"old", b"new", media_type=PNG) is True


def test_a_lost_request_does_not_count_as_ours_when_another_writer_came_first(
    own_s3: S3, make_s3_storage: MakeS3Storage, faults: FaultInjector
) -> None:
    bucket = own_s3.bucket()
    storage, other = (make_s3_storage(own_s3, bucket=bucket) for _ in range(2))

    def overtake(app: App, environ: Environ, start_response: Any) -> Iterable[bytes]:
        assert other.put_new("key", b"same bytes", media_type=PNG) is True
        return drop_request(app, environ, start_response)

    faults.inject("PUT", overtake)
    assert storage.put_new("key", b"same bytes", media_type=PNG) is False


def test_a_lost_request_does_not_count_as_ours_when_the_other_object_is_gone(
    own_s3: S3, make_s3_storage: MakeS3Storage, faults: FaultInjector
) -> None:
    bucket = own_s3.bucket()
    storage, other = (make_s3_storage(own_s3, bucket=bucket) for _ in range(2))
    other.put("key", b"data", media_type=PNG)

    def delete_after(app: App, environ: Environ, start_response: Any) -> Iterable[bytes]:
        body = list(app(environ, start_response))
        other.delete("key")
        return body

    def lose_first(app: App, environ: Environ, start_response: Any) -> Iterable[bytes]:
        faults.inject("PUT", delete_after)
        return drop_request(app, environ, start_response)

    faults.inject("PUT", lose_first)
    assert storage.put_new("key", b"data", media_type=PNG) is False


def test_a_swap_whose_response_was_lost_counts_as_ours(
    own_s3: S3, make_s3_storage: MakeS3Storage, faults: FaultInjector
) -> None:
    storage = make_s3_storage(own_s3)
    storage.put("key", b"old", media_type=PNG)
    faults.inject("PUT", drop_response)
    assert storage.compare_and_swap("key", b"old", b"new", media_type=PNG) is True


def test_a_swap_that_another_writer_overtook_is_not_ours(
    own_s3: S3, make_s3_storage: MakeS3Storage, faults: FaultInjector
) -> None:
    bucket = own_s3.bucket()
    storage, other = (make_s3_storage(own_s3, bucket=bucket) for _ in range(2))
    storage.put("key", b"old", media_type=PNG)

    def overtake(app: App, environ: Environ, start_response: Any) -> Iterable[bytes]:
        assert other.compare_and_swap("key", b"old", b"theirs", media_type=PNG) is True
        return drop_request(app, environ, start_response)

    faults.inject("PUT", overtake)
    assert storage.compare_and_swap("key", b"old", b"ours", media_type=PNG) is False
    assert storage.get("key") == b"theirs"


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_denied_swap_is_an_error(
    own_s3: S3, make_s3_storage: MakeS3Storage, faults: FaultInjector, method: str
) -> None:
    storage = make_s3_storage(own_s3)
    storage.put("key", b"old", media_type=PNG)
    faults.inject(method, error(403, "AccessDenied"))
    message = error_message(lambda: storage.compare_and_swap("key", b"old", b"new", media_type=PNG))
    assert message.startswith("S3 denied access")


def test_a_denied_look_at_the_writer_is_an_error(
    own_s3: S3, make_s3_storage: MakeS3Storage, faults: FaultInjector
) -> None:
    storage = make_s3_storage(own_s3)
    storage.put("key", b"data", media_type=PNG)

    def then_deny_head(app: App, environ: Environ, start_response: Any) -> Iterable[bytes]:
        faults.inject("HEAD", error(403, "AccessDenied"))
        return drop_request(app, environ, start_response)

    faults.inject("PUT", then_deny_head)
    message = error_message(lambda: storage.put_new("key", b"data", media_type=PNG))
    assert message.startswith("S3 denied access")

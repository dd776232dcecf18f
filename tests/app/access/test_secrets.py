"""Secrets in SSM: read when first needed and after their TTL, all together, and never shown."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.access.secrets import RETRY_S, Secrets, ssm_reader
from app.core.config import ConfigError, Settings
from app.core.errors import StorageUnavailable
from tests.conftest import FakeClock
from tests.support.s3.server import S3, moto, new_session
from tests.support.wsgi_server import Environ, WsgiServer

STORED = {"/m/dev/secret": "s" * 32, "/m/dev/keys": f"{'a' * 64}, {'b' * 64}", "/m/dev/signing": "k1:one,k2:two"}
REFERRING = Settings(
    secret="ssm:/m/dev/secret",
    api_keys=("ssm:/m/dev/keys", "c" * 64),
    signing_keys=("ssm:/m/dev/signing", "k3:three"),
)


class Store:
    """Records which names are read; the first ``failing`` calls fail."""

    def __init__(self, stored: Mapping[str, str], *, failing: int = 0) -> None:
        self.reads: list[tuple[str, ...]] = []
        self._stored = stored
        self._failing = failing

    def __call__(self, names: Sequence[str]) -> Mapping[str, str]:
        self.reads.append(tuple(names))
        if len(self.reads) <= self._failing:
            raise StorageUnavailable("not now")
        return {name: self._stored[name] for name in names if self._stored.get(name)}


@pytest.fixture(scope="module")
def ssm() -> Iterator[Any]:
    """Run SSM on 127.0.0.1 and return a client; parameters are encrypted, as they should be."""
    with WsgiServer(moto()) as server:
        client = new_session(server.url).client("ssm")
        for name, value in STORED.items():
            client.put_parameter(Name=name, Value=value, Type="SecureString")
        yield client
        client.close()


def test_every_reference_is_replaced(ssm: Any) -> None:
    whole = Secrets(REFERRING, read=ssm_reader(ssm)).settings()
    assert whole.secret == "s" * 32
    assert whole.api_keys == ("a" * 64, "b" * 64, "c" * 64)
    assert whole.signing_keys == ("k1:one", "k2:two", "k3:three")


def test_more_than_ten_are_read_in_batches(ssm: Any) -> None:
    names = [f"/m/many/{n}" for n in range(23)]
    for name in names:
        ssm.put_parameter(Name=name, Value=name[-1] * 64, Type="SecureString")
    settings = Settings(api_keys=tuple(f"ssm:{name}" for name in names))
    assert len(Secrets(settings, read=ssm_reader(ssm)).settings().api_keys) == 23


def test_secrets_are_read_once_and_only_when_needed() -> None:
    store = Store(STORED)
    secrets = Secrets(REFERRING, read=store)
    assert secrets.referenced
    assert store.reads == []
    assert secrets.settings() is secrets.settings()
    assert store.reads == [("/m/dev/secret", "/m/dev/keys", "/m/dev/signing")]


def test_concurrent_threads_read_secrets_once() -> None:
    store = Store(STORED)
    secrets = Secrets(REFERRING, read=store)
    barrier = threading.Barrier(8)

    def need(_: int) -> Settings:
        barrier.wait()
        return secrets.settings()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(map(id, pool.map(need, range(8))))) == 1
    assert len(store.reads) == 1


def test_nothing_is_read_when_nothing_refers() -> None:
    store = Store({})
    settings = Settings(secret="plain text of our own", api_keys=("a" * 64,))
    secrets = Secrets(settings, read=store)
    assert not secrets.referenced
    assert secrets.settings() is settings
    assert store.reads == []


def test_a_failure_is_kept_for_a_moment_and_no_longer() -> None:
    """A request asks several times, and strangers may send many: SSM is asked once in a while."""
    store, now = Store(STORED, failing=2), FakeClock(1000.0)
    secrets = Secrets(REFERRING, read=store, now=now)
    for reads in (1, 2):
        for _ in range(3):
            with pytest.raises(StorageUnavailable, match="not now"):
                secrets.settings()
        assert len(store.reads) == reads
        now.advance(RETRY_S)
    assert secrets.settings().secret == "s" * 32


def test_a_clock_that_is_set_back_keeps_no_failure() -> None:
    now = FakeClock(1000.0)
    secrets = Secrets(REFERRING, read=Store(STORED, failing=1), now=now)
    with pytest.raises(StorageUnavailable):
        secrets.settings()
    now.advance(-900.0)
    assert secrets.settings().secret == "s" * 32


def test_threads_that_wait_for_a_first_read_share_its_failure() -> None:
    store, barrier = Store(STORED, failing=9), threading.Barrier(8)
    secrets = Secrets(REFERRING, read=store, now=FakeClock(1000.0))

    def need(_: int) -> str:
        barrier.wait()
        with pytest.raises(StorageUnavailable) as caught:
            secrets.settings()
        return str(caught.value)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(need, range(8))) == {"not now"}
    assert len(store.reads) == 1


def test_secrets_are_read_again_after_their_ttl_and_not_before(ssm: Any) -> None:
    ssm.put_parameter(Name="/m/ttl/keys", Value="a" * 64, Type="SecureString")
    now = FakeClock(1000.0)
    secrets = Secrets(Settings(api_keys=("ssm:/m/ttl/keys",), secrets_ttl_s=60), read=ssm_reader(ssm), now=now)
    first = secrets.settings()
    ssm.put_parameter(Name="/m/ttl/keys", Value="b" * 64, Type="SecureString", Overwrite=True)
    now.advance(59)
    assert secrets.settings() is first
    now.advance(1)
    assert secrets.settings().api_keys == ("b" * 64,)


def test_an_unchanged_secret_is_the_same_object_and_is_read_once_in_each_ttl() -> None:
    store, now = Store(STORED), FakeClock(1000.0)
    secrets = Secrets(REFERRING, read=store, now=now)
    first = secrets.settings()
    now.advance(REFERRING.secrets_ttl_s)
    assert [secrets.settings() is first for _ in range(3)] == [True] * 3
    assert len(store.reads) == 2


def test_a_clock_that_is_set_back_keeps_no_secret() -> None:
    stored = dict(STORED)
    now = FakeClock(10_000.0)
    secrets = Secrets(REFERRING, read=Store(stored), now=now)
    secrets.settings()
    stored["/m/dev/signing"] = "k1:new"
    now.advance(-7200.0)
    assert secrets.settings().signing_keys == ("k1:new", "k3:three")


def _unusable(settings: Settings) -> None:
    if "bad" in settings.signing_keys:
        raise ConfigError("expected id:secret")


@pytest.mark.parametrize("change", [{"/m/dev/secret": None}, {"/m/dev/signing": "bad"}])
def test_a_later_read_that_fails_keeps_the_old_until_the_next(change: dict[str, Any]) -> None:
    """Of a parameter that is gone, or that cannot be used."""
    stored: dict[str, Any] = dict(STORED)
    now, told = FakeClock(1000.0), list[str]()
    secrets = Secrets(
        REFERRING, read=Store(stored), now=now, check=_unusable, report=lambda failure: told.append(str(failure))
    )
    first = secrets.settings()
    stored |= change
    now.advance(REFERRING.secrets_ttl_s)
    assert [secrets.settings() is first for _ in range(2)] == [True, True]
    assert len(told) == 1
    stored |= {"/m/dev/secret": "t" * 32, "/m/dev/signing": "k4:four"}
    now.advance(REFERRING.secrets_ttl_s)
    assert (secrets.settings().secret, secrets.settings().signing_keys) == ("t" * 32, ("k4:four", "k3:three"))


def test_a_parameter_that_is_deleted_revokes_its_secrets_at_the_second_read(ssm: Any) -> None:
    ssm.put_parameter(Name="/m/gone/keys", Value="a" * 64, Type="SecureString")
    now, told = FakeClock(1000.0), list[str]()
    secrets = Secrets(
        Settings(api_keys=("ssm:/m/gone/keys",)),
        read=ssm_reader(ssm),
        now=now,
        report=lambda failure: told.append(str(failure)),
    )
    first = secrets.settings()
    ssm.delete_parameter(Name="/m/gone/keys")
    now.advance(first.secrets_ttl_s)
    assert [secrets.settings() is first for _ in range(2)] == [True, True]
    now.advance(first.secrets_ttl_s)
    ssm.put_parameter(Name="/m/gone/keys", Value=" , ", Type="SecureString")  # no secret either
    for _ in range(2):
        with pytest.raises(StorageUnavailable, match="/m/gone/keys"):
            secrets.settings()
    assert len(told) == 2
    ssm.put_parameter(Name="/m/gone/keys", Value="b" * 64, Type="SecureString", Overwrite=True)
    now.advance(RETRY_S)
    assert secrets.settings().api_keys == ("b" * 64,)


def test_an_unreachable_service_keeps_the_old_however_long_and_excuses_no_deletion() -> None:
    stored: dict[str, Any] = dict(STORED)
    now, reachable = FakeClock(1000.0), [True]

    def read(names: Sequence[str]) -> Mapping[str, str]:
        if not reachable[0]:
            raise StorageUnavailable("not now")
        return stored

    secrets = Secrets(REFERRING, read=read, now=now)
    first = secrets.settings()

    def next_read(*, is_reachable: bool) -> Settings:
        reachable[0] = is_reachable
        now.advance(REFERRING.secrets_ttl_s)
        return secrets.settings()

    assert [next_read(is_reachable=False) is first for _ in range(5)] == [True] * 5
    del stored["/m/dev/keys"]
    assert [next_read(is_reachable=reachable) is first for reachable in (True, False)] == [True] * 2
    with pytest.raises(StorageUnavailable, match="/m/dev/keys"):
        next_read(is_reachable=True)
    stored["/m/dev/keys"] = "a" * 64
    now.advance(RETRY_S)
    again = secrets.settings()
    del stored["/m/dev/keys"]
    assert next_read(is_reachable=True) is again


def test_other_threads_do_not_wait_for_a_later_read() -> None:
    """A read may take as long as SSM does not answer."""
    now, reading, release = FakeClock(1000.0), threading.Event(), threading.Event()

    def read(names: Sequence[str]) -> Mapping[str, str]:
        if now() > 1000:
            reading.set()
            assert release.wait(30)
        return STORED

    secrets = Secrets(REFERRING, read=read, now=now)
    first = secrets.settings()
    now.advance(REFERRING.secrets_ttl_s)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(secrets.settings)
        assert reading.wait(30)
        assert secrets.settings() is first
        release.set()
        assert slow.result(30) is first


@pytest.mark.parametrize("stored", [{}, *({**STORED, "/m/dev/secret": empty} for empty in (" ", " , ", "\n", ",,"))])
def test_a_missing_or_empty_parameter_is_named_and_no_value_is(stored: Mapping[str, str]) -> None:
    with pytest.raises(StorageUnavailable, match="/m/dev/secret") as caught:
        Secrets(REFERRING, read=Store(stored)).settings()
    assert not any(value in str(caught.value) for value in stored.values() if value.strip(" ,\n"))


def test_an_error_of_aws_is_reported_by_code_without_its_message() -> None:
    body = b'{"__type": "AccessDeniedException", "message": "arn:aws:iam::111122223333:role/internal"}'

    def denied(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("400 Bad Request", [("Content-Type", "application/x-amz-json-1.1")])
        return [body]

    with WsgiServer(denied) as server:
        client = new_session(server.url).client("ssm")
        with pytest.raises(StorageUnavailable) as caught:
            ssm_reader(client)(["/m/dev/secret"])
        client.close()
    assert str(caught.value).endswith("AccessDeniedException")


def test_an_unreachable_service_is_storage_unavailable() -> None:
    client = new_session("http://127.0.0.1:9").client("ssm")
    with pytest.raises(StorageUnavailable, match="EndpointConnectionError"):
        ssm_reader(client)(["/m/dev/secret"])
    client.close()


def test_boto3_is_not_imported_before_the_first_read() -> None:
    code = (
        "import sys; from app.access.secrets import Secrets, ssm_reader; from app.core.config import Settings\n"
        "secrets = Secrets(Settings(secret='ssm:/x'), read=ssm_reader())\n"
        "assert not {'boto3', 'botocore', 'urllib3'} & set(sys.modules)\n"
        "sys.modules['boto3'] = None\n"  # as where it is not installed
        "try:\n    secrets.settings()\nexcept Exception as exc:\n    print(exc.code)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "storage_unavailable"


def test_a_bug_of_ours_stays_one() -> None:
    class Broken:
        def get_parameters(self, **parameters: Any) -> dict[str, Any]:
            return {}

    with pytest.raises(KeyError, match="Parameters"):
        ssm_reader(Broken())(["/m/dev/secret"])


def test_without_a_client_the_environment_configures_one(ssm: Any, s3: S3) -> None:
    """In a process of its own, because boto3 reads the environment."""
    code = "from app.access.secrets import ssm_reader\nprint(ssm_reader()(['/m/dev/secret'])['/m/dev/secret'])\n"
    environ = {**os.environ, **s3.environ(), "AWS_ENDPOINT_URL": ssm.meta.endpoint_url}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == STORED["/m/dev/secret"]

from __future__ import annotations

from collections.abc import Sequence

import pytest

from app.access.image_ids import image_id, instance_secret
from app.access.secrets import Secrets
from app.core.config import Platform, Settings
from app.core.errors import StorageUnavailable


def no_reads(names: Sequence[str]) -> dict[str, str]:
    raise AssertionError(names)


def test_an_id_is_a_keyed_hash_of_the_bytes() -> None:
    # printf data | openssl dgst -sha256 -hmac secret
    assert image_id(b"secret", b"data") == "1b2c16b75bd2a870c114153ccda5bcfc"
    assert image_id(b"other", b"data") != image_id(b"secret", b"data")


def test_a_secret_in_ssm_is_read_when_it_is_first_needed() -> None:
    reads: list[list[str]] = []

    def read(names: Sequence[str]) -> dict[str, str]:
        reads.append(list(names))
        return {"/m/dev/secret": "s" * 16}

    settings = Settings(secret="ssm:/m/dev/secret")
    secret = instance_secret(settings, Platform(), Secrets(settings, read=read))
    assert reads == []
    assert secret() == secret() == b"s" * 16
    assert reads == [["/m/dev/secret"]]


def test_without_a_secret_a_bucket_has_no_ids() -> None:
    settings = Settings(storage="s3://bucket")
    secret = instance_secret(settings, Platform(), Secrets(settings, read=no_reads))
    with pytest.raises(StorageUnavailable, match="MONOLAMBDA_SECRET is not set"):
        secret()

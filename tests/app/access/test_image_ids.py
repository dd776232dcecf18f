from __future__ import annotations

from collections.abc import Sequence

from app.access.image_ids import identifier, image_id
from app.access.secrets import Secrets
from app.config import Platform, Settings


def test_an_id_is_a_keyed_hash_of_the_bytes() -> None:
    # printf data | openssl dgst -sha256 -hmac secret
    assert image_id(b"secret", b"data") == "1b2c16b75bd2a870c114153ccda5bcfc"
    assert image_id(b"other", b"data") != image_id(b"secret", b"data")


def test_a_secret_in_ssm_is_read_when_the_first_id_is_made() -> None:
    reads: list[list[str]] = []

    def read(names: Sequence[str]) -> dict[str, str]:
        reads.append(list(names))
        return {"/m/dev/secret": "s" * 16}

    settings = Settings(secret="ssm:/m/dev/secret")
    identify = identifier(settings, Platform(), Secrets(settings, read=read))
    assert reads == []
    assert identify(b"data") == image_id(b"s" * 16, b"data")
    assert reads == [["/m/dev/secret"]]

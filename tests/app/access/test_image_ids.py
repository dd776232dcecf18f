from __future__ import annotations

from app.access.image_ids import image_id


def test_an_id_is_a_keyed_hash_of_the_bytes() -> None:
    # printf data | openssl dgst -sha256 -hmac secret
    assert image_id(b"secret", b"data") == "1b2c16b75bd2a870c114153ccda5bcfc"
    assert image_id(b"other", b"data") != image_id(b"secret", b"data")

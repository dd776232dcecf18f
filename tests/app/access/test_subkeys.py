"""One key per purpose: what is made for one of them is worth nothing for another."""

from __future__ import annotations

from typing import get_args

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.access.image_ids import image_id
from app.access.subkeys import Purpose, Subkeys, subkey

PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
SECRET = b"the secret of one installation"


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_subkey_is_what_hkdf_derives(purpose: Purpose) -> None:
    theirs = HKDF(algorithm=SHA256(), length=32, salt=b"monolambda subkeys v1", info=purpose.encode())
    assert subkey(SECRET, purpose) == theirs.derive(SECRET)


def test_the_same_bytes_have_another_digest_for_every_purpose() -> None:
    subkeys = Subkeys(lambda: SECRET)
    found = {subkeys.image_id(b"data"), *(subkeys.digest(purpose)(b"data") for purpose in PURPOSES)}
    assert len(found) == len(PURPOSES) + 1
    assert {len(each) for each in found} == {32}


def test_the_ids_of_stored_images_stay_what_they_are() -> None:
    assert Subkeys(lambda: b"secret").image_id(b"data") == "1b2c16b75bd2a870c114153ccda5bcfc"


@pytest.mark.parametrize("purpose", PURPOSES)
def test_no_id_is_a_part_of_a_subkey(purpose: Purpose) -> None:
    """Whoever may upload chooses the bytes of an id: those from which keys are made must not give one away."""
    info = purpose.encode()
    for data in (info, info + b"\x01", b"monolambda subkeys v1", SECRET):
        assert image_id(SECRET, data) not in subkey(SECRET, purpose).hex()


def test_another_secret_has_other_subkeys() -> None:
    assert len({subkey(secret, purpose) for secret in (SECRET, b"another") for purpose in PURPOSES}) == 2 * len(
        PURPOSES
    )

"""Keys are read as they are written in the settings, and a wrong one is refused without being repeated."""

from __future__ import annotations

import pytest

from app.access.keyring import parse_keys
from app.core.config import ConfigError, Settings

SECRET = "0123456789abcdef"


def test_hashes_are_compared_in_lower_case_and_signing_keys_found_by_id() -> None:
    keyring = parse_keys(Settings(api_keys=("A" * 64,), signing_keys=(f"web:{SECRET}", f"app:{SECRET}:x")))
    assert keyring.hashes == (b"a" * 64,)
    assert keyring.signers == {"web": SECRET.encode(), "app": f"{SECRET}:x".encode()}


@pytest.mark.parametrize(
    ("settings", "variable"),
    [
        (Settings(api_keys=("a key itself",)), "MONOLAMBDA_API_KEYS"),
        (Settings(signing_keys=("web:a key itself"[:15],)), "MONOLAMBDA_SIGNING_KEYS"),
        (Settings(signing_keys=(f"web.1:{SECRET}",)), "MONOLAMBDA_SIGNING_KEYS"),
        (Settings(signing_keys=(f"web:{SECRET}", f"web:{SECRET}x")), "MONOLAMBDA_SIGNING_KEYS"),
    ],
)
def test_a_wrong_key_is_refused_and_not_shown(settings: Settings, variable: str) -> None:
    with pytest.raises(ConfigError, match=f"^{variable}: expected") as caught:
        parse_keys(settings)
    assert "itself" not in str(caught.value)
    assert SECRET not in str(caught.value)

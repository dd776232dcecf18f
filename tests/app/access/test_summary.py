from __future__ import annotations

from typing import Any

import pytest

from app.access.summary import summary
from app.core.config import Platform, Settings

LOCAL, LAMBDA = Platform(), Platform(mode="lambda", function_name="f", memory_mb=1024)
KEYS: dict[str, Any] = {"api_keys": ("0" * 64,)}
HERE = "callers on this machine may do everything, unless they come through a proxy; "
REST = "everybody else may only read pages"


@pytest.mark.parametrize(
    ("platform", "settings", "line"),
    [
        (LOCAL, {}, HERE + REST),
        (LAMBDA, {}, REST),
        (LOCAL, KEYS, "callers with an API key may do everything; " + REST),
        (LOCAL, {"signing_keys": ("a:b",)}, "holders of a signed link may GET it; " + REST),
        (LAMBDA, {"public": True, **KEYS}, "everybody may do everything, because MONOLAMBDA_PUBLIC is true"),
        (LOCAL, {"unsigned": "presets"}, HERE + "everybody may GET images of presets; " + REST),
        (
            LAMBDA,
            {"unsigned": "all", "source_allow": ("a.example", "b.example")},
            "everybody may GET any image, and of URLs at a.example or b.example; " + REST,
        ),
        (
            LAMBDA,
            {"originals": "public"},
            "everybody may read originals, which can tell where a picture was taken; " + REST,
        ),
    ],
)
def test_the_line_says_who_may_do_what(platform: Platform, settings: dict[str, Any], line: str) -> None:
    assert summary(Settings(**settings), platform) == line


def test_it_names_no_secret() -> None:
    assert "topsecret" not in summary(Settings(secret="topsecret", signing_keys=("web:topsecret",)), LOCAL)

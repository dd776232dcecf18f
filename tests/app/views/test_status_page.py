"""The page of a state shows all of it, in units for people."""

from __future__ import annotations

from typing import Any

from app.core.config import Limits
from app.views import status_page
from app.views.status_page import StatusPage

PUBLIC: dict[str, Any] = {"status": "ok", "version": "1.2.3", "container": {"id": "30b97d44", "cold": True}}
FULL: dict[str, Any] = {
    **PUBLIC,
    "container": {
        **PUBLIC["container"],
        "age_s": 190.0,
        "invocations": 1200,
        "init_ms": 1230.4,
        "memory_mb": {"used": 96.4, "peak": 131.0, "limit": 512},
    },
    "mode": "lambda",
    "python": "3.13.0",
    "pillow": "13.0.0",
    "resampler": "pillow",
    "codecs": {"webp": "1.6.0"},
    "function": {"name": "monolambda-dev", "version": "", "log_group": "", "log_stream": ""},
    "pools": {"s3": {"opened": 2, "reused": 40, "idle": 1, "requests": 42}},
    "cache": {"entries": 3, "bytes": 810_000, "hits": 7, "misses": 5},
    "storage": {"kind": "s3", "ok": False, "failures": 4},
    "limits": {name: getattr(Limits(), name) for name in Limits.__struct_fields__},
    "rate_limit": {"refused": 6},
    "routes": {
        "GET /resize": {"count": 812, "errors": 1, "source_errors": 0, "p50_ms": 12.0, "p95_ms": 40.2},
        "GET /status": {"count": 10, "errors": 0, "source_errors": 0, "p50_ms": 2.0, "p95_ms": 3.0},
    },
}


def facts(page: StatusPage) -> dict[str, dict[str, str]]:
    return {card.title: dict(card.facts) for card in (page.container, *page.changing, *page.lasting)}


def test_the_public_part_is_the_container_alone() -> None:
    page = status_page.page(PUBLIC)
    assert facts(page) == {
        "This container": {"Id": "30b97d44", "Start": "cold: this was its first request", "Version": "1.2.3"}
    }
    assert page.memory == ()


def test_figures_have_units() -> None:
    shown = facts(status_page.page(FULL))
    assert shown["This container"]["Started"] == "3 minutes ago"
    assert shown["This container"]["INIT took"] == "1.2 s"
    assert shown["Requests"] == {"Answered": "822", "Errors": "1", "Refused by rate": "6", "Slowest p95": "40 ms"}
    assert shown["Results in memory"] == {"Kept": "3, 810 KB", "Found": "7 of 12 looked for"}
    assert shown["Storage"] == {"s3": "does not work", "Failures": "4"}
    assert shown["Connections: s3"] == {"Requests": "42", "Opened": "2", "Used again": "40", "Idle now": "1"}
    assert shown["Runs as"] == {
        "mode": "lambda", "python": "3.13.0", "pillow": "13.0.0", "resampler": "pillow", "name": "monolambda-dev"
    }  # fmt: skip


def test_memory_is_a_part_of_the_limit() -> None:
    assert [bar.text for bar in status_page.page(FULL).memory] == ["96 of 512 MiB", "131 of 512 MiB"]


def test_every_limit_is_shown_with_its_unit() -> None:
    shown = facts(status_page.page(FULL))["Limits"]
    assert len(shown) == len(Limits.__struct_fields__)
    assert shown["max source"] == "32 MiB"
    assert shown["max source pixels"] == "50 megapixels"
    assert shown["connect"] == "3 s"
    assert shown["max side"] == "8,192 pixels"
    assert shown["max frames"] == "300"
    assert shown["memory"] == "512 MiB"


def test_a_container_that_answered_nothing_yet_has_no_slowest_route() -> None:
    assert "Slowest p95" not in facts(status_page.page({**FULL, "routes": {}}))["Requests"]


def test_a_machine_without_proc_has_no_bars() -> None:
    container = {**FULL["container"], "memory_mb": {"limit": 512}}
    assert status_page.page({**FULL, "container": container}).memory == ()

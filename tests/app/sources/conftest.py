from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from app.config import Limits
from app.deadline import Deadline
from app.sources import Fetcher
from tests.support.origin import Origin

LOOPBACK = ("127.0.0.0/8",)
Build = Callable[..., Fetcher]


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as running:
        yield running


@pytest.fixture
def build() -> Iterator[Build]:
    """Build a Remote that may fetch from loopback, with short limits; it is closed at the end."""
    with ExitStack() as stack:

        def make(*, limits: dict[str, Any] | None = None, **rest: Any) -> Fetcher:
            chosen = Limits(**{"connect_s": 2.0, "read_s": 2.0, "fetch_s": 5.0, **(limits or {})})
            return stack.enter_context(closing(Fetcher(chosen, **{"networks": LOOPBACK, **rest})))

        yield make


@pytest.fixture
def remote(build: Build) -> Fetcher:
    return build()


@pytest.fixture
def deadline() -> Deadline:
    return Deadline.after(30)

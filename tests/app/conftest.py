"""What tests of several parts of the app share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.origin import Origin


@pytest.fixture
def origin() -> Iterator[Origin]:
    """Run an HTTP origin for URL sources."""
    with Origin() as running:
        yield running

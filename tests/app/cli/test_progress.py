"""Commands that take long show how far they are, to whoever sits at a terminal."""

from __future__ import annotations

import os
import pty
import re
import time
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from pathlib import Path

import pytest

from app import cli, create_app
from app.container import Container
from app.storage import keys
from tests.app.cli.conftest import Run
from tests.support import drawing

# a bar with its percentage
BAR = re.compile(r"([A-Z][a-z ]+[a-z]) +\[[#-]+\] +(\d+)%")


def at_a_terminal(container: Container, *arguments: str) -> str:
    """Run a command whose output is a terminal, and return what that shows."""
    app = create_app(container)
    cli.register(app, container, ())
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as terminal, redirect_stdout(terminal):
        app.cli.main(list(arguments), standalone_mode=False)
    shown = b""
    with os.fdopen(master, "rb", buffering=0) as screen, suppress(OSError):  # EIO is the end of a terminal
        while block := screen.read(4096):
            shown += block
    return shown.decode()


@pytest.fixture
def aged(make_container: Callable[..., Container]) -> Container:
    """A container with an image and a result that are old enough to go."""
    container = make_container(retention_days=30, now=lambda: time.time() + 40 * 24 * 3600)
    for key in (keys.original("0" * 32), keys.derived("1" * 32, "2" * 32)):
        container.backends.storage.put(key, b"bytes", media_type="image/jpeg")
    return container


def test_resizing_shows_how_far_it_is(make_container: Callable[..., Container], tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    for name in ("a.png", "b.png"):
        (source / name).write_bytes(drawing.encoded(drawing.photo(40, 30), "PNG"))
    shown = at_a_terminal(make_container(), "resize", str(source), str(tmp_path / "out"), "--width", "20")
    assert BAR.findall(shown) == [("Resizing", "0"), ("Resizing", "50"), ("Resizing", "100")]
    assert "2 of 2 images resized" in shown


def test_purging_shows_how_far_it_is(aged: Container) -> None:
    shown = at_a_terminal(aged, "purge")
    assert {("Deleting images", "100"), ("Deleting results", "100")} <= set(BAR.findall(shown))
    assert "Deleted 1 images, 1 results" in shown
    assert not BAR.findall(at_a_terminal(aged, "purge")), "nothing is left to do"


def test_a_log_gets_no_bar(run: Run, aged: Container) -> None:
    printed = run("purge", container=aged).output
    assert "Deleted 1 images, 1 results" in printed
    assert "%" not in printed

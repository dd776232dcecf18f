"""The servers that are compared: how each is started, and what it is asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from bench.run_config import RunConfig
from bench.server.nginx import command, image_filter
from bench.setup import PEERS
from measurement.stamps import BUILD, ROOT

# what the servers that read files themselves are given to read
SOURCES: Final = BUILD / "sources"
PROCESSES: Final = 2
WIDTH: Final = 480


class ImageRequest(msgspec.Struct, frozen=True):
    """What a server is asked to do with one source; without a ``body`` it reads the file itself."""

    path: str
    body: bytes = b""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """One server: its name in tables, its command for a port and a folder of its own, its request for a source."""

    label: str
    command: Callable[[int, Path], Sequence[str]]
    request: Callable[[Path], ImageRequest]
    ready: str = "/healthz"
    cwd: Path = ROOT
    environment: Mapping[str, str] = msgspec.field(default_factory=dict)


def subjects(config: RunConfig) -> Mapping[str, Subject]:
    """Return the servers that can be started here."""
    found = {
        "ours": Subject(label="Monolambda", command=_ours, request=_uploaded),
        "gunicorn": Subject(label="gunicorn, 8 threads", command=_gunicorn, request=_uploaded),
        "sharp": Subject(
            label="node + sharp", command=lambda port, folder: _sharp(config, port), request=_uploaded, cwd=PEERS
        ),
    }
    if config.thumbor:
        thumbor = config.thumbor
        found["thumbor"] = Subject(
            label="thumbor",
            command=lambda port, folder: _thumbor(thumbor, port, folder),
            request=lambda source: ImageRequest(f"/unsafe/{WIDTH}x0/{source.relative_to(SOURCES)}"),
            ready="/healthcheck",
        )
    if nginx := image_filter():
        found["nginx"] = Subject(
            label="nginx image_filter",
            command=lambda port, folder: command(nginx, SOURCES, port, folder),
            request=lambda source: ImageRequest(f"/{source.relative_to(SOURCES)}"),
        )
    return found


def _uploaded(source: Path) -> ImageRequest:
    return ImageRequest(f"/resize?w={WIDTH}", source.read_bytes())


def _ours(port: int, folder: Path) -> Sequence[str]:
    return [sys.executable, "-m", "serve", "--port", str(port), "--workers", str(PROCESSES)]


def _gunicorn(port: int, folder: Path) -> Sequence[str]:
    options = ["--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "8", "--timeout", "60"]
    return [sys.executable, "-m", "gunicorn", *options, "wsgi:app"]


def _sharp(config: RunConfig, port: int) -> Sequence[str]:
    return [str(config.node.program), str(ROOT / "bench/peers/sharp_server.mjs"), str(port), str(PROCESSES)]


def _thumbor(python: Path, port: int, folder: Path) -> Sequence[str]:
    """Return the command of thumbor, which here reads its files and stores nothing."""
    config = folder / "thumbor.conf"
    config.write_text(
        f"LOADER = 'thumbor.loaders.file_loader'\nFILE_LOADER_ROOT_PATH = {str(SOURCES)!r}\n"
        "STORAGE = 'thumbor.storages.no_storage'\nQUALITY = 80\n"
    )
    options = ["--port", str(port), "--ip", "127.0.0.1", "--conf", str(config), "--processes", str(PROCESSES)]
    return [str(python.parent / "thumbor"), *options]

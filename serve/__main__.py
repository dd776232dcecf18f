"""``python -m serve``: the app in as many processes as there are cores, until it is told to stop."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from app.access.summary import start_line
from app.container.services import usable_cores
from app.core.config import ConfigError, from_environ, platform_from_environ
from app.runtime.log import Log
from serve.handover import SharedListener
from serve.limits import ServerLimits
from serve.open_files import raise_file_limit
from serve.server import Supervisor, server_config

# of processes, and of threads in each: far beyond what helps
_MOST: Final = 1000


def main(arguments: Sequence[str]) -> int:
    """Serve until SIGTERM or SIGINT; return 1 when the app cannot start, or cannot listen on its address."""
    options = parse(arguments)
    try:
        settings = from_environ(os.environ)
    except ConfigError as exc:
        print(f"Monolambda cannot start: {exc}", file=sys.stderr)
        return 1
    config = server_config(options, ServerLimits.of(settings))
    # for each process, whose requests take their part of the cores
    os.environ["WEB_CONCURRENCY"] = str(options.workers)
    raise_file_limit()
    try:
        listener = SharedListener(bound_socket(options.host, options.port), backlog=config.backlog)
    except (OSError, UnicodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else exc
        print(f"Monolambda cannot listen on --host {options.host} --port {options.port}: {reason}", file=sys.stderr)
        return 1
    supervisor = Supervisor(config, listener)
    # once, though each of the processes imports the app
    Log(settings.log_level).write("info", start_line(settings, platform_from_environ(os.environ)))
    supervisor.run()
    return 0 if supervisor.started else 1


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return ``host``, ``port``, ``workers`` and ``threads``; exit with status 2 and a message for a wrong option."""
    parser = argparse.ArgumentParser("python -m serve", description="Serve the app on this machine.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument(
        "--port", type=_whole_number(0, 65_535), default=5000, help="port to listen on (default %(default)s)"
    )
    several = _whole_number(1, _MOST)
    parser.add_argument(
        "--workers", type=several, default=usable_cores(), help="processes (default: one a core, %(default)s here)"
    )
    parser.add_argument("--threads", type=several, default=8, help="threads of each process (default %(default)s)")
    return parser.parse_args(arguments)


def _whole_number(low: int, high: int) -> Callable[[str], int]:
    """Return what reads a whole number from ``low`` to ``high``, and raises ArgumentTypeError for anything else."""

    def read(text: str) -> int:
        with suppress(ValueError):
            if low <= int(text) <= high:
                return int(text)
        raise argparse.ArgumentTypeError(f"expected a whole number from {low} to {high}, received {text[:40]!r}")

    return read


def bound_socket(host: str, port: int) -> socket.socket:
    """Return a socket with this address; raise OSError or UnicodeError when there is none.

    uvicorn would end the program itself, and not say which address.
    """
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except BaseException:
        sock.close()
        raise
    return sock


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

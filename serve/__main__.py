"""``python -m serve``: the app in as many processes as there are cores, until it is told to stop."""

from __future__ import annotations

import argparse
import os
import resource
import sys
from collections.abc import Sequence

from app.access.summary import start_line
from app.core.config import ConfigError, from_environ, platform_from_environ
from app.runtime.telemetry import Log
from serve.handover import SharedListener
from serve.limits import ServerLimits
from serve.server import Supervisor, server_config


def main(arguments: Sequence[str]) -> int:
    """Serve until SIGTERM or SIGINT; return 1 when the app cannot be started."""
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
    listener = SharedListener(config.bind_socket(), backlog=config.backlog)
    supervisor = Supervisor(config, listener)
    # once, though each of the processes imports the app
    Log(settings.log_level).write("info", start_line(settings, platform_from_environ(os.environ)))
    supervisor.run()
    return 0 if supervisor.started else 1


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return ``host``, ``port``, ``workers`` and ``threads``."""
    parser = argparse.ArgumentParser("python -m serve", description="Serve the app on this machine.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=5000, help="port to listen on (default %(default)s)")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    parser.add_argument("--workers", type=int, default=cores, help="processes (default: one a core, %(default)s here)")
    parser.add_argument("--threads", type=int, default=8, help="threads of each process (default %(default)s)")
    return parser.parse_args(arguments)


def raise_file_limit() -> None:
    """Allow as many open files as the system does: each connection is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

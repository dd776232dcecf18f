"""The configuration of uvicorn, and the app in one of its processes."""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

import uvicorn
from uvicorn.supervisors import Multiprocess

from serve.buffered_app import BufferedApp
from serve.handover import SharedListener
from serve.limits import ServerLimits
from serve.protocol import LimitedProtocol
from serve.request_body import ByteBudget

# longer than any encode may take: a process that does not answer its parent for so long is replaced
_HUNG_S: Final = 60
# for requests that are under way when the server is told to stop
_STOP_S: Final = 30
# longer than load balancers keep a connection, which might otherwise use one that is being closed
_KEEP_ALIVE_S: Final = 75


def server_config(options: argparse.Namespace, limits: ServerLimits) -> uvicorn.Config:
    """Return the configuration; it is pickled for every process."""
    return uvicorn.Config(
        partial(build, limits, options.threads),
        factory=True,
        host=options.host,
        port=options.port,
        workers=options.workers,
        http=partial(LimitedProtocol, limits=limits, unsent=ByteBudget(limits.unsent_bytes)),  # type: ignore[arg-type]
        ws="none",
        loop="asyncio",  # uvloop accepts connections itself, and would not take those that the parent hands over
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the app decides whom to believe
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_STOP_S,
        timeout_worker_healthcheck=_HUNG_S,
        limit_concurrency=limits.connections,
    )


class Supervisor(Multiprocess):
    """Runs the processes, and replaces one that dies; ``started`` says whether all of them could begin."""

    started = False

    def __init__(self, config: uvicorn.Config, listener: SharedListener) -> None:
        super().__init__(config, sockets=[listener])  # type: ignore[list-item]
        self._listener = listener

    def init_processes(self) -> None:
        """Start the processes; give up when one of them cannot serve."""
        super().init_processes()
        self.started = all(process.wait_until_ready(_HUNG_S) for process in self.processes)
        if self.started:
            host, port = self._listener.getsockname()[:2]
            print(
                f"listening on http://{host}:{port}/ with {len(self.processes)} processes", file=sys.stderr, flush=True
            )
        else:
            self.should_exit.set()

    def keep_subprocess_alive(self) -> None:
        """Replace the processes that have ended; copies of their ends of the pipes would hide that one has."""
        for process in self.processes:
            process.child_conn.close()
        self._listener.close_copies()
        super().keep_subprocess_alive()

    def terminate_all(self) -> None:
        """Stop the processes; nobody may connect any more while they answer what they have begun."""
        self._listener.close()
        super().terminate_all()


def build(limits: ServerLimits, threads: int) -> BufferedApp:
    """Return the app of one process; the process ends with one line when the app cannot start."""
    import wsgi  # noqa: PLC0415 - its objects are to live in this process, not in the one that started it

    return BufferedApp(wsgi.app, ThreadPoolExecutor(threads), limits, close=wsgi.container.close)

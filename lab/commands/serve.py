"""``python -m lab serve``: API Gateway, Invoke API and live page until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from lab.commands.function_options import add_function_options, function
from lab.errors import Exited, InitError, SetupError, Timeout
from lab.local_lambda import LocalLambda, Options
from lab.traits import Traits

_WAKE_S: Final = 0.2


def add_parser(commands: Any) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("serve", help="API Gateway, Invoke API and live page until Ctrl-C")
    parser.add_argument("--port", type=int, default=8000, help="the gateway's; 0 for any (default %(default)s)")
    parser.add_argument("--invoke-port", type=int, default=0, help="the Invoke API's (default: the next after --port)")
    parser.add_argument("--api", choices=("v1", "v2"), default="v1", help="REST or HTTP API (default %(default)s)")
    parser.add_argument("--stage", default="dev", help="first part of every path under v1 (default %(default)s)")
    parser.add_argument("--concurrency", type=int, default=1000, help="the account's limit (default %(default)s)")
    parser.add_argument("--idle", type=float, default=300.0, metavar="S", help="an idle container ends after this")
    parser.add_argument("--retry-scale", type=float, default=1.0, help="shortens the waits between async retries")
    parser.add_argument("--failures", type=Path, metavar="DIR", help="where events that were given up are written")
    add_function_options(parser)
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Serve until SIGINT or SIGTERM."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    options = Options(
        port=asked.port,
        invoke_port=asked.invoke_port or (asked.port + 1 if asked.port else 0),
        api=asked.api,
        stage=asked.stage,
        concurrency=asked.concurrency,
        retry_scale=asked.retry_scale,
        failures=asked.failures,
        traits=Traits(idle_s=asked.idle),
    )
    with LocalLambda(lambda directory: [function(asked, environ, directory)], options) as lab:
        _try_out(lab, asked.name)
        print(f"app         {lab.url}/\nlive page   {lab.live_url}\nInvoke API  {lab.invoke_url}", flush=True)
        # the system may hand a signal to any thread, and only this one runs handlers, when it wakes
        while not stop.wait(_WAKE_S):
            pass
    return 0


def _try_out(lab: LocalLambda, name: str) -> None:
    """Load the function once before anybody asks; raise SetupError in one line when that fails."""
    function = lab.functions.resolve(name)
    try:
        lab.fleet.load_once(function)
    except InitError as exc:
        report = msgspec.json.decode(str(exc))
        raise SetupError(f"{function.handler}: {report.get('errorMessage') or exc}") from exc
    except (Exited, Timeout) as exc:
        raise SetupError(f"{function.handler} cannot be loaded: {exc}") from exc

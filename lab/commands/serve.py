"""``python -m lab serve``: API Gateway, Invoke API and live page until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from lab.commands.function_options import add_function_options, described_function
from lab.errors import Exited, InitError, SetupError, Timeout
from lab.local_lambda import LocalLambda, Options
from lab.traits import Traits

_WAKE_S: Final = 0.2


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--port", type=int, default=8000, help="the gateway's; 0 for any (default %(default)s)")
    parser.add_argument("--invoke-port", type=int, default=0, help="the Invoke API's (default: the one after --port)")
    parser.add_argument(
        "--api", choices=("v1", "v2", "url"), default="v1", help="REST API, HTTP API or Function URL (default v1)"
    )
    parser.add_argument("--scheme", choices=("http", "https"), default="http", help="what events say (default http)")
    parser.add_argument("--stage", default="dev", help="first segment of every path under v1 (default %(default)s)")
    parser.add_argument("--concurrency", type=int, default=1000, help="the account's limit (default %(default)s)")
    parser.add_argument("--idle", type=float, default=300.0, metavar="S", help="seconds until an idle container ends")
    parser.add_argument("--retry-scale", type=float, default=1.0, help="factor on the waits between async retries")
    parser.add_argument("--failures", type=Path, metavar="DIR", help="where events that are given up are written")
    add_function_options(parser)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Serve until SIGINT or SIGTERM."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    options = Options(
        port=parsed.port,
        invoke_port=parsed.invoke_port or (parsed.port + 1 if parsed.port else 0),
        api=parsed.api,
        scheme=parsed.scheme,
        stage=parsed.stage,
        concurrency=parsed.concurrency,
        retry_scale=parsed.retry_scale,
        failures=parsed.failures,
        traits=Traits(idle_s=parsed.idle),
    )
    with LocalLambda(lambda directory: [described_function(parsed, environ, directory)], options) as lab:
        _load_once(lab, parsed.name)
        print(f"app         {lab.url}/\nlive page   {lab.live_url}\nInvoke API  {lab.invoke_url}", flush=True)
        # the system may deliver a signal to any thread; only this one runs handlers, and only when it wakes
        while not stop.wait(_WAKE_S):
            pass
    return 0


def _load_once(lab: LocalLambda, name: str) -> None:
    """Load the function before the first request; raise SetupError when it cannot be loaded."""
    function = lab.functions.resolve(name)
    try:
        lab.fleet.load_once(function)
    except InitError as exc:
        report = msgspec.json.decode(str(exc))
        raise SetupError(f"{function.handler}: {report.get('errorMessage') or exc}") from exc
    except (Exited, Timeout) as exc:
        raise SetupError(f"{function.handler} cannot be loaded: {exc}") from exc

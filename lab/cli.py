"""The command line: what can be asked, and how it becomes a lab."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from lab.app_settings import app_settings
from lab.errors import Exited, InitError, LabError, SetupError, Timeout
from lab.function import Function
from lab.package import from_tree, from_zip
from lab.stand import Lab, Options
from lab.traits import Traits


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run one command; return the exit code. What goes wrong is one line on standard error."""
    asked = _parser().parse_args(arguments)
    try:
        command = {"serve": serve, "invoke": invoke}[asked.command]
        return command(asked, environ)
    except LabError as exc:
        print(f"lab: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def serve(asked: argparse.Namespace, environ: Mapping[str, str]) -> int:
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
    with Lab(lambda directory: [_function(asked, environ, directory)], options) as lab:
        _try_out(lab, asked.name)
        print(f"app         {lab.url}/\nlive page   {lab.live_url}\nInvoke API  {lab.invoke_url}", flush=True)
        stop.wait()
    return 0


def invoke(asked: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Run one event file; the answer goes to standard output, the log with its REPORT line to standard error."""
    event = _event(asked.event)
    with Lab(lambda directory: [_function(asked, environ, directory)]) as lab:
        outcome = lab.invoke(event)
    sys.stdout.buffer.write(outcome.payload + b"\n")
    sys.stdout.flush()
    sys.stderr.write(outcome.log_tail.decode(errors="replace"))
    return 1 if outcome.error_type else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lab", description="A local Lambda around AWS's own runtime client."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    runs = commands.add_parser("serve", help="API Gateway, Invoke API and live page until Ctrl-C")
    runs.add_argument("--port", type=int, default=8000, help="the gateway's; 0 for any (default %(default)s)")
    runs.add_argument("--invoke-port", type=int, default=0, help="the Invoke API's (default: the next after --port)")
    runs.add_argument("--api", choices=("v1", "v2"), default="v1", help="REST or HTTP API (default %(default)s)")
    runs.add_argument("--stage", default="dev", help="first part of every path under v1 (default %(default)s)")
    runs.add_argument("--concurrency", type=int, default=1000, help="the account's limit (default %(default)s)")
    runs.add_argument("--idle", type=float, default=300.0, metavar="S", help="an idle container ends after this")
    runs.add_argument("--retry-scale", type=float, default=1.0, help="shortens the waits between async retries")
    runs.add_argument("--failures", type=Path, metavar="DIR", help="where events that were given up are written")
    once = commands.add_parser("invoke", help="run one event and end")
    once.add_argument("event", type=Path, help="a JSON file, - for standard input")
    for command in (runs, once):
        _add_function_options(command)
    return parser


def _add_function_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--package", type=Path, metavar="ZIP", help="what to run (default: this tree, this Python)")
    command.add_argument("--handler", default="wsgi.handler", help="(default %(default)s)")
    command.add_argument("--name", default="monolambda", help="the function's name (default %(default)s)")
    command.add_argument("--memory", type=int, default=1769, metavar="MB", help="(default %(default)s)")
    command.add_argument("--timeout", type=float, default=30.0, metavar="S", help="(default %(default)s)")
    command.add_argument(
        "--env", action="append", default=[], metavar="NAME=VALUE", help="for the function; repeatable"
    )


def _function(asked: argparse.Namespace, environ: Mapping[str, str], directory: Path) -> Function:
    settings = app_settings(environ, directory) | dict(_pair(text) for text in asked.env)
    if asked.package:
        function = from_zip(
            asked.package, directory, handler=asked.handler, environment=settings, memory_mb=asked.memory
        )
    else:
        function = from_tree(handler=asked.handler, environment=settings, memory_mb=asked.memory)
    return msgspec.structs.replace(function, name=asked.name, timeout_s=asked.timeout)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise SetupError(f"--env: expected NAME=VALUE, received {text!r}")
    return name, value


def _event(path: Path) -> bytes:
    try:
        event = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        msgspec.json.decode(event, type=msgspec.Raw)
    except OSError as exc:
        raise SetupError(f"{path}: {exc.strerror}") from exc
    except msgspec.DecodeError as exc:
        raise SetupError(f"{path} is not JSON: {exc}") from exc
    return event


def _try_out(lab: Lab, name: str) -> None:
    """Load the function once before anybody asks; raise SetupError in one line when that fails."""
    function = lab.functions.resolve(name)
    try:
        lab.fleet.load_once(function)
    except InitError as exc:
        report = msgspec.json.decode(str(exc))
        raise SetupError(f"{function.handler}: {report.get('errorMessage') or exc}") from exc
    except (Exited, Timeout) as exc:
        raise SetupError(f"{function.handler} cannot be loaded: {exc}") from exc

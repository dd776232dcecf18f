"""``python -m lab serve``: API Gateway, Invoke API and live page until Ctrl-C."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from lab.account.app_settings import with_invoke_api
from lab.account.function import Function
from lab.commands.arguments import add_options, checked_values
from lab.commands.function_options import FUNCTION_OPTIONS, add_function_options, described_function
from lab.commands.serve_options import OPTIONS, lab_options
from lab.errors import Exited, InitError, SetupError, Timeout
from lab.file_checks import expect_directory
from lab.local_lambda import LocalLambda
from measurement.json_value import UnexpectedJson, decoded
from measurement.processes import free_port


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_options(parser, (*OPTIONS, *FUNCTION_OPTIONS))
    parser.add_argument("--cpu-share", action="store_true", help="give CPU in proportion to memory, as Lambda does")
    parser.add_argument("--failures", type=Path, metavar="DIR", help="where events that are given up are written")
    add_function_options(parser)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Serve until a signal comes."""
    values = checked_values(parsed, (*OPTIONS, *FUNCTION_OPTIONS))
    if parsed.failures:
        expect_directory(parsed.failures, "--failures")
    options = lab_options(values, parsed.failures, cpu_share=parsed.cpu_share)
    options = msgspec.structs.replace(options, invoke_port=options.invoke_port or free_port())

    def build(directory: Path) -> list[Function]:
        function = described_function(parsed, values, environ, directory)
        return [with_invoke_api(function, f"http://127.0.0.1:{options.invoke_port}")]

    with LocalLambda(build, options) as lab:
        _load_once(lab, values["name"])
        with suppress(KeyboardInterrupt):
            print(f"app         {lab.url}/\nlive page   {lab.live_url}\nInvoke API  {lab.invoke_url}", flush=True)
            threading.Event().wait()
    return 0


def _load_once(lab: LocalLambda, name: str) -> None:
    """Load the function before the first request; raise SetupError when it cannot be loaded."""
    function = lab.functions.for_invocation(name)
    try:
        lab.fleet.load_once(function)
    except InitError as exc:
        raise SetupError(f"{function.handler}: {_message(str(exc)) or exc}") from exc
    except (Exited, Timeout) as exc:
        raise SetupError("\n".join([f"{function.handler} cannot be loaded: {exc}", *exc.__notes__])) from exc


def _message(report: str) -> str:
    """Return the message in the runtime's report of a function that cannot be loaded; empty when there is none."""
    try:
        return str(decoded(report, dict[str, Any]).get("errorMessage") or "")
    except UnexpectedJson:
        return ""

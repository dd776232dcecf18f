"""The command line: one file of ``lab/commands/`` per command, imported only when it is the one to run."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from importlib import import_module
from typing import Final

from lab.commands.stopping import InterruptOnSignal
from lab.containers.guarded_temp import guarded_temp
from lab.errors import LabError
from serve.open_files import raise_file_limit

COMMANDS: Final[Mapping[str, str]] = {
    "serve": "API Gateway, Invoke API and live page until Ctrl-C",
    "tour": "scenes that show what Lambda does, on the live page, or recorded",
    "replay": "a recorded run as one HTML page",
    "invoke": "run one event and exit",
    "run": "run experiments and write their findings",
    "report": "write the page, the charts and the tables of what `run` found",
    "cost": "what a month costs on Lambda and on a server, and where they break even",
    "simulate": "apply Lambda's rules to traffic that this machine cannot hold",
    "validate": "probe a deployed function, and compare Lambda with its documentation and the lab",
    "tune": "time a function at several memory settings, and price each",
}
_STARTS_PROCESSES: Final = ("serve", "tour", "invoke", "run", "validate", "tune")
_OUR_PACKAGES: Final = ("app", "infra", "lab", "measurement", "serve")


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run one command and return the exit code; an error is one line on standard error.

    SIGINT, SIGTERM and SIGHUP end any command at any point, after it has cleaned up. One that serves until then returns
    a code of its own.
    """
    _open_closed_streams()
    # every container takes two and every connection one
    raise_file_limit()
    code = 0
    with InterruptOnSignal() as interrupt:
        interrupt.begin()
        try:
            return _run(arguments, environ)
        except BrokenPipeError:
            # whoever reads, such as head, has seen enough; what is still buffered would fail once more at the end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 1
        except LabError as exc:
            code = _complain(str(exc))
        except ModuleNotFoundError as exc:
            missing = (exc.name or "").partition(".")[0]
            if missing in _OUR_PACKAGES:
                raise
            code = _complain(f"`{arguments[0]}` needs {missing}, which is not installed: run `make setup`")
        except KeyboardInterrupt as exc:
            code = _complain(str(exc))
    return interrupt.status or code


def _run(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    command = next(iter(arguments), "")
    parsed = parser([command]).parse_args(arguments)
    with guarded_temp() if command in _STARTS_PROCESSES else nullcontext():
        code: int = parsed.run(parsed, environ)
    sys.stdout.flush()
    return code


def parser(load: Collection[str]) -> argparse.ArgumentParser:
    """Return the parser of all commands, with the options of those in ``load``."""
    top = argparse.ArgumentParser(prog="python -m lab", description="A local Lambda around AWS's own runtime client.")
    commands = top.add_subparsers(dest="command", required=True)
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary)
        if name in load:
            import_module(f"lab.commands.{name}").configure(command)
    return top


def _open_closed_streams() -> None:
    """Put an empty file in place of each standard stream that the caller has closed, as by a shell's ``>&-``.

    Python has None there, and a file that is opened later would get the stream's number.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 (for as long as the process)


def _complain(text: str) -> int:
    """Print an error and return the exit code of one."""
    for line in text.splitlines():
        print(f"lab: {line}", file=sys.stderr)
    return 1

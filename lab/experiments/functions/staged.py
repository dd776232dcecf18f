"""One process, one event, like bench's first_event.py: ``python -P staged.py EVENT RESULT``, with each stage timed.

RESULT gets the CPU seconds of interpreter, load and first request, and counts; with ``-X importtime`` the stages are
marked in that report too. Imports nothing but what the measured process needs.
"""

import json
import os
import sys
import time

BORN = time.process_time()
COMPILED: list[object] = []


class Context:
    """What the runtime passes beside the event."""

    aws_request_id = "11111111-2222-4333-8444-555555555555"

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds left."""
        return 29_000


def mark(stage: str) -> float:
    """Write a line into the report of imports; return the CPU seconds so far."""
    if "importtime" in sys._xoptions:
        sys.stderr.write(f"stage: {stage}\n")
        sys.stderr.flush()
    return time.process_time()


def note_compiled(event: str, arguments: tuple[object, ...]) -> None:
    """Count source files that were compiled because no bytecode was to be used."""
    if event == "compile" and str(arguments[1]).endswith(".py"):
        COMPILED.append(arguments[1])


def main(source: str, result: str) -> None:
    """Load the package's handler, hand it the event, and write down what that took."""
    with open(source, encoding="ascii") as file:
        event = json.load(file)
    sys.addaudithook(note_compiled)
    begun = mark("load")
    # the statement, since the report of imports leaves out what import_module is asked for
    from wsgi import handler  # noqa: PLC0415

    loaded = mark("first")
    answer = handler(event, Context())
    answered = mark("end")
    if answer["statusCode"] != 200:
        raise RuntimeError(f"expected 200, received {str(answer)[:500]}")
    told = {"interpreter": BORN, "load": loaded - begun, "first": answered - loaded, "cpu_s": answered}
    with open(result, "w", encoding="ascii") as file:
        json.dump({**told, "modules": len(sys.modules), "compiled": len(COMPILED)}, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
    # a container is never unwound: what that takes is no part of a start
    os._exit(0)

"""A cold start in a process of its own: ``python -P staged.py EVENT RESULT`` measures each stage of it.

RESULT gets the CPU seconds of interpreter, load and first request, and the numbers of modules; with ``-X importtime``
the stages are marked in that report too. Imports nothing but what the measured process needs.
"""

import json
import os
import sys
import time
from types import SimpleNamespace

BORN = time.process_time()
COMPILED: list[object] = []
# what the runtime passes beside the event
CONTEXT = SimpleNamespace(aws_request_id="measured", get_remaining_time_in_millis=lambda: 29_000)


def mark(stage: str) -> float:
    """Mark a stage in the report of imports; return the CPU seconds so far."""
    if "importtime" in sys._xoptions:
        sys.stderr.write(f"stage: {stage}\n")
        sys.stderr.flush()
    return time.process_time()


def note_compiled(event: str, arguments: tuple[object, ...]) -> None:
    """Count source files that are compiled because their bytecode is missing or stale."""
    if event == "compile" and str(arguments[1]).endswith(".py"):
        COMPILED.append(arguments[1])


def main(source: str, result: str) -> None:
    """Load the package's handler, pass it the event, and write what that took."""
    with open(source, encoding="ascii") as file:
        event = json.load(file)
    sys.addaudithook(note_compiled)
    begun = mark("load")
    # a statement, because the report of imports leaves out calls of import_module
    from wsgi import handler  # noqa: PLC0415

    loaded = mark("first")
    response = handler(event, CONTEXT)
    responded = mark("end")
    if response["statusCode"] != 200:
        raise RuntimeError(f"expected 200, received {str(response)[:500]}")
    stages = {"interpreter": BORN, "load": loaded - begun, "first": responded - loaded, "cpu_s": responded}
    with open(result, "w", encoding="ascii") as file:
        json.dump({**stages, "modules": len(sys.modules), "compiled": len(COMPILED)}, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
    # a container never shuts down, so the time for that is no part of a start
    os._exit(0)

"""A function that notes when its INIT begins and ends, in a file for all containers, and can crash when it is told."""

import os
import time
from typing import Any

from probe import do_hold  # type: ignore[import-not-found]


def note(what: str) -> None:
    with open(os.environ["LOADS"], "a") as out:
        out.write(f"{what}\n")


note("begin")
# long enough that others would begin meanwhile if they could
time.sleep(0.1)
note("end")


def handler(event: Any, context: Any) -> Any:
    if event["do"] == "hold":
        do_hold(event, context)
        os._exit(3)
    return time.time() + context.get_remaining_time_in_millis() / 1000

"""A function that takes too long to load the first time in a container, but not the second."""

import tempfile
import time
from pathlib import Path
from typing import Any

marker = Path(tempfile.gettempdir(), "loaded-before")
if not marker.exists():
    marker.write_text("")
    time.sleep(2)


def handler(event: Any, context: Any) -> Any:
    return "loaded"

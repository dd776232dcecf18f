"""A function whose process ends the first time it is loaded in a container, but not the second."""

import os
import tempfile
from pathlib import Path
from typing import Any

marker = Path(tempfile.gettempdir(), "loaded-before")
if not marker.exists():
    marker.write_text("")
    os._exit(9)


def handler(event: Any, context: Any) -> Any:
    return "loaded"

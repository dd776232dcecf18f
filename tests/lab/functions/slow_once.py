"""Takes too long to load the first time in a container, and not the second."""

import tempfile
import time
from pathlib import Path

marker = Path(tempfile.gettempdir(), "loaded-before")
if not marker.exists():
    marker.write_text("")
    time.sleep(2)


def handler(event, context):
    return "loaded"

"""A script that runs events through a handler and prints which files of a directory were used.

Arguments: the directory, and the module with ``handler`` and ``app``. Events come as JSON on standard input.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

# what the runtime passes beside the event
CONTEXT = SimpleNamespace(aws_request_id="traced", get_remaining_time_in_millis=lambda: 30_000)


def main(root: str, module: str) -> dict[str, Any]:
    """Return the files that were opened, imported or mapped, the URL rules, and the status codes."""
    opened: set[str] = set()

    def hook(name: str, arguments: tuple[Any, ...]) -> None:
        if name == "open" and isinstance(arguments[0], str):
            opened.add(arguments[0])

    sys.addaudithook(hook)
    events = json.load(sys.stdin)
    loaded = importlib.import_module(module)
    responses = [loaded.handler(event, CONTEXT) for event in events]
    modules = {str(getattr(found, "__file__", "")) for found in list(sys.modules.values())}
    mapped = {line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines()}
    names = {path for path in opened | modules | mapped if path.startswith(f"{root}/") and Path(path).is_file()}
    return {
        "files": sorted(path.removeprefix(f"{root}/") for path in names),
        "routes": {rule.endpoint: rule.rule for rule in loaded.app.url_map.iter_rules()},
        "statuses": [response["statusCode"] for response in responses],
    }


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:3])))

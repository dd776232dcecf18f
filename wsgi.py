"""The only module-level objects: one container, the app for ``flask run`` and gunicorn, the handler for Lambda."""

import gc
import time

_started = time.time()
# everything that is loaded stays, so collecting garbage meanwhile only costs: a seventh of a cold start
gc.disable()

import logging  # noqa: E402
import os  # noqa: E402
from contextlib import nullcontext  # noqa: E402

from app import create_app  # noqa: E402
from app.config import from_environ, platform_from_environ  # noqa: E402

# urllib3's warnings show the whole URL, and a query may hold a signature
logging.getLogger("urllib3").setLevel(logging.ERROR)

platform = platform_from_environ(os.environ)
if platform.mode == "local":
    from app.runtime.allocator import keep_freed, limit_arenas

    # on Lambda a container serves one request at a time, and its environment sets what the allocator keeps
    limit_arenas()
    keep_freed()

if platform.mode == "lambda":
    from app.imports.postponed import PostponedImports

with PostponedImports() if platform.mode == "lambda" else nullcontext():
    from app.container import Container
    from app.events import make_handler

    container = Container(from_environ(os.environ), platform, started=_started)
    app = create_app(container)
    handler = make_handler(app, container)

container.warm()
if platform.snapshot:
    from app.events.restore import renew_after_restore

    renew_after_restore(container)

gc.freeze()
gc.enable()

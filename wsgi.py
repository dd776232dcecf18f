"""The only module-level objects: one container, the app for ``flask run`` and servers, the handler for Lambda."""

import gc
import time

_started = time.time()
# everything that is loaded stays, so collecting garbage meanwhile only costs: a seventh of a cold start
gc.disable()

import os  # noqa: E402

from app.core.imports import bundle  # noqa: E402

bundle.install(os.path.dirname(__file__))  # what is imported from here on is in it, if there is one

import logging  # noqa: E402
import sys  # noqa: E402
from contextlib import nullcontext  # noqa: E402

# urllib3's warnings show the whole URL, and a query may hold a signature
logging.getLogger("urllib3").setLevel(logging.ERROR)

on_lambda = bool(os.environ.get("AWS_LAMBDA_FUNCTION_NAME"))
if on_lambda:
    from app.core.imports.postponed import PostponedImports
else:
    from app.runtime.allocator import keep_freed, limit_arenas
    from app.runtime.redact import protect_server_logs

    # on Lambda a container serves one request at a time, and its environment sets what the allocator keeps
    limit_arenas()
    keep_freed()
    protect_server_logs()

with PostponedImports() if on_lambda else nullcontext():
    if on_lambda:
        from app.imaging import tag_names  # noqa: F401  # stand-ins for what the first image would import
    else:
        from app import cli

    import msgspec

    from app import create_app
    from app.container import Container
    from app.core.config import ConfigError, from_environ, platform_from_environ
    from app.core.errors import StorageUnavailable
    from app.events import make_handler

    try:
        platform = platform_from_environ(os.environ)
        if not on_lambda and cli.is_flask():
            # WEB_CONCURRENCY is meant for another server than this one process
            platform = msgspec.structs.replace(platform, processes=1)
        container = Container(from_environ(os.environ), platform, started=_started)
        app = create_app(container)
        handler = make_handler(app, container)
    except (ConfigError, StorageUnavailable) as exc:
        if on_lambda:
            raise
        sys.exit(f"Monolambda cannot start: {exc}")

if not on_lambda and cli.is_flask():
    cli.register(app, container, os.environ)
    if cli.is_flask_run():
        from app.access.summary import start_line

        container.log.write("info", start_line(container.settings, platform))

container.warm()
if platform.snapshot:
    from app.events.restore import renew_after_restore

    renew_after_restore(container)

gc.freeze()
gc.enable()

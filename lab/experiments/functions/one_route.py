"""One route of the app as a function of its own, as a team without a monolith would write it.

Unlike wsgi.py it imports a single blueprint and handles no events but HTTP. It starts as fast as wsgi.py can: from a
bundle, with postponed imports.
"""

from __future__ import annotations

import gc
import time

_started = time.time()
gc.disable()

import os  # noqa: E402

from app.core.imports import bundle  # noqa: E402

bundle.install(os.path.dirname(__file__))

import importlib  # noqa: E402
import json  # noqa: E402
from typing import Any  # noqa: E402

from app.core.imports.postponed import PostponedImports  # noqa: E402

# the module of the blueprint, and the URL rules of all routes, which the blueprint may link to
MODULE = os.environ["ONE_ROUTE"]
OTHERS = json.loads(os.environ["OTHER_ROUTES"])

with PostponedImports():
    from flask import Flask

    from app.container import Container
    from app.core.config import from_environ, platform_from_environ
    from app.events.classify import classify
    from app.events.http import HttpHandler
    from app.imaging import tag_names  # noqa: F401  # as wsgi.py does
    from app.options import MAX_PAIRS
    from app.views import observe, problems, static_files, visitor
    from app.views.bounded_request import BoundedRequest
    from app.views.lazy_rule import LazyRule
    from app.views.request_head import bounded

    container = Container(from_environ(os.environ), platform_from_environ(os.environ), started=_started)
    # as create_app does it
    app = Flask("app", template_folder="views/templates", static_folder=None)
    app.url_rule_class = LazyRule
    app.request_class = BoundedRequest
    app.wsgi_app = bounded(app.wsgi_app)  # type: ignore[assignment,method-assign]
    app.config["MAX_CONTENT_LENGTH"] = container.settings.max_body_bytes
    app.config["MAX_FORM_PARTS"] = MAX_PAIRS
    app.json.sort_keys = False  # type: ignore[attr-defined]
    observe.register(app, container)
    problems.register(app, container)
    static_files.register(app)
    app.context_processor(lambda: visitor.template_values(container))
    app.register_blueprint(importlib.import_module(f"app.views.{MODULE}").blueprint(container))
    for endpoint, rule in OTHERS.items():
        if endpoint != static_files.ENDPOINT and endpoint.partition(".")[0] != MODULE:
            app.url_map.add(LazyRule(rule, endpoint=endpoint, build_only=True))
    http = HttpHandler(app)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Respond to an HTTP event."""
    return http.answer(classify(event), event, context)


gc.freeze()
gc.enable()

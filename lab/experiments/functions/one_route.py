"""One route of the app as a function of its own, as a team without a monolith would write it.

Unlike wsgi.py it imports a single blueprint and handles no events but HTTP.
"""

from __future__ import annotations

import gc
import time

_started = time.time()
gc.disable()

import importlib  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
from typing import Any  # noqa: E402

from flask import Flask  # noqa: E402

from app.config import from_environ, platform_from_environ  # noqa: E402
from app.container import Container  # noqa: E402
from app.events.classify import classify  # noqa: E402
from app.events.http import HttpHandler  # noqa: E402
from app.views import observe, problems  # noqa: E402
from app.views.lazy_rule import LazyRule  # noqa: E402

# the module of the blueprint, and the URL rules of all routes, which the blueprint may link to
MODULE = os.environ["ONE_ROUTE"]
OTHERS = json.loads(os.environ["OTHER_ROUTES"])

container = Container(from_environ(os.environ), platform_from_environ(os.environ), started=_started)
app = Flask("app")
app.url_rule_class = LazyRule
app.config["MAX_CONTENT_LENGTH"] = container.settings.max_body_bytes
app.json.sort_keys = False  # type: ignore[attr-defined]
observe.register(app, container)
problems.register(app, container)
app.register_blueprint(importlib.import_module(f"app.views.{MODULE}").blueprint(container))
for endpoint, rule in OTHERS.items():
    if endpoint.partition(".")[0] != MODULE:
        app.url_map.add(LazyRule(rule, endpoint=endpoint, build_only=True))
http = HttpHandler(app)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Respond to an HTTP event."""
    return http.answer(classify(event), event, context)


gc.freeze()
gc.enable()

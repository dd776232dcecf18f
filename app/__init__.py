"""Monolambda: one conventional Flask app that uploads, resizes and transforms images."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.container import Container


def create_app(container: Container) -> Flask:
    """Return a Flask app that serves from ``container``; two apps share nothing."""
    from flask import Flask

    from app import views
    from app.options import MAX_PAIRS
    from app.views.bounded_request import BoundedRequest
    from app.views.lazy_rule import LazyRule
    from app.views.request_head import bounded

    app = Flask(__name__, template_folder="views/templates", static_folder=None)
    app.url_rule_class = LazyRule
    app.request_class = BoundedRequest
    app.wsgi_app = bounded(app.wsgi_app)  # type: ignore[assignment,method-assign]
    app.config["MAX_CONTENT_LENGTH"] = container.settings.max_body_bytes
    app.config["MAX_FORM_PARTS"] = MAX_PAIRS
    if container.platform.mode == "local" and "*" not in container.settings.trusted_hosts:
        # DNS rebinding: a page of another site can point its own name at 127.0.0.1 and read our answers
        app.config["TRUSTED_HOSTS"] = list(container.settings.trusted_hosts)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # members stay in the order they are written
    views.register(app, container)
    if container.settings.public_url:
        from app.views.public_prefix import PublicPrefix

        app.wsgi_app = PublicPrefix(app, container.settings.public_url)  # type: ignore[method-assign]
    return app

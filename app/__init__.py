"""Monolambda: one conventional Flask app that uploads, resizes and transforms images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask

if TYPE_CHECKING:
    from app.container import Container


def create_app(container: Container) -> Flask:
    """Return a Flask app that serves from ``container``; two apps share nothing."""
    from app import views
    from app.views.lazy_rule import LazyRule

    app = Flask(__name__, template_folder="views/templates", static_folder="views/static")
    app.url_rule_class = LazyRule
    app.config["MAX_CONTENT_LENGTH"] = container.settings.max_body_bytes
    if container.platform.mode == "local" and "*" not in container.settings.trusted_hosts:
        # DNS rebinding: a page of another site can point its own name at 127.0.0.1 and read our answers
        app.config["TRUSTED_HOSTS"] = list(container.settings.trusted_hosts)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # members stay in the order they are written
    views.register(app, container)
    if container.settings.public_url:
        from app.views.public_prefix import PublicPrefix

        app.wsgi_app = PublicPrefix(app, container.settings.public_url)  # type: ignore[method-assign]
    return app

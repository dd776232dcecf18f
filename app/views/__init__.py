"""The HTTP door: the blueprints, and what is true of every response."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.views import images, info, job_status, observe, pages, presign, problems, resize, srcset, status, upload

if TYPE_CHECKING:
    from flask import Flask

    from app.container import Container


def register(app: Flask, container: Container) -> None:
    """Give ``app`` its routes, its error handlers and its response headers."""
    observe.register(app, container)
    problems.register(app, container)
    for module in (pages, upload, presign, images, resize, info, srcset, job_status, status):
        app.register_blueprint(module.blueprint(container))

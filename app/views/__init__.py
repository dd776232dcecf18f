"""The HTTP door: the blueprints, and the headers and errors that all responses share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.views import (
    image_list,
    images,
    info,
    job_status,
    login,
    observe,
    openapi,
    pages,
    presign,
    problems,
    prometheus,
    resize,
    srcset,
    static_files,
    status,
    upload,
    visitor,
)

if TYPE_CHECKING:
    from flask import Flask

    from app.container import Container

# a new route is a function in one of these, or a module with a blueprint and a row here
_BLUEPRINTS: Final = (
    pages,
    login,
    upload,
    presign,
    image_list,
    images,
    resize,
    info,
    srcset,
    job_status,
    status,
    prometheus,
    openapi,
)


def register(app: Flask, container: Container) -> None:
    """Give ``app`` its routes, its error handlers and its response headers."""
    observe.register(app, container)
    problems.register(app, container)
    static_files.register(app)
    app.context_processor(lambda: visitor.template_values(container))
    for module in _BLUEPRINTS:
        app.register_blueprint(module.blueprint(container))

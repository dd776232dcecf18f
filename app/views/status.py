"""``/status`` and ``/healthz``: what this container is and how it fares."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from flask import Blueprint, Response, jsonify, make_response, render_template

from app import imaging
from app.config import VERSION, Limits
from app.runtime import telemetry
from app.views import current_request

if TYPE_CHECKING:
    from app.container import Container
    from app.service import Tools


def blueprint(container: Container) -> Blueprint:
    """Return the routes of this module."""
    bp = Blueprint("status", __name__)
    bp.add_url_rule("/status", "show", partial(show, container), methods=["GET"])
    bp.add_url_rule("/healthz", "healthz", healthz, methods=["GET"])
    return bp


def healthz() -> Response:
    """Answer 200 without touching anything: this process serves."""
    return Response("ok\n", mimetype="text/plain", headers={"Cache-Control": "no-store"})


def show(container: Container) -> Response:
    """Answer the state of this container, in full to key holders and on loopback."""
    current_request.require_acceptable()
    full = current_request.grant(container).full
    state = _full(container) if full else _public(container)
    response = (
        make_response(render_template("status.html", state=state)) if current_request.prefers_html() else jsonify(state)
    )
    response.vary.add("Accept")
    response.cache_control.no_store = True
    return response


def _public(container: Container) -> dict[str, Any]:
    """Return what everybody may know."""
    cold = container.invocations == 1
    state: dict[str, Any] = {"status": "ok", "version": VERSION, "container": {"id": container.id, "cold": cold}}
    if container.settings.public:
        state["open_to_everybody"] = True
    return state


def _full(container: Container) -> dict[str, Any]:
    tools, platform, public = container.tools, container.platform, _public(container)
    works = tools.storage.ok()
    codecs = imaging.versions()
    return {
        **public,
        "status": "ok" if works else "degraded",
        "mode": platform.mode,
        "python": sys.version.split()[0],
        "pillow": codecs.pop("pillow"),
        "codecs": codecs,
        "function": {
            "name": platform.function_name,
            "version": platform.function_version,
            "log_group": platform.log_group,
            "log_stream": platform.log_stream,
        },
        "container": {**public["container"], **_container(container)},
        "pools": _pools(tools),
        "cache": msgspec.to_builtins(tools.cache.stats()),
        "storage": {"kind": tools.storage.kind, "ok": works},
        "limits": {name: getattr(container.settings, name) for name in Limits.__struct_fields__},
        "unknown_settings": platform.unknown_variables,
        "routes": msgspec.to_builtins(container.routes.figures()),
    }


def _pools(tools: Tools) -> dict[str, Any]:
    pools = {"http": msgspec.to_builtins(tools.remote.stats())}
    if tools.storage.kind == "s3":
        pools["s3"] = msgspec.to_builtins(tools.storage.stats())
    return pools


def _container(container: Container) -> dict[str, Any]:
    return {
        "started_at": round(container.started, 3),
        "age_s": round(container.now() - container.started, 1),
        "invocations": container.invocations,
        "init_ms": container.init_ms,
        "memory_mb": {**telemetry.memory_mb(), "limit": container.settings.memory_mb},
    }

"""``/status`` and ``/healthz``: the state of this container."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import msgspec
from flask import Blueprint, Response, jsonify, make_response, render_template

from app import imaging
from app.core.config import VERSION, Limits
from app.runtime import allocator
from app.views import current_request, negotiation

if TYPE_CHECKING:
    from app.container import Container


def blueprint(container: Container) -> Blueprint:
    """Return the routes ``/status`` and ``/healthz``."""
    bp = Blueprint("status", __name__)

    @bp.get("/status")
    def show() -> Response:
        """Return the state of this container, in full to key holders and on loopback."""
        negotiation.require_acceptable()
        is_full = current_request.grant(container.access).full
        state = _full(container) if is_full else _public(container)
        response = _page(state) if negotiation.prefers_html() else jsonify(state)
        response.vary.add("Accept")
        response.cache_control.no_store = True
        return response

    @bp.get("/healthz")
    def healthz() -> Response:
        """Return 200 without touching anything: the process is alive."""
        return Response("ok\n", mimetype="text/plain", headers={"Cache-Control": "no-store"})

    return bp


def _page(state: dict[str, Any]) -> Response:
    from app.views import status_page, units

    page = status_page.page(state)
    return make_response(render_template("status.html", state=state, page=page, duration=units.duration))


def _public(container: Container) -> dict[str, Any]:
    """Return the part of the status that is public."""
    is_cold = container.is_cold
    state: dict[str, Any] = {"status": "ok", "version": VERSION, "container": {"id": container.id, "cold": is_cold}}
    if container.settings.public:
        state["open_to_everybody"] = True
    return state


def _full(container: Container) -> dict[str, Any]:
    platform, public = container.platform, _public(container)
    health = container.services.health.report()
    codecs = imaging.versions()
    return {
        **public,
        "status": "ok" if health.ok else "degraded",
        "mode": platform.mode,
        "python": sys.version.split()[0],
        "pillow": codecs.pop("pillow"),
        "resampler": codecs.pop("resampler"),
        "codecs": codecs,
        "function": {
            "name": platform.function_name,
            "version": platform.function_version,
            "log_group": platform.log_group,
            "log_stream": platform.log_stream,
        },
        "container": {**public["container"], **_lifetime(container)},
        **msgspec.to_builtins(health),
        "limits": {name: getattr(container.settings, name) for name in Limits.__struct_fields__},
        "rate_limit": {"refused": container.rate_limit.refused if container.rate_limit else 0},
        "unknown_settings": platform.unknown_variables,
        "routes": msgspec.to_builtins(container.telemetry.routes.figures()),
    }


def _lifetime(container: Container) -> dict[str, Any]:
    return {
        "started_at": round(container.started, 3),
        "age_s": round(container.now() - container.started, 1),
        "invocations": container.invocations,
        "init_ms": container.init_ms,
        "memory_mb": {**allocator.memory_mb(), "limit": container.settings.memory_mb},
    }

"""``Prefer: respond-async`` and ``/status/{job}``: work that is asked for now and answered later."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, make_response, render_template, request

from app import service
from app.errors import NotFound
from app.storage import keys
from app.views import current_request, links

if TYPE_CHECKING:
    from app.container import Container
    from app.service import Job, JobRequest


def blueprint(container: Container) -> Blueprint:
    """Return the routes of this module."""
    bp = Blueprint("jobs", __name__)
    bp.add_url_rule("/status/<job_id>", "show", partial(show, container), methods=["GET"])
    return bp


def preferred() -> bool:
    """Say whether the caller would rather come back for the result (RFC 7240, 4.1)."""
    preferences = ",".join(request.headers.getlist("Prefer")).split(",")
    return any(part.partition(";")[0].strip().lower() == "respond-async" for part in preferences)


def accepted(container: Container, order: JobRequest, data: bytes = b"") -> Response:
    """Defer the work and answer 202 with where its state is told."""
    job_id, job = service.defer(container.tools, order, data)
    response = jsonify(_described(container, job_id, job))
    response.status_code = 202
    response.headers["Location"] = links.absolute(container.settings, "jobs.show", job_id=job_id)
    response.headers["Preference-Applied"] = "respond-async"
    response.headers["Retry-After"] = "1"
    response.vary.add("Prefer")
    response.cache_control.no_store = True
    return response


def show(container: Container, job_id: str) -> Response:
    """Answer how a job stands: queued, running, done with its result, failed with its problem."""
    container.access.require_full(current_request.grant(container), "GET /status/{job}")
    current_request.require_acceptable()
    state = _described(container, job_id, service.look(container.tools, keys.check_job(job_id)))
    page = current_request.prefers_html()
    response = make_response(render_template("job.html", job=state)) if page else jsonify(state)
    if state["status"] in ("queued", "running"):
        response.headers["Retry-After"] = "1"
        if page:
            response.headers["Refresh"] = "2"
    response.vary.add("Accept")
    response.cache_control.no_store = True
    return response


def _described(container: Container, job_id: str, job: Job) -> dict[str, Any]:
    """Return the JSON of a job; times are Unix seconds."""
    state: dict[str, Any] = {
        "job": job_id,
        "status": job.state,
        "attempts": job.attempts,
        "created": round(job.created, 3),
        "changed": round(job.changed, 3),
    }
    if job.problem is not None:
        anchor = f"error-{job.problem['code']}"
        state["problem"] = {"type": links.absolute(container.settings, "pages.docs", _anchor=anchor), **job.problem}
    if job.state == "done":
        try:
            state["result"] = links.describe(container.settings, service.describe(container.tools, job.image))
        except NotFound:  # deleted since, as any image can be
            state["result"] = None
    return state

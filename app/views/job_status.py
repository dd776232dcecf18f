"""``Prefer: respond-async`` and ``/status/{job}``: work that is requested now and answered later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, make_response, render_template, request

from app.core.errors import NotFound
from app.views import current_request, links, negotiation

if TYPE_CHECKING:
    from app.container import Container
    from app.core.config import Settings
    from app.service import ImageStore, Job, OpenedImage


def blueprint(container: Container) -> Blueprint:
    """Return the route of ``/status/{job}``."""
    bp = Blueprint("job_status", __name__)
    access, settings = container.access, container.settings
    jobs, images = container.services.jobs, container.services.images

    @bp.get("/status/<job_id>")
    def show(job_id: str) -> Response:
        """Return the state of a job: queued, running, done with its result, or failed with its problem."""
        access.require_full(current_request.grant(access), "GET /status/{job}")
        negotiation.require_acceptable()
        job = jobs.requeue_if_stalled(job_id, jobs.poll(job_id))
        result = _result(images, job)
        return _answer(_describe(settings, job_id, job, result), container.now(), result)

    return bp


def is_preferred() -> bool:
    """Return whether the caller prefers to fetch the result later (``Prefer: respond-async``, RFC 7240, 4.1)."""
    preferences = ",".join(request.headers.getlist("Prefer")).split(",")
    named = (part.partition(";")[0].partition("=") for part in preferences)
    # an empty value is none: section 2
    return any(name.strip().lower() == "respond-async" and value.strip() in ("", '""') for name, _, value in named)


def accept(settings: Settings, images: ImageStore, job_id: str, job: Job) -> Response:
    """Return 202 with the URL of the job's state."""
    response = jsonify(_describe(settings, job_id, job, _result(images, job)))
    response.status_code = 202
    response.headers["Location"] = links.absolute(settings, "job_status.show", job_id=job_id)
    response.headers["Preference-Applied"] = "respond-async"
    response.headers["Retry-After"] = "1"
    response.vary.add("Prefer")
    response.cache_control.no_store = True
    return response


def _answer(state: dict[str, Any], now: float, result: OpenedImage | None) -> Response:
    is_waiting = state["status"] in ("queued", "running")
    is_page = negotiation.prefers_html()
    response = _page(state, result, is_waiting=is_waiting, now=now) if is_page else jsonify(state)
    if is_waiting:
        response.headers["Retry-After"] = "1"
    response.vary.add("Accept")
    response.cache_control.no_store = True
    return response


def _page(state: dict[str, Any], result: OpenedImage | None, *, is_waiting: bool, now: float) -> Response:
    from app.views import units

    page = render_template(
        "job.html",
        job=state,
        refusal=result and result.refusal,
        waiting=is_waiting,
        age=now - state["created"],
        size=units.size,
        ago=units.ago,
    )
    return make_response(page)


def _result(images: ImageStore, job: Job) -> OpenedImage | None:
    """Return the result of a job, None while there is none and once it was deleted, as any image can be."""
    if job.state != "done":
        return None
    try:
        return images.open(job.image)
    except NotFound:
        return None


def _describe(settings: Settings, job_id: str, job: Job, result: OpenedImage | None) -> dict[str, Any]:
    """Return the JSON of a job; times are in Unix seconds."""
    state: dict[str, Any] = {
        "job": job_id,
        "status": job.state,
        "attempts": job.attempts,
        "created": round(job.created, 3),
        "changed": round(job.changed, 3),
    }
    if job.problem is not None:
        state["problem"] = {"type": links.error_type(settings, job.problem["code"]), **job.problem}
    if job.state == "done":
        state["result"] = links.describe(settings, result.image) if result else None
    return state

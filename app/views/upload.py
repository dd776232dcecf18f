"""``POST /upload``: images in, by form or as a raw body."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for

from app import service
from app.errors import InvalidParameter, ParameterError, ServiceError
from app.views import current_request, links, parameters, problems

if TYPE_CHECKING:
    from app.container import Container
    from app.service import Image

Outcome = tuple["Image", bool] | ServiceError


def blueprint(container: Container) -> Blueprint:
    """Return the routes of this module."""
    bp = Blueprint("upload", __name__)
    bp.add_url_rule("/upload", "post", partial(post, container), methods=["POST"])
    return bp


def post(container: Container) -> Response:
    """Store every image of the request; each file succeeds or fails by itself."""
    current_request.writer(container, "POST /upload")
    current_request.require_acceptable()
    files = _files()
    outcomes = [(name, _store(container, data)) for name, data in files]
    failed = [outcome for _, outcome in outcomes if isinstance(outcome, ServiceError)]
    if len(failed) == len(outcomes):
        raise _first_of(failed, outcomes)
    stored = [outcome for _, outcome in outcomes if not isinstance(outcome, ServiceError)]
    return answer(container, stored, _problems(container, outcomes))


def answer(container: Container, stored: list[tuple[Image, bool]], failed: Sequence[dict[str, Any]] = ()) -> Response:
    """Return the answer to an upload: what was stored, each with whether it is new, and what ``failed``."""
    if current_request.prefers_html():
        return _page(container, stored, failed)
    return _json(container, stored, failed)


def _files() -> list[tuple[str, bytes]]:
    """Return name and bytes of each file; raise InvalidParameter for what else the request holds."""
    is_form = request.mimetype == "multipart/form-data"
    fields = [*request.form, *request.files] if is_form else []
    others = [*request.args, *(name for name in fields if name != "file")]
    if others:
        raise InvalidParameter(*(ParameterError(name, "expected only the form field 'file'") for name in others))
    if not is_form:
        return [("", parameters.raw_image())]
    files = [(part.filename or "", part.read()) for part in request.files.getlist("file")]
    if not any(name or data for name, data in files):
        raise InvalidParameter(ParameterError("file", "expected at least one image in the form field 'file'"))
    return files


def _store(container: Container, data: bytes) -> Outcome:
    try:
        parameters.require_image(data)
        return service.upload(container.tools, current_request.turn(), data)
    except ServiceError as exc:
        return exc


def _first_of(failed: list[ServiceError], outcomes: list[tuple[str, Outcome]]) -> ServiceError:
    """Return the problem of a request of which nothing was stored: that of its first file."""
    first = failed[0]
    if len(outcomes) > 1:
        named = [
            f"{name or 'file'}: {outcome.detail}" for name, outcome in outcomes if isinstance(outcome, ServiceError)
        ]
        first.detail = "; ".join(named)
    return first


def _problems(container: Container, outcomes: list[tuple[str, Outcome]]) -> list[dict[str, Any]]:
    return [
        {"filename": name, **problems.body(container, outcome)}
        for name, outcome in outcomes
        if isinstance(outcome, ServiceError)
    ]


def _json(container: Container, stored: list[tuple[Image, bool]], failed: Sequence[dict[str, Any]]) -> Response:
    body: dict[str, Any] = {"images": [links.describe(container.settings, image) for image, _ in stored]}
    if failed:
        body["problems"] = list(failed)
    response = jsonify(body)
    response.status_code = 207 if failed else 201 if any(new for _, new in stored) else 200
    if len(stored) == 1 and response.status_code == 201:
        response.headers["Location"] = body["images"][0]["url"]
    return response


def _page(container: Container, stored: list[tuple[Image, bool]], failed: Sequence[dict[str, Any]]) -> Response:
    """Send a browser to the page of its image, or list them when there are several."""
    if len(stored) == 1 and not failed:
        return make_response(redirect(url_for("images.show", image_id=stored[0][0].id), 303))
    described = [links.describe(container.settings, image) for image, _ in stored]
    page = render_template("uploaded.html", images=described, problems=failed)
    return make_response(page, 207 if failed else 201)

"""Uploads past the payload limit: ``/upload/presign``, ``/upload/incoming``, ``/upload/complete``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, jsonify, request

from app import options
from app.core import formats
from app.core.config import FORM_BYTES
from app.core.errors import InvalidParameter, ParameterError, SourceTooLarge, UnsupportedMediaType
from app.views import current_request, links, negotiation, parameters, upload

if TYPE_CHECKING:
    from werkzeug.datastructures import FileStorage

    from app.container import Container

_BLOCK: Final = 256 * 1024


def blueprint(container: Container) -> Blueprint:
    """Return the routes of a presigned upload."""
    bp = Blueprint("presign", __name__, url_prefix="/upload")
    access, settings, uploads = container.access, container.settings, container.services.uploads

    @bp.post("/presign")
    def presign() -> Response:
        """Return a form for a file of this type and size, sent where no payload limit applies."""
        current_request.require_write(access, "POST /upload/presign")
        media_type, size = _announced()
        presigned = uploads.presign(media_type=media_type, size=size)
        token, form = presigned.token, presigned.form
        # a directory takes no forms itself, so the same form leads to the route below
        url = form.url if form else links.absolute(settings, "presign.receive", token=token)
        members = {"url": url, "method": "POST", "fields": form.fields if form else {}, "token": token}
        response = jsonify({**members, "expires_at": presigned.expires})
        response.cache_control.no_store = True
        return response

    @bp.post("/incoming")
    def receive() -> Response:
        """Store the file of a presigned form, as S3 does for a bucket.

        The token is in the URL, so it is checked before a body is read; a large body is spooled to disk.
        """
        token = uploads.read_token(request.args.get("token", ""))
        uploads.receive(token, _blocks(_single_file(token.bytes).stream))
        return Response(status=204)

    @bp.post("/complete")
    def complete() -> Response:
        """Return what ``POST /upload`` would return for the file that was sent; repeating it is harmless."""
        current_request.require_write(access, "POST /upload/complete")
        negotiation.require_acceptable()
        token = _members("token").get("token")
        if not isinstance(token, str):
            raise InvalidParameter(ParameterError("token", "expected the token of POST /upload/presign"))
        stored = uploads.complete(current_request.context(), uploads.read_token(token))
        return upload.answer(settings, [stored])

    return bp


def _single_file(size: int) -> FileStorage:
    """Return the one file of the form; raise SourceTooLarge for a form of more than ``size`` bytes and an envelope."""
    limit = size + FORM_BYTES
    if (request.content_length or 0) > limit:
        raise SourceTooLarge(f"expected a form with the {size} bytes that were announced")
    request.max_content_length = limit
    files = request.files.getlist("file")
    if len(files) != 1:
        raise InvalidParameter(ParameterError("file", "expected one file", f"{len(files)} files"))
    return files[0]


def _announced() -> tuple[str, int]:
    """Return the announced type and size of the file; ``filename`` is checked, but not kept."""
    members = _members("filename", "content_type", "bytes")
    media_type, size, name = members.get("content_type"), members.get("bytes"), members.get("filename", "")
    problems = []
    if not isinstance(name, str) or len(name) > 1024:
        problems.append(ParameterError("filename", "expected a name of at most 1024 letters", options.shown(name)))
    if not isinstance(media_type, str):
        problems.append(ParameterError("content_type", "expected a media type", options.shown(media_type)))
    if type(size) is not int or size < 1:  # True is an integer too
        problems.append(ParameterError("bytes", "expected the size of the file in bytes", options.shown(size)))
    if problems or type(size) is not int:
        raise InvalidParameter(*problems)
    known = formats.readable_types()
    lowered = str(media_type).lower()
    if lowered not in (*known, formats.UNKNOWN_TYPE):  # unknown until the content decides, when it is complete
        expected = f"expected one of {', '.join(known)}, or {formats.UNKNOWN_TYPE} where it is unknown"
        raise UnsupportedMediaType(f"content_type: {expected}")
    return lowered, size


def _members(*names: str) -> dict[str, Any]:
    """Return the members of the JSON body; raise InvalidParameter for any not among ``names`` or given twice."""
    pairs = parameters.json_members()
    given = [name for name, _ in pairs]
    problems = [ParameterError(name, f"expected one of {', '.join(names)}") for name in given if name not in names]
    problems += [ParameterError(name, "expected once") for name in names if given.count(name) > 1]
    if problems:
        raise InvalidParameter(*problems)
    return dict(pairs)


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    while block := stream.read(_BLOCK):
        yield block

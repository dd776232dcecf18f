"""Uploads past the payload limit: ``/upload/presign``, ``/upload/incoming``, ``/upload/complete``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import IO, TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, jsonify, request

from app import formats, options, service
from app.errors import InvalidParameter, ParameterError, SourceTooLarge, UnsupportedMediaType
from app.storage import PresignedPost
from app.views import current_request, links, parameters, upload

if TYPE_CHECKING:
    from app.container import Container

_BLOCK: Final = 256 * 1024
# what a multipart form has around its file
_ENVELOPE: Final = 64 * 1024


def blueprint(container: Container) -> Blueprint:
    """Return the routes of this module."""
    bp = Blueprint("presign", __name__, url_prefix="/upload")
    bp.add_url_rule("/presign", "invite", partial(invite, container), methods=["POST"])
    bp.add_url_rule("/incoming", "receive", partial(receive, container), methods=["POST"])
    bp.add_url_rule("/complete", "complete", partial(complete, container), methods=["POST"])
    return bp


def invite(container: Container) -> Response:
    """Answer where a file of this type and size can be sent, past the payload limit of this address."""
    current_request.writer(container, "POST /upload/presign")
    media_type, size = _announced()
    invitation = service.invite(container.tools, media_type=media_type, size=size)
    form, token = invitation.form, invitation.token
    if form is None:  # a storage without a door of its own is reached through ours, with a form of the same shape
        form = PresignedPost(links.absolute(container.settings, "presign.receive", token=token), {})
    members = {"url": form.url, "method": "POST", "fields": form.fields, "token": token}
    response = jsonify({**members, "expires_at": invitation.ticket.expires})
    response.cache_control.no_store = True
    return response


def receive(container: Container) -> Response:
    """Store the file of a form whose token says that it may be: what S3 does, for a storage directory.

    The token is in the url, so that it is checked before a body is read; the body waits on the disk.
    """
    found = service.ticket(container.tools, request.args.get("token", ""))
    most = found.bytes + _ENVELOPE
    if (request.content_length or 0) > most:
        raise SourceTooLarge(f"expected a form with the {found.bytes} bytes that were announced")
    request.max_content_length = most
    files = request.files.getlist("file")
    if len(files) != 1:
        raise InvalidParameter(ParameterError("file", "expected one file", f"{len(files)} files"))
    service.accept(container.tools, found, _blocks(files[0].stream))
    return Response(status=204)


def complete(container: Container) -> Response:
    """Answer as ``POST /upload`` about the file that was sent; as often as it is asked."""
    current_request.writer(container, "POST /upload/complete")
    current_request.require_acceptable()
    members = _members("token")
    token = members.get("token")
    if not isinstance(token, str):
        raise InvalidParameter(ParameterError("token", "expected the token of POST /upload/presign"))
    found = service.ticket(container.tools, token)
    return upload.answer(container, [service.complete(container.tools, current_request.turn(), found)])


def _announced() -> tuple[str, int]:
    """Return type and size of the file to come; ``filename`` is for people and not kept."""
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
    known = [formats.media_type(name) for name in formats.READABLE]
    if media_type not in known:
        raise UnsupportedMediaType(f"content_type: expected one of {', '.join(known)}")
    return media_type, size


def _members(*names: str) -> dict[str, Any]:
    """Return the members of the JSON body, all of them among ``names`` and none of them twice."""
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

"""Errors in the document: the schema of a problem, and for each error what causes it and what to do."""

# No ``from __future__ import annotations``: msgspec reads the annotations when it makes a schema.
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from app.core import errors
from app.core.errors import ParameterError, ServiceError


class WrongParameter(ParameterError, forbid_unknown_fields=True, frozen=True):
    """One parameter that cannot be used: its name, what was expected and what was received."""


class Problem(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A problem (RFC 9457): ``code`` never changes, ``errors`` lists every wrong parameter, up to 21."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str | UnsetType = UNSET
    errors: list[WrongParameter] | UnsetType = UNSET


class Remedy(msgspec.Struct, frozen=True):
    """Why an error is answered, and what the caller can do."""

    cause: str
    cure: str


REMEDIES: Final = {
    "invalid_parameter": Remedy(
        "A parameter is unknown, given twice, out of its range, or contradicts another.",
        "Correct what errors lists: it names every wrong parameter at once, with what was expected.",
    ),
    "unauthorized": Remedy(
        "The request holds no key, a wrong one, or comes from a page of another site.",
        "Send Authorization: Bearer KEY or X-Monolambda-Key: KEY, sign in at /login, or use a signed link.",
    ),
    "source_blocked": Remedy(
        "The url leads to an address or a host that this service does not fetch from for this caller.",
        "Sign the link, send a key, or have the host added to MONOLAMBDA_SOURCE_ALLOW.",
    ),
    "signature_invalid": Remedy(
        "The link was changed after it was signed, was signed with another key, or is used with another method.",
        "Sign the path and exactly the parameters that are sent; signed links are for GET and HEAD.",
    ),
    "signature_expired": Remedy("The time in expires, or of an upload's token, has passed.", "Ask for a new link."),
    "not_found": Remedy("There is no such path, image or job; it may have been deleted.", "Check the id."),
    "method_not_allowed": Remedy("The path exists, but not for this method.", "Use a method that Allow lists."),
    "not_acceptable": Remedy(
        "The Accept header takes none of the media types that this path can answer.",
        "Accept application/json or text/html.",
    ),
    "request_timeout": Remedy(
        "The body arrived too slowly, or not at all.", "Send it again, over a faster connection."
    ),
    "precondition_failed": Remedy(
        "If-Match names other versions of the image than the one that is here.",
        "Ask for the image again, and send the ETag of that answer, or no If-Match.",
    ),
    "source_too_large": Remedy(
        "The image, or the body it came in, has more bytes than allowed.",
        "Send a smaller file, or ask POST /upload/presign where to send a large one.",
    ),
    "uri_too_long": Remedy("Path or query is too long.", "Send the options as JSON with POST."),
    "unsupported_media_type": Remedy(
        "The bytes are no image in a format that this service reads; their content decides, not their name. "
        "To /upload/presign, content_type names another type; application/octet-stream means an unknown one.",
        "Send a supported format, as binary (curl --data-binary).",
    ),
    "range_not_satisfiable": Remedy("The Range begins behind the end.", "Content-Range holds the size: ask within it."),
    "headers_too_large": Remedy("A header, or all together, is too large.", "Send fewer or smaller headers."),
    "undecodable_image": Remedy("The image is damaged, incomplete, or uses a rare feature.", "Export it again."),
    "too_many_pixels": Remedy("The source has more pixels than allowed.", "Send a smaller image."),
    "too_many_frames": Remedy("The animation has more frames than allowed.", "Send a shorter animation."),
    "output_too_large": Remedy(
        "The result would be larger than allowed, or than can be answered to this caller.",
        "Ask for a smaller width, height or dpr, or send a key.",
    ),
    "too_costly": Remedy(
        "The estimate for this result does not fit the memory or the time.",
        "Ask for a smaller result or a cheaper format, or defer it with Prefer: respond-async.",
    ),
    "source_not_found": Remedy("The server of the url answered 404 or 410.", "Check the url."),
    "source_failed": Remedy("The server of the url failed, or could not be reached.", "Try again; check that server."),
    "source_timeout": Remedy("The server of the url was too slow.", "Try again; check that server."),
    "busy": Remedy("Every worker is at work, or the queue is full.", "Wait as long as Retry-After says, try again."),
    "rate_limited": Remedy("This address sent too many requests.", "Wait as long as Retry-After says, try again."),
    "deadline_exceeded": Remedy("The work did not fit in the time of a request.", "Try again, or ask for less."),
    "storage_unavailable": Remedy("The storage cannot be reached, or is full.", "Try again; /status shows its state."),
    "internal_error": Remedy("A bug in this service.", "Report it with the request_id, which finds it in the log."),
}


def by_status(raised: Iterable[type[ServiceError]]) -> dict[str, list[type[ServiceError]]]:
    """Return the errors by status, those of one status sorted by code."""
    found: dict[str, list[type[ServiceError]]] = {}
    for error in sorted(set(raised), key=lambda error: (error.status, error.code)):
        found.setdefault(str(error.status), []).append(error)
    return found


def schema_of(raised: Iterable[type[ServiceError]]) -> dict[str, Any]:
    """Return the schema of a problem that is one of these errors."""
    members = [
        {
            "properties": {
                **{name: {"const": getattr(error, name)} for name in ("code", "title", "status")},
                "type": {"type": "string", "pattern": f"^(about:blank$|.*#error-{error.code}$)"},
            }
        }
        for error in raised
    ]
    problem = {"$ref": "#/components/schemas/Problem"}
    return {"allOf": [problem, members[0] if len(members) == 1 else {"oneOf": members}]}


def all_errors() -> list[type[ServiceError]]:
    """Return every error that can be answered, by status and code; the last is our own fault."""
    return sorted((*errors.leaves(), ServiceError), key=lambda error: (error.status, error.code))

"""Every operation of the service: parameters, bodies, answers and errors. A row per route and method."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from app.core import errors
from app.openapi import bodies, parameters
from app.openapi.parameters import SOURCE, in_header, in_path, in_query
from app.openapi.responses import images, json_of, page, readable_images, response, text

if TYPE_CHECKING:
    from app.core.errors import ServiceError
    from app.openapi.service import Service

Answers = dict[str, dict[str, Any]]
Raised = Sequence[type["ServiceError"]]
# who may call an operation: everybody, holders of a key or a session, these and signed links
EVERYBODY, KEY, LINK = "everybody", "key", "link"

# before any route: bounds, rates, deadlines and bugs
_ALWAYS: Final[Raised] = (
    *(errors.InvalidParameter, errors.RequestTimeout, errors.UriTooLong, errors.HeadersTooLarge),
    *(errors.RateLimited, errors.StorageUnavailable, errors.ServiceError),
)
_CREDENTIALS: Final[Raised] = (errors.Unauthorized, errors.SignatureInvalid, errors.SignatureExpired)
_BODY: Final[Raised] = (errors.SourceTooLarge, errors.UnsupportedMediaType)
_DECODING: Final[Raised] = (
    *(errors.UndecodableImage, errors.TooManyPixels, errors.TooManyFrames, errors.TooCostly),
    *(errors.Busy, errors.DeadlineExceeded),
)
_SOURCE: Final[Raised] = (
    *(errors.NotFound, errors.SourceBlocked, errors.SourceNotFound, errors.SourceFailed, errors.SourceTimeout),
    *(*_BODY, *_DECODING),
)
# of an image whose header is read again, and may have been damaged meanwhile
_STORED: Final[Raised] = (errors.NotFound, errors.UnsupportedMediaType, errors.UndecodableImage)
_RESULT: Final[Raised] = (*_SOURCE, errors.OutputTooLarge)


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one path; ``access`` says who may call it, ``raised`` which errors it answers."""

    path: str
    method: str
    summary: str
    answers: Answers
    parameters: Sequence[dict[str, Any]] = ()
    body: dict[str, Any] | None = None
    access: str = EVERYBODY
    raised: Raised = ()

    @property
    def all_raised(self) -> Raised:
        """Return every error that this operation can answer."""
        credentials = () if self.access == EVERYBODY else _CREDENTIALS
        return (*_ALWAYS, *credentials, *self.raised)


def operations(service: Service) -> Iterator[Operation]:
    """Yield every operation."""
    yield from _resizing(service)
    yield from _uploads(service)
    yield from _stored_images(service)
    yield from _people()
    yield from _machines()


def _resizing(service: Service) -> Iterator[Operation]:
    given = parameters.of_options(presets=service.presets)
    in_widths = parameters.of_options(("width", "w"), service.presets)
    source, ignored = [in_query(name) for name in SOURCE], [in_query("v"), in_query("expires")]
    with_token = [*source, in_query("token"), *ignored]
    facts = [in_query("colors"), in_query("exif")]
    headers = ("Cache-Control", "Content-Security-Policy", "X-Cache", "Content-Disposition")
    result = response("The image.", images(), *headers, "ETag", "Vary?", "Access-Control-Allow-Origin")
    unchanged = response("Nothing changed.", None, "Cache-Control", "ETag", "Vary?", "Access-Control-Allow-Origin")
    moved = response("The image is too large for Lambda to answer, and lies there.", None, "Location", "Cache-Control")
    yield Operation(
        path="/resize", method="get", summary="Resize the image at a url or with an id", access=LINK,
        parameters=[*source, *ignored, *given, in_header("If-Match"), in_header("If-None-Match")],
        answers={"200": result, "302": moved, "304": unchanged}, raised=(*_RESULT, errors.PreconditionFailed),
    )  # fmt: skip
    described = response(
        "The result was stored before.", {**json_of("ImageDescription"), **images()}, "X-Cache", "Vary"
    )
    stored = response("The result is stored now.", json_of("ImageDescription"), "X-Cache", "Vary", "Location")
    later = ("Location", "Preference-Applied", "Retry-After", "Vary", "Cache-Control")
    yield Operation(
        path="/resize", method="post", summary="Resize the image in the body, or that the body names", access=KEY,
        parameters=[*with_token, *given, in_header("Prefer")], body=bodies.for_resize(service),
        answers={
            "200": described, "201": stored, "202": response("A job makes the result.", json_of("JobAnswer"), *later),
            "303": response("The image is too large for Lambda to answer, and lies there.", None, "Location"),
        },
        raised=_RESULT,
    )  # fmt: skip
    known = response("The facts.", json_of("ImageFacts"), "Cache-Control", "Access-Control-Allow-Origin")
    tagged = response("The facts.", json_of("ImageFacts"), "Cache-Control", "ETag", "Access-Control-Allow-Origin")
    yield Operation(
        path="/info", method="get", summary="Facts about the image at a url or with an id", access=LINK,
        parameters=[*source, *ignored, *facts, in_header("If-Match"), in_header("If-None-Match")],
        answers={"200": tagged, "304": unchanged}, raised=(*_SOURCE, errors.PreconditionFailed),
    )  # fmt: skip
    yield Operation(
        path="/info", method="post", summary="Facts about the image in the body, or that the body names", access=KEY,
        parameters=[*with_token, *facts], body=bodies.for_info(), answers={"200": known}, raised=_SOURCE,
    )  # fmt: skip
    yield Operation(
        path="/srcset", method="get", summary="Links for several widths of an image", access=KEY,
        parameters=[*source, *ignored, in_query("widths"), *in_widths],
        answers={"200": response("The links.", json_of("Srcset"), "Cache-Control")}, raised=_RESULT,
    )  # fmt: skip


def _uploads(service: Service) -> Iterator[Operation]:
    stored: Answers = {
        "200": response("All of it was stored before.", json_of("UploadAnswer")),
        "201": response("Something is stored now.", json_of("UploadAnswer"), "Location?"),
        "207": response("Some files were stored, others were not.", json_of("UploadAnswer")),
        "303": response("To the page of what was stored and what was not, for browsers.", page(), "Location"),
    }
    yield Operation(
        path="/upload", method="get", summary="To the upload page: what a form without a script leaves as the address",
        answers={"303": response("To the upload page.", page(), "Location")},
    )  # fmt: skip
    yield Operation(
        path="/upload", method="post", summary="Store one or more images", access=KEY, body=bodies.for_upload(),
        answers=stored, raised=(*_SOURCE, errors.NotAcceptable),
    )  # fmt: skip
    yield Operation(
        path="/upload/presign", method="post", summary="Where to send a file past the payload limit", access=KEY,
        body=bodies.for_presign(service),
        answers={"200": response("The form.", json_of("Presigned"), "Cache-Control")}, raised=_BODY,
    )  # fmt: skip
    yield Operation(
        path="/upload/incoming", method="post", summary="Send the file of a presigned form",
        parameters=[{**in_query("token"), "required": True}], body=bodies.for_incoming(),
        answers={"204": response("The file is there.")},
        raised=(*_BODY, errors.SignatureInvalid, errors.SignatureExpired),
    )  # fmt: skip
    yield Operation(
        path="/upload/complete", method="post", summary="Store the file of a presigned form", access=KEY,
        body=bodies.for_complete(), answers=stored,
        raised=(*_BODY, *_DECODING, errors.NotFound, errors.NotAcceptable),
    )  # fmt: skip


def _stored_images(service: Service) -> Iterator[Operation]:
    image_id = [in_path("image_id")]
    given = parameters.of_form(service.presets)
    described = response("The image.", {**json_of("ImageWithRenditions"), **page()}, "Vary", "Cache-Control")
    listed = response("A page of images.", {**json_of("ImageList"), **page()}, "Vary", "Cache-Control")
    bytes_of = ("ETag", "Cache-Control", "Content-Security-Policy", "Access-Control-Allow-Origin", "Accept-Ranges")
    yield Operation(
        path="/images", method="get", summary="The stored images, in the order of their ids", access=KEY,
        parameters=[in_query("cursor"), in_query("limit")], answers={"200": listed}, raised=(errors.NotAcceptable,),
    )  # fmt: skip
    yield Operation(
        path="/images/{image_id}", method="get", summary="Describe a stored image, and a result of it", access=LINK,
        parameters=[*image_id, in_query("known"), in_query("expires_in"), *given], answers={"200": described},
        raised=(*_STORED, errors.NotAcceptable, errors.SourceTooLarge, errors.TooManyPixels, errors.TooManyFrames),
    )  # fmt: skip
    yield Operation(
        path="/images/{image_id}", method="delete", summary="Delete an image with its results and jobs", access=KEY,
        parameters=[*image_id, in_header("If-Match")], answers={"204": response("It is gone.")},
        raised=(errors.NotFound, errors.PreconditionFailed),
    )  # fmt: skip
    yield Operation(
        path="/images/{image_id}/delete", method="get", summary="The page that asks whether to delete an image",
        parameters=image_id, answers={"200": response("The page.", page())}, raised=_STORED,
    )  # fmt: skip
    yield Operation(
        path="/images/{image_id}/delete", method="post", summary="Delete an image, for forms", access=KEY,
        parameters=image_id, answers={"303": response("To the first page.", page(), "Location")},
        raised=(errors.NotFound,),
    )  # fmt: skip
    yield Operation(
        path="/images/{image_id}/original", method="get", summary="The uploaded bytes", access=LINK,
        parameters=[*image_id, in_header("Range"), in_header("If-Match"), in_header("If-None-Match")],
        answers={
            "200": response("All of it.", readable_images(), *bytes_of),
            "206": response("The range.", readable_images(), *bytes_of, "Content-Range"),
            "302": response("Lambda cannot answer that many bytes: they lie there.", None, "Location", "Cache-Control"),
            "304": response("Nothing changed.", None, "ETag"),
        },
        raised=(errors.NotFound, errors.RangeNotSatisfiable, errors.PreconditionFailed),
    )  # fmt: skip


def _people() -> Iterator[Operation]:
    listed = [in_query(name) for name in ("uploaded", "known", "more", "failed", "more_failed")]
    yield Operation(
        path="/", method="get", summary="The upload page, or the list of what was uploaded", parameters=listed,
        answers={"200": response("The page.", page())}, raised=(errors.DeadlineExceeded,),
    )  # fmt: skip
    yield Operation(
        path="/docs", method="get", summary="The reference of this service",
        answers={"200": response("The page.", page())},
    )  # fmt: skip
    yield Operation(
        path="/login", method="get", summary="The page that asks for a key", parameters=[in_query("next")],
        answers={"200": response("The page.", page())},
    )  # fmt: skip
    yield Operation(
        path="/login", method="post", summary="Exchange a key for a session of this browser", body=bodies.for_login(),
        answers={"303": response("Signed in.", page(), "Location", "Set-Cookie")},
        raised=(errors.SourceTooLarge, errors.Unauthorized),
    )  # fmt: skip
    yield Operation(
        path="/logout", method="post", summary="End the session of this browser",
        answers={"303": response("Signed out.", page(), "Location", "Set-Cookie")}, raised=(errors.Unauthorized,),
    )  # fmt: skip


def _machines() -> Iterator[Operation]:
    states = {"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in ("PublicStatus", "FullStatus")]}
    found = {"application/json": {"schema": states}, **page()}
    yield Operation(
        path="/status", method="get", summary="The state of this container; in full for key holders", access=LINK,
        answers={"200": response("The state.", found, "Vary", "Cache-Control")}, raised=(errors.NotAcceptable,),
    )  # fmt: skip
    job = {**json_of("JobAnswer"), **page()}
    yield Operation(
        path="/status/{job_id}", method="get", summary="The state of a deferred resize", access=KEY,
        parameters=[in_path("job_id")],
        answers={"200": response("The state.", job, "Vary", "Cache-Control", "Retry-After?")},
        raised=(errors.NotFound, errors.NotAcceptable, errors.Busy),
    )  # fmt: skip
    yield Operation(
        path="/metrics", method="get", summary="The figures of this process for Prometheus; not on Lambda", access=KEY,
        answers={"200": response("The figures.", text(), "Cache-Control")}, raised=(errors.NotFound,),
    )  # fmt: skip
    yield Operation(
        path="/healthz", method="get", summary="Whether the process is alive",
        answers={"200": response("It is.", text(), "Cache-Control")},
    )  # fmt: skip
    yield Operation(
        path="/openapi.json", method="get", summary="This document",
        answers={"200": response("The document.", {"application/json": {"schema": {"type": "object"}}},
                                 "Cache-Control", "Access-Control-Allow-Origin")},
    )  # fmt: skip

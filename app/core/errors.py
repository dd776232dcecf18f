"""Every way a request can fail, each with its HTTP status, its stable code and its title.

A class says *what* went wrong; ``views`` and ``events`` decide how it is sent. Exceptions of other
libraries are translated where they are caught, with ``raise … from``.

    ServiceError
    ├── InvalidParameter            400 invalid_parameter
    ├── Unauthorized                401 unauthorized
    ├── Forbidden
    │   ├── SourceBlocked           403 source_blocked
    │   ├── SignatureInvalid        403 signature_invalid
    │   └── SignatureExpired        403 signature_expired
    ├── NotFound                    404 not_found
    ├── MethodNotAllowed            405 method_not_allowed
    ├── NotAcceptable               406 not_acceptable
    ├── RequestTimeout              408 request_timeout
    ├── PreconditionFailed          412 precondition_failed
    ├── SourceTooLarge              413 source_too_large
    ├── UriTooLong                  414 uri_too_long
    ├── UnsupportedMediaType        415 unsupported_media_type
    ├── RangeNotSatisfiable         416 range_not_satisfiable
    ├── HeadersTooLarge             431 headers_too_large
    ├── Unprocessable
    │   ├── UndecodableImage        422 undecodable_image
    │   ├── TooManyPixels           422 too_many_pixels
    │   ├── TooManyFrames           422 too_many_frames
    │   ├── OutputTooLarge          422 output_too_large
    │   └── TooCostly               422 too_costly
    ├── SourceError                 (counted apart from our own faults)
    │   ├── SourceNotFound          404 source_not_found
    │   ├── SourceFailed            502 source_failed
    │   └── SourceTimeout           504 source_timeout
    └── Unavailable                 (all carry Retry-After)
        ├── Busy                    429 busy
        ├── RateLimited             429 rate_limited
        ├── DeadlineExceeded        503 deadline_exceeded
        └── StorageUnavailable      503 storage_unavailable
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from app.core.text import encodable

MAX_ERRORS: Final = 20  # more than anybody gets wrong by mistake
_MAX_ECHO: Final = 100


class ParameterError(msgspec.Struct, frozen=True):
    """One parameter that cannot be used: its name, what was expected and what was received."""

    parameter: str
    detail: str
    received: str = ""


class ServiceError(Exception):
    """A failure reported to the caller, who reads ``detail``; ``may_pass`` says that a retry may succeed."""

    status = 500
    code = "internal_error"
    title = "Internal error"
    retry_after: int | None = None
    may_pass = False

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = encodable(detail)


class InvalidParameter(ServiceError):
    """One or more parameters are wrong; ``errors`` holds all of them, up to ``MAX_ERRORS``.

    What the caller sent is cut here, wherever it came from: an answer must not repeat a megabyte.
    """

    status = 400
    code = "invalid_parameter"
    title = "Invalid parameter"

    def __init__(self, *errors: ParameterError) -> None:
        cut = [_cut(error) for error in errors[:MAX_ERRORS]]
        if len(errors) > MAX_ERRORS:
            cut.append(ParameterError("request", f"{len(errors) - MAX_ERRORS} more parameters are wrong"))
        super().__init__("; ".join(f"{error.parameter}: {error.detail}" for error in cut))
        self.errors = tuple(cut)


def _cut(error: ParameterError) -> ParameterError:
    texts = error.parameter[:_MAX_ECHO], error.detail, error.received[:_MAX_ECHO]
    return ParameterError(*map(encodable, texts))


class Unauthorized(ServiceError):
    status = 401
    code = "unauthorized"
    title = "A key is needed"


class Forbidden(ServiceError):
    """The request was understood and is refused."""

    status = 403


class SourceBlocked(Forbidden):
    code = "source_blocked"
    title = "This source may not be fetched"


class SignatureInvalid(Forbidden):
    code = "signature_invalid"
    title = "The signature does not match the request"


class SignatureExpired(Forbidden):
    code = "signature_expired"
    title = "The signed link has expired"


class NotFound(ServiceError):
    status = 404
    code = "not_found"
    title = "Not found"


class MethodNotAllowed(ServiceError):
    status = 405
    code = "method_not_allowed"
    title = "Method not allowed"

    def __init__(self, detail: str, allowed: tuple[str, ...]) -> None:
        super().__init__(detail)
        self.allowed = allowed


class NotAcceptable(ServiceError):
    status = 406
    code = "not_acceptable"
    title = "No acceptable representation"


class RequestTimeout(ServiceError):
    status = 408
    code = "request_timeout"
    title = "The request took too long to arrive"


class PreconditionFailed(ServiceError):
    status = 412
    code = "precondition_failed"
    title = "If-Match names another version"


class SourceTooLarge(ServiceError):
    status = 413
    code = "source_too_large"
    title = "Too many bytes"


class UriTooLong(ServiceError):
    status = 414
    code = "uri_too_long"
    title = "The address is too long"


class UnsupportedMediaType(ServiceError):
    status = 415
    code = "unsupported_media_type"
    title = "Not a supported image format"


class RangeNotSatisfiable(ServiceError):
    """A Range outside the image, which has ``length`` bytes."""

    status = 416
    code = "range_not_satisfiable"
    title = "The range lies outside the image"

    def __init__(self, length: int) -> None:
        super().__init__(f"expected a range inside the {length} bytes of the image")
        self.length = length


class HeadersTooLarge(ServiceError):
    status = 431
    code = "headers_too_large"
    title = "The headers are too large"


class Unprocessable(ServiceError):
    """The image was recognized, but cannot or may not be processed."""

    status = 422


class UndecodableImage(Unprocessable):
    code = "undecodable_image"
    title = "The image cannot be decoded"


class TooManyPixels(Unprocessable):
    code = "too_many_pixels"
    title = "The source has too many pixels"


class TooManyFrames(Unprocessable):
    code = "too_many_frames"
    title = "The source has too many frames"


class OutputTooLarge(Unprocessable):
    code = "output_too_large"
    title = "The result would be too large"


class TooCostly(Unprocessable):
    code = "too_costly"
    title = "The result would take too much time or memory"


class SourceError(ServiceError):
    """The server that a url names failed; counted apart from our own faults."""


class SourceNotFound(SourceError):
    status = 404
    code = "source_not_found"
    title = "The source does not exist"


class SourceFailed(SourceError):
    may_pass = True
    status = 502
    code = "source_failed"
    title = "The source could not be read"


class SourceTimeout(SourceError):
    may_pass = True
    status = 504
    code = "source_timeout"
    title = "The source did not answer in time"


class Unavailable(ServiceError):
    """The request is fine, and the same one may succeed later."""

    may_pass = True
    status = 503
    retry_after = 5


class Busy(Unavailable):
    status = 429
    code = "busy"
    title = "Too busy at the moment"
    retry_after = 1


class RateLimited(Unavailable):
    """A client that sent more than its share; ``retry_after`` is when its next request is answered, in seconds."""

    status = 429
    code = "rate_limited"
    title = "Too many requests from this address"
    retry_after = 1

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"this address sends more requests than MONOLAMBDA_RATE_LIMIT allows; wait {retry_after} s")
        self.retry_after = retry_after


class DeadlineExceeded(Unavailable):
    code = "deadline_exceeded"
    title = "The time for this request ran out"


class StorageUnavailable(Unavailable):
    code = "storage_unavailable"
    title = "The storage does not answer"


def leaves(root: type[ServiceError] = ServiceError) -> Iterator[type[ServiceError]]:
    """Yield each error class below ``root`` that has no subclasses: those that are raised and documented."""
    for child in root.__subclasses__():
        yield from leaves(child) if child.__subclasses__() else (child,)

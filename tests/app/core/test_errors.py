from __future__ import annotations

import re

import msgspec
import pytest

from app.core import errors
from app.core.errors import InvalidParameter, MethodNotAllowed, ParameterError, ServiceError, SourceError, Unavailable
from app.core.problem import bare_problem

LEAVES = list(errors.leaves())
# DESIGN, section 2
STATUS_OF_CODE = {
    "invalid_parameter": 400,
    "unauthorized": 401,
    "source_blocked": 403,
    "signature_invalid": 403,
    "signature_expired": 403,
    "not_found": 404,
    "source_not_found": 404,
    "method_not_allowed": 405,
    "not_acceptable": 406,
    "source_too_large": 413,
    "uri_too_long": 414,
    "unsupported_media_type": 415,
    "range_not_satisfiable": 416,
    "headers_too_large": 431,
    "undecodable_image": 422,
    "too_many_pixels": 422,
    "too_many_frames": 422,
    "output_too_large": 422,
    "too_costly": 422,
    "busy": 429,
    "rate_limited": 429,
    "request_timeout": 408,
    "precondition_failed": 412,
    "source_failed": 502,
    "source_timeout": 504,
    "deadline_exceeded": 503,
    "storage_unavailable": 503,
}


def test_every_code_has_its_status() -> None:
    assert {leaf.code: leaf.status for leaf in LEAVES} == STATUS_OF_CODE
    assert len(LEAVES) == len(STATUS_OF_CODE)


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    listed = re.findall(r"── (\w+) +(\d{3}) (\w+)", errors.__doc__ or "")
    assert sorted(listed) == sorted((leaf.__name__, str(leaf.status), leaf.code) for leaf in LEAVES)


@pytest.mark.parametrize("leaf", LEAVES)
def test_every_leaf_has_its_own_code_and_title(leaf: type[ServiceError]) -> None:
    assert "code" in vars(leaf)
    assert "title" in vars(leaf)
    assert leaf.status == vars(leaf).get("status", leaf.status)


@pytest.mark.parametrize("leaf", LEAVES)
def test_exactly_the_unavailable_have_retry_after(leaf: type[ServiceError]) -> None:
    assert (leaf.retry_after is not None) == issubclass(leaf, Unavailable) == (leaf.status in (429, 503))


@pytest.mark.parametrize("leaf", LEAVES)
def test_errors_of_a_source_are_distinguished_from_ours(leaf: type[ServiceError]) -> None:
    assert issubclass(leaf, SourceError) == (leaf.code in ("source_not_found", "source_failed", "source_timeout"))


def test_an_unexpected_error_is_a_500() -> None:
    assert (ServiceError("x").status, ServiceError("x").code) == (500, "internal_error")


def test_invalid_parameter_carries_every_mistake() -> None:
    first, second = ParameterError("width", "expected 1", "0"), ParameterError("fit", "expected cover")
    error = InvalidParameter(first, second)
    assert error.errors == (first, second)
    assert error.detail == str(error) == "width: expected 1; fit: expected cover"
    assert msgspec.to_builtins(second) == {"parameter": "fit", "detail": "expected cover", "received": ""}


def test_method_not_allowed_lists_the_allowed_methods() -> None:
    assert MethodNotAllowed("no", ("GET", "HEAD")).allowed == ("GET", "HEAD")


def test_what_was_received_is_cut_and_counted() -> None:
    error = InvalidParameter(*(ParameterError("\ud800" * 1000, "expected once", "x" * 1000) for _ in range(1000)))
    *named, rest = error.errors
    assert {(each.parameter, each.received) for each in named} == {("?" * 100, "x" * 100)}
    assert (len(named), rest.detail) == (20, "980 more parameters are wrong")
    assert len(bare_problem(error)) < 12_000


def test_no_error_holds_half_of_a_surrogate_pair() -> None:
    assert bare_problem(errors.NotFound("there is no \ud800"))

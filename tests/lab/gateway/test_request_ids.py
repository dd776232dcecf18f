"""The ids of a request: new for each, in the form that each gateway writes them."""

from __future__ import annotations

import re

import msgspec

from lab.gateway.request_ids import new_ids
from tests.support.lab.gateway_shapes import request

TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"


def test_ids_have_aws_s_forms_and_differ() -> None:
    ids = new_ids()
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", ids.request_id)
    assert re.fullmatch(r"[A-Za-z0-9+/]{15}=", ids.short_id)
    assert not {*msgspec.structs.astuple(ids)} & {*msgspec.structs.astuple(new_ids())}


def test_a_trace_that_the_caller_began_goes_on() -> None:
    assert new_ids(request("/", headers=(("x-amzn-trace-id", TRACE),))).trace == TRACE
    assert new_ids(request("/", headers=(("X-Amzn-Trace-Id", "nonsense"),))).trace.startswith("Root=1-")

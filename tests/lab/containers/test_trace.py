"""The trace header: what a function learns of it."""

from __future__ import annotations

import re

from lab.containers.trace import invocation_trace, trace_header
from tests.support.lab.fleet_client import MakeFleet

ROOT = "Root=1-5759e988-bd862e3fe1be46a994272793"


def test_what_is_documented_is_kept_and_made_where_there_is_none() -> None:
    assert trace_header(f"Self=1-x;{ROOT};Parent=1;Sampled=?;own=1") == ROOT
    whole = f"{ROOT};Parent=53995c3f42cd8ad8;Sampled=1"
    assert trace_header(f" {whole} ; Lineage=a") == whole
    made = [
        trace_header(given)
        for given in ("", "Parent=53995c3f42cd8ad8", ROOT[:-1], f"{ROOT}0", f"x{ROOT}", f"{ROOT}\xe9")
    ]
    assert all(re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", each) for each in made)
    assert len({*made, ROOT}) == len(made) + 1


def test_an_invocation_has_a_parent_of_its_own_in_the_caller_s_trace() -> None:
    pattern = rf"{ROOT};Parent=[0-9a-f]{{16}};Sampled=0;Lineage=1:[0-9a-f]{{8}}:0"
    assert re.fullmatch(pattern, invocation_trace(f"{ROOT};Parent=53995c3f42cd8ad8"))


def test_every_invocation_has_a_trace_of_its_own(make_fleet: MakeFleet) -> None:
    client = make_fleet()
    traces = [client.value("where")["trace"] for _ in range(2)]
    assert traces[0] != traces[1]
    assert all(trace.startswith("Root=1-") for trace in traces)

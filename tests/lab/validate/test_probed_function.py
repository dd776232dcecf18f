"""Which functions are probed."""

from __future__ import annotations

import pytest

from lab.errors import SetupError
from lab.invoke_api.client import lambda_client
from lab.validate.probed_function import ProbedFunction
from tests.lab.validate.conftest import MakeProbed
from tests.support.lab.fleet_client import MakeLab


def test_the_probe_function_tells_what_it_is(make_probed: MakeProbed) -> None:
    assert make_probed().facts["context"]["function_name"] == "probe"


def test_another_function_is_invoked_once_and_refused(make_lab: MakeLab) -> None:
    lab = make_lab()
    client = lambda_client("local", lab.invoke_url)
    with pytest.raises(SetupError, match=r"--function: expected lab/validate/probe_function\.py"):
        _ = ProbedFunction(client, "local").facts
    client.close()
    assert lab.timeline.totals.invocations == 1

"""Defaults of traits that no test can wait for."""

from __future__ import annotations

from lab.gateway.function_url import FunctionUrl
from lab.gateway.http_api import HttpApi
from lab.gateway.rest import RestApi
from lab.traits import Traits


def test_long_times_have_aws_s_defaults() -> None:
    traits = Traits()
    assert (traits.init_timeout_s, traits.gateway_timeout_s) == (10.0, None)
    assert (RestApi().timeout_s, HttpApi().timeout_s, FunctionUrl().timeout_s) == (29.0, 30.0, None)
    assert traits.async_max_age_s == 6 * 3600

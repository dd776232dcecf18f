"""The probe function in labs of chosen traits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import msgspec
import pytest

from lab.invoke_api.client import lambda_client
from lab.local_lambda import LocalLambda, Options
from lab.traits import Traits
from lab.validate import own_lab
from lab.validate.probed_function import ProbedFunction

MakeProbed = Callable[..., ProbedFunction]


@pytest.fixture
def make_probed() -> Iterator[MakeProbed]:
    """Deploy the probe function to a lab with these traits, and return it as boto3 reaches it."""
    with ExitStack() as stack:

        def make(*, patience_s: float = 60.0, timeout_s: float = 3.0, **traits: Any) -> ProbedFunction:
            lab = stack.enter_context(
                LocalLambda(
                    lambda directory: [
                        msgspec.structs.replace(each, timeout_s=timeout_s) for each in own_lab.deployed(directory)
                    ],
                    Options(traits=Traits(**traits), retry_scale=0.001),
                )
            )
            client = lambda_client(own_lab.NAME, lab.invoke_url)
            stack.callback(client.close)
            return ProbedFunction(client, own_lab.NAME, patience_s=patience_s)

        yield make

"""The options of ``python -m lab serve`` and the lab that they describe."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, get_args

from lab.commands.arguments import Choice, Name, Number, Option
from lab.gateway.headers import Scheme
from lab.local_lambda import ApiKind, Options
from lab.traits import Traits

_DEFAULT: Final = Options()

PORT: Final = Number(flag="--port", default=8000, high=65_535, whole=True, help="the gateway's; 0 for any")
OPTIONS: Final[tuple[Option, ...]] = (
    PORT,
    Number(
        flag="--invoke-port",
        default=None,
        high=65_535,
        whole=True,
        help="the Invoke API's; 0 for any (default: the one after --port)",
    ),
    Choice(flag="--api", words=get_args(ApiKind), help="REST API, HTTP API or Function URL"),
    Choice(flag="--scheme", words=get_args(Scheme), help="what events say: https as on AWS, or http as here"),
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
    Name(flag="--stage", default="dev", allowed="[A-Za-z0-9_-]", longest=128, help="first part of every path under v1"),
    Number(flag="--concurrency", default=_DEFAULT.concurrency, low=1, high=1e6, whole=True, help="the account's limit"),
    Number(
        flag="--idle",
        default=_DEFAULT.traits.idle_s,
        low=0.001,
        high=1e6,
        help="seconds after which an idle container ends",
    ),
    # not 0, which would also end the 6 hours in which a throttled event is tried
    Number(
        flag="--retry-scale",
        default=1,
        low=0.0001,
        high=100,
        help="factor on the waits between async retries, 60 and 120 s, and on the 6 hours after which they end",
    ),
)


def lab_options(values: Mapping[str, Any], failures: Path | None, *, cpu_share: bool = False) -> Options:
    """Return the options of a lab; the Invoke API is on the port after the gateway's unless it has one of its own."""
    port, invoke_port = values["port"], values["invoke_port"]
    return Options(
        port=port,
        invoke_port=(port + 1 if port else 0) if invoke_port is None else invoke_port,
        api=values["api"],
        stage=values["stage"],
        scheme=values["scheme"],
        concurrency=values["concurrency"],
        retry_scale=values["retry_scale"],
        failures=failures,
        traits=Traits(idle_s=values["idle"], cpu_share=cpu_share),
    )

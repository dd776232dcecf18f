"""The options of ``python -m lab cost`` and the query they describe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lab.commands.arguments import Choice, Number, Option
from lab.costs.bill import LambdaSetup, ServerSetup
from lab.costs.comparison import CostComparison, compare
from lab.costs.prices import AWS, TABLES
from lab.costs.workload import Workload
from lab.errors import SetupError

_DEFAULT: Final = Workload(requests=1e6)

OPTIONS: Final[tuple[Option, ...]] = (
    Number(flag="--requests", default=_DEFAULT.requests, high=1e13, help="a month"),
    Number(flag="--memory", default=_DEFAULT.memory, low=128, high=10_240, whole=True, help="MB"),
    Number(
        flag="--duration", default=_DEFAULT.duration, low=0.001, high=900_000, help="ms of an invocation, without INIT"
    ),
    Number(
        flag="--cold-share",
        default=_DEFAULT.cold_share,
        high=1,
        help="share of the on-demand requests that start a container",
    ),
    Number(flag="--init-ms", default=_DEFAULT.init_ms, high=900_000, help="ms of INIT per cold start, which is billed"),
    Choice(flag="--architecture", words=tuple(AWS.gb_second), help="of the processor"),
    Choice(flag="--gateway", words=tuple(AWS.gateway), help="REST API, HTTP API or Function URL"),
    Number(flag="--response-kb", default=0, high=1e6, help="KB sent out of AWS per request"),
    Number(flag="--puts", default=0, high=1000, help="S3 writes and listings per request"),
    Number(flag="--gets", default=0, high=1000, help="S3 reads per request"),
    Number(flag="--stored-gb", default=0, high=1e9, help="GB kept in S3"),
    Number(flag="--ping-every", default=0, high=86_400, help="seconds between keep-warm pings, 0 for none"),
    Number(flag="--warm", default=1, low=1, high=10_000, whole=True, help="containers that each ping keeps warm"),
    Number(
        flag="--ping-ms",
        default=_DEFAULT.ping_ms,
        high=900_000,
        help="ms that a ping occupies its container, 50 more for each other",
    ),
    Number(flag="--provisioned", default=0, high=100_000, whole=True, help="containers of provisioned concurrency"),
    Number(flag="--provisioned-hours", default=24, high=24, help="hours a day they are on"),
    Number(flag="--provisioned-share", default=1, high=1, help="share of the requests they serve"),
    Number(
        flag="--edge-share", default=0, high=1, help="share of the requests CloudFront answers; 0 for no CloudFront"
    ),
    Number(flag="--metrics", default=0, high=1e7, whole=True, help="custom metrics in CloudWatch"),
    Number(flag="--alarms", default=0, high=1e5, whole=True, help="metrics that alarms read"),
    Number(flag="--log-bytes", default=0, high=1e6, help="bytes of log per request that reaches the function"),
    Choice(flag="--server", words=tuple(AWS.server), help="the machine to compare with"),
    Number(flag="--servers", default=1, low=1, high=10_000, whole=True, help="how many servers"),
    Number(flag="--disk-gb", default=8, high=16_384, help="disk of each server"),
    Choice(flag="--prices", words=tuple(TABLES), help="today's, or Lambda's first prices of 2015"),
)


def compared(values: Mapping[str, Any], *, free_tier: bool, balancer: bool) -> CostComparison:
    """Return the comparison that the options ask for; raise SetupError when the price table lacks something."""
    prices = TABLES[values["prices"]]
    if values["architecture"] not in prices.gb_second:
        raise SetupError(f"--architecture: there was no {values['architecture']} in {prices.read_on}")
    fields = {name: values[name] for name in Workload.__struct_fields__}
    return compare(
        Workload(**fields),
        LambdaSetup(architecture=values["architecture"], gateway=values["gateway"], free_tier=free_tier),
        ServerSetup(kind=values["server"], count=values["servers"], disk_gb=values["disk_gb"], balancer=balancer),
        prices,
    )

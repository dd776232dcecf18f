"""AWS's prices: one dated table for one region, and the cost of invocations by it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

import msgspec

_LAMBDA: Final = "https://aws.amazon.com/lambda/pricing/"
_GATEWAY: Final = "https://aws.amazon.com/api-gateway/pricing/"
_S3: Final = "https://aws.amazon.com/s3/pricing/"
_EC2: Final = "https://aws.amazon.com/ec2/pricing/on-demand/"
_FARGATE: Final = "https://aws.amazon.com/fargate/pricing/"
_BALANCER: Final = "https://aws.amazon.com/elasticloadbalancing/pricing/"
_CLOUDWATCH: Final = "https://aws.amazon.com/cloudwatch/pricing/"
_CLOUDFRONT: Final = "https://aws.amazon.com/cloudfront/pricing/"
_ADDRESS: Final = "https://aws.amazon.com/vpc/pricing/"

MILLION: Final = 1e6
BILLION: Final = 1e9
HOURS_A_MONTH: Final = 730


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """Dollars for one ``unit``; ``steps`` are the cheaper tiers, each from a monthly quantity on.

    ``free`` is the monthly quantity of the free tier that never expires, once per account.
    """

    dollars: float
    unit: str
    source: str
    steps: tuple[tuple[float, float], ...] = ()
    free: float = 0.0

    def of(self, quantity: float, *, free_tier: bool = False) -> float:
        """Return the dollars for ``quantity`` units in a month."""
        quantity = max(0.0, quantity - self.free * free_tier)
        steps = [(0.0, self.dollars), *self.steps, (float("inf"), 0.0)]
        return sum(
            dollars * (min(quantity, end) - begin) for (begin, dollars), (end, _) in pairwise(steps) if quantity > begin
        )


class ServerPrice(msgspec.Struct, frozen=True, kw_only=True):
    """The price and size of a machine that is always on; ``disk_gb`` is what its price includes."""

    dollars_hour: float
    vcpus: float
    source: str
    disk_gb: float = 0.0


class Prices(msgspec.Struct, frozen=True, kw_only=True):
    """Dollar prices in one region, and the date they were read.

    ``gateway`` is by kind of API; a Function URL has no price of its own. ``ready`` is the price of a second
    of provisioned concurrency, ``ready_busy`` replaces ``gb_second`` for an invocation on it. ``edge_calls`` is
    the price of a CloudFront Function's invocations. ``managed_fee`` comes on top of the on-demand price of the
    servers that Lambda Managed Instances run on.
    """

    region: str
    read_on: str
    million_requests: Price
    gb_second: Mapping[str, Price]
    ready: Mapping[str, Price]
    ready_busy: Mapping[str, Price]
    gateway: Mapping[str, Price]
    s3_put: Price
    s3_get: Price
    s3_gb_month: Price
    gb_out: Price
    metric_month: Price
    alarm_month: Price
    log_gb: Price
    edge_requests: Price
    edge_calls: Price
    edge_gb_out: Price
    server: Mapping[str, ServerPrice]
    managed_fee: Price
    balancer_hour: Price
    balancer_unit_hour: Price
    address_hour: Price
    disk_gb_month: Price


_GB_S: Final = "GB-second"
_CALLS: Final = "million requests"

AWS: Final = Prices(
    region="us-east-1",
    read_on="2026-11-21",
    million_requests=Price(dollars=0.20, unit=_CALLS, source=_LAMBDA, free=1),
    gb_second={
        "x86": Price(
            dollars=0.0000166667,
            unit=_GB_S,
            source=_LAMBDA,
            steps=((6 * BILLION, 0.000015), (15 * BILLION, 0.0000133334)),
            free=400_000,
        ),
        "arm": Price(
            dollars=0.0000133334,
            unit=_GB_S,
            source=_LAMBDA,
            steps=((7.5 * BILLION, 0.0000120001), (18.75 * BILLION, 0.0000106667)),
            free=400_000,
        ),
    },
    ready={
        "x86": Price(dollars=0.0000041667, unit=_GB_S, source=_LAMBDA),
        "arm": Price(dollars=0.0000033334, unit=_GB_S, source=_LAMBDA),
    },
    ready_busy={
        "x86": Price(dollars=0.0000097222, unit=_GB_S, source=_LAMBDA),
        "arm": Price(dollars=0.0000077778, unit=_GB_S, source=_LAMBDA),
    },
    gateway={
        "rest": Price(dollars=3.50, unit=_CALLS, source=_GATEWAY, steps=((333, 2.80), (1_000, 2.38), (20_000, 1.51))),
        "http": Price(dollars=1.00, unit=_CALLS, source=_GATEWAY, steps=((300, 0.90),)),
        "url": Price(dollars=0.0, unit=_CALLS, source=_LAMBDA),
    },
    s3_put=Price(dollars=0.005, unit="thousand requests", source=_S3),
    s3_get=Price(dollars=0.0004, unit="thousand requests", source=_S3),
    s3_gb_month=Price(dollars=0.023, unit="GB-month", source=_S3, steps=((51_200, 0.022), (512_000, 0.021))),
    gb_out=Price(
        dollars=0.09, unit="GB", source=_EC2, steps=((10_240, 0.085), (51_200, 0.07), (153_600, 0.05)), free=100
    ),
    metric_month=Price(
        dollars=0.30,
        unit="metric-month",
        source=_CLOUDWATCH,
        steps=((10_000, 0.10), (250_000, 0.05), (1_000_000, 0.02)),
        free=10,
    ),
    alarm_month=Price(dollars=0.10, unit="alarm metric-month", source=_CLOUDWATCH, free=10),
    # of Lambda's own log, which has tiers since May 2025
    log_gb=Price(
        dollars=0.50,
        unit="GB",
        source=_CLOUDWATCH,
        steps=((10_240, 0.25), (30_720, 0.10), (51_200, 0.05)),
        free=5,
    ),
    # of the United States and Europe, as price class 100 has them
    edge_requests=Price(dollars=1.0, unit=_CALLS, source=_CLOUDFRONT, free=10),
    edge_calls=Price(dollars=0.10, unit=_CALLS, source=_CLOUDFRONT, free=2),
    edge_gb_out=Price(
        dollars=0.085,
        unit="GB",
        source=_CLOUDFRONT,
        steps=(
            (10_240, 0.080),
            (51_200, 0.060),
            (153_600, 0.040),
            (512_000, 0.030),
            (1_048_576, 0.025),
            (5_242_880, 0.020),
        ),
        free=1024,
    ),
    server={
        "t4g.small": ServerPrice(dollars_hour=0.0168, vcpus=2, source=_EC2),
        "t4g.medium": ServerPrice(dollars_hour=0.0336, vcpus=2, source=_EC2),
        "t3.small": ServerPrice(dollars_hour=0.0208, vcpus=2, source=_EC2),
        "t3.medium": ServerPrice(dollars_hour=0.0416, vcpus=2, source=_EC2),
        "t3.large": ServerPrice(dollars_hour=0.0832, vcpus=2, source=_EC2),
        "m7g.large": ServerPrice(dollars_hour=0.0816, vcpus=2, source=_EC2),
        # 0.04048 a vCPU and 0.004445 a GB, of which there are two for each vCPU
        "fargate-1": ServerPrice(dollars_hour=0.04937, vcpus=1, source=_FARGATE, disk_gb=20),
        "fargate-2": ServerPrice(dollars_hour=0.09874, vcpus=2, source=_FARGATE, disk_gb=20),
    },
    managed_fee=Price(dollars=0.15, unit="dollar of the servers", source=_LAMBDA),
    balancer_hour=Price(dollars=0.0225, unit="hour", source=_BALANCER),
    balancer_unit_hour=Price(dollars=0.008, unit="LCU-hour", source=_BALANCER),
    address_hour=Price(dollars=0.005, unit="hour", source=_ADDRESS),
    disk_gb_month=Price(dollars=0.08, unit="GB-month", source="https://aws.amazon.com/ebs/pricing/"),
)

# Lambda's first prices per million requests and per GB-second; the rest of the table is today's
IN_2015: Final = msgspec.structs.replace(
    AWS,
    read_on="2015",
    million_requests=Price(dollars=0.20, unit=_CALLS, source=_LAMBDA, free=1),
    gb_second={"x86": Price(dollars=0.00001667, unit=_GB_S, source=_LAMBDA, free=400_000)},
)
TABLES: Final[Mapping[str, Prices]] = {"today": AWS, "2015": IN_2015}


def gb_seconds(*, memory_mb: int, billed_ms: float) -> float:
    """Return the unit that Lambda bills: memory in GiB times billed time in seconds."""
    return memory_mb / 1024 * billed_ms / 1000


def invocations(count: int, gb_s: float) -> float:
    """Return the dollars for ``count`` invocations on x86 that used ``gb_s`` GB-seconds in all."""
    return AWS.million_requests.of(count / MILLION) + AWS.gb_second["x86"].of(gb_s)


def a_million(*, memory_mb: int, billed_ms: float) -> float:
    """Return the dollars for a million invocations on x86 that are billed this long."""
    return invocations(1_000_000, MILLION * gb_seconds(memory_mb=memory_mb, billed_ms=billed_ms))

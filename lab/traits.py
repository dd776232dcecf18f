"""The behavior of Lambda and API Gateway that the lab copies, each with a switch, so that a test can prove it.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html,
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html and
https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
"""

from __future__ import annotations

from typing import Literal

import msgspec

KIB = 1024
MIB = 1024 * KIB
# the memory that comes with one vCPU: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
VCPU_MB = 1769


class Traits(msgspec.Struct, frozen=True, kw_only=True):
    """The platform's behavior, by default AWS's own but for the CPU; sizes in bytes, times in seconds."""

    new_container_when_busy: bool = True
    freeze: bool = True
    reuse: Literal["most_recent", "oldest"] = "most_recent"
    # AWS does not publish how long an idle container stays; people observe minutes
    idle_s: float = 300.0
    throttle: bool = True
    # synchronous invocations a second for each place of the concurrency
    rate_per_place: float = 10.0
    # of the account's concurrency, which no function can reserve
    unreservable: int = 100
    init_timeout_s: float = 10.0
    # a failed INIT is retried inside the first invocation
    retry_init: bool = True
    # a container whose process ended during an invocation is used again
    reset: bool = True
    timeout_kill: bool = True
    memory_kill: bool = True
    # off, so that what is measured is the code and not the stops
    cpu_share: bool = False
    clean_environment: bool = True
    private_temp: bool = True
    read_only: bool = True
    bill_init: bool = True
    # 6 MiB, and for an answer 100 bytes more: the numbers in Lambda's own error messages
    request_bytes: int = 6_291_456
    response_bytes: int = 6_291_556
    # raised from 256 KB in October 2025
    async_bytes: int = MIB
    async_retries: int = 2
    async_delays_s: tuple[float, ...] = (60.0, 120.0)
    async_max_age_s: float = 6 * 3600.0
    # how long an update of the code is in progress, and for how long after it old and new containers both answer;
    # AWS publishes neither, and 0 is an atomic switch, which AWS does not promise
    update_s: float = 0.0
    overlap_s: float = 0.0
    gateway_bytes: int = 10 * MIB
    # request line and the values of the headers
    header_bytes: int = 10_240
    # REST APIs and Function URLs rename some headers of a response
    remap_headers: bool = True
    # None: what the kind of API waits
    gateway_timeout_s: float | None = None

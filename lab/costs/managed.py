"""What Lambda Managed Instances cost: servers by the hour, a fee on them, and requests.

https://aws.amazon.com/lambda/pricing/
"""

from __future__ import annotations

from typing import Final

from lab.costs.bill import Bill
from lab.costs.prices import AWS, HOURS_A_MONTH, MILLION
from lab.costs.workload import Workload

# what Lambda starts in your account: by default three servers, one in each of three zones
SERVER: Final = "m7g.large"
SERVERS: Final = 3
VCPUS: Final = SERVERS * AWS.server[SERVER].vcpus
_ARCHITECTURE: Final = "arm"


def on_managed_instances(requests: float) -> Bill:
    """Return the bill of a month; idle servers cost as much as busy ones. Disks are not included."""
    servers = SERVERS * AWS.server[SERVER].dollars_hour * HOURS_A_MONTH
    return Bill(
        {
            "requests": AWS.million_requests.of(requests / MILLION),
            "servers": servers,
            "management fee": AWS.managed_fee.of(servers),
        }
    )


def servers_cheaper_from(work: Workload) -> float:
    """Return the requests a month from which the servers cost less than Lambda's GB-seconds, below its first tier.

    Requests, gateway and everything else cost the same on both sides. Cold starts are not counted.
    """
    a_request = AWS.gb_second[_ARCHITECTURE].of(work.gb_seconds(work.duration))
    return on_managed_instances(0).total / a_request

"""What Lambda Managed Instances cost: servers by the hour, a fee on them, and requests.

https://aws.amazon.com/lambda/pricing/
"""

from __future__ import annotations

import msgspec

from lab.costs.bill import Bill
from lab.costs.prices import AWS, HOURS_A_MONTH, MILLION, Prices
from lab.costs.workload import Workload


class ManagedSetup(msgspec.Struct, frozen=True, kw_only=True):
    """Servers that Lambda starts in your account: by default three, one in each of three zones."""

    kind: str = "m7g.large"
    count: int = 3
    architecture: str = "arm"

    def vcpus(self, prices: Prices = AWS) -> float:
        """Return the vCPUs of all servers together."""
        return self.count * prices.server[self.kind].vcpus


def on_managed_instances(requests: float, setup: ManagedSetup, prices: Prices = AWS) -> Bill:
    """Return the bill of a month; idle servers cost as much as busy ones. Disks are not included."""
    servers = setup.count * prices.server[setup.kind].dollars_hour * HOURS_A_MONTH
    return Bill(
        {
            "requests": prices.million_requests.of(requests / MILLION),
            "servers": servers,
            "management fee": prices.managed_fee.of(servers),
        }
    )


def servers_cheaper_from(work: Workload, setup: ManagedSetup, prices: Prices = AWS) -> float:
    """Return the requests a month from which the servers cost less than Lambda's GB-seconds, below its first tier.

    Requests, gateway and everything else cost the same on both sides. Cold starts are not counted.
    """
    a_request = prices.gb_second[setup.architecture].of(work.gb_seconds(work.duration))
    return on_managed_instances(0, setup, prices).total / a_request

"""The counters of a connection pool, to URL sources or to S3."""

from __future__ import annotations

import msgspec


class PoolStats(msgspec.Struct, frozen=True):
    """Connections opened, requests sent and how many reused a connection, since the start; idle connections now."""

    opened: int
    reused: int
    idle: int
    requests: int

"""Who calls, and what they may do: the values that the policy takes and returns."""

from __future__ import annotations

from typing import Literal

import msgspec

Level = Literal["open", "local", "key", "session", "signature", "unsigned", "none"]


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of one call that access is decided on.

    ``address`` is that of the socket, ``forwarded`` says that there was a proxy. ``key`` is the header that is
    ours alone.
    """

    address: str
    forwarded: bool = False
    method: str = "GET"
    authorization: str = ""
    key: str = ""
    session: str = ""
    host: str = ""
    origin: str = ""
    fetch_site: str = ""
    path: str = "/"
    pairs: tuple[tuple[str, str], ...] = ()


class Grant(msgspec.Struct, frozen=True):
    """What a caller may do, and why: ``level`` is the strongest reason that was found.

    ``open`` is a demo for everybody, ``local`` a caller on this machine, ``session`` somebody who signed in with a key.
    """

    level: Level

    @property
    def trusted(self) -> bool:
        """Return whether results may be kept, and any URL fetched, for this caller."""
        return self.full or self.level == "signature"

    @property
    def full(self) -> bool:
        """Return whether writes, listings and the full status are allowed."""
        return self.level in ("open", "local", "key", "session")

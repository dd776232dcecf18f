"""Objects that are kept for a limited time, and their removal after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import msgspec

from app.storage import keys

if TYPE_CHECKING:
    from app.storage import Storage

DAY_S: Final = 24 * 3600
INCOMING_DAYS: Final = 1
JOB_DAYS: Final = 7


class Purge(msgspec.Struct, frozen=True, kw_only=True):
    """Removes objects by the age of their last write; ``now`` is in Unix seconds."""

    storage: Storage
    now: Callable[[], float]
    derived_days: float

    def derived(self) -> int:
        """Remove results older than ``derived_days``; return how many."""
        return self._older_than(self.derived_days, keys.DERIVED)

    def leftovers(self) -> int:
        """Remove old jobs and uploads, unless lifecycle rules of a bucket do so; return how many objects."""
        if self.storage.kind == "s3":
            return 0
        return self._older_than(JOB_DAYS, keys.JOBS) + self._older_than(INCOMING_DAYS, keys.INCOMING)

    def _older_than(self, days: float, prefix: str) -> int:
        oldest = self.now() - days * DAY_S
        old = [key for key, stored in self.storage.entries(prefix) if stored.modified < oldest]
        return sum(self.storage.delete(key) for key in old)

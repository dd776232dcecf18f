"""Objects that are kept for a limited time, and their removal after it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Final

import msgspec

from app.core.errors import NotFound
from app.storage import keys

if TYPE_CHECKING:
    from app.runtime.storage_failures import StorageFailures
    from app.storage import ObjectInfo, Storage

# an object with the days it may live
Aged = tuple[str, "ObjectInfo", float]

# passes keys on one after another, and may show how far it is
Progress = Callable[[list[str]], Iterable[str]]

DAY_S: Final = 24 * 3600
INCOMING_DAYS: Final = 1
JOB_DAYS: Final = 7
_LEFTOVERS: Final = ((keys.JOBS, JOB_DAYS), (keys.INCOMING, INCOMING_DAYS))
# a look at an object takes some microseconds, its removal some tens
_PER_REQUEST: Final = 100


class Sweep:
    """A walk through objects in small steps: each goes on where the last one ended, and begins again at the end."""

    def __init__(self) -> None:
        self._rest: Iterator[Aged] = iter(())
        self._lock = threading.Lock()

    def step(self, begin: Callable[[], Iterator[Aged]]) -> list[Aged]:
        """Return the next objects, none while another thread is at it; ``begin`` starts a walk."""
        if not self._lock.acquire(blocking=False):
            return []
        try:
            found = list(islice(self._rest, _PER_REQUEST))
            if not found:
                self._rest = begin()
                found = list(islice(self._rest, _PER_REQUEST))
            return found
        finally:
            self._lock.release()


class Purge(msgspec.Struct, frozen=True, kw_only=True):
    """Removes objects by the age of their last write; ``now`` is in Unix seconds.

    ``delete_image`` deletes an image with its results and jobs; 0 ``retention_days`` keep images for ever.
    ``failures`` counts what cannot be removed while a request is served.
    """

    storage: Storage
    failures: StorageFailures
    now: Callable[[], float]
    derived_days: float
    retention_days: float = 0.0
    delete_image: Callable[[str], None]
    sweep: Sweep = msgspec.field(default_factory=Sweep)

    def derived(self, progress: Progress = iter) -> int:
        """Remove results older than ``derived_days``; return how many."""
        old = self._old(self._aged(keys.DERIVED, self.derived_days))
        return sum(self.storage.delete(key) for key in progress(old))

    def images(self, progress: Progress = iter) -> int:
        """Delete images stored more than ``retention_days`` ago, with their results and jobs; return how many."""
        if not self.retention_days:
            return 0
        count = 0
        for key in progress(self._old(self._aged(keys.ORIGINALS, self.retention_days))):
            if self._is_still_old(key, self.retention_days):
                with suppress(NotFound):  # somebody else was faster, or it is no image of ours
                    self.delete_image(key.removeprefix(keys.ORIGINALS))
                    count += 1
        return count

    def leftovers(self, progress: Progress = iter) -> int:
        """Remove all old jobs and uploads, unless lifecycle rules of a bucket do so; return how many objects."""
        if self.storage.kind == "s3":
            return 0
        found = [entry for prefix, days in _LEFTOVERS for entry in self._aged(prefix, days)]
        lives = {key: days for key, stored, days in found if self._is_old(stored, days)}
        return sum(self.storage.delete(key) for key in progress(list(lives)) if self._is_still_old(key, lives[key]))

    def some_leftovers(self) -> int:
        """As ``leftovers``, in small steps: a request pays for it, so each call looks at a few objects only.

        Many calls see all of them. No request has anything to do with them, so what cannot be read or removed is passed
        over.
        """
        if self.storage.kind == "s3":
            return 0
        count = 0
        for key in self._old(self.sweep.step(self._readable_leftovers)):
            with self.failures.tolerated("remove leftovers"):
                count += self.storage.delete(key)
        return count

    def _readable_leftovers(self) -> Iterator[Aged]:
        for prefix, days in _LEFTOVERS:
            with self.failures.tolerated("look for leftovers"):
                yield from self._aged(prefix, days)

    def _aged(self, prefix: str, days: float) -> Iterator[Aged]:
        return ((key, stored, days) for key, stored in self.storage.entries(prefix))

    def _old(self, found: Iterable[Aged]) -> list[str]:
        """Return the keys of the objects that have lived longer than they may."""
        return [key for key, stored, days in found if self._is_old(stored, days)]

    def _is_still_old(self, key: str, days: float) -> bool:
        """Return whether the object was not written anew since it was listed, which may be long ago."""
        stored = self.storage.stat(key)
        return stored is not None and self._is_old(stored, days)

    def _is_old(self, stored: ObjectInfo, days: float) -> bool:
        return stored.modified < self.now() - days * DAY_S

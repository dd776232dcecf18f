"""Objects that are kept for a limited time, and their removal after it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

import msgspec

from app.core.errors import NotFound
from app.storage import keys

if TYPE_CHECKING:
    from app.core.deadline import Deadline
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
# keys that S3 lists, and objects that it deletes, in one call
_PAGE: Final = 1000


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


class Purged(msgspec.Struct, frozen=True):
    """How many images and results were removed, and the key to go on behind, empty when all were seen."""

    images: int
    results: int
    rest: str = ""


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
        old = iter(progress(self._old(self._aged(keys.DERIVED, self.derived_days))))
        return sum(map(self.storage.delete_many, iter(lambda: list(islice(old, _PAGE)), [])))

    def images(self, progress: Progress = iter) -> int:
        """Delete images stored more than ``retention_days`` ago, with their results and jobs; return how many."""
        if not self.retention_days:
            return 0
        return sum(map(self._delete_image, progress(self._old(self._aged(keys.ORIGINALS, self.retention_days)))))

    def until(self, deadline: Deadline, after: str = "") -> Purged:
        """Remove what ``images`` and ``derived`` do, in the order of the keys behind ``after``, until the deadline.

        Each call gets at least one key further.
        """
        images = results = 0
        if self.retention_days and not after.startswith(keys.DERIVED):
            for key, stored in chain.from_iterable(self._pages(keys.ORIGINALS, after)):
                images += self._is_old(stored, self.retention_days) and self._delete_image(key)
                if not deadline.remaining():
                    return Purged(images, results, key)
        for page in self._pages(keys.DERIVED, after):
            results += self.storage.delete_many([key for key, info in page if self._is_old(info, self.derived_days)])
            if not deadline.remaining():
                return Purged(images, results, page[-1][0])
        return Purged(images, results)

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

    def _delete_image(self, key: str) -> bool:
        """Delete the image if it is still old; return False where it is gone or somebody else's file."""
        if not self._is_still_old(key, self.retention_days):
            return False
        try:
            self.delete_image(key.removeprefix(keys.ORIGINALS))
        except NotFound:
            return False
        return True

    def _pages(self, prefix: str, after: str) -> Iterator[list[tuple[str, ObjectInfo]]]:
        """Yield the entries of a prefix in the order of their keys, behind ``after`` if that is one of them."""
        after = after if after.startswith(prefix) else ""
        while page := self.storage.entries_after(after, prefix, _PAGE):
            yield page
            if len(page) < _PAGE:
                break
            after = page[-1][0]

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

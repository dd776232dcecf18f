"""Functions by name, their published versions, and the aliases that point to them.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html and configuration-aliases.html
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from lab.account.function import LATEST, Function
from lab.account.updates import CodeUpdate, UpdateStatus
from lab.errors import LabError


class ResourceNotFound(LabError):
    """There is no such function, version or alias."""


class ResourceConflict(LabError):
    """It exists already."""


class Alias(msgspec.Struct, frozen=True, kw_only=True):
    """A name for a version; ``weights`` routes that share of the invocations to another version."""

    name: str
    version: str
    description: str = ""
    weights: Mapping[str, float] = {}


class _Versions(msgspec.Struct):
    latest: Function
    versions: dict[str, Function]
    aliases: dict[str, Alias]
    published: int = 0
    update: CodeUpdate | None = None


class Functions:
    """The functions of the account; ``draw`` returns numbers in [0, 1) for weighted aliases and unfinished updates."""

    def __init__(
        self,
        *functions: Function,
        draw: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._draw = draw
        self._clock = clock
        self._lock = threading.Lock()
        self._entries = {function.name: _Versions(function, {}, {}) for function in functions}

    def names(self) -> list[str]:
        """Return the functions' names."""
        return sorted(self._entries)

    def add(self, function: Function) -> None:
        """Deploy a function; raise ResourceConflict when its name is taken."""
        with self._lock:
            if function.name in self._entries:
                raise ResourceConflict(f"Function already exist: {function.name}")
            self._entries[function.name] = _Versions(function, {}, {})

    def for_invocation(self, name: str, qualifier: str = "") -> Function:
        """Return what an invocation gets, of an alias by its weights, of $LATEST by its update.

        Raises ResourceNotFound.
        """
        entry = self._entry(name)
        if qualifier in entry.aliases:
            qualifier = self._weighted_version(entry.aliases[qualifier])
        found, update = self.named_by(name, qualifier), entry.update
        if found.version != LATEST or update is None or not update.gets_before(self._clock(), self._draw()):
            return found
        return update.before

    def named_by(self, name: str, qualifier: str = "") -> Function:
        """Return the version that a qualifier names, of an alias its own; raise ResourceNotFound."""
        entry = self._entry(name)
        version = entry.aliases[qualifier].version if qualifier in entry.aliases else qualifier or LATEST
        if version == LATEST:
            return entry.latest
        if version not in entry.versions:
            raise ResourceNotFound(f"Function not found: {entry.latest.arn}:{qualifier}")
        return entry.versions[version]

    def publish(self, name: str) -> Function:
        """Publish $LATEST under the next number, or return the last version when nothing has changed since."""
        entry = self._entry(name)
        with self._lock:
            last = entry.versions.get(str(entry.published))
            if last and msgspec.structs.replace(last, version=LATEST) == entry.latest:
                return last
            entry.published += 1
            version = msgspec.structs.replace(entry.latest, version=str(entry.published))
            entry.versions[version.version] = version
            return version

    def versions(self, name: str) -> list[Function]:
        """Return $LATEST and every published version."""
        entry = self._entry(name)
        return [entry.latest, *entry.versions.values()]

    def update(self, name: str, *, package: Path, code: str, takes_s: float = 0.0, overlap_s: float = 0.0) -> Function:
        """Replace the code of $LATEST, in progress for ``takes_s``; published versions keep theirs."""
        entry = self._entry(name)
        with self._lock:
            done = self._clock() + takes_s
            entry.update = CodeUpdate(before=entry.latest, successful_s=done, over_s=done + overlap_s)
            entry.latest = msgspec.structs.replace(entry.latest, package=package, code=code)
            return entry.latest

    def update_status(self, name: str) -> UpdateStatus:
        """Return LastUpdateStatus of $LATEST."""
        update = self._entry(name).update
        return update.status(self._clock()) if update else "Successful"

    def is_served(self, function: Function) -> bool:
        """Return whether an invocation of $LATEST may still get this code."""
        entry = self._entry(function.name)
        update = entry.update
        if update and self._clock() < update.over_s and function.key == update.before.key:
            return True
        return function.key == entry.latest.key

    def put_alias(self, name: str, alias: Alias, *, new: bool) -> Alias:
        """Create or change an alias; raise ResourceNotFound or ResourceConflict."""
        entry = self._entry(name)
        for version in (alias.version, *alias.weights):
            # not named_by(), which follows another alias, and takes no qualifier for $LATEST
            if version != LATEST and version not in entry.versions:
                raise ResourceNotFound(f"Function not found: {entry.latest.arn}:{version}")
        with self._lock:
            if new and alias.name in entry.aliases:
                raise ResourceConflict(f"Alias already exists: {entry.latest.arn}:{alias.name}")
            if not new and alias.name not in entry.aliases:
                raise ResourceNotFound(f"Alias not found: {entry.latest.arn}:{alias.name}")
            entry.aliases[alias.name] = alias
        return alias

    def alias(self, name: str, alias: str) -> Alias:
        """Return an alias; raise ResourceNotFound."""
        entry = self._entry(name)
        if alias not in entry.aliases:
            raise ResourceNotFound(f"Alias not found: {entry.latest.arn}:{alias}")
        return entry.aliases[alias]

    def aliases(self, name: str) -> list[Alias]:
        """Return every alias of a function."""
        return list(self._entry(name).aliases.values())

    def remove_alias(self, name: str, alias: str) -> None:
        """Remove an alias, if there is one."""
        self._entry(name).aliases.pop(alias, None)

    def _entry(self, name: str) -> _Versions:
        try:
            return self._entries[name]
        except KeyError:
            raise ResourceNotFound(f"Function not found: {name}") from None

    def _weighted_version(self, alias: Alias) -> str:
        drawn = self._draw()
        for version, weight in alias.weights.items():
            if drawn < weight:
                return version
            drawn -= weight
        return alias.version

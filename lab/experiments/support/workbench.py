"""What every experiment works with: functions, labs, a scratch directory, and progress bars."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from tqdm import tqdm

from lab.accounts.app_settings import app_settings
from lab.accounts.function import Function
from lab.accounts.package import from_tree
from lab.local_lambda import LocalLambda, Options
from lab.traits import Traits

FUNCTIONS = Path(__file__).resolve().parents[1] / "functions"
_Each = TypeVar("_Each")


class Workbench(msgspec.Struct, frozen=True):
    """One experiment's place of work; ``directory`` is gone when the experiment ends."""

    directory: Path
    quick: bool = False

    def pick(self, quick: _Each, full: _Each) -> _Each:
        """Return what the kind of run asks for."""
        return quick if self.quick else full

    def steps(self, name: str, items: Sequence[_Each]) -> Iterator[_Each]:
        """Yield the items behind a progress bar, which shows only on a terminal."""
        yield from tqdm(items, desc=name, leave=False, disable=None)

    def function(self, handler: str, **given: Any) -> Function:
        """Return one of the small functions in ``functions/``; keywords are fields of Function."""
        given = {"memory_mb": 1769, "environment": {}, **given}
        made = from_tree(
            FUNCTIONS, handler=handler, environment=given.pop("environment"), memory_mb=given.pop("memory_mb")
        )
        return msgspec.structs.replace(made, **given)

    def app(self, environment: Mapping[str, str] | None = None, **given: Any) -> Function:
        """Return the app itself, open to all, over storage that its containers share."""
        settings = app_settings(environment or {}, self.directory)
        made = from_tree(handler="wsgi.handler", environment=settings, memory_mb=given.pop("memory_mb", 1769))
        return msgspec.structs.replace(made, **given)

    def lab(self, *functions: Function, concurrency: int = 1000, **traits: Any) -> LocalLambda:
        """Start a lab around functions; keywords are fields of Traits. A context manager."""
        options = Options(concurrency=concurrency, traits=Traits(**traits))
        return LocalLambda(lambda directory: list(functions), options)

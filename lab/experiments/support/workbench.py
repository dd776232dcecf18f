"""The tools of every experiment: functions, labs, a scratch directory, recordings and progress bars."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from tqdm import tqdm

from lab import recorded_traffic
from lab.account.app_settings import app_settings
from lab.account.function import Function
from lab.account.package import from_tree
from lab.local_lambda import LocalLambda, Options
from lab.recorded_traffic import Recording, Sample
from lab.traits import VCPU_MB, Traits

FUNCTIONS = Path(__file__).resolve().parents[1] / "functions"
_Each = TypeVar("_Each")


class Workbench(msgspec.Struct, frozen=True):
    """The tools of one experiment; ``directory`` is removed when it ends."""

    directory: Path
    quick: bool = False

    @property
    def recordings(self) -> Path:
        """Return where the files of ``record`` are."""
        return self.directory / "recordings"

    def pick(self, quick: _Each, full: _Each) -> _Each:
        """Return the value for this kind of run."""
        return quick if self.quick else full

    def steps(self, name: str, items: Sequence[_Each]) -> Iterator[_Each]:
        """Yield the items behind a progress bar, which shows only on a terminal."""
        yield from tqdm(items, desc=name, leave=False, disable=None, dynamic_ncols=True)

    def function(self, handler: str, **given: Any) -> Function:
        """Return one of the small functions in ``functions/``; keywords are fields of Function."""
        environment, memory_mb = given.pop("environment", {}), given.pop("memory_mb", VCPU_MB)
        made = from_tree(FUNCTIONS, handler=handler, environment=environment, memory_mb=memory_mb)
        return msgspec.structs.replace(made, **given)

    def app(self, environment: Mapping[str, str] | None = None, **given: Any) -> Function:
        """Return the app itself, open to all, with storage that its containers share."""
        settings = app_settings(environment or {}, self.directory)
        made = from_tree(handler="wsgi.handler", environment=settings, memory_mb=given.pop("memory_mb", VCPU_MB))
        return msgspec.structs.replace(made, **given)

    def record(self, name: str, samples: Sequence[Sample], *, idle_s: float) -> None:
        """Keep an experiment's requests for the simulation to replay; they are published with its finding."""
        recorded_traffic.write(
            self.recordings / f"{name}.json", Recording(name=name, idle_s=idle_s, samples=tuple(samples))
        )

    def lab(self, *functions: Function, concurrency: int = 1000, **traits: Any) -> LocalLambda:
        """Start a lab around functions; keywords are fields of Traits. A context manager."""
        options = Options(concurrency=concurrency, traits=Traits(**traits))
        return LocalLambda(lambda directory: list(functions), options)

"""The results of a run of the benchmark, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from measurement.earlier_runs import differences, with_kernels
from measurement.figures import Figure


class ExperimentResult(msgspec.Struct, frozen=True, kw_only=True):
    """All figures of one run of one experiment, and how they were measured; an empty ``kernel`` is the file's."""

    title: str
    method: str
    figures: tuple[Figure, ...]
    command: str = ""
    date: str = ""
    kernel: str = ""
    quick: bool = False


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """The contents of bench/results.json: experiments by name, all run on this machine with these versions."""

    machine: Mapping[str, str]
    versions: Mapping[str, str]
    sources: Mapping[str, str]
    experiments: Mapping[str, ExperimentResult]

    def missed(self) -> list[Figure]:
        """Return the figures that miss their target."""
        return [figure for each in self.experiments.values() for figure in each.figures if figure.met is False]

    def keeping(self, older: Results | None) -> Results:
        """Return these results with the other experiments of ``older``, if nothing else has changed since."""
        if older is None or self.changes(older):
            return self
        kept = dict(with_kernels(older.experiments, older.machine, self.machine))
        return msgspec.structs.replace(self, experiments={**kept, **self.experiments})

    def changes(self, older: Results) -> list[str]:
        """Return in words how machine, versions and sources differ from those of ``older``, the kernel apart."""
        pairs = ((older.machine, self.machine), (older.versions, self.versions), (older.sources, self.sources))
        return [change for pair in pairs for change in differences(*pair)]

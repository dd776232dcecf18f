"""The results of a run of the benchmark, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from measurement.figures import Figure


class ExperimentResult(msgspec.Struct, frozen=True, kw_only=True):
    """All figures of one run of one experiment, and how they were measured."""

    title: str
    method: str
    figures: tuple[Figure, ...]
    command: str = ""
    date: str = ""
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
        """Return these results with the other experiments of ``older``, if machine, versions and sources are equal."""
        if older is None or self._origin() != older._origin():
            return self
        return msgspec.structs.replace(self, experiments={**older.experiments, **self.experiments})

    def _origin(self) -> tuple[Mapping[str, str], ...]:
        return self.machine, self.versions, self.sources

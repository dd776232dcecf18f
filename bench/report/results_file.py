"""Reads and writes bench/results.json: a figure a line, or a whole case where its figures are few."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from bench.report.results import ExperimentResult, Results
from bench.setup import BenchSetupError
from measurement.figures import Figure, Spread, Target
from measurement.json_text import json_text, rounded
from measurement.json_value import UnexpectedJson, decoded


class _Cell(msgspec.Struct, kw_only=True, omit_defaults=True, rename={"at_most": "at most", "at_least": "at least"}):
    """One figure; a single measurement has no ``least``, ``most`` and ``n``."""

    median: float
    least: float | None = None
    most: float | None = None
    n: int = 1
    at_most: float | None = None
    at_least: float | None = None
    missed: bool = False  # for readers of the file; it follows from the rest


class _Experiment(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One experiment: its units by measure, and its figures by case and measure; a bare number is a single median."""

    title: str
    method: str
    command: str
    date: str
    quick: bool
    units: Mapping[str, str]
    cases: Mapping[str, Mapping[str, float | _Cell]]
    kernel: str = ""


class _File(msgspec.Struct, kw_only=True):
    machine: Mapping[str, str]
    versions: Mapping[str, str]
    sources: Mapping[str, str]
    experiments: Mapping[str, _Experiment]


def encode(results: Results) -> bytes:
    """Return the text of the file.

    Raises ValueError when a case has two figures of one measure, or a measure two units.
    """
    file = _File(
        machine=results.machine,
        versions=results.versions,
        sources=results.sources,
        experiments={name: _experiment(each) for name, each in results.experiments.items()},
    )
    return json_text(rounded(msgspec.to_builtins(file))).encode()


def read(path: Path) -> Results:
    """Return the results in a file; raise BenchSetupError, naming it, when there are none in it."""
    try:
        return decode(path.read_bytes())
    except UnexpectedJson as exc:
        raise BenchSetupError(f"{path}: expected the results that `python -m bench` writes: {exc}") from exc


def decode(text: bytes) -> Results:
    """Return the results that ``encode`` wrote; raise UnexpectedJson for anything else."""
    file = decoded(text, _File)
    return Results(
        machine=file.machine,
        versions=file.versions,
        sources=file.sources,
        experiments={name: _result(each) for name, each in file.experiments.items()},
    )


def _experiment(result: ExperimentResult) -> _Experiment:
    units: dict[str, str] = {}
    cases: dict[str, dict[str, float | _Cell]] = {}
    for figure in result.figures:
        cells = cases.setdefault(figure.case, {})
        if figure.measure in cells or units.setdefault(figure.measure, figure.unit) != figure.unit:
            raise ValueError(f"{result.title}, {figure.case}: {figure.measure} is there twice or in two units")
        cells[figure.measure] = _cell(figure)
    return _Experiment(
        title=result.title,
        method=result.method,
        command=result.command,
        date=result.date,
        quick=result.quick,
        units={measure: unit for measure, unit in units.items() if unit},
        cases=cases,
        kernel=result.kernel,
    )


def _cell(figure: Figure) -> float | _Cell:
    spread, target = figure.spread, figure.target
    if spread.n == 1 and target is None:
        return spread.median
    return _Cell(
        median=spread.median,
        least=spread.least if spread.n > 1 else None,
        most=spread.most if spread.n > 1 else None,
        n=spread.n,
        at_most=target.value if target and target.sense == "at most" else None,
        at_least=target.value if target and target.sense == "at least" else None,
        missed=figure.met is False,
    )


def _result(experiment: _Experiment) -> ExperimentResult:
    figures = tuple(
        Figure(
            case=case,
            measure=measure,
            unit=experiment.units.get(measure, ""),
            spread=_spread(cell),
            target=_target(cell),
        )
        for case, cells in experiment.cases.items()
        for measure, cell in cells.items()
    )
    return ExperimentResult(
        title=experiment.title,
        method=experiment.method,
        figures=figures,
        command=experiment.command,
        date=experiment.date,
        kernel=experiment.kernel,
        quick=experiment.quick,
    )


def _spread(cell: float | _Cell) -> Spread:
    if not isinstance(cell, _Cell):
        return Spread(cell, cell, cell, 1)
    least, most = (cell.median if bound is None else bound for bound in (cell.least, cell.most))
    return Spread(cell.median, least, most, cell.n)


def _target(cell: float | _Cell) -> Target | None:
    if not isinstance(cell, _Cell):
        return None
    if cell.at_most is not None:
        return Target(cell.at_most, "at most")
    return Target(cell.at_least, "at least") if cell.at_least is not None else None

"""Writes everything in the project that is generated: ``make docs``.

The tables of the pages come from the code, what was measured from bench/results.json and lab/results.json, and the
recorded tour from lab/tour.json.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bench.report import generated as bench_report
from docs.tables import with_tables
from lab import report as lab_report
from lab.experiments.support.results_file import RESULTS, read
from lab.pages import recorded_run

ROOT: Final = Path(__file__).parent.parent
README: Final = "README.md"
CHARTS: Final = "docs/charts"
TOUR: Final = "lab/tour.json"


def files() -> dict[str, str]:
    """Return every generated file with the text it should have, by its path in the project."""
    pages = {path.relative_to(ROOT).as_posix(): path.read_text() for path in sorted((ROOT / "docs").glob("*.md"))}
    found = {README: (ROOT / README).read_text(), **pages}
    found |= bench_report.files(found[README])
    found |= {path.as_posix(): text for path, text in lab_report.files(read(RESULTS), found[README])}
    found["docs/replay.html"] = recorded_run.page(recorded_run.read(ROOT / TOUR))
    return found | {name: with_tables(found[name]) for name in (README, *pages)}


def stale(expected: Mapping[str, str]) -> list[str]:
    """Return the files that are not as they should be, and the charts that nothing draws any more."""
    changed = [name for name, text in expected.items() if not _is(ROOT / name, text)]
    drawn = [path.relative_to(ROOT).as_posix() for path in (ROOT / CHARTS).iterdir()]
    return sorted([*changed, *(name for name in drawn if name not in expected)])


def write() -> list[str]:
    """Bring everything up to date and return what changed."""
    expected = files()
    changed = stale(expected)
    for name in changed:
        if name in expected:
            (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / name).write_text(expected[name])
        else:
            (ROOT / name).unlink()
    return changed


def _is(path: Path, text: str) -> bool:
    return path.exists() and path.read_text() == text


if __name__ == "__main__":
    print("\n".join(write()) or "everything is up to date")

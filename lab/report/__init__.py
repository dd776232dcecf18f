"""The findings as a page, as Markdown and as charts; all text and figures in them come from the JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lab.experiments.support.findings import Findings
from lab.report.charts import svg
from lab.report.markdown import chart_name, document, summary
from lab.report.page import page
from measurement.documents import replace_block
from measurement.stamps import ROOT

MARKER: Final = "lab"
PAGE: Final = Path("docs/experiments.html")
DOCUMENT: Final = Path("docs/experiments.md")
CHARTS: Final = Path("docs/charts")


def files(findings: Findings, readme: str) -> Iterator[tuple[Path, str]]:
    """Yield each file of the report with its text, by its path in the project; ``readme`` is the present README."""
    yield PAGE, page(findings)
    yield DOCUMENT, document(findings)
    yield Path("README.md"), replace_block(readme, summary(findings), MARKER)
    for name, finding in findings.experiments.items():
        for number, chart in enumerate(finding.charts):
            yield CHARTS / chart_name(name, number), svg(chart)


def write(findings: Findings, root: Path = ROOT) -> list[Path]:
    """Write the report into ``root`` and return the paths that changed; charts that are no longer made are removed."""
    expected = dict(files(findings, (root / "README.md").read_text(encoding="utf-8")))
    for path in (root / CHARTS).glob(chart_name("*", 0).replace("-0", "-*")):
        if path.relative_to(root) not in expected:
            path.unlink()
    changed = [path for path, text in expected.items() if _read(root / path) != text]
    for path in changed:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(expected[path], encoding="utf-8")
    return changed


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None

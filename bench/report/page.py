"""Writes docs/bench.md, the page with every table."""

from __future__ import annotations

from bench.report.missed import missed_table
from bench.report.results import Results
from measurement.earlier_runs import other_kernels
from measurement.tables import table

TITLE = """# Benchmark

[All pages](README.md)

After `make setup`, `make bench` measures everything again. It takes about half an hour on two cores. It sets up the
programs that it compares with in `build/bench`: sharp with its Node.js packages, pyvips, and thumbor with the older
Pillow that it needs. `python -m bench engine` measures one part, and `python -m bench --quick` runs a few rounds of
everything. The results go to [bench/results.json](../bench/results.json). `make docs` writes this page from them.

A figure is the median. Where there were several measurements, the lowest and the highest are in brackets.

**What SIMD bought.** Pillow's Lanczos uses no SIMD. From 1363×1113 to 480 wide it takes 19.4 ms, or 7.4 ms once whole
pixels are averaged; cykooz-resizer takes 2.4 ms. With alpha these are 28.0, 14.3 and 3.0 ms. So what was built around
the slow filter could go: luma and chroma resized apart, averaging, bicubic in place of Lanczos. That day, on that day's
machine, 12 MP went from 0.82 to 0.74 of sharp's CPU and 2 MP from 0.99 to 0.75, and SSIM rose by 0.003, to sharp's.
Where cykooz-resizer has no wheel, on arm64 Linux, Pillow resamples.

**What is left of 12 MP.** Nearly all of it is the decode and the encode. Both are calls of libjpeg-turbo, as they are
in sharp. The row of the bare pipeline is what our libraries take with nothing around them. A decode at an eighth
takes four fifths of one at a quarter, but pixels alias in it. The best linear filter of 9×9 pixels after it, fitted
to the correct result, brought SSIM to 0.9397; a quarter has 0.9417.

**What a small picture need not read.** A progressive JPEG has the last bits of its coefficients in its last scans,
often half of the file. Coefficients that are too fine for a decode at an eighth are in scans of their own. Where
these scans do not show, by the steps of the file's own quantization tables, they are left out.
"""


def page(results: Results, summary: str) -> str:
    """Return the whole page."""
    parts = {"Summary": summary, "Missed targets": missed_table(results), "Every table": tables(results)}
    return "\n".join([TITLE, *(f"## {heading}\n\n{text}\n" for heading, text in parts.items())])


def tables(results: Results) -> str:
    """Return the method and the table of each experiment, then the machine they ran on."""
    parts = [f"**{each.title}.** {each.method}\n\n{table(each.figures)}" for each in results.experiments.values()]
    return "\n\n".join([*parts, provenance(results)])


def provenance(results: Results) -> str:
    """Return machine, versions and commands in one line."""
    machine = ", ".join(f"{value} {name}" if name == "cores" else value for name, value in results.machine.items())
    versions = ", ".join(f"{name} {value}" for name, value in results.versions.items())
    commands = ", ".join(dict.fromkeys(f"`{each.command}` on {each.date}" for each in results.experiments.values()))
    return f"Machine: {machine}. Versions: {versions}. Made by {commands}.{other_kernels(results.experiments)}"

"""Writes docs/bench.md, the page with every table."""

from __future__ import annotations

from bench.report.results import Results
from measurement.earlier_runs import other_kernels
from measurement.tables import table

TITLE = """# Benchmark

[All pages](README.md)

After `make setup`, `make bench` measures everything again, in about half an hour on two cores. It sets up its peers by
itself in `build/bench`: sharp with its Node.js packages, pyvips, and thumbor with the older Pillow that it needs.
`python -m bench engine` measures one part, `python -m bench --quick` runs a few rounds of everything. The results go to
[bench/results.json](../bench/results.json), and `make docs` writes this page from there.

A figure is the median, with the least and the most in brackets where there were several.

What SIMD bought: Pillow's Lanczos is scalar. It takes 19.4 ms from 1363×1113 to 480 wide, or 7.4 ms once whole pixels
are averaged, and cykooz-resizer takes 2.4 ms; with alpha 28.0, 14.3 and 3.0 ms. That ended what was built around the
slow filter: luma and chroma resized apart, averaging, bicubic in Lanczos's place. On the day of the change, and on
that day's machine, 12 MP went from 0.82 to 0.74 of sharp's CPU and 2 MP from 0.99 to 0.75, and SSIM rose by 0.003 to
sharp's. Where cykooz-resizer has no wheel, on arm64 Linux, Pillow resamples.

What is left of 12 MP: its decode and its encode, nearly all of it, are calls of libjpeg-turbo, as they are in sharp.
The row of the bare pipeline is what our libraries take with nothing around them. A decode at an eighth takes four
fifths of one at a quarter, but pixels alias in it: the best linear filter of 9×9 after it, fitted to the very answer,
brought SSIM to 0.9397, where a quarter has 0.9417.

What a small picture need not read: a progressive JPEG tells the last bits of its coefficients in its last scans, often
half of the file, and coefficients too fine for a decode at an eighth in scans of their own. Where these do not show, by
the steps of the file's own quantization tables, they are left out.
"""


def page(results: Results, summary: str) -> str:
    """Return the whole page."""
    return f"{TITLE}\n## Summary\n\n{summary}\n\n## Every table\n\n{tables(results)}\n"


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

"""The tables of options and of the cost model leave nothing out that can be asked for."""

from __future__ import annotations

from app import options
from app.formats import FORMATS
from bench.cost_cases import CASES, READ, STEPS, WRITTEN
from bench.option_cost import OPTIONS, PLAIN

# They choose among what is measured, or say how one of the others is done.
WORDS = {"height", "aspect", "focal", "upscale", "quality", "background", "page", "frames", "download"}
WORDS |= {name for name in options.TYPES if name.startswith("watermark_")}
# What changes no pixel, or is a size or a format.
NO_STEP = {"width", "dpr", "format", "lossless", "progressive", "max_bytes", "metadata", "icc"}


def test_every_option_has_its_price() -> None:
    asked = {name for wanted in (PLAIN, *OPTIONS.values()) for name in wanted}
    assert asked | WORDS == set(options.TYPES)


def test_every_step_is_in_the_cost_model_s_table() -> None:
    asked = {name for step in STEPS for name in step}
    assert asked | WORDS | NO_STEP == set(options.TYPES)


def test_every_format_is_read_and_written() -> None:
    suffixes = {"jpg": "jpeg", "tif": "tiff"}
    read = {suffixes.get(name.rpartition(".")[2], name.rpartition(".")[2]) for name in READ}
    assert read == set(FORMATS) - {"heic"}  # an extra, which is not installed here
    assert set(WRITTEN) == {name for name, format in FORMATS.items() if format.writable}


def test_no_two_rows_have_one_name() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)

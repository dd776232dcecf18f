"""The cases of the cost model leave out nothing that can be requested."""

from __future__ import annotations

from app import options
from app.core.formats import FORMATS
from bench.cost_model.cases import CASES, READ, STEPS, WRITTEN
from tests.support.option_groups import MODIFIERS

# they change no pixel, or are a size or a format
NO_STEP = {"width", "dpr", "format", "lossless", "progressive", "max_bytes", "metadata", "icc"}


def test_every_step_is_measured() -> None:
    measured = {name for step in STEPS for name in step}
    assert measured | MODIFIERS | NO_STEP == set(options.TYPES)


def test_every_format_is_read_and_written() -> None:
    suffixes = {"jpg": "jpeg", "tif": "tiff"}
    read = {suffixes.get(name.rpartition(".")[2], name.rpartition(".")[2]) for name in READ}
    assert read == set(FORMATS)
    assert set(WRITTEN) == {name for name, format in FORMATS.items() if format.writable}


def test_no_two_cases_have_the_same_name() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)

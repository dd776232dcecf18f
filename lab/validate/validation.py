"""What was seen of each trait, run by run, as frozen values and as a JSON file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from lab.file_checks import as_setup_errors
from lab.output_file import OutputFile
from measurement.json_text import json_text, rounded
from measurement.json_value import decoded
from measurement.stamps import ROOT

STORED: Final = ROOT / "lab" / "validation.json"
ELSEWHERE: Final = ROOT / "build" / "lab" / "validation.json"
LAB: Final = "the lab"


class Observation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one probe saw: a text that equals ``documented``, or does not.

    ``documented`` is empty where AWS publishes nothing, ``seen`` where the probe could not tell; ``why`` says why.
    """

    trait: str
    source: str
    documented: str = ""
    seen: str = ""
    why: str = ""

    @property
    def verdict(self) -> str:
        """Return what the observation says about the documentation."""
        if not self.seen:
            return "not decided"
        if not self.documented:
            return "not documented"
        return "as documented" if self.seen == self.documented else "differs"


class ProbeRun(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the probes: when, on a function of which runtime, memory and timeout, and what they saw."""

    date: str
    function: Mapping[str, str]
    observations: tuple[Observation, ...]

    def seen(self, trait: str) -> str:
        """Return what was seen of a trait; empty when that is not known."""
        return next((each.seen for each in self.observations if each.trait == trait), "")


class Validation(msgspec.Struct, frozen=True, kw_only=True):
    """The contents of the file: the last run against each place, by ``the lab`` or the host of its Lambda API."""

    runs: Mapping[str, ProbeRun] = {}

    def with_run(self, place: str, run: ProbeRun) -> Validation:
        """Return these runs with one more, or one replaced."""
        return Validation(runs={**self.runs, place: run})


def is_aws(place: str) -> bool:
    """Return whether a place is Lambda itself."""
    return place.endswith((".amazonaws.com", ".amazonaws.com.cn"))


def read(path: Path, option: str = "") -> Validation:
    """Return the runs in a file, none when it does not exist; raise SetupError when it is of another form."""
    with as_setup_errors(path, option, "the runs that `python -m lab validate` writes"):
        return decoded(path.read_bytes(), Validation) if path.exists() else Validation()


def write(out: OutputFile, validation: Validation) -> None:
    """Write the file; raise SetupError."""
    out.write(json_text(rounded(msgspec.to_builtins(validation))))

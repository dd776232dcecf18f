"""What the lab recorded, read from its files: the results of `lab run`, or a list of samples alone."""

from __future__ import annotations

from pathlib import Path

import msgspec

from lab.errors import SetupError
from lab.experiments.support.findings import Findings
from lab.experiments.support.load import Sample


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """Requests as they went, and the rules they went by; ``name`` is the experiment, empty for a list alone."""

    name: str
    samples: tuple[Sample, ...]
    idle_s: float
    limit: int


def read(path: Path, option: str, *, idle_s: float = 300.0, limit: int = 1000) -> list[Recording]:
    """Return every record of a file; a list of samples has the rules given here, an experiment its own.

    Raises SetupError naming the option and the file when there is none in it.
    """
    try:
        found = msgspec.json.decode(path.read_bytes(), type=list[Sample] | Findings)
    except OSError as exc:
        raise SetupError(f"{option}: {path}: {exc.strerror}") from exc
    except msgspec.DecodeError as exc:
        raise SetupError(f"{option}: {path} holds neither results nor samples: {exc}") from exc
    if isinstance(found, list):
        found_here = [Recording(name="", samples=tuple(found), idle_s=idle_s, limit=limit)]
    else:
        found_here = [
            Recording(name=name, samples=each.samples, idle_s=each.idle_s, limit=each.limit)
            for name, each in found.experiments.items()
        ]
    records = [record for record in found_here if record.samples]
    if not records:
        raise SetupError(f"{option}: {path} holds no sample")
    return records

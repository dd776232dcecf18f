"""Looks for input that shows a bug, in one process per target: ``python -m tests.fuzz.explore NAME DIRECTORY SECONDS``.

Where atheris is installed, the coverage of our code guides the search, and what reached new code is kept in
``DIRECTORY/corpus`` for the next time. Elsewhere it is a search without a guide. Input that shows a bug is left in
``DIRECTORY/crash-*``.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from tests.fuzz.mutate import mutated

_OPTIONS: Final = ("-timeout=30", "-rss_limit_mb=3000", "-max_len=65536", "-print_final_stats=1", "-verbosity=1")


def explore(check: Callable[[bytes], None], known: Sequence[bytes], directory: Path, *, seconds: float) -> Path | None:
    """Check broken copies of known input until one shows a bug, or the time is over; return where it was left."""
    dice, end = random.Random(time.time_ns()), time.monotonic() + seconds
    last = directory / "last"  # a decoder may end the process: then this is what it was given
    while time.monotonic() < end:
        data = mutated(dice, known)
        last.write_bytes(data)
        try:
            check(data)
        except Exception:
            return last.rename(directory / f"crash-{hashlib.sha256(data).hexdigest()[:16]}")
    last.unlink(missing_ok=True)
    return None


def _explore_guided(name: str, directory: Path, seconds: int) -> None:
    """Let libFuzzer choose the input; it ends the process."""
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["app"]), tempfile.TemporaryDirectory() as scratch:
        check, known = _opened(name, Path(scratch))
        for data in known:
            check(data)  # modules that are imported on first use are watched too
        corpus = directory / "corpus"
        corpus.mkdir(exist_ok=True)
        for data in known:
            (corpus / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
        atheris.Setup(
            [name, str(corpus), f"-max_total_time={seconds}", f"-artifact_prefix={directory}/", *_OPTIONS], check
        )
        atheris.Fuzz()


def _opened(name: str, scratch: Path) -> tuple[Any, list[bytes]]:
    from tests.fuzz.targets import all_targets, found

    target = all_targets()[name]
    return target.open(scratch), [*target.seeds(), *found(name).values()]


def main(name: str, directory: Path, seconds: int) -> int:
    """Explore one target; return 1 when there is a bug."""
    if importlib.util.find_spec("atheris"):
        _explore_guided(name, directory, seconds)
    with tempfile.TemporaryDirectory() as scratch:
        check, known = _opened(name, Path(scratch))
        return 1 if explore(check, known, directory, seconds=seconds) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))

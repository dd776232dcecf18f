"""Experiment: what a request costs when its answer is known already."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.first_request import environ
from bench.stand import Stand
from measurement.results import Experiment, Figure, Limit, Spread, ratios

LIMIT = Limit(0.05)
LOOPS = 20
METHOD = (
    "The app called as WSGI in one process, the image stored before: `GET /resize?id=…&w=…` with a width never asked "
    "for (first), the same again (from memory), from an app that remembers nothing over the same directory (from "
    "storage), and with the answer's ETag (304). CPU per request, ratios within each turn."
)


class Door:
    """One app of ours, asked as a server would ask it."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def ask(
        self, *, times: int = 1, expected: str = "200", cache: str | None = None, **asked: Any
    ) -> tuple[float, str]:
        """Return CPU milliseconds per request and the last answer's ETag, or its body when it has none.

        Raises RuntimeError when the status, or where the answer came from, is another than expected.
        """
        begun = time.process_time()
        for _ in range(times):
            status, headers, body = self.answer(**asked)
        spent = 1000 * (time.process_time() - begun) / times
        if not status.startswith(expected) or (cache and headers.get("X-Cache") != cache):
            raise RuntimeError(f"expected {expected} from {cache}, received {status} {headers}: {body[:500]!r}")
        return spent, headers.get("ETag") or body.decode()

    def answer(self, **asked: Any) -> tuple[str, Mapping[str, str], bytes]:
        """Return status, headers and body of one request; see ``_environ`` for what can be asked."""
        told: list[Any] = []
        answer = self._app(_environ(**asked), lambda status, headers, *rest: told.extend((status, dict(headers))))
        try:
            body = b"".join(answer)
        finally:
            answer.close()
        return told[0], told[1], body


def _environ(*, method: str = "GET", path: str = "/resize", query: str = "", body: bytes = b"", tag: str = "") -> Any:
    known = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "wsgi.input": BytesIO(body)}
    return {**environ(body), **known, **({"HTTP_IF_NONE_MATCH": tag} if tag else {})}


@contextmanager
def door(folder: str, **settings: Any) -> Iterator[Door]:
    """Build the app over the storage in ``folder``; close it when the block ends."""
    from app import create_app
    from app.config import Platform, Settings
    from app.container import Container

    container = Container(Settings(storage=folder, log_level="error", **settings), Platform())
    try:
        yield Door(create_app(container))
    finally:
        container.close()


def run(stand: Stand) -> Experiment:
    """Ask for many widths, each for the first time and then again in three ways."""
    cases = {"12 MP JPEG": stand.sources.baseline, "1000×750 JPEG": stand.sources.small}
    figures = tuple(each for case, path in cases.items() for each in _measure(case, path, 3 if stand.quick else 15))
    return Experiment(title="Repeats", method=METHOD, figures=figures)


def _measure(case: str, source: Path, rounds: int) -> Iterator[Figure]:
    turns = list(_turns(source, rounds))
    taken = {name: [turn[name] for turn in turns] for name in turns[0]}
    for name, values in taken.items():
        yield Figure(case=case, measure=name, unit="ms", spread=Spread.of(values, digits=3))
    for name in list(taken)[1:]:
        spread = Spread.of(ratios(taken[name], taken["first"]), digits=4)
        yield Figure(case=case, measure=f"{name} / first", unit="×", spread=spread, limit=LIMIT)


def _turns(source: Path, rounds: int) -> Iterator[dict[str, float]]:
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        known, forgetful = (stack.enter_context(door(folder, cache_bytes=size)) for size in (2**25, 0))
        told = known.ask(method="POST", path="/upload", body=source.read_bytes(), expected="201")[1]
        image = json.loads(told)["images"][0]["id"]
        for turn in range(rounds + 1):
            query = f"id={image}&w={480 + turn}"
            first, tag = known.ask(query=query, cache="miss")
            found = {
                "first": first,
                "from memory": known.ask(query=query, times=LOOPS, cache="memory")[0],
                "from storage": forgetful.ask(query=query, times=LOOPS, cache="storage")[0],
                "304": known.ask(query=query, times=LOOPS, tag=tag, expected="304")[0],
            }
            if turn:  # the first loads codecs
                yield found

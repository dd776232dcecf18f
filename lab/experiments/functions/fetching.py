"""Fetches URLs as the app does, with connections kept for the container, for one request, or not at all."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final

import requests

from app.core.config import Limits
from app.core.deadline import Deadline
from app.core.errors import ServiceError
from app.sources import Fetcher

NETWORKS: Final = ("127.0.0.0/8",)
# the origin holds its responses until every connection is open
_TIMEOUT_S: Final = 100.0


def _fetcher(*, keeps: bool) -> Fetcher:
    size = int(os.environ.get("POOL_SIZE", "10"))
    limits = Limits(read_s=_TIMEOUT_S, fetch_s=_TIMEOUT_S)
    return Fetcher(limits, networks=NETWORKS, pooling="shared" if keeps else "per_request", pool_size=size)


kept = _fetcher(keeps=True)
never_kept = _fetcher(keeps=False)
plain = requests.Session()
plain.trust_env = False


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Fetch ``urls``, one by one or all at once, in one of the MODES; return how long it took and how many failed.

    ``until`` is a file to wait for before responding, so that other containers can start in the meantime.
    """
    began = time.perf_counter()
    failed = MODES[event["mode"]](event["urls"], at_once=event.get("at_once", False))
    milliseconds = 1000 * (time.perf_counter() - began)
    while "until" in event and not Path(event["until"]).exists():
        time.sleep(0.01)
    return {"ms": milliseconds, "failed": failed}


def _failures(fetcher: Fetcher, urls: list[str], *, at_once: bool) -> int:
    with ThreadPoolExecutor(len(urls) if at_once else 1) as pool:
        return sum(pool.map(lambda url: _fails(fetcher, url), urls))


def _fails(fetcher: Fetcher, url: str) -> bool:
    try:
        fetcher.fetch(url, Deadline.after(_TIMEOUT_S))
    except ServiceError:
        return True
    return False


def _for_one_request(urls: list[str], *, at_once: bool) -> int:
    fetcher = _fetcher(keeps=True)
    try:
        return _failures(fetcher, urls, at_once=at_once)
    finally:
        fetcher.close()


def _without_retry(urls: list[str], *, at_once: bool) -> int:
    return sum(_plain_fails(url) for url in urls)


def _plain_fails(url: str) -> bool:
    try:
        plain.get(url, timeout=_TIMEOUT_S)
    except requests.ConnectionError:
        return True
    return False


MODES: Final[dict[str, Callable[..., int]]] = {
    "per container": partial(_failures, kept),
    "per request": _for_one_request,
    "none": partial(_failures, never_kept),
    "without retry": _without_retry,
}

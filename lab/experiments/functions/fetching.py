"""Fetches urls as the app does, over connections that are kept for the container, for one request, or not at all."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final

import requests

from app.config import Limits
from app.deadline import Deadline
from app.errors import ServiceError
from app.sources import Fetcher

NETWORKS: Final = ("127.0.0.0/8",)
# an origin under a storm answers when all have come
_PATIENCE_S: Final = 100.0


def _remote(*, keeps: bool) -> Fetcher:
    size = int(os.environ.get("POOL_SIZE", "10"))
    limits = Limits(read_s=_PATIENCE_S, fetch_s=_PATIENCE_S)
    return Fetcher(limits, networks=NETWORKS, pooling="shared" if keeps else "per_request", pool_size=size)


kept = _remote(keeps=True)
never_kept = _remote(keeps=False)
plain = requests.Session()
plain.trust_env = False


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Fetch ``urls`` one by one, or all at once, by one of the WAYS; tell how long it took and how many failed.

    ``until`` is a file: the answer waits for it, so that other containers can be started meanwhile.
    """
    began = time.perf_counter()
    failed = WAYS[event["way"]](event["urls"], at_once=event.get("at_once", False))
    milliseconds = 1000 * (time.perf_counter() - began)
    while "until" in event and not Path(event["until"]).exists():
        time.sleep(0.01)
    return {"ms": milliseconds, "failed": failed}


def _by(remote: Fetcher, urls: list[str], *, at_once: bool) -> int:
    with ThreadPoolExecutor(len(urls) if at_once else 1) as pool:
        return sum(pool.map(lambda url: _fails(remote, url), urls))


def _fails(remote: Fetcher, url: str) -> bool:
    try:
        remote.fetch(url, Deadline.after(_PATIENCE_S))
    except ServiceError:
        return True
    return False


def _for_one_request(urls: list[str], *, at_once: bool) -> int:
    remote = _remote(keeps=True)
    try:
        return _by(remote, urls, at_once=at_once)
    finally:
        remote.close()


def _without_retry(urls: list[str], *, at_once: bool) -> int:
    return sum(_plain_fails(url) for url in urls)


def _plain_fails(url: str) -> bool:
    try:
        plain.get(url, timeout=_PATIENCE_S)
    except requests.ConnectionError:
        return True
    return False


WAYS: Final[dict[str, Callable[..., int]]] = {
    "per container": partial(_by, kept),
    "per request": _for_one_request,
    "none": partial(_by, never_kept),
    "without retry": _without_retry,
}

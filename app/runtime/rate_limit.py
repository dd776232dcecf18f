"""A limit on the requests of each client address, shared by all processes of this machine.

A token bucket per client, in its form as the generic cell rate algorithm: one number per client, the time at which
its bucket is full again (ITU-T I.371, annex A). The numbers are in a table of fixed size, so a million addresses
take no more memory than one.
"""

from __future__ import annotations

import fcntl
import hashlib
import ipaddress
import math
import mmap
import os
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from app.core.deadline import Clock
from app.core.errors import RateLimited

# a set holds so many clients; in a full one the client whose bucket is the fullest makes room
_WAYS: Final = 4
_SETS: Final = 4096
# the hash of a client, and when its bucket is full again on the clock that all processes of a machine share
_ENTRY: Final = "=Qd"
_ENTRY_BYTES: Final = 16
_SET_BYTES: Final = _WAYS * _ENTRY_BYTES
# clients of IPv6 usually have a whole /64 to pick addresses from: RFC 6177, 2
_IPV6_PREFIX: Final = 64


class RateLimit:
    """At most ``rate`` requests a second and client in the long run, and ``burst`` at once.

    Processes that are given the same ``path`` share one limit; without one the limit is this process's own.
    """

    def __init__(self, rate: float, burst: int, *, clock: Clock, path: Path | None = None) -> None:
        self._interval_s = 1 / rate
        self._burst_s = burst / rate
        self._clock = clock
        self._file = _open(path) if path else None
        self._table = mmap.mmap(-1 if self._file is None else self._file, _SETS * _SET_BYTES)
        self._lock = threading.Lock()
        self._refused = 0

    def take(self, address: str) -> None:
        """Take a token of this client; raise RateLimited, with the whole seconds to wait, when there is none."""
        client = int.from_bytes(hashlib.blake2b(_client(address), digest_size=8).digest(), "big") or 1
        with self._locked():
            offset, full_at = self._find(client)
            now = self._clock()
            if full_at > now + self._burst_s + 1.0:
                full_at = now  # left by another boot of this machine, whose clock had run for longer
            full_at = max(full_at, now) + self._interval_s
            wait_s = full_at - now - self._burst_s
            if wait_s <= 1e-9:
                struct.pack_into(_ENTRY, self._table, offset, client, full_at)
                return
            self._refused += 1
        raise RateLimited(math.ceil(wait_s))

    @property
    def refused(self) -> int:
        """Return how many requests this process has refused."""
        return self._refused

    def close(self) -> None:
        """Give the table back; other processes keep theirs."""
        self._table.close()
        if self._file is not None:
            os.close(self._file)

    def _find(self, client: int) -> tuple[int, float]:
        """Return the place of this client and when its bucket is full; a new one takes the place of another."""
        start = client % _SETS * _SET_BYTES
        entries = list(struct.iter_unpack(_ENTRY, self._table[start : start + _SET_BYTES]))
        for way, (known, full_at) in enumerate(entries):
            if known == client:
                return start + way * _ENTRY_BYTES, full_at
        way = min(range(_WAYS), key=lambda each: entries[each][1])
        return start + way * _ENTRY_BYTES, 0.0

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other threads and other processes out; the lock of a process that is killed ends with it."""
        with self._lock:
            if self._file is not None:
                fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                if self._file is not None:
                    fcntl.lockf(self._file, fcntl.LOCK_UN)


def _client(address: str) -> bytes:
    """Return what stands for a client: an IPv4 address, the network of an IPv6 one, any other text as it is."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address.encode(errors="surrogatepass")
    if found.version == 4:
        return found.packed
    mapped = found.ipv4_mapped
    return mapped.packed if mapped else found.packed[: _IPV6_PREFIX // 8]


def _open(path: Path) -> int | None:
    """Return the file of the table; None where it cannot be had, or belongs to somebody else."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    if os.fstat(file).st_uid != os.geteuid():
        os.close(file)
        return None
    try:
        _reserve(file)
    except OSError:
        os.close(file)
        return None
    return file


def _reserve(file: int) -> None:
    """Take the room on the disk now: a page that finds none when it is written ends the process (mmap(2), SIGBUS)."""
    size = _SETS * _SET_BYTES
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)
    elif os.fstat(file).st_size < size:  # macOS
        os.pwrite(file, bytes(size), 0)

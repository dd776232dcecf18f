"""Makes the unpacked package read-only, as /var/task is, for the containers only.

File modes do not stop root, so the directory is mounted read-only in a mount namespace. On Linux a
namespace belongs to a thread: the threads that start containers enter one of their own, their children
inherit it, and the rest of this process sees the file system as before.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from pathlib import Path

_CLONE_NEWNS = 0x00020000
_MS_RDONLY, _MS_REMOUNT, _MS_BIND, _MS_REC, _MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18


class ReadOnly:
    """Read-only mounts of the calling thread and of the processes it starts."""

    def __init__(self) -> None:
        self._thread = threading.local()

    def protect(self, package: Path) -> bool:
        """Mount ``package`` read-only for this thread; return whether that worked, which takes root on Linux.

        Call it only from a thread that does nothing but start containers.
        """
        if not sys.platform.startswith("linux"):
            return False
        done: dict[Path, bool] = self._thread.__dict__.setdefault("done", {})
        if package not in done:
            done[package] = self._enter() and _mount_read_only(os.fsencode(package))
        return done[package]

    def _enter(self) -> bool:
        if "entered" not in self._thread.__dict__:
            libc = ctypes.CDLL(None)
            self._thread.entered = (
                libc.unshare(_CLONE_NEWNS) == 0
                and libc.mount(b"none", b"/", None, ctypes.c_ulong(_MS_REC | _MS_PRIVATE), None) == 0
            )
        return bool(self._thread.entered)


def _mount_read_only(path: bytes) -> bool:
    libc = ctypes.CDLL(None)
    # two steps: the kernel ignores the read-only flag in the call that makes the bind mount
    steps = (_MS_BIND | _MS_REC, _MS_BIND | _MS_REMOUNT | _MS_RDONLY)
    return all(libc.mount(path, path, None, ctypes.c_ulong(flags), None) == 0 for flags in steps)

"""Gives a process a file system as on Lambda: a private /tmp, and everything else read-only.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html. File modes do not stop root, so it
takes mounts in a namespace that only the process is in. On Linux a namespace belongs to a thread, and with root's
rights a thread that does nothing else enters one and starts the process. In a user namespace anybody may mount, but
only a process with a single thread may enter one: then this file, run as a script, becomes the process. That is why it
imports nothing but the standard library.
"""

from __future__ import annotations

import ctypes
import enum
import functools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple, TypeVar

TMP: Final = "/tmp"  # noqa: S108
_CLONE_NEWNS, _CLONE_NEWUSER = 0x00020000, 0x10000000
_MS_BIND, _MS_REC, _MS_PRIVATE = 4096, 16384, 1 << 18
# mount_setattr(2), since Linux 5.12: the only call that reaches all mounts below one
_SYS_MOUNT_SETATTR, _MOUNT_ATTR_RDONLY, _AT_RECURSIVE, _AT_FDCWD = 442, 1, 0x8000, -100
_Result = TypeVar("_Result")


class FileSystem(NamedTuple):
    """What a process sees; all paths are absolute and without symbolic links.

    ``temporary`` becomes its /tmp, which it may always write; empty for this machine's own. ``visible`` directories
    stay visible below a private /tmp, ``writable`` ones stay writable too. ``read_only`` says whether the rest is.
    """

    package: str
    temporary: str = ""
    visible: tuple[str, ...] = ()
    writable: tuple[str, ...] = ()
    read_only: bool = True


class Way(enum.Enum):
    """A way to enter a namespace that this machine allows."""

    THREAD = "thread"
    PROCESS = "process"
    NONE = "none"


@functools.cache
def find_way() -> Way:
    """Return the first way that works here, which is tried out once."""
    if not sys.platform.startswith("linux"):
        return Way.NONE
    probe = FileSystem(os.path.dirname(os.path.realpath(__file__)))
    try:
        in_thread(lambda: enter(probe))
    except OSError:
        result = subprocess.run(command(probe, [sys.executable, "-S", "-c", ""]), capture_output=True, check=False)  # noqa: S603
        return Way.NONE if result.returncode else Way.PROCESS
    return Way.THREAD


def in_thread(work: Callable[[], _Result]) -> _Result:
    """Return the result of ``work`` in a thread of its own, whose namespace ends with it and what it started."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()


def command(view: FileSystem, then: Sequence[str]) -> list[str]:
    """Return the command that enters a user namespace, with ``view``, and becomes ``then`` there."""
    return [sys.executable, "-I", "-S", __file__, json.dumps(view), *then]


def enter(view: FileSystem, *, as_user: bool = False) -> None:
    """Enter a namespace and mount what ``view`` says; raise OSError when this machine does not allow it.

    Only for a thread that does nothing else; ``as_user`` is for one without root's rights, and only in its process.
    """
    user, group = os.getuid(), os.getgid()
    _call("unshare", _CLONE_NEWNS | _CLONE_NEWUSER * as_user)
    if as_user:
        _map_to_self(user, group)
    # without this the mounts would be seen by the whole machine
    _mount("none", "/", _MS_REC | _MS_PRIVATE)
    _mount_directories(view)
    if view.read_only:
        _set_read_only("/", True, _AT_RECURSIVE)
        for path in {TMP, "/dev", *view.writable} - {view.package}:
            _set_read_only(path, False)


def _mount_directories(view: FileSystem) -> None:
    """Mount the private /tmp, then what stays visible below it, and what is to be writable, or not, by itself."""
    hidden = [path for path in view.visible if view.temporary and path.startswith(f"{TMP}/")]
    # the outer ones first: a package inside of a writable directory is read-only, and the other way round
    kept = sorted({*hidden, *view.writable, view.package}, key=lambda path: (len(path), path))
    handles = [os.open(path, os.O_RDONLY | os.O_DIRECTORY) for path in kept]
    try:
        _mount(view.temporary or TMP, TMP, _MS_BIND | _MS_REC)
        for path, handle in zip(kept, handles, strict=True):
            if view.temporary and path.startswith(f"{TMP}/"):
                os.makedirs(path, exist_ok=True)
            _mount(f"/proc/self/fd/{handle}", path, _MS_BIND | _MS_REC)
    finally:
        for handle in handles:
            os.close(handle)


def _map_to_self(user: int, group: int) -> None:
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)


def _mount(source: str, target: str, flags: int) -> None:
    _call("mount", os.fsencode(source), os.fsencode(target), None, ctypes.c_ulong(flags), None)


def _set_read_only(path: str, value: bool, flags: int = 0) -> None:
    """Set or clear the flag of one mount, or with AT_RECURSIVE of all mounts below it too."""
    change = (ctypes.c_uint64 * 4)(_MOUNT_ATTR_RDONLY * value, _MOUNT_ATTR_RDONLY * (not value), 0, 0)
    _call(
        "syscall",
        ctypes.c_long(_SYS_MOUNT_SETATTR),
        ctypes.c_int(_AT_FDCWD),
        os.fsencode(path),
        ctypes.c_uint(flags),
        change,
        ctypes.c_size_t(ctypes.sizeof(change)),
    )


def _call(name: str, *arguments: object) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def main(view: FileSystem, then: list[str]) -> None:
    """Become the command ``then``, in a namespace of its own."""
    enter(view, as_user=True)
    # from the directory of before, `..` may lead to this machine's /tmp
    os.chdir(view.package)
    os.execv(then[0], then)  # noqa: S606


if __name__ == "__main__":
    main(FileSystem(*json.loads(sys.argv[1])), sys.argv[2:])

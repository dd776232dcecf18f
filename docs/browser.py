"""Opens chromium without a window, for screenshots and tests; it reaches this machine and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from selenium import webdriver

_FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
    # whatever else chromium would like to call home about finds no address
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)
# with the paths below Selenium Manager has nothing to look for; this keeps it from looking all the same;
# the driver takes names of files in the encoding of its locale
_ENVIRON: Final = {"SE_OFFLINE": "true", "SE_AVOID_STATS": "true", "LC_ALL": "C.UTF-8"}


def missing() -> list[str]:
    """Return the names of the programs that are needed and not installed."""
    found = {"chromium": _chromium(), "chromedriver": shutil.which("chromedriver")}
    return [name for name, path in found.items() if path is None]


@contextmanager
def chromium(profile: Path, *flags: str) -> Iterator[webdriver.Chrome]:
    """Open a browser with a profile of its own, which keeps all messages of the console; raise FileNotFoundError."""
    if missing():
        raise FileNotFoundError(f"install {' and '.join(missing())}, or put them on PATH")
    options = webdriver.ChromeOptions()
    options.binary_location = _chromium() or ""
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in (*_FLAGS, f"--user-data-dir={profile}", *flags):
        options.add_argument(flag)
    service = webdriver.ChromeService(shutil.which("chromedriver"), env=_environ(profile))
    driver = webdriver.Chrome(options, service)
    try:
        yield driver
    finally:
        driver.quit()


def _environ(profile: Path) -> dict[str, str]:
    """Return all that the driver needs to know of this machine; no proxy, no credentials."""
    return {**_ENVIRON, "HOME": str(profile), "PATH": "/usr/local/bin:/usr/bin:/bin"}


def _chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")

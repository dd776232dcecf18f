"""Takes the screenshot of the README: ``python docs/screenshots.py``.

Needs what ``make setup`` installs, and chromium with chromedriver on PATH. The app runs under ``flask run`` on a free
port of the loopback, with a storage directory that is removed afterwards.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from selenium import webdriver

ROOT: Final = Path(__file__).parent.parent
FOLDER: Final = ROOT / "docs" / "screenshots"
# file name: path of the page, height of the window
PAGES: Final = {"upload.png": ("/", 620)}
WIDTH: Final = 1000
START_S: Final = 60
FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


def main(arguments: Sequence[str]) -> int:
    """Write every screenshot into docs/screenshots, or into the folder named."""
    folder = Path(arguments[0]) if arguments else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, served(Path(scratch)) as base, browser(Path(scratch)) as window:
        for name, (path, height) in PAGES.items():
            window.set_window_size(WIDTH, height)
            window.get(base + path)
            window.save_screenshot(str(folder / name))
            print(folder / name)
    return 0


@contextmanager
def served(scratch: Path) -> Iterator[str]:
    """Run the app on a free port and yield its address once it answers."""
    port = free_port()
    command = [sys.executable, "-m", "flask", "run", "--host", "127.0.0.1", "--port", str(port)]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MONOLAMBDA_")}
    environ["MONOLAMBDA_STORAGE"] = str(scratch / "storage")
    log = scratch / "log"
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=ROOT, env=environ, stdout=output, stderr=output) as server,  # noqa: S603
    ):
        try:
            wait_for(port, server, log)
            yield f"http://localhost:{port}"
        finally:
            server.terminate()


def free_port() -> int:
    """Return a port that nothing listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the port accepts connections; raise TimeoutError with the log when it never does."""
    end = time.monotonic() + START_S
    while time.monotonic() < end and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"the app did not start:\n{log.read_text()}")


@contextmanager
def browser(scratch: Path) -> Iterator[webdriver.Chrome]:
    """Open a window of chromium with a profile of its own."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("chromium-browser") or ""
    for flag in (*FLAGS, f"--user-data-dir={scratch / 'profile'}"):
        options.add_argument(flag)
    window = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    try:
        yield window
    finally:
        window.quit()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

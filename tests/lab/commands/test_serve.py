"""``python -m lab serve`` as a process: what it prints, how it ends, and that nothing outlives it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from measurement.stamps import ROOT
from tests.support import drawing
from tests.support.lab.command_line import command, one_line, run
from tests.support.waiting import wait_until

Serve = Callable[..., "Served"]

# says by itself, instead of AWS's client, that the function cannot be loaded
OWN_RUNTIME = """
import os, urllib.request

url = f"http://{{os.environ['AWS_LAMBDA_RUNTIME_API']}}/2018-06-01/runtime/init/error"
urllib.request.urlopen(url, data=b"{report}")
"""

EXITS = """
import os, sys
sys.exit(f"no config; see {os.environ['AWS_LAMBDA_LOG_STREAM_NAME']}")
"""


class Served:
    """A lab in a process of its own, with the addresses that it printed."""

    def __init__(self, temporary: Path, *arguments: str) -> None:
        self.temporary = temporary
        temporary.mkdir()
        self._errors = (temporary.parent / "stderr.txt").open("w")
        self.process = subprocess.Popen(
            command("serve", "--port", "0", *arguments),
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(temporary)},
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        assert self.process.stdout
        lines = [self.process.stdout.readline() for _ in range(3)]
        self.app, self.live, self.invoke = [line.split()[-1] for line in lines]

    def pids(self) -> set[int]:
        """Return the process ids of its containers."""
        expected = str(self.temporary).encode()
        found = set()
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if b"AWS_LAMBDA_RUNTIME_API" in (text := path.read_bytes()) and expected in text:
                    found.add(int(path.parent.name))
            except OSError:
                continue
        return found

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self._errors.close()
        if self.process.stdout:
            self.process.stdout.close()


@pytest.fixture
def serve(tmp_path: Path, package: Path) -> Iterator[Serve]:
    with ExitStack() as stack:

        def start(*arguments: str) -> Served:
            served = Served(tmp_path / "served", "--package", str(package), "--handler", "probe.proxy", *arguments)
            stack.callback(served.end)
            return served

        yield start


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_no_process_and_no_file_outlives_the_lab(serve: Serve, how: signal.Signals) -> None:
    served = serve()
    assert requests.get(f"{served.app}x", timeout=30).status_code == 200
    assert served.pids()
    served.process.send_signal(how)
    assert served.process.wait(timeout=30) == (-9 if how == signal.SIGKILL else 0)
    wait_until(lambda: not served.pids())
    wait_until(lambda: not list(served.temporary.iterdir()))


def test_ctrl_c_waits_for_no_request_and_prints_no_traceback(serve: Serve, tmp_path: Path) -> None:
    served = serve("--env", f"MONOLAMBDA_STORAGE={tmp_path}")
    hold = {"do": "hold", "started": str(tmp_path / "started"), "until": str(tmp_path / "until")}
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(requests.get, served.app, params=hold, timeout=60) for _ in range(8)]
        wait_until((tmp_path / "started").exists)
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(timeout=10) == 0
        for each in waiting:
            assert each.exception() or each.result().status_code == 502
    assert not served.pids()
    assert (tmp_path / "stderr.txt").read_text() == ""


def test_the_addresses_it_prints_are_the_ones_it_serves(serve: Serve) -> None:
    served = serve("--stage", "prod")
    assert re.fullmatch(r"http://127.0.0.1:\d+/prod/", served.app)
    assert requests.get(served.live, timeout=30).status_code == 200
    assert requests.get(f"{served.invoke}/2015-03-31/functions/", timeout=30).json()["Functions"]


def test_the_function_can_invoke_itself(tmp_path: Path) -> None:
    """Jobs were refused for want of credentials, and with some the function looked for itself on AWS."""
    lab = Served(tmp_path / "served")
    try:
        _defer_and_warm(lab)
    finally:
        lab.end()


def _defer_and_warm(lab: Served) -> None:
    photo = drawing.encoded(drawing.photo(64, 48), "JPEG")
    accepted = requests.post(f"{lab.app}resize?width=20", photo, headers={"Prefer": "respond-async"}, timeout=60)
    assert accepted.status_code == 202, accepted.text
    place = f"{lab.app}status/{accepted.headers['Location'].rpartition('/')[2]}"
    headers = {"Accept": "application/json"}
    wait_until(lambda: requests.get(place, headers=headers, timeout=60).json()["status"] == "done")
    warm = f"{lab.invoke}/2015-03-31/functions/monolambda/invocations"
    assert requests.post(warm, json={"warm": 2}, timeout=60).json()["warm"] == 2


@pytest.mark.skipif(sys.platform != "linux", reason="no other kernel tells a process's CPU clock")
def test_a_function_is_held_to_the_share_of_its_memory(serve: Serve) -> None:
    served = serve("--cpu-share", "--memory", "177")
    assert requests.get(served.app, params={"do": "compute"}, timeout=60).json()["stops"] > 0


def test_a_function_url_is_served_with_the_events_of_aws(serve: Serve) -> None:
    served = serve("--api", "url", "--scheme", "https")
    event = requests.get(f"{served.app}?do=event", timeout=30).json()
    assert ".lambda-url." in event["requestContext"]["domainName"]
    assert (event["headers"]["x-forwarded-proto"], event["headers"]["x-forwarded-port"]) == ("https", "443")


def test_a_handler_that_cannot_be_imported_is_reported_in_one_line(package: Path) -> None:
    line = one_line(run("serve", "--port", "0", "--package", str(package), "--handler", "no_import.handler"))
    assert line.startswith("lab: no_import.handler: Unable to import module 'no_import'")


@pytest.mark.parametrize("report", ["no memory left", "[" * 100_000], ids=["no JSON", "very many brackets"])
def test_a_runtime_of_its_own_may_report_anything_in_one_line(report: str, tmp_path: Path) -> None:
    archive = tmp_path / "package.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("own.py", OWN_RUNTIME.format(report=report))
    line = one_line(run("serve", "--port", "0", "--package", str(archive), "--handler", "own.handler"))
    assert line == f"lab: own.handler: {report}"


@pytest.mark.parametrize(
    ("arguments", "name"),
    [(("--failures", "{}"), "--failures"), (("--env", "MONOLAMBDA_STORAGE={}"), "MONOLAMBDA_STORAGE")],
)
def test_a_directory_that_cannot_be_made_is_reported_in_one_line(
    tmp_path: Path, package: Path, arguments: tuple[str, str], name: str
) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "x"
    done = run("serve", "--port", "0", "--package", str(package), *(each.format(path) for each in arguments))
    assert one_line(done) == f"lab: {name}: {path}: Not a directory"


@pytest.mark.parametrize(
    ("more", "how"),
    [([], " error: exit status 1"), (["--max-concurrency", "2", "--memory", "2048"], "out providing a reason")],
    ids=["Lambda", "instances"],
)
def test_what_a_function_says_before_it_exits_is_reported(tmp_path: Path, more: list[str], how: str) -> None:
    archive = tmp_path / "package.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("own.py", EXITS)
    done = run("serve", "--port", "0", "--package", str(archive), "--handler", "own.handler", *more)
    assert done.returncode == 1
    problem, *reasons = done.stderr.splitlines()
    assert problem == f"lab: own.handler cannot be loaded: Runtime exited with{how}"
    # each of the workers says it
    assert len(reasons) == (2 if more else 1)
    for reason in reasons:
        assert re.fullmatch(r"lab: no config; see \d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", reason)


def test_a_busy_port_is_reported_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert one_line(run("serve", "--port", str(port))) == f"lab: port {port} cannot be used: Address already in use"

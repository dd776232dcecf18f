"""Measures what a container's first read of secrets from SSM costs: ``python -m tests.infra.ssm_cost [ROUNDS]``.

Each figure is the CPU time of a new process; the cases alternate. SSM is moto's on this machine, so the figures
contain neither network nor TLS.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from statistics import median
from typing import Final

from infra.package.build import ROOT
from tests.support.s3.server import KEY, REGION, moto, new_session
from tests.support.wsgi_server import WsgiServer

_NAME: Final = "/monolambda/dev/secret"
_READ: Final = f"""
import time
from app.access.secrets import ssm_reader
{{before}}
start = time.process_time()
assert ssm_reader()(["{_NAME}"]) == {{{{"{_NAME}": "s" * 32}}}}
print(time.process_time() - start)
"""
CASES: Final[Mapping[str, str]] = {
    "after the S3 client was created": "import boto3; boto3.session.Session().client('s3').meta",
    "including the import of boto3": "",
}


def measure(rounds: int) -> dict[str, float]:
    """Return the median CPU time of each case, in milliseconds."""
    cpu_s: dict[str, list[float]] = {name: [] for name in CASES}
    with WsgiServer(moto()) as server:
        client = new_session(server.url).client("ssm")
        client.put_parameter(Name=_NAME, Value="s" * 32, Type="SecureString", Overwrite=True)
        for _ in range(rounds):
            for name, before in CASES.items():
                cpu_s[name].append(_read_once(before, server.url))
        client.close()
    return {name: 1000 * median(values) for name, values in cpu_s.items()}


def _read_once(before: str, url: str) -> float:
    environ = {
        "PATH": os.environ.get("PATH", ""),
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": KEY.access_key,
        "AWS_SECRET_ACCESS_KEY": KEY.secret_key,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    command = [sys.executable, "-c", _READ.format(before=before)]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


def main(rounds: int) -> None:
    """Print the figures and the machine they are from."""
    for name, milliseconds in measure(rounds).items():
        print(f"{milliseconds:5.0f} ms CPU {name}")
    print(f"medians of {rounds} processes each, Python {platform.python_version()}, {os.cpu_count()} cores")


if __name__ == "__main__":
    main(int(next(iter(sys.argv[1:]), "9")))

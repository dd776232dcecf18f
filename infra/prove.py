"""Deploys a stage to the account at hand, tries it, measures its cold starts, writes them down and takes it down again.

``KEY=… python -m infra.prove STAGE [COLD_STARTS]``. The stack and the secrets of the stage must exist, and its
function must not: it is undeployed at the end, whatever happens. Writes ``docs/aws-proof.json``.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import boto3  # type: ignore[import-untyped]
import click
import msgspec
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from infra import smoke
from infra.deploy.aws_errors import advice
from infra.deploy.settings import ROOT, WrongSettings, stages
from infra.proof_facts import commit_at, lab_init
from infra.smoke import SmokeFailed, TimedRequest
from measurement.figures import Spread

# arguments of the command line; its output
Zappa = Callable[..., str]

PROOF: Final = Path("docs/aws-proof.json")
# https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
_FIELDS: Final = re.compile(r"(Duration|Billed Duration|Max Memory Used|Init Duration): ([\d.]+) (?:ms|MB)")
_STATUS: Final = json.dumps({"command": "status"}).encode()


class ColdStart(msgspec.Struct, frozen=True, kw_only=True):
    """What the REPORT line of a container's first invocation says, in milliseconds and MB."""

    init_ms: float
    duration_ms: float
    billed_ms: float
    max_memory_mb: float


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured, where and when; ``init_ratio`` is the median INIT over that of a package in the lab.

    ``endpoint`` is the host of the Lambda API: only one of amazonaws.com makes it a proof. The lab ran its package, of
    the day of its own measurement, on ``lab_python``.
    """

    endpoint: str
    date: str
    commit: str
    function: dict[str, Any]
    requests: list[TimedRequest]
    cold_starts: list[ColdStart]
    init_ms: Spread
    lab_init_ms: Spread
    lab_python: str
    init_ratio: float


def prove(stage: str, key: str, *, client: Any, zappa: Zappa, cold_starts: int, root: Path = ROOT) -> Proof:
    """Deploy, try, measure and undeploy a stage, with a Lambda client; ``root`` has the lab's results and git's.

    Raises click.ClickException, SmokeFailed and CalledProcessError.
    """
    function = f"{stages()[stage]['project_name']}-{stage}"
    # half an hour on AWS must not be lost to what is missing here
    lab, commit = lab_init(root / "lab" / "results.json"), commit_at(root)
    with _deployed(client, zappa, function, stage):
        url = json.loads(zappa("status", stage, "--json"))["API Gateway URL"]
        requests = smoke.run(url, key)
        starts = [cold_start(client, function, number) for number in range(cold_starts)]
        configuration = client.get_function_configuration(FunctionName=function)
    init_ms = Spread.of(start.init_ms for start in starts)
    return Proof(
        endpoint=urlsplit(client.meta.endpoint_url).netloc,
        date=datetime.now(UTC).date().isoformat(),
        commit=commit,
        function={
            name: configuration.get(name)
            for name in ("Runtime", "MemorySize", "Architectures", "CodeSize", "CodeSha256")
        },
        requests=requests,
        cold_starts=starts,
        init_ms=init_ms,
        lab_init_ms=lab.spread,
        lab_python=lab.python,
        init_ratio=round(init_ms.median / lab.spread.median, 3),
    )


@contextmanager
def _deployed(client: Any, zappa: Zappa, function: str, stage: str) -> Iterator[None]:
    """Deploy a stage that is not there, and undeploy whatever was made of it."""
    if _exists(client, function):
        raise click.ClickException(
            f"{function} exists: make prove would undeploy it at the end. Use a stage of its own, or undeploy it first"
        )
    try:
        zappa("deploy", stage)
        yield
    finally:
        if _exists(client, function):
            zappa("undeploy", stage, "-y")


def cold_start(client: Any, function: str, number: int) -> ColdStart:
    """Make Lambda start a new container, by a change of the configuration, and return what its REPORT line says."""
    client.update_function_configuration(FunctionName=function, Description=f"cold start {number}")
    client.get_waiter("function_updated_v2").wait(FunctionName=function)
    answer = client.invoke(FunctionName=function, LogType="Tail", Payload=_STATUS)
    log = base64.b64decode(answer["LogResult"]).decode(errors="replace")
    if "FunctionError" in answer:
        raise click.ClickException(f"{function} failed:\n{log}")
    return parse_report(log)


def parse_report(log: str) -> ColdStart:
    """Return the values of the REPORT line at the end of a log; raise ClickException if it is not of a cold start."""
    line = log.rpartition("REPORT RequestId:")[2]
    found = {name: float(value) for name, value in _FIELDS.findall(line)}
    if "Init Duration" not in found:
        raise click.ClickException(f"expected the REPORT line of a cold start, received: {log[-300:]}")
    return ColdStart(
        init_ms=found["Init Duration"],
        duration_ms=found["Duration"],
        billed_ms=found["Billed Duration"],
        max_memory_mb=found["Max Memory Used"],
    )


def _exists(client: Any, function: str) -> bool:
    try:
        client.get_function(FunctionName=function)
    except client.exceptions.ResourceNotFoundException:
        return False
    return True


def run_zappa(*arguments: str) -> str:
    """Run Zappa; its output is returned if it is JSON, and shown otherwise. Raise CalledProcessError."""
    captures = "--json" in arguments
    command = [str(Path(sys.executable).with_name("zappa")), *arguments]
    done = subprocess.run(command, cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE if captures else None)
    return done.stdout or ""


def main(arguments: list[str], key: str) -> int:
    """Prove it, write the proof, and print what it says; return the exit status."""
    parser = argparse.ArgumentParser("make prove STAGE=dev KEY=…", description="It takes half an hour.")
    parser.add_argument("stage", choices=list(stages()))
    parser.add_argument("cold_starts", type=int, nargs="?", default=10)
    parsed = parser.parse_args(arguments)
    if not key or parsed.cold_starts < 1:
        parser.error("expected a key in the variable KEY, and at least one cold start")
    try:
        proof = prove(parsed.stage, key, client=boto3.client("lambda"), zappa=run_zappa, cold_starts=parsed.cold_starts)
    except (click.ClickException, SmokeFailed) as exc:
        print(exc, file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError) as exc:
        print(advice(exc), file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as exc:
        print(f"`zappa {' '.join(exc.cmd[1:])}` failed", file=sys.stderr)
        return exc.returncode
    (ROOT / PROOF).write_bytes(msgspec.json.format(msgspec.json.encode(proof), indent=2) + b"\n")
    print("\n".join(smoke.report(proof.requests)))
    lab = f"{proof.lab_init_ms.median:g} ms of the package in the lab, on Python {proof.lab_python}"
    print(f"INIT: {proof.init_ms.median:g} ms, {proof.init_ratio:g} times the {lab}; written to {PROOF}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:], os.environ.get("KEY", "")))
    except WrongSettings as exc:
        sys.exit(str(exc))

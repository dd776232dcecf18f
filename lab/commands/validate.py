"""``python -m lab validate``: what a deployed function sees, beside AWS's documentation and the lab."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from lab.errors import SetupError
from lab.invoke_api.client import host, lambda_client
from lab.output_file import OutputFile
from lab.validate import diff, own_lab, validation
from lab.validate.probed_function import ProbedFunction
from lab.validate.probed_url import ProbedUrl
from lab.validate.probing import probe_run
from lab.validate.validation import LAB, ProbeRun, Validation, is_aws


class _Probed(msgspec.Struct, frozen=True):
    place: str
    client: Any
    function: str
    urls: list[str]
    slow: bool


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--function", metavar="ARN", help="the deployed probe function, a name with --endpoint-url (default: the lab's)"
    )
    parser.add_argument("--endpoint-url", metavar="URL", help="another Lambda API than AWS's")
    parser.add_argument(
        "--url", action="append", default=[], help="a REST API, HTTP API or Function URL before it; repeatable"
    )
    parser.add_argument(
        "--slow", action="store_true", help="also wait minutes for the retries of an asynchronous event"
    )
    parser.add_argument("--out", type=Path, metavar="JSON", help="the file to write")
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Probe, print a line per trait, and store what was seen beside the earlier runs."""
    stored = validation.read(validation.STORED)
    with _probed(parsed) as probed:
        out = parsed.out or (validation.STORED if probed.place == LAB or is_aws(probed.place) else validation.ELSEWHERE)
        with OutputFile(out, "--out", make_parents=True) as output:
            lab = None if probed.place == LAB else stored.runs.get(LAB)
            earlier = validation.read(out, "--out") if output.is_regular else Validation()
            made = _run(probed, lab)
            if lab and LAB not in earlier.runs:
                earlier = earlier.with_run(LAB, lab)
            validation.write(output, earlier.with_run(probed.place, made))
            print(diff.summary(made, lab))
    print(f"written to {out}", file=sys.stderr)
    return 0


@contextmanager
def _probed(parsed: argparse.Namespace) -> Iterator[_Probed]:
    """Yield what the options name, which is a lab started for it when they name nothing."""
    if parsed.function:
        client = lambda_client(parsed.function, parsed.endpoint_url)
        yield _Probed(host(client), client, parsed.function, parsed.url, parsed.slow)
        return
    if parsed.endpoint_url or parsed.url:
        raise SetupError("--function: expected the name of the probe function there")
    with own_lab.own_labs() as labs:
        client = lambda_client(own_lab.NAME, labs[0].invoke_url)
        yield _Probed(LAB, client, own_lab.NAME, [f"{lab.url}/" for lab in labs], True)


def _run(probed: _Probed, lab: ProbeRun | None) -> ProbeRun:
    import requests  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped] # noqa: PLC0415

    try:
        return probe_run(
            ProbedFunction(probed.client, probed.function),
            [ProbedUrl(requests.request, url) for url in probed.urls],
            slow=probed.slow,
            tell=lambda observation: print(diff.line(observation, lab), flush=True),
        )
    except (BotoCoreError, ClientError) as exc:
        raise SetupError(f"{probed.place}: {exc}") from exc
    finally:
        probed.client.close()

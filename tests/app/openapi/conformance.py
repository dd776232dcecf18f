"""Asks the service what its own OpenAPI document says it answers: schemathesis makes the requests and the checks.

``python -m tests.app.openapi.conformance`` is the long run: thousands of requests to a service that is open, one that
is closed, and one that signs links. All checks run that can fail: ``ignored_auth`` where keys are set, because an open
service ignores them on purpose; ``max_response_time`` nowhere, because a busy machine is slow.
"""

from __future__ import annotations

import hashlib
import io
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec
import requests
import schemathesis
from hypothesis import strategies
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER

from app import create_app, options
from app.container import Container, open_backends
from app.core import formats
from app.core.config import Platform, Settings
from app.runtime.log import Log
from tests.support import drawing
from tests.support.wsgi_server import WsgiServer

PHOTO: Final = drawing.encoded(drawing.photo(160, 120), "JPEG")
KEY: Final = "a key that only this test knows"
_CLOSED: Final[Mapping[str, Any]] = {"api_keys": (hashlib.sha256(KEY.encode()).hexdigest(),)}
# nothing is fetched from anywhere, and what fails is answered at once
_ALL: Final[Mapping[str, Any]] = {
    "source_hosts": ("nowhere.invalid",),
    "max_side": 8192,
    "max_output_pixels": 1_000_000,
}
SETTINGS: Final[Mapping[str, Mapping[str, Any]]] = {
    "open": {"public": True, "presets": ("thumb:width=96&fit=cover&height=96",)},
    "closed": {**_CLOSED, "originals": "public"},
    "signing": {**_CLOSED, "signing_keys": ("web:" + 32 * "s",), "unsigned": "presets", "presets": ("thumb:width=96",)},
}
# What parameters contradict, a schema cannot say: `only_combinations_are_refused` looks at these answers.
_REFUSED: Final = ("400", "412", "413", "414", "415", "416", "422")
_ACCEPTED: Final = ("2xx", "3xx", "401", "403", "404", "406", "429", *_REFUSED)
_URI_TOO_LONG: Final = 414
_REJECTED: Final = ("3xx", "400", "401", "403", "404", "405", "406", "412", "413", "414", "415", "422", "431")


# of the long run, at each of the settings; without them it is no proof
LEAST_CASES: Final = 2000


class Report(msgspec.Struct):
    """What a run found: the number of requests, answers by status, and every failure as text."""

    cases: int = 0
    statuses: dict[int, int] = msgspec.field(default_factory=dict)
    checks: dict[str, int] = msgspec.field(default_factory=dict)
    failures: dict[str, str] = msgspec.field(default_factory=dict)

    def passed(self, least: int) -> bool:
        """Return whether there was no failure in at least so many requests."""
        return not self.failures and self.cases >= least


PHASES: Final = ("examples", "coverage", "fuzzing", "stateful")


def run(
    settings: Mapping[str, Any], directory: str, *, examples: int, phases: Collection[str] = PHASES, seed: int = 20
) -> Report:
    """Send ``examples`` requests for each operation in each phase and mode; the same seed sends the same ones."""
    configured = Settings(**{"storage": f"{directory}/storage", "secret": 32 * "s", **_ALL, **settings})
    container = Container(
        configured,
        Platform(),
        backends=msgspec.structs.replace(open_backends(configured, Platform()), table_directory=Path(directory)),
        log=Log("error", stream=io.StringIO()),
    )
    headers = {"Authorization": f"Bearer {KEY}"} if configured.api_keys else {}
    with closing(container), WsgiServer(create_app(container)) as server:
        config = _config(examples, seed, headers, phases)
        schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json", config=config)
        stored = requests.post(f"{server.url}/upload", data=PHOTO, headers=headers, timeout=30).json()
        steer = partial(_steer, stored["images"][0]["id"])
        schemathesis.hook("before_call")(steer)
        try:
            return _report(from_schema(schema).execute())
        finally:
            GLOBAL_HOOK_DISPATCHER.unregister(steer)


def _steer(image_id: str, context: Any, case: Any, kwargs: Any) -> None:
    """Make a request that its schema allows one that is answered: about a stored image, and with few options.

    That there is exactly one source, and that options contradict each other, is what no schema can say. Half of the
    requests stay as they are.
    """
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    draw = Random(repr((case.query, case.path_parameters)))
    if draw.random() < 0.5:
        return
    if "image_id" in case.operation.path and case.method == "GET":
        case.path_parameters["image_id"] = image_id
    if case.operation.path in ("/resize", "/info", "/srcset", "/images/{image_id}") and case.query is not None:
        given = [name for name in case.query if name not in ("id", "url", "token", "expires", "preset", "watermark")]
        kept = set(draw.sample(given, min(len(given), draw.randrange(4))))
        for name in set(case.query) - kept:
            del case.query[name]
        if case.method == "GET" and "image_id" not in case.operation.path:
            case.query["id"] = image_id


def _config(examples: int, seed: int, headers: Mapping[str, str], phases: Collection[str]) -> SchemathesisConfig:
    return SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "continue-on-failure": True,
            "workers": 1,
            "headers": dict(headers),
            "phases": {name: {"enabled": name in phases} for name in PHASES},
            "generation": {"max-examples": examples, "database": "none", "no-shrink": True},
            "checks": {
                "positive_data_acceptance": {"expected-statuses": list(_ACCEPTED)},
                "negative_data_rejection": {"expected-statuses": list(_REJECTED)},
            },
        }
    )


def _report(stream: Iterator[Any]) -> Report:
    report = Report()
    for event in stream:
        if isinstance(event, events.ScenarioFinished):
            _add(report, event.recorder)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            report.failures[f"{getattr(event, 'label', '')} {event}"] = repr(getattr(event, "value", event))
    return report


def _add(report: Report, recorder: Any) -> None:
    for case_id, interaction in recorder.interactions.items():
        status = interaction.response.status_code if interaction.response else 0
        if status == _URI_TOO_LONG and "x-request-id" not in interaction.response.headers:
            continue  # a request line of more than 64 KiB never reaches the app: Python's server answers it
        report.cases += 1
        report.statuses[status] = report.statuses.get(status, 0) + 1
        for check in recorder.checks.get(case_id, ()):
            report.checks[check.name] = report.checks.get(check.name, 0) + 1
            if check.failure_info is not None:
                failure = check.failure_info.failure
                title = f"{recorder.label}: {check.name}: {failure.title} {failure.message[:300]}"
                report.failures.setdefault(title, check.failure_info.code_sample)


def register() -> None:
    """Teach schemathesis what an image is, and add a check of our own."""
    files = {
        name: drawing.encoded(drawing.photo(40, 30), name.upper())
        for name in ("jpeg", "png", "webp", "gif", "tiff", "bmp")
    }
    for name, data in files.items():
        schemathesis.openapi.media_type(formats.media_type(name), strategies.just(data))
    for name in ("avif", "heic"):
        schemathesis.openapi.media_type(formats.media_type(name), strategies.just(files["png"]))
    schemathesis.openapi.format("binary", strategies.sampled_from(list(files.values())))
    schemathesis.check(only_combinations_are_refused)


def only_combinations_are_refused(ctx: Any, response: Any, case: Any) -> None:
    """Fail for a value that its schema allows and the parser does not."""
    if response.status_code != 400 or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    for error in response.json().get("errors", ()):
        name = options.ALIASES.get(error["parameter"], error["parameter"])
        if name in options.TYPES:
            assert not error["detail"].startswith(f"expected {options.describe(name).expected}"), error


def main() -> int:
    """Print what runs at each of the settings found; return 1 if that is anything, or took too few requests."""
    register()
    examples, names = int((sys.argv[1:2] or ["50"])[0]), sys.argv[2:] or list(SETTINGS)
    failed = 0
    for name in names:
        with tempfile.TemporaryDirectory() as directory:
            report = run(SETTINGS[name], directory, examples=examples)
        expected = f"expected at least {LEAST_CASES}"
        print(f"{name}: {report.cases} requests, {expected}; {len(report.failures)} failures", flush=True)
        print(f"  answers {report.statuses}, checks {report.checks}")
        for title, sample in sorted(report.failures.items()):
            print(f"- {title}\n  {sample}")
        failed += not report.passed(LEAST_CASES)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

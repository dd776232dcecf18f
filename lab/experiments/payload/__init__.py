"""Payload limits: what base64 adds, where each limit applies to a body, and the ways around them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from lab.experiments.payload.image_transfers import LARGEST_RESPONSE, SMALLEST_LINK, ImageTransfer, transfers
from lab.experiments.payload.size_limits import Attempt, SizeLimit, find_limit
from lab.experiments.support.findings import DOCUMENTED, BarChart, Finding, LineChart, figure, in_words
from lab.experiments.support.http_client import request
from lab.experiments.support.images import noise
from lab.experiments.support.workbench import Workbench
from lab.local_lambda import LocalLambda
from lab.traits import MIB, Traits
from measurement.figures import Figure

_NO_LIMIT: Final = 1_000_000_000
_GATEWAY_ALONE: Final = "request, gateway alone"


class PayloadRound(msgspec.Struct, frozen=True, kw_only=True):
    """One round: the size of the event by that of its body, the limits, and the transfers of the large image."""

    events: Mapping[int, int]
    limits: Mapping[str, SizeLimit]
    images: Mapping[str, ImageTransfer]


def run(workbench: Workbench) -> Finding:
    """Find the limits, then move an image past them by a URL and by a link, several times."""
    image = workbench.directory / "large.jpg"
    large = image.write_bytes(noise(3200, 2400))
    rounds = workbench.steps("payload", range(workbench.pick(1, 5)))
    return judge([_round(workbench, image) for _ in rounds], large=large)


def _round(workbench: Workbench, image: Path) -> PayloadRound:
    sizes = workbench.pick((1_000, 1_000_000), (1_000, 10_000, 100_000, 1_000_000, 4_000_000))
    with workbench.lab(workbench.function("sized.handler")) as lab:
        bodies = {size: request(lab.url, os.urandom(size)).body for size in sizes}
        events = {size: int(msgspec.json.decode(body)["event_bytes"]) for size, body in bodies.items()}
        limits = {name: find_limit(attempt) for name, attempt in _attempts(lab).items()}
    limits[_GATEWAY_ALONE] = _gateway_limit(workbench)
    return PayloadRound(events=events, limits=limits, images=transfers(workbench, image))


def judge(rounds: Sequence[PayloadRound], *, large: int) -> Finding:
    """Return what follows from the rounds: both ways around the limits have to work in each."""
    around = [(each.images["source by url"].status, each.images["result by link"].received) for each in rounds]
    holds = any(status != 200 or not received for status, received in around)
    return Finding(
        title="Payload",
        claim="Through API Gateway and Lambda no image above 6 MB comes in or goes out.",
        method="Requests and responses of growing size through the REST gateway, twice as large each time until one is "
        "refused, then by bisection until one byte makes the difference here. Lambda's own limits are documented as "
        f"6 MB, and its error messages say {Traits().request_bytes} bytes for a request and {Traits().response_bytes} "
        "for an answer; AWS's events have a larger envelope than these, with more headers, so that on AWS the last "
        "bytes differ. The gateway's own limit is tested with Lambda's limit raised, because with base64 that one is "
        f"reached first. Then a JPEG of {large / MIB:.1f} MiB, as an upload, as a URL that the function fetches, and "
        "as the source of a PNG too large for a response: with storage in a directory, and with a bucket (moto's S3), "
        "where the result is stored and the caller redirected to it. With the bucket in smaller widths too, until one "
        f"pixel decides whether the PNG is in the response or behind a link; n = {len(rounds)} for all of it.",
        verdict=_verdict(rounds, large, holds=holds),
        holds=holds,
        basis=DOCUMENTED,
        figures=(*_event_figures(rounds), *_limit_figures(rounds), *_image_figures(rounds)),
        charts=_charts(rounds[0]),
    )


def _attempts(lab: LocalLambda) -> dict[str, Attempt]:
    """Return ways to send or receive n bytes."""
    return {
        "request body, binary": lambda size: request(lab.url, bytes(size)),
        "response, binary": lambda size: request(f"{lab.url}?bytes={size}"),
        "response, text": lambda size: request(f"{lab.url}?letters={size}"),
    }


def _gateway_limit(workbench: Workbench) -> SizeLimit:
    """Test the documented limit and one byte more, because bisection is slow with bodies this large."""
    with workbench.lab(workbench.function("sized.handler"), request_bytes=_NO_LIMIT) as lab:
        limit = lab.fleet.traits.gateway_bytes
        passes, fails = request(lab.url, bytes(limit)), request(lab.url, bytes(limit + 1))
    return SizeLimit(limit if passes.status == 200 else 0, fails.status)


def _event_figures(rounds: Sequence[PayloadRound]) -> Iterator[Figure]:
    for size in rounds[0].events:
        yield figure(f"{size} bytes", "event", [each.events[size] for each in rounds], unit="bytes")
        yield figure(f"{size} bytes", "event / body", [each.events[size] / size for each in rounds], unit="×")


def _limit_figures(rounds: Sequence[PayloadRound]) -> Iterator[Figure]:
    for name in rounds[0].limits:
        limits = [each.limits[name] for each in rounds]
        yield figure(name, "largest that passes", [each.largest for each in limits], unit="bytes")
        yield figure(name, "status of one byte more", [each.status for each in limits])


def _image_figures(rounds: Sequence[PayloadRound]) -> Iterator[Figure]:
    for name in rounds[0].images:
        images = [each.images[name] for each in rounds]
        yield figure(f"large image, {name}", "status", [each.status for each in images])
        yield figure(f"large image, {name}", "image bytes received", [each.received for each in images], unit="bytes")


def _charts(first: PayloadRound) -> tuple[BarChart, LineChart]:
    largest = {name: {"largest that passes": round(limit.largest / MIB, 3)} for name, limit in first.limits.items()}
    points = tuple((size / 1e6, event / 1e6) for size, event in first.events.items())
    bodies = tuple((size / 1e6, size / 1e6) for size in first.events)
    return (
        BarChart(title="The largest body that passes each limit", across="MiB of body", cases=largest),
        LineChart(
            title="The size of an event by the size of its body",
            across="MB of body",
            up="MB of event",
            lines={"event": points, "body": bodies},
        ),
    )


def _verdict(rounds: Sequence[PayloadRound], large: int, *, holds: bool) -> str:
    limits = [(each.limits["request body, binary"], each.limits["response, binary"]) for each in rounds]
    up, down = (in_words(limit.largest / MIB for limit in several) for several in zip(*limits, strict=True))
    too_large = [in_words(limit.status for limit in several) for several in zip(*limits, strict=True)]
    is_below = all(each.limits["request body, binary"].largest < each.limits[_GATEWAY_ALONE].largest for each in rounds)
    return (
        f"{'Yes' if holds else 'No'}: base64 leaves about {up} of Lambda's 6 MiB for a body that comes in, where one "
        f"byte more is a {too_large[0]}, and {down} for one that goes out, where it is a {too_large[1]}; the gateway's "
        f"10 MB are {'never ' if is_below else ''}reached; {_image_text(rounds, large)} (n = {len(rounds)}); AWS can "
        "stream larger responses too, but not from Lambda's Python runtime."
    )


def _image_text(rounds: Sequence[PayloadRound], large: int) -> str:
    """Return what became of the large image each way."""
    images = {name: [each.images[name] for each in rounds] for name in rounds[0].images}
    status = {name: in_words(each.status for each in several) for name, several in images.items()}
    uploaded = sum(each.status == 200 for each in images["upload"])
    by_url = sum(each.status == 200 for each in images["source by url"])
    in_response = sum(each.status == 200 for each in images["result as the response"])
    by_link = sum(each.received > 0 for each in images["result by link"])
    received = in_words(each.received / MIB for each in images["result by link"])
    # the words for an outcome that is the same every time, and how often otherwise
    refused = _outcome("was refused", uploaded, "went through", len(rounds))
    resized = _outcome("was not", by_url, "was", len(rounds))
    too_large = _outcome("did not fit", in_response, "fitted", len(rounds))
    came = _outcome("did not come", by_link, "came", len(rounds))
    fits, wider = (in_words(each.received / MIB for each in images[name]) for name in (LARGEST_RESPONSE, SMALLEST_LINK))
    linked = _outcome("was not", sum(each.received > 0 for each in images[SMALLEST_LINK]), "was", len(rounds))
    return (
        f"a JPEG of {large / MIB:.1f} MiB {refused} as an upload ({status['upload']}), and {resized} resized from its "
        f"URL ({status['source by url']}); its large result {too_large} into a response "
        f"({status['result as the response']}), and {came} by a link to the bucket ({status['result by link']}, "
        f"{received} MiB); the largest of its results in a response ({status[LARGEST_RESPONSE]}) has {fits} MiB, and "
        f"the next one, a pixel wider, {linked} behind a link ({status[SMALLEST_LINK]}, {wider} MiB)"
    )


def _outcome(never: str, count: int, always: str, of: int) -> str:
    if count in (0, of):
        return always if count else never
    return f"{always} {count} of {of} times"

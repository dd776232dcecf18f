"""``throttle``: the quick run counts refusals and losses; the verdict follows from most of the repetitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from lab.experiments.throttle import judge
from lab.experiments.throttle.retrying_clients import (
    BACKOFF,
    CLIENTS,
    JITTER,
    NO_RETRY,
    BurstLoad,
    ClientLog,
    RefusalStatus,
)
from lab.recorded_traffic import Sample
from tests.support.lab.figures import RunQuick, median, spread

PLAN = BurstLoad(limit=10, burst=200, rate=50.0, seconds=5.0)
REFUSED = [RefusalStatus(429, 500)] * 5


def test_a_burst_above_the_limit_is_refused(finding: RunQuick) -> None:
    """With ``throttle`` off nothing is, and there are as many containers as requests."""
    found = finding("throttle")
    assert median(found, NO_RETRY, "throttles (429)") == median(found, NO_RETRY, "requests lost") > 0
    for client in CLIENTS:
        assert median(found, client, "containers") <= 4


def test_retries_with_jitter_succeed(finding: RunQuick) -> None:
    found = finding("throttle")
    assert median(found, JITTER, "requests lost") < median(found, NO_RETRY, "requests lost")
    assert median(found, JITTER, "attempts per request") > 1


def test_retries_extend_the_time_of_throttling(finding: RunQuick) -> None:
    found = finding("throttle")
    assert median(found, BACKOFF, "until the last throttle") > median(found, NO_RETRY, "until the last throttle")


def test_every_kind_of_client_sends_the_same_requests(finding: RunQuick) -> None:
    assert {median(finding("throttle"), client, "requests") for client in CLIENTS} == {44}


def test_a_refusal_is_shown_through_both_doors(finding: RunQuick) -> None:
    found = finding("throttle")
    assert median(found, "a refusal", "status at the Invoke API") == 429
    assert median(found, "a refusal", "status at the REST gateway") == 500
    assert "a caller of the Invoke API sees a 429, and behind a REST API it is a 500, as on AWS" in found.verdict


def logs(**lost: Sequence[int]) -> Mapping[str, Sequence[ClientLog]]:
    """Return a log of 700 requests for each repetition, of which so many were lost."""
    names = {"none": NO_RETRY, "backoff": BACKOFF, "jitter": JITTER}
    return {names[kind]: [_log(count) for count in several] for kind, several in lost.items()}


def _log(lost: int) -> ClientLog:
    statuses = [429] * lost + [200] * (700 - lost)
    return ClientLog([Sample(due=0.0, began=0.0, ended=0.1, status=status) for status in statuses], [0.5] * lost)


@pytest.mark.parametrize(
    ("none", "jitter", "holds"),
    [
        pytest.param((180, 176, 190), (1, 2, 0), True, id="single requests turned it before"),
        pytest.param((180, 176, 190), (1, 14, 0), True, id="one repetition is not all of them"),
        pytest.param((180, 176, 190), (8, 14, 0), False, id="most lose more than a hundredth"),
        pytest.param((180, 0, 0), (0, 0, 0), False, id="most were not refused at all"),
    ],
)
def test_the_verdict_turns_with_most_of_the_repetitions(
    none: Sequence[int], jitter: Sequence[int], holds: bool
) -> None:
    found = judge(PLAN, logs(none=none, backoff=(120, 121, 122), jitter=jitter), REFUSED)
    assert found.holds is holds
    assert found.verdict.startswith("Yes: after bursts of 200" if holds else "No: after bursts of 200")
    assert "passes as nothing (n = 3); " in found.verdict
    assert spread(found, JITTER, "requests lost").n == 3


@pytest.mark.parametrize(
    ("refused", "holds", "words"),
    [
        pytest.param(REFUSED, True, "sees a 429, and behind a REST API it is a 500, as on AWS, so", id="as on AWS"),
        pytest.param(
            [RefusalStatus(200, 200)] * 5,
            False,
            "sees a 200, not 429 as on AWS, and behind a REST API it is a 200, not 500 as on AWS",
            id="not refused",
        ),
        pytest.param([*REFUSED[1:], RefusalStatus(503, 500)], False, "sees a 429 or 503, not 429", id="once another"),
        # what a gateway makes of it is no part of the claim
        pytest.param([RefusalStatus(429, 429)] * 5, True, "it is a 429, not 500 as on AWS", id="another gateway"),
    ],
)
def test_the_status_of_a_refusal_is_judged(refused: Sequence[RefusalStatus], holds: bool, words: str) -> None:
    found = judge(PLAN, logs(none=(180,) * 3, backoff=(1,) * 3, jitter=(0,) * 3), refused)
    assert found.holds is holds
    assert words in found.verdict
    assert found.verdict.endswith("(n = 5).")
    assert spread(found, "a refusal", "status at the Invoke API").n == 5

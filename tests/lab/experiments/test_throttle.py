"""The quick run of ``throttle``: refusals and losses are counted."""

from __future__ import annotations

from lab.experiments.throttle import BACKOFF, CLIENTS, JITTER, NO_RETRY
from tests.support.lab.figures import RunQuick, median


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

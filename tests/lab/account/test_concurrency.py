"""The account's concurrency, and what functions reserve of it."""

from __future__ import annotations

import pytest

from lab.account.concurrency import Concurrency
from lab.errors import Throttled
from tests.conftest import FakeClock


def test_finished_invocations_free_their_concurrency() -> None:
    account = Concurrency(1)
    with account.invocation("f"), pytest.raises(Throttled), account.invocation("f"):
        pass
    with account.invocation("f"):
        assert account.running == 1
    assert account.running == 0


def test_no_more_than_the_account_has_can_be_reserved() -> None:
    account = Concurrency(10, unreservable=0)
    account.reserve("a", 6)
    with pytest.raises(ValueError, match=r"below its minimum value of \[0\]"):
        account.reserve("b", 5)
    with pytest.raises(ValueError, match="at least 0, received -1"):
        account.reserve("b", -1)
    account.reserve("a", None)
    account.reserve("b", 5)
    assert account.unreserved == 5


def test_a_hundred_places_cannot_be_reserved() -> None:
    account = Concurrency(1000)
    account.reserve("a", 400)
    with pytest.raises(ValueError, match=r"below its minimum value of \[100\]"):
        account.reserve("b", 501)
    account.reserve("b", 500)
    assert account.unreserved == 100


def test_a_small_account_can_reserve_nothing_but_zero() -> None:
    account = Concurrency(10)
    with pytest.raises(ValueError, match=r"below its minimum value of \[10\]"):
        account.reserve("a", 1)
    account.reserve("a", 0)
    assert account.unreserved == 10


def test_a_reservation_of_zero_throttles_everything() -> None:
    account = Concurrency(10)
    account.reserve("a", 0)
    with pytest.raises(Throttled), account.invocation("a"):
        pass


def begun(account: Concurrency, name: str, count: int) -> list[str]:
    """Run invocations one after the other, and return why they were refused, or nothing for each that ran."""
    reasons = []
    for _ in range(count):
        try:
            with account.invocation(name, per_place=10.0):
                reasons.append("")
        except Throttled as exc:
            reasons.append(exc.reason)
    return reasons


def test_each_place_allows_ten_requests_a_second() -> None:
    clock = FakeClock(0.0)
    account = Concurrency(2, clock=clock)
    assert begun(account, "f", 22) == [""] * 20 + ["FunctionInvocationRateLimitExceeded"] * 2
    clock.seconds = 0.5
    assert begun(account, "g", 11).count("") == 10


def test_a_reservation_has_a_rate_of_its_own() -> None:
    account = Concurrency(3, unreservable=0, clock=FakeClock(0.0))
    account.reserve("reserved", 1)
    assert begun(account, "reserved", 11)[9:] == ["", "ReservedFunctionInvocationRateLimitExceeded"]
    assert begun(account, "f", 21).count("") == 20
    account.reserve("reserved", 2)
    assert begun(account, "reserved", 21).count("") == 20

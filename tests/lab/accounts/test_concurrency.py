"""The account's concurrency, and what functions reserve of it."""

from __future__ import annotations

import pytest

from lab.accounts.concurrency import Concurrency
from lab.errors import Throttled


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

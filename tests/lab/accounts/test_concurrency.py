"""The account's concurrency, and what functions reserve of it."""

from __future__ import annotations

import pytest

from lab.accounts.concurrency import Concurrency
from lab.errors import Throttled


def test_places_come_back() -> None:
    account = Concurrency(1)
    with account.invocation("f"), pytest.raises(Throttled), account.invocation("f"):
        pass
    with account.invocation("f"):
        assert account.running == 1
    assert account.running == 0


def test_nobody_reserves_what_is_not_there() -> None:
    account = Concurrency(10)
    account.reserve("a", 6)
    with pytest.raises(ValueError, match="4 left of"):
        account.reserve("b", 5)
    account.reserve("a", None)
    account.reserve("b", 5)
    assert account.unreserved == 5


def test_a_reservation_of_nothing_refuses_everything() -> None:
    account = Concurrency(10)
    account.reserve("a", 0)
    with pytest.raises(Throttled), account.invocation("a"):
        pass

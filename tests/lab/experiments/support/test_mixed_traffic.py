"""The mixed traffic: the same for the same seed, with every route in it."""

from __future__ import annotations

from collections import Counter

import msgspec

from lab.experiments.support.mixed_traffic import MIX, mixed

IDS = ("0" * 32, "1" * 32)


def test_the_same_seed_is_the_same_traffic() -> None:
    first, again, other = (shapes(seed) for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_every_route_is_in_the_mix_by_its_share() -> None:
    counts = Counter(each.kind for each in mixed(tuple(MIX), IDS, 500, seed=1))
    assert set(counts) == set(MIX)
    assert max(counts, key=lambda kind: counts[kind]) == "GET resize"


def test_the_shares_add_up_to_one() -> None:
    assert round(sum(kind.share for kind in MIX.values()), 9) == 1


def shapes(seed: int) -> list[tuple[str, object, object]]:
    """Return the requests without the ids and times in their events, which are always new."""
    mix = mixed(tuple(MIX), IDS, 60, seed=seed)
    events = [msgspec.json.decode(each.event) for each in mix]
    return [(each.kind, event["queryStringParameters"], event["body"]) for each, event in zip(mix, events, strict=True)]

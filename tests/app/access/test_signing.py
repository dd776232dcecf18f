from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.access import signing
from app.core.errors import InvalidParameter, ServiceError, SignatureExpired, SignatureInvalid

KEYS = {"web": b"correct-horse", "old": b"other-key"}
NOW = 1_900_000_000.0
ID = "0123456789abcdef0123456789abcdef"

# The digests come from OpenSSL, not from the code under test. Each is
#   printf '%b' TEXT | openssl dgst -sha256 -hmac KEY -binary | base64 | tr '+/' '-_' | tr -d '='
VECTORS = [
    # TEXT='v1\n/resize\nid=0123456789abcdef0123456789abcdef&width=480'  KEY=correct-horse
    ("web", (("width", "480"), ("id", ID)), "At0clbhYy1rN3v-LozBmzQIZ8ibciPR9VVZTC7FeGJc"),
    # TEXT='v1\n/resize\nexpires=2000000000&url=https%3A%2F%2Fexample.com%2Fa%20b%2B%C3%A9~.jpg%3Fx%3D1%26y&width=480'
    (
        "web",
        (("width", "480"), ("url", "https://example.com/a b+é~.jpg?x=1&y"), ("expires", "2000000000")),
        "DZpJG2BR5OQHhHu_H3d9eGumTz5Auccztvg6KK2aXMg",
    ),
    # TEXT='v1\n/resize\n'  KEY=other-key
    ("old", (), "Ogr8V1miwrGrQqtUpGdqAiuaWCm5u7cls0E8_oaX9y8"),
]

Pairs = tuple[tuple[str, str], ...]
PAIRS: Pairs = (("id", ID), ("width", "480"), ("expires", "2000000000"))

text = st.text(st.characters(), max_size=20)
pairs_of_text = st.lists(st.tuples(text, text), max_size=5).map(tuple)
encodable = st.text(max_size=20)
encodable_pairs = st.lists(st.tuples(encodable.filter(lambda n: n not in ("s", "expires")), encodable), max_size=5)


def signed(pairs: Pairs = PAIRS, *, path: str = "/resize", key_id: str = "web") -> Pairs:
    return (*pairs, ("s", signing.sign(key_id, KEYS[key_id], path, pairs)))


def verify(pairs: Pairs, *, path: str = "/resize", now: float = NOW) -> None:
    signing.verify(KEYS, path, pairs, now=now)


def refused(pairs: Pairs, *, path: str = "/resize") -> None:
    with pytest.raises(SignatureInvalid):
        verify(pairs, path=path)


@pytest.mark.parametrize(("key_id", "pairs", "digest"), VECTORS)
def test_published_vectors(key_id: str, pairs: Pairs, digest: str) -> None:
    assert signing.sign(key_id, KEYS[key_id], "/resize", pairs) == f"{key_id}.{digest}"
    verify((*pairs, ("s", f"{key_id}.{digest}")))


@given(encodable_pairs, st.randoms(use_true_random=False))
def test_order_does_not_matter(pairs: list[tuple[str, str]], rng: object) -> None:
    shuffled = list(signed(tuple(pairs)))
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    verify(tuple(shuffled))


@given(encodable_pairs, encodable_pairs)
@example([("a", "1&b=2")], [("a", "1"), ("b", "2")])
@example([("a=1", "")], [("a", "1")])
@example([("a", "")], [])
@example([("a", "+")], [("a", " ")])
@example([("a", "%20")], [("a", " ")])
@example([("é", "")], [("e\u0301", "")])
def test_different_parameters_never_share_a_text(one: list[tuple[str, str]], other: list[tuple[str, str]]) -> None:
    same = signing.signed_text("v1", "/resize", one) == signing.signed_text("v1", "/resize", other)
    assert same == (sorted(one) == sorted(other))


@pytest.mark.parametrize("position", range(len(PAIRS)))
def test_every_change_of_a_parameter_breaks_it(position: int) -> None:
    good = signed()
    name, value = good[position]
    before, after = good[:position], good[position + 1 :]
    for instead in [
        (),
        ((name, value + "0"),),
        ((name, value[:-1]),),
        ((name.upper(), value),),
        ((name, value), (name, value)),
    ]:
        refused((*before, *instead, *after))


def test_every_addition_and_another_path_break_it() -> None:
    verify(signed())
    for added in [("v", ""), ("", ""), ("height", "1"), ("S", "x")]:
        refused((*signed(), added))
    for path in ["/info", "/resize/", "/Resize", "/dev/resize", ""]:
        refused(signed(), path=path)


def test_every_character_of_the_signature_counts() -> None:
    *pairs, (_, good) = signed()
    for at in range(len(good)):
        other = "A" if good[at] != "A" else "B"
        refused((*pairs, ("s", good[:at] + other + good[at + 1 :])))
        refused((*pairs, ("s", good[:at])))
    for around in (good + "=", good + "A", " " + good, good + "\n", good.upper()):
        refused((*pairs, ("s", around)))


def test_each_key_signs_for_itself() -> None:
    verify(signed(key_id="old"))
    *pairs, (_, value) = signed(key_id="old")
    refused((*pairs, ("s", "web" + value[3:])))
    with pytest.raises(SignatureInvalid):
        signing.verify({"web": KEYS["web"]}, "/resize", signed(key_id="old"), now=NOW)
    with pytest.raises(SignatureInvalid):
        signing.verify({}, "/resize", signed(), now=NOW)


MALFORMED = ["", ".", "x", "web", "web.", ".x", "web.é", "wéb.x", "web.\ud800", "\ud800.x", "web.x.y", "\0", "nobody.x"]


@pytest.mark.parametrize("value", MALFORMED)
def test_a_malformed_signature_is_invalid(value: str) -> None:
    refused((*PAIRS, ("s", value)))


def test_two_signatures_are_invalid_even_when_one_is_right() -> None:
    good = signed()
    for other in (good[-1], ("s", ""), ("s", "web.x")):
        refused((*good, other))
        refused((other, *good))
    refused(PAIRS)


@given(text, pairs_of_text)
def test_a_guessed_signature_always_raises_signature_invalid(value: str, pairs: Pairs) -> None:
    refused((*pairs, ("s", value)))


@given(st.sampled_from(sorted(KEYS)), text, pairs_of_text)
def test_a_guess_for_a_known_key_always_raises_signature_invalid(key_id: str, rest: str, pairs: Pairs) -> None:
    refused((*pairs, ("s", f"{key_id}.{rest}")))


def test_expiry_is_the_first_second_that_is_too_late() -> None:
    verify(signed(), now=1_999_999_999.9)
    for late in (2_000_000_000.0, 3e9):
        with pytest.raises(SignatureExpired):
            verify(signed(), now=late)


def test_only_a_valid_signature_is_reported_as_expired() -> None:
    *pairs, _ = signed()
    with pytest.raises(SignatureInvalid):
        verify((*pairs, ("s", "web.guess")), now=3e9)


@pytest.mark.parametrize("value", ["", "soon", "-1", "1.5", "2e9", " 2000000000", "٢", "²", "9" * 13, "\ud800"])
def test_expires_is_unix_seconds(value: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        signing.expiry(value)
    assert caught.value.errors[0].parameter == "expires"


def test_a_signed_expires_that_is_no_number_is_refused() -> None:
    with pytest.raises(InvalidParameter):
        verify(signed((("expires", "soon"),)))


def test_refusals_repeat_no_signature() -> None:
    with pytest.raises(ServiceError) as caught:
        verify((*PAIRS, ("s", "web.looks-like-one")))
    assert not re.search("looks-like-one|correct-horse", caught.value.detail)

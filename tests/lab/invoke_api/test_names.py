"""Names, ARNs and qualifiers as the API accepts them."""

from __future__ import annotations

import pytest

from lab.invoke_api.names import split_name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("thumbs", ("thumbs", "")),
        ("thumbs:live", ("thumbs", "live")),
        ("thumbs:$LATEST", ("thumbs", "$LATEST")),
        ("function:thumbs", ("thumbs", "")),
        ("123456789012:function:thumbs:3", ("thumbs", "3")),
        ("arn:aws:lambda:eu-west-1:123456789012:function:thumbs", ("thumbs", "")),
        ("arn:aws-cn:lambda:cn-north-1:123456789012:function:thumbs:live", ("thumbs", "live")),
        ("thumbs%3Alive", ("thumbs%3Alive", "")),
        ("not a name", ("not a name", "")),
    ],
)
def test_a_name_an_arn_or_a_part_of_one(text: str, expected: tuple[str, str]) -> None:
    assert split_name(text) == expected

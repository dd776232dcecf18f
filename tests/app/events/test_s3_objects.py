"""S3 events are taken out of any envelope."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.events.s3_objects import unwrap
from tests.support.aws_events import eventbridge, in_sqs, notification, s3_record, sns_body


def test_a_key_is_unquoted_once() -> None:
    for key in ("inbox/a b.jpg", "inbox/a+b.jpg", "inbox/a%20b.jpg", "inbox/%2B.jpg", "inbox/é.jpg"):
        assert [record.key for record in unwrap(notification(s3_record(key)))] == [key]
        assert [record.key for record in unwrap(eventbridge(key))] == [key]


def test_endless_nesting_is_given_up() -> None:
    event: Any = notification()
    for _ in range(9):
        event = sns_body(event)
    (record,) = unwrap(in_sqs(event))
    assert (record.message, record.key) == ("m0", "")
    assert record.why


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=12)
    | st.sampled_from(["aws:s3", "aws:sqs", "aws:sns", "aws.s3"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Records", "eventSource", "source", "detail", "Sns", "Message", "body", "s3", "object", "key"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)


@given(event=JSON)
def test_unwrapping_is_total(event: Any) -> None:
    for record in unwrap(event):
        assert bool(record.why) != bool(record.bucket and record.key)

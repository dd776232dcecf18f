"""What Lambda does with an event it gives up: the event itself goes to the queue that the function names.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from lab.invoke_api.async_queue import FailureRecord
from tests.stand.signed import FUNCTION

if TYPE_CHECKING:
    from tests.stand.aws import Stand

_LONGEST: Final = 1024


def deliver(stand: Stand, record: FailureRecord) -> None:
    """Send the event to the function's dead-letter queue, by the right of its role; without one it is lost."""
    about = record["requestContext"]
    queue = stand.dead_letters.get(about["functionArn"].split(":")[6])
    if not queue:
        return
    answered = msgspec.json.decode(record.get("responsePayload", b"{}"))
    texts = {"RequestID": about["requestId"], "ErrorMessage": str(answered.get("errorMessage", ""))[:_LONGEST]}
    attributes = {name: {"DataType": "String", "StringValue": text} for name, text in texts.items() if text}
    code = str(record.get("responseContext", {}).get("statusCode", 200))
    stand.client("sqs", FUNCTION).send_message(
        QueueUrl=stand.client("sqs").get_queue_url(QueueName=queue.rpartition(":")[2])["QueueUrl"],
        MessageBody=bytes(record["requestPayload"]).decode(),
        MessageAttributes={**attributes, "ErrorCode": {"DataType": "Number", "StringValue": code}},
    )

"""A function that does nothing but make renditions of new objects: the baseline for our S3 events.

It is what AWS's tutorial for S3 triggers does, without the temporary files.
"""

from io import BytesIO
from typing import Any
from urllib.parse import unquote_plus

import boto3  # type: ignore[import-untyped]
from PIL import Image

WIDTHS = (480, 640, 1000)

s3 = boto3.client("s3")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Store a JPEG of each width for each new object."""
    for record in event["Records"]:
        bucket, key = record["s3"]["bucket"]["name"], unquote_plus(record["s3"]["object"]["key"])
        source = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        for width in WIDTHS:
            name = f"resized/{width}-{key.removeprefix('inbox/')}"
            s3.put_object(Bucket=bucket, Key=name, Body=resized(source, width), ContentType="image/jpeg")
    return {"status": 200, "made": len(event["Records"])}


def resized(source: bytes, width: int) -> bytes:
    """Return a JPEG of the image, reduced to the width."""
    image = Image.open(BytesIO(source))
    image.thumbnail((width, 10 * width))
    out = BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=80)
    return out.getvalue()

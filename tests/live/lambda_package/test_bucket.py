"""The package with S3: boto3 comes from the runtime, urllib3 from the package, as on Lambda."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.live.lambda_package.packaged_function import JPEG, PUBLIC, StartFunction
from tests.support.aws_events import in_sqs, notification, s3_record
from tests.support.drawing import opened
from tests.support.http_events import rest
from tests.support.s3.faults import FaultInjector, error
from tests.support.s3.server import KEY, S3


def test_containers_share_the_images_in_the_bucket(start_function: StartFunction) -> None:
    with S3() as s3:
        variables = {**PUBLIC, **s3.environ(), "MONOLAMBDA_STORAGE": f"s3://{s3.bucket()}/pictures"}
        with start_function(**variables) as one:
            image_id = one.upload(JPEG)
            assert one.http(rest("GET", f"/images/{image_id}/original")).body == JPEG
            result = one.http(rest("GET", "/resize", query=f"id={image_id}&w=100"))
            assert (opened(result.body).width, result.headers["x-cache"]) == (100, ["miss"])
        with start_function(**variables) as other:
            cached = other.http(rest("GET", "/resize", query=f"id={image_id}&w=100"))
            assert (cached.body, cached.headers["x-cache"]) == (result.body, ["storage"])
            pools = other.http(rest("GET", "/status")).json["pools"]["s3"]
            assert (pools["opened"], pools["reused"] > 0) == (1, True)
            assert other.http(rest("DELETE", f"/images/{image_id}")).status == 204
            assert other.http(rest("GET", f"/images/{image_id}")).status == 404


def test_a_missing_bucket_is_reported(start_function: StartFunction) -> None:
    with S3() as s3, start_function(**PUBLIC, **s3.environ(), MONOLAMBDA_STORAGE="s3://not-made-yet") as function:
        answer = function.http(rest("POST", "/upload", body=JPEG))
        assert (answer.status, answer.json["code"]) == (503, "storage_unavailable")
        assert "bucket does not exist" in answer.json["detail"]


def test_what_s3_will_never_give_out_is_given_up_and_the_rest_tried_again(start_function: StartFunction) -> None:
    faults = FaultInjector()
    with S3(middleware=faults.wrap) as s3:
        bucket = s3.bucket()
        s3.session.client("s3").put_object(Bucket=bucket, Key="inbox/photo.jpg", Body=JPEG)
        event = in_sqs(notification(s3_record(bucket=bucket)))
        with start_function(**PUBLIC, **s3.environ(), MONOLAMBDA_STORAGE=f"s3://{bucket}") as function:
            faults.inject("HEAD GET", error(400, "KMS.DisabledException"), times=20)
            assert function.json(event) == {"batchItemFailures": []}
            assert "KMS key is disabled" in function.process.log()
            faults.inject("HEAD GET", error(403, "AccessDenied"), times=20)
            assert function.json(event) == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
            faults.inject("", error(403, "AccessDenied"), times=0)
            assert function.json(event) == {"batchItemFailures": []}
        assert s3.session.client("s3").list_objects_v2(Bucket=bucket, Prefix="resized/")["KeyCount"] > 0


@pytest.mark.parametrize(
    ("region", "host"),
    [("us-east-1", "photos.s3.us-east-1.amazonaws.com"), ("cn-north-1", "photos.s3.cn-north-1.amazonaws.com.cn")],
)
def test_pages_may_use_the_host_that_links_lead_to(start_function: StartFunction, region: str, host: str) -> None:
    """Nothing is sent: a form is signed here."""
    variables = {
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": KEY.access_key,
        "AWS_SECRET_ACCESS_KEY": KEY.secret_key,
        "MONOLAMBDA_STORAGE": "s3://photos/dev",
    }
    with start_function(**PUBLIC, **variables) as function:
        page = function.http(rest("GET", "/", headers={"Accept": "text/html"}))
        (policy,) = page.headers["content-security-policy"]
        asked = b'{"content_type": "image/jpeg", "bytes": 9000000}'
        form = function.http(rest("POST", "/upload/presign", body=asked, headers={"Content-Type": "application/json"}))
        assert urlsplit(form.json["url"]).netloc == host
        assert f"https://{host}" in policy.replace(";", " ").split()

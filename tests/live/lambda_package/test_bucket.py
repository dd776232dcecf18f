"""The package with S3: boto3 comes from the runtime, urllib3 from the package, as on Lambda."""

from __future__ import annotations

from tests.live.lambda_package.packaged_function import JPEG, PUBLIC, StartFunction
from tests.support.drawing import opened
from tests.support.http_events import rest
from tests.support.s3.server import S3


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

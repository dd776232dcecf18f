"""An S3 server on 127.0.0.1 for tests: moto, behind middleware that adds what moto lacks.

moto checks no signatures, and its conditional writes check and write in two steps. Everything runs
in threads of the test process; start it with ``with S3() as s3``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import cache, cached_property
from typing import Any
from uuid import uuid4

import boto3  # type: ignore[import-untyped]
import botocore.loaders  # type: ignore[import-untyped]
import botocore.session  # type: ignore[import-untyped]
from botocore.credentials import Credentials  # type: ignore[import-untyped]

from tests.support.s3.sigv4 import SigV4Middleware
from tests.support.wsgi_server import App, WsgiServer

REGION = "eu-central-1"
KEY = Credentials("TESTKEY0TESTKEY0TEST", "known/to+this+test+server+only")


class S3(WsgiServer):
    """The server; ``middleware`` wraps all of it, to inject faults."""

    def __init__(self, *, middleware: Callable[[App], App] = lambda app: app) -> None:
        self.sigv4 = SigV4Middleware(moto(), KEY, region=REGION)
        super().__init__(middleware(self.sigv4))

    def __exit__(self, *exc: Any) -> None:
        self._client.close()
        super().__exit__(*exc)

    @cached_property
    def session(self) -> Any:
        """Return a boto3 session whose clients call this server with valid credentials."""
        return new_session(self.url)

    def bucket(self) -> str:
        """Create a bucket and return its name."""
        name = f"bucket-{uuid4().hex}"
        self._client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        return name

    def fill(self, bucket: str, keys: Iterable[str]) -> None:
        """Store empty objects without a request for each."""
        from moto.core.models import DEFAULT_ACCOUNT_ID
        from moto.s3.models import s3_backends

        for key in keys:
            s3_backends[DEFAULT_ACCOUNT_ID]["aws"].put_object(bucket, key, b"")

    @cached_property
    def _client(self) -> Any:
        return self.session.client("s3")

    def environ(self) -> dict[str, str]:
        """Return the environment variables that direct the AWS clients of another process here."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": KEY.access_key,
            "AWS_SECRET_ACCESS_KEY": KEY.secret_key,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def new_session(
    url: str, *, access_key: str = KEY.access_key, secret_key: str = KEY.secret_key, region: str = REGION
) -> Any:
    """Return a boto3 session for one endpoint, which reads no configuration file of this machine."""
    session = botocore.session.Session()
    session.register_component("data_loader", _loader())
    session.set_config_variable("config_file", os.devnull)
    session.set_config_variable("credentials_file", os.devnull)
    session.get_component("config_store").set_config_variable("endpoint_url", url)
    return boto3.session.Session(access_key, secret_key, region_name=region, botocore_session=session)


@cache
def _loader() -> Any:
    """Return a loader shared by all sessions: it caches botocore's service descriptions, which take long to parse."""
    return botocore.loaders.create_loader()


@cache
def moto() -> App:
    """Return moto's server as a WSGI app; all servers of one process share its buckets."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    return DomainDispatcherApplication(create_backend_app)

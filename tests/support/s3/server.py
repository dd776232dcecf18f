"""An S3 on 127.0.0.1 for tests: moto's, behind a gate that does what moto leaves out.

moto checks no signatures, and its conditional write looks and writes in two steps. Everything runs
in threads of the test process; start it with ``with S3() as s3``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache, cached_property
from typing import Any
from uuid import uuid4

import boto3
import botocore.loaders
import botocore.session
from botocore.credentials import Credentials

from tests.support.s3.gate import Gate
from tests.support.s3.http_server import App, Server

REGION = "eu-central-1"
KEY = Credentials("TESTKEY0TESTKEY0TEST", "known/to+this+test+server+only")


class S3(Server):
    """The server; ``before`` wraps the gate to misbehave."""

    def __init__(self, *, before: Callable[[App], App] = lambda app: app) -> None:
        self.gate = Gate(moto(), KEY, region=REGION)
        super().__init__(before(self.gate))

    def __exit__(self, *exc: Any) -> None:
        self._client.close()
        super().__exit__(*exc)

    @cached_property
    def session(self) -> Any:
        """Return a boto3 session whose clients come here and are let in."""
        return new_session(self.url)

    def bucket(self) -> str:
        """Make a new bucket and return its name."""
        name = f"bucket-{uuid4().hex}"
        self._client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        return name

    @cached_property
    def _client(self) -> Any:
        return self.session.client("s3")

    def environ(self) -> dict[str, str]:
        """Return the variables that lead the AWS clients of another process here."""
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
    """Return a boto3 session that knows one endpoint and reads no file of this machine."""
    bare = botocore.session.Session()
    bare.register_component("data_loader", _loader())
    bare.set_config_variable("config_file", os.devnull)
    bare.set_config_variable("credentials_file", os.devnull)
    bare.get_component("config_store").set_config_variable("endpoint_url", url)
    return boto3.session.Session(access_key, secret_key, region_name=region, botocore_session=bare)


@cache
def _loader() -> Any:
    """Return what remembers botocore's descriptions of services, which take long to parse."""
    return botocore.loaders.create_loader()


@cache
def moto() -> App:
    """Return moto's server as a WSGI app; all of one process share its buckets."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    return DomainDispatcherApplication(create_backend_app)

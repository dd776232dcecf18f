"""An S3 bucket in a process of its own, served by moto, which does not check signatures."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

from lab.account.function import REGION
from lab.experiments.support.http_client import request
from lab.experiments.support.piped_server import PipedServer

_SERVER: Final = Path(__file__).with_name("bucket_server.py")
NAME: Final = "lab-bucket"


class S3Bucket(PipedServer):
    """The bucket, while its server runs; a context manager."""

    def __init__(self) -> None:
        super().__init__(
            # -P: moto must not import the files beside this script
            ["-P", str(_SERVER)],
            ended="the bucket's server did not start: it needs moto, run `make setup`",
            stderr=subprocess.DEVNULL,
        )
        self.url = f"http://127.0.0.1:{self.port}"
        region = f"<LocationConstraint>{REGION}</LocationConstraint>"
        body = f"<CreateBucketConfiguration>{region}</CreateBucketConfiguration>"
        request(f"{self.url}/{NAME}", body.encode(), method="PUT")

    def environment(self) -> dict[str, str]:
        """Return the variables that point the app's storage to this bucket."""
        return {
            "MONOLAMBDA_STORAGE": f"s3://{NAME}/lab",
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "lab",
            "AWS_SECRET_ACCESS_KEY": "not checked",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

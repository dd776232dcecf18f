"""An S3 bucket in a process of its own, served by moto, which does not check signatures."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Final

from lab.accounts.function import REGION
from lab.experiments.support.http_client import request

_SERVER: Final = Path(__file__).with_name("bucket_server.py")
NAME: Final = "lab-bucket"


class S3Bucket:
    """The bucket, while its server runs; a context manager."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603
            # -P: moto must not import the files beside this script
            [sys.executable, "-P", str(_SERVER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError("the bucket's server did not start: it needs moto, run `make setup`")
        self.url = f"http://127.0.0.1:{int(line)}"
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

    def __enter__(self) -> S3Bucket:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

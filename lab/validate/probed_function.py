"""A deployed probe function, behind a Lambda API."""

from __future__ import annotations

import base64
import functools
import json
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

import msgspec

from lab.errors import LabError, SetupError
from lab.validate.probe_function import VERSION
from measurement.json_value import UnexpectedJson, decoded

_Type = TypeVar("_Type")

# long enough for invocations that are sent at once to meet
_HOLD_S: Final = 1.0


class Undecided(LabError):
    """A probe could not decide; the message says why."""


class ProbeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to one invocation; ``refusal`` is the API's error code when it ran nothing.

    ``log`` is the tail of the log, for an invocation that asked for it.
    """

    status: int
    payload: bytes = b""
    function_error: str = ""
    refusal: str = ""
    request_id: str = ""
    version: str = ""
    log: bytes = b""

    @property
    def value(self) -> Any:
        """Return the function's result; raise Undecided when it has none."""
        if self.refusal or self.function_error:
            raise Undecided(
                f"the function did not answer: {self.refusal or self.payload[:200].decode(errors='replace')}"
            )
        return _decoded(self.payload or b"null", object)

    @property
    def error(self) -> Mapping[str, Any]:
        """Return the error document of a function that failed; raise Undecided when it did not."""
        if not self.function_error:
            raise Undecided(f"the function did not fail: {self.refusal or self.status}")
        return _decoded(self.payload, dict[str, Any])


class ProbedFunction:
    """Invokes one function through ``client``, boto3's client of the Lambda API.

    ``patience_s`` is how long a slow probe waits: asynchronous retries come after one and two minutes, and the queue
    may add some.
    """

    def __init__(self, client: Any, function: str, *, patience_s: float = 480.0) -> None:
        self._client = client
        self._function = function
        self.patience_s = patience_s

    @functools.cached_property
    def configuration(self) -> Mapping[str, Any]:
        """Return the function's configuration."""
        return dict(self._client.get_function_configuration(FunctionName=self._function))

    @functools.cached_property
    def facts(self) -> Mapping[str, Any]:
        """Return what the function says about itself, asked once; raise SetupError when it is no probe function.

        No other function is to be asked to exit, or to take all memory.
        """
        answer = self.invoke("facts")
        found = {} if answer.refusal or answer.function_error else answer.value
        if not isinstance(found, dict) or found.get("probe") != VERSION:
            received = answer.refusal or answer.payload[:100].decode(errors="replace")
            raise SetupError(
                f"--function: expected lab/validate/probe_function.py as it is now, {self._function} answers {received}"
            )
        return found

    @functools.cached_property
    def cold_log(self) -> bytes:
        """Return the log of a cold start, made by more invocations at once than there are containers."""
        for count in (4, 8, 16):
            for answer in self.at_once(count, "state", tail=True, seconds=_HOLD_S):
                if b"Init Duration" in answer.log:
                    return answer.log
        raise Undecided("no invocation was a cold start")

    @property
    def timeout_s(self) -> int:
        """Return the function's timeout."""
        return int(self.configuration["Timeout"])

    def invoke(self, do: str, *, tail: bool = False, **event: Any) -> ProbeAnswer:
        """Run one of the function's actions; the keywords are the rest of its event."""
        given = {"LogType": "Tail"} if tail else {}
        return self.send(json.dumps({"do": do, **event}).encode(), **given)

    def new_mark(self) -> str:
        """Return a file name that no container has in its temp directory yet."""
        return f"probe-{os.urandom(4).hex()}"

    def mark(self, *, ticks: int = 0) -> tuple[str, dict[str, Any]]:
        """Leave a file in a container's temp directory, and a thread that counts to ``ticks``.

        Returns the file's name and the container's state.
        """
        name = self.new_mark()
        return name, self.invoke("state", mark=name, ticks=ticks).value

    def again(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """Return the state of the container of ``before`` in a later invocation; raise Undecided if it is not met."""
        for answer in self.widening():
            if answer.value["container"] == before["container"]:
                return dict(answer.value)
        raise Undecided("later invocations met other containers")

    def widening(self) -> Iterator[ProbeAnswer]:
        """Yield states with the tail of the log: the next one, then several at once, which meet more containers."""
        for count in (1, 2, 4):
            yield from self.at_once(count, "state", tail=True, seconds=_HOLD_S if count > 1 else 0)

    def send(self, payload: bytes, **given: Any) -> ProbeAnswer:
        """Send an event as it is; the keywords are boto3's. Raise Undecided when no answer comes."""
        from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped] # noqa: PLC0415

        try:
            answer = self._client.invoke(FunctionName=self._function, Payload=payload, **given)
        except ClientError as exc:
            facts = exc.response["ResponseMetadata"]
            return ProbeAnswer(status=facts["HTTPStatusCode"], refusal=exc.response["Error"]["Code"])
        except BotoCoreError as exc:
            # its text has the address, and with it the account, which a stored run should not have
            raise Undecided(f"no answer: {type(exc).__name__}") from exc
        return ProbeAnswer(
            status=answer["StatusCode"],
            payload=answer["Payload"].read(),
            function_error=answer.get("FunctionError", ""),
            request_id=answer["ResponseMetadata"].get("RequestId", ""),
            version=answer.get("ExecutedVersion", ""),
            log=base64.b64decode(answer.get("LogResult", "")),
        )

    def at_once(self, count: int, do: str, **event: Any) -> list[ProbeAnswer]:
        """Run the same action several times at once, and return the answers."""
        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(lambda _: self.invoke(do, **event), range(count)))


def _decoded(payload: bytes, type_: type[_Type]) -> _Type:
    try:
        return decoded(payload, type_)
    except UnexpectedJson as exc:
        raise Undecided(f"the function's answer cannot be read: {exc}") from exc

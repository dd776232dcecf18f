"""The actions of the API: values in, values out."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from lab.account.function import LATEST, Function
from lab.account.package import PackageTooLarge, digest, unpack
from lab.account.versions import Alias, Functions, ResourceConflict
from lab.containers.fleet import Fleet
from lab.containers.runtime_api import CallerHeaders
from lab.errors import LabError, SetupError, TooLarge
from lab.http.server import Response
from lab.invoke_api.async_queue import AsyncQueue
from lab.invoke_api.bodies import (
    AliasUpdate,
    InvalidParameterValue,
    NewAlias,
    PublishVersion,
    Reservation,
    Routing,
    UpdateFunctionCode,
)
from lab.invoke_api.shapes import alias_fields, configuration
from measurement import json_value

Answer = dict[str, Any]
_KINDS: Final = ("Event", "RequestResponse", "DryRun")
_CONTEXT_BYTES: Final = 3583


class InvalidEvent(InvalidParameterValue):
    """The event is not JSON, or the client context is not a JSON object in base64."""


class InvalidChoice(LabError):
    """A parameter is none of the words that the API knows."""


class Actions:
    """Acts on the account's functions, the fleet and the queue; uploaded zips are unpacked in ``packages``."""

    def __init__(self, functions: Functions, fleet: Fleet, queue: AsyncQueue, *, packages: Path) -> None:
        self._functions = functions
        self._fleet = fleet
        self._queue = queue
        self._packages = packages
        self._ending: list[threading.Timer] = []
        # of the code: which containers are retired follows from what was replaced by what
        self._updating = threading.RLock()

    def close(self) -> None:
        """Forget the updates that are not over."""
        for timer in self._ending:
            timer.cancel()

    def invoke(
        self, name: str, qualifier: str, *, event: bytes, kind: str, tail: bool, context: str, trace: str = ""
    ) -> Response:
        """Run one event, or queue it, or only check that it could run."""
        if kind not in _KINDS:
            raise InvalidChoice(_constraint(kind, "invocationType", _KINDS))
        function = self._functions.for_invocation(name, qualifier)
        event, traits = _json_event(event), self._fleet.traits
        limit = traits.async_bytes if kind == "Event" else traits.request_bytes
        if len(event) > limit:
            raise TooLarge(
                f"{len(event)} byte payload is too large for the {kind} invocation type (limit {limit} bytes)"
            )
        if kind == "DryRun":
            return Response(status=204)
        if kind == "Event":
            request_id = self._queue.put(name=name, qualifier=qualifier, event=event)
            return Response(status=202, headers=(("x-amzn-RequestId", request_id),))
        arn = f"{function.arn}:{qualifier}" if qualifier else function.arn
        caller = CallerHeaders(trace=trace, client_context=_client_context(context))
        outcome = self._fleet.invoke(function, event, arn=arn, caller=caller)
        return Response(
            status=200,
            headers=(
                ("Content-Type", "application/json"),
                ("x-amzn-RequestId", outcome.request_id),
                ("X-Amz-Executed-Version", outcome.version),
                *((("X-Amz-Function-Error", "Unhandled"),) if outcome.error_type else ()),
                *((("X-Amz-Log-Result", base64.b64encode(outcome.log_tail).decode()),) if tail else ()),
            ),
            body=outcome.payload,
        )

    def list_functions(self) -> Answer:
        """Return every function's configuration."""
        return {"Functions": [self.get_configuration(name, "") for name in self._functions.names()]}

    def get_function(self, name: str, qualifier: str) -> Answer:
        """Return a version's configuration, the location of its code and the reserved concurrency."""
        reserved = self._fleet.concurrency.reserved(name)
        return {
            "Configuration": self.get_configuration(name, qualifier),
            "Code": {"RepositoryType": "Lab", "Location": str(self._functions.named_by(name, qualifier).package)},
            **({} if reserved is None else {"Concurrency": {"ReservedConcurrentExecutions": reserved}}),
        }

    def get_configuration(self, name: str, qualifier: str) -> Answer:
        """Return a version's configuration, of $LATEST with the status of its update."""
        function = self._functions.named_by(name, qualifier)
        status = self._functions.update_status(name) if function.version == LATEST else "Successful"
        return configuration(function, qualified=bool(qualifier), status=status)

    def update_code(self, name: str, body: UpdateFunctionCode) -> Answer:
        """Replace the code of $LATEST by the zip in the body; containers of the old code finish their invocation.

        Raises ResourceConflict while another update is in progress.
        """
        self._expect_no_update(name)
        if body.zip_file is None:
            raise InvalidParameterValue("only ZipFile is supported")
        try:
            data = base64.b64decode(body.zip_file)
            package = unpack(data, self._packages)
        except PackageTooLarge as exc:
            raise InvalidParameterValue(str(exc)) from exc
        except (ValueError, SetupError) as exc:
            raise InvalidParameterValue(f"Could not unzip uploaded file: {exc}") from exc
        with self._updating:
            # another one may have begun while this one was unpacked
            self._expect_no_update(name)
            self._replace_code(name, package, digest(data))
            return self._published(name) if body.publish else self.get_configuration(name, "")

    def publish(self, name: str, _body: PublishVersion) -> Answer:
        """Publish a version; raise ResourceConflict while an update is in progress."""
        with self._updating:
            self._expect_no_update(name)
            return self._published(name)

    def list_versions(self, name: str) -> Answer:
        """Return every version's configuration."""
        return {"Versions": [configuration(version, qualified=True) for version in self._functions.versions(name)]}

    def create_alias(self, name: str, body: NewAlias) -> Answer:
        """Create an alias."""
        alias = Alias(
            name=body.name,
            version=body.function_version,
            description=body.description or "",
            weights=_weights(body.routing_config),
        )
        return self._put_alias(name, alias, new=True)

    def update_alias(self, name: str, alias: str, body: AliasUpdate) -> Answer:
        """Change what the body names: an alias's version, its description or its weights."""
        before = self._functions.alias(name, alias)
        after = Alias(
            name=alias,
            version=before.version if body.function_version is None else body.function_version,
            description=before.description if body.description is None else body.description,
            weights=before.weights if body.routing_config is None else _weights(body.routing_config),
        )
        return self._put_alias(name, after, new=False)

    def get_alias(self, name: str, alias: str) -> Answer:
        """Return an alias."""
        return alias_fields(self._functions.named_by(name), self._functions.alias(name, alias))

    def list_aliases(self, name: str) -> Answer:
        """Return every alias of a function."""
        function = self._functions.named_by(name)
        return {"Aliases": [alias_fields(function, alias) for alias in self._functions.aliases(name)]}

    def delete_alias(self, name: str, alias: str) -> None:
        """Remove an alias."""
        self._functions.remove_alias(name, alias)

    def put_concurrency(self, name: str, body: Reservation) -> Answer:
        """Reserve concurrency, which becomes the function's limit too."""
        self._functions.named_by(name)
        count = body.reserved_concurrent_executions
        try:
            self._fleet.concurrency.reserve(name, count)
        except ValueError as exc:
            raise InvalidParameterValue(str(exc)) from exc
        return {"ReservedConcurrentExecutions": count}

    def get_concurrency(self, name: str) -> Answer:
        """Return the reserved concurrency."""
        self._functions.named_by(name)
        reserved = self._fleet.concurrency.reserved(name)
        return {} if reserved is None else {"ReservedConcurrentExecutions": reserved}

    def delete_concurrency(self, name: str) -> None:
        """Remove the reservation."""
        self._functions.named_by(name)
        self._fleet.concurrency.reserve(name, None)

    def _put_alias(self, name: str, alias: Alias, *, new: bool) -> Answer:
        _expect_two_versions(alias)
        return alias_fields(self._functions.named_by(name), self._functions.put_alias(name, alias, new=new))

    def _expect_no_update(self, name: str) -> None:
        if self._functions.update_status(name) == "InProgress":
            raise ResourceConflict(
                "The operation cannot be performed at this time. An update is in progress for resource: "
                f"{self._functions.named_by(name).arn}"
            )

    def _replace_code(self, name: str, package: Path, code: str) -> None:
        before, traits = self._functions.named_by(name), self._fleet.traits
        times = {"takes_s": traits.update_s, "overlap_s": traits.overlap_s}
        after = self._functions.update(name, package=package, code=code, **times)
        self._fleet.retire(set(), serving=after.key)
        self._retire(before, after_s=sum(times.values()))

    def _retire(self, function: Function, *, after_s: float) -> None:
        """End the containers of replaced code when nobody gets it any more, unless it was deployed again."""
        if after_s:
            timer = threading.Timer(after_s, self._retire, [function], {"after_s": 0.0})
            timer.daemon = True
            self._ending.append(timer)
            timer.start()
            return
        with self._updating:
            if not self._functions.is_served(function):
                self._fleet.retire({function.key})

    def _published(self, name: str) -> Answer:
        return configuration(self._functions.publish(name), qualified=True)


def _json_event(event: bytes) -> bytes:
    """Return the event, or ``{}`` when it is empty; raise InvalidEvent when it is not JSON."""
    try:
        json_value.decoded(event or b"{}", msgspec.Raw)
        # decoding as Raw does not check the UTF-8 inside strings
        event.decode()
    except ValueError as exc:
        raise InvalidEvent(f"Could not parse request body into json: {exc}") from exc
    return event or b"{}"


def _constraint(value: str, parameter: str, known: Iterable[str]) -> str:
    return (
        f"1 validation error detected: Value '{value}' at '{parameter}' failed to satisfy constraint: "
        f"Member must satisfy enum value set: [{', '.join(known)}]"
    )


def _client_context(encoded: str) -> str:
    """Return the client context as a header of the Runtime API can carry it: compact and in ASCII.

    Raises InvalidEvent when it is not a JSON object in base64, or longer than
    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html allows.
    """
    if not encoded:
        return ""
    if len(encoded) > _CONTEXT_BYTES:
        raise InvalidEvent(f"Client context must be no longer than {_CONTEXT_BYTES} bytes.")
    try:
        context = json_value.decoded(base64.b64decode(encoded, validate=True), dict[str, Any])
    except ValueError as exc:
        raise InvalidEvent("Client context must be a valid Base64-encoded JSON object.") from exc
    return json.dumps(context, separators=(",", ":"))


def _expect_two_versions(alias: Alias) -> None:
    """Raise InvalidParameterValue for an alias with weights, unless it routes between two published versions."""
    version = alias.version
    if version in alias.weights:
        raise InvalidParameterValue(
            f"Invalid function version {version}. Function version {version} is already included in routing "
            "configuration."
        )
    if alias.weights and version == LATEST:
        raise InvalidParameterValue(f"{LATEST} is not supported for an alias pointing to more than 1 version")


def _weights(routing: Routing | None) -> Mapping[str, float]:
    return (routing and routing.additional_version_weights) or {}

"""The whole lab, put together: functions, fleet, queue, gateway, Invoke API and live page."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Literal

import msgspec

from lab.accounts.concurrency import Concurrency
from lab.accounts.function import Function
from lab.accounts.versions import Functions
from lab.containers.fleet import Fleet
from lab.containers.outcomes import Outcome
from lab.containers.timeline import Timeline
from lab.gateway.http_api import HttpApi
from lab.gateway.rest import RestApi
from lab.gateway.server import Api, Gateway
from lab.http.server import json_response, serve
from lab.invoke_api.actions import Actions
from lab.invoke_api.async_queue import AsyncQueue, FailureRecord, QueuedInvocation, to_directory
from lab.invoke_api.routes import Routes
from lab.pages.live import LivePage
from lab.traits import MIB, Traits

# a zip in base64, as the API takes it: https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
_ZIP_BYTES = 70 * MIB


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How to start a lab; port 0 is any free one, ``failures`` a directory for events that were given up."""

    port: int = 0
    invoke_port: int = 0
    api: Literal["v1", "v2"] = "v1"
    stage: str = "dev"
    concurrency: int = 1000
    retry_scale: float = 1.0
    failures: Path | None = None
    traits: Traits = Traits()


class LocalLambda:
    """A running lab; a context manager. ``build`` makes the functions in a directory the lab removes again."""

    def __init__(self, build: Callable[[Path], list[Function]], options: Options | None = None) -> None:
        options = options or Options()
        with ExitStack() as stack:
            self.directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lab-")))
            self.functions = Functions(*build(self.directory))
            self._default = self.functions.names()[0]
            self.timeline = Timeline()
            self.concurrency = Concurrency(options.concurrency)
            self.fleet = Fleet(
                self.directory, traits=options.traits, concurrency=self.concurrency, timeline=self.timeline
            )
            stack.callback(self.fleet.close)
            self.queue = AsyncQueue(
                self._run, traits=options.traits, deliver=_destination(options.failures), scale=options.retry_scale
            )
            stack.callback(self.queue.close)
            self._open_gateway(stack, options)
            self._open_invoke_api(stack, options)
            # first of all when it ends, so that nobody waits for an answer then
            stack.callback(self.fleet.stop)
            self._stack = stack.pop_all()

    @property
    def url(self) -> str:
        """Return where the app is, stage included, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}{self.gateway.api.prefix}"

    @property
    def live_url(self) -> str:
        """Return where the live page is."""
        return f"http://127.0.0.1:{self.port}/_lab"

    @property
    def invoke_url(self) -> str:
        """Return what boto3 takes as ``endpoint_url``."""
        return f"http://127.0.0.1:{self.invoke_port}"

    def invoke(self, event: bytes) -> Outcome:
        """Run one event on $LATEST of the first function; raise TooLarge or Throttled."""
        return self.fleet.invoke(self.functions.resolve(self._default), event)

    def close(self) -> None:
        """End everything; nothing is left behind."""
        self._stack.close()

    def __enter__(self) -> LocalLambda:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open_gateway(self, stack: ExitStack, options: Options) -> None:
        api: Api = RestApi(stage=options.stage) if options.api == "v1" else HttpApi()
        page = LivePage(self.timeline, self.concurrency, facts=self._facts, prefix=api.prefix)
        self.gateway = Gateway(api, self.invoke, traits=options.traits, own=page.answer)
        page.fires_through(self.gateway.answer)
        listener = self.gateway.listen(options.port)
        self.port = listener.port
        stack.callback(self.gateway.close)
        stack.callback(listener.close)

    def _open_invoke_api(self, stack: ExitStack, options: Options) -> None:
        actions = Actions(self.functions, self.fleet, self.queue, packages=self.directory / "packages")
        listener = serve(
            Routes(actions).answer,
            port=options.invoke_port,
            body_limit=_ZIP_BYTES,
            refusal=lambda: json_response(413, {"message": "Request Entity Too Large"}),
        )
        self.invoke_port = listener.port
        stack.callback(listener.close)

    def _run(self, job: QueuedInvocation) -> Outcome:
        function = self.functions.resolve(job.name, job.qualifier)
        arn = f"{function.arn}:{job.qualifier}" if job.qualifier else function.arn
        return self.fleet.invoke(function, job.event, request_id=job.request_id, arn=arn)

    def _facts(self) -> dict[str, str]:
        return {
            "app": self.url,
            "Invoke API": self.invoke_url,
            "package": "read-only"
            if self.fleet.package_is_read_only
            else "writable here: read-only takes root on Linux",
        }


def _destination(failures: Path | None) -> Callable[[FailureRecord], None]:
    return to_directory(failures) if failures else lambda record: None

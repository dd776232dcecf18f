"""The whole lab in one object: functions, fleet, asynchronous queue, gateway, Invoke API and live page."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Literal

import msgspec

from lab.account.concurrency import Concurrency
from lab.account.function import Function
from lab.account.versions import Functions
from lab.containers.fleet import Fleet
from lab.containers.outcomes import Outcome
from lab.containers.patience import Patience
from lab.containers.runtime_api import CallerHeaders
from lab.containers.timeline import Timeline
from lab.gateway.api import GatewayApi
from lab.gateway.function_url import FunctionUrl
from lab.gateway.headers import Scheme
from lab.gateway.http_api import HttpApi
from lab.gateway.rest import RestApi
from lab.gateway.server import Gateway
from lab.http.server import serve
from lab.invoke_api.actions import Actions
from lab.invoke_api.async_queue import AsyncQueue, QueuedInvocation, to_directory
from lab.invoke_api.routes import Routes
from lab.pages.live import LivePage
from lab.pages.request_log import RequestLog
from lab.pages.traffic import RequestSender
from lab.traits import MIB, Traits

# 50 MB of zip in base64: https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
_MAX_BODY_BYTES = 70 * MIB


ApiKind = Literal["v1", "v2", "url"]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How to start a local Lambda; port 0 is any free one.

    ``scheme`` is the one that events say a request came by: everywhere on AWS https. Here it is http, as it really
    was: an application makes absolute links and the attribute Secure of its cookies from it, and no link would lead
    back here. ``retry_scale`` multiplies the waits between asynchronous retries, ``failures`` is the directory for
    events that are given up.
    """

    port: int = 0
    invoke_port: int = 0
    api: ApiKind = "v1"
    stage: str = "dev"
    scheme: Scheme = "http"
    concurrency: int = 1000
    retry_scale: float = 1.0
    failures: Path | None = None
    traits: Traits = Traits()


class LocalLambda:
    """A running lab; a context manager. ``build`` makes the functions in a directory that is removed at the end."""

    def __init__(self, build: Callable[[Path], list[Function]], options: Options | None = None) -> None:
        options = options or Options()
        with ExitStack() as stack:
            self.directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lab-")))
            self.functions = Functions(*build(self.directory))
            self._default = self.functions.names()[0]
            self.timeline = Timeline()
            self.requests = RequestLog(self.timeline, self._default)
            self.concurrency = Concurrency(options.concurrency, unreservable=options.traits.unreservable)
            self.fleet = Fleet(
                self.directory, traits=options.traits, concurrency=self.concurrency, timeline=self.timeline
            )
            stack.callback(self.fleet.close)
            deliver = to_directory(options.failures) if options.failures else lambda record: None
            self.queue = AsyncQueue(self._run, traits=options.traits, deliver=deliver, scale=options.retry_scale)
            stack.callback(self.queue.close)
            self._open_gateway(stack, options)
            self._open_invoke_api(stack, options)
            # runs first of all at the end, so that nothing waits for a container then
            stack.callback(self.fleet.stop)
            self._stack = stack.pop_all()

    @property
    def url(self) -> str:
        """Return the URL of the app, stage included, without a trailing slash."""
        return f"http://127.0.0.1:{self.port}{self.gateway.api.prefix}"

    @property
    def live_url(self) -> str:
        """Return the URL of the live page."""
        return f"http://127.0.0.1:{self.port}/_lab"

    @property
    def invoke_url(self) -> str:
        """Return the URL of the Invoke API, boto3's ``endpoint_url``."""
        return f"http://127.0.0.1:{self.invoke_port}"

    def invoke(
        self, event: bytes, patience: Patience | None = None, *, request_id: str = "", trace: str = ""
    ) -> Outcome:
        """Run one event on $LATEST of the first function; raise TooLarge or Throttled."""
        function = self.functions.for_invocation(self._default)
        return self.fleet.invoke(function, event, patience=patience, request_id=request_id, caller=CallerHeaders(trace))

    def close(self) -> None:
        """End every process and remove every file."""
        self._stack.close()

    def __enter__(self) -> LocalLambda:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open_gateway(self, stack: ExitStack, options: Options) -> None:
        api = _gateway_api(options)
        # the gateway shows the page, which sends through it
        sender = RequestSender(lambda request: self.gateway.respond(request), prefix=api.prefix)  # noqa: PLW0108
        self.page = LivePage(
            self.timeline, self.concurrency, sender, facts=self._facts, kill_all=self.fleet.end_containers
        )
        self.gateway = Gateway(
            api,
            self.invoke,
            traits=options.traits,
            local=self.page.respond,
            watch=self.requests.watch,
        )
        listener = self.gateway.listen(options.port)
        self.port = listener.port
        stack.callback(self.gateway.close)
        stack.callback(listener.close)
        stack.callback(sender.close)

    def _open_invoke_api(self, stack: ExitStack, options: Options) -> None:
        actions = Actions(self.functions, self.fleet, self.queue, packages=self.directory / "packages")
        stack.callback(actions.close)
        routes = Routes(actions)
        listener = serve(routes.respond, port=options.invoke_port, body_limit=_MAX_BODY_BYTES, refuse=routes.refuse)
        self.invoke_port = listener.port
        stack.callback(listener.close)

    def _run(self, queued: QueuedInvocation) -> Outcome:
        function = self.functions.for_invocation(queued.name, queued.qualifier)
        arn = f"{function.arn}:{queued.qualifier}" if queued.qualifier else function.arn
        return self.fleet.invoke(function, queued.event, request_id=queued.request_id, arn=arn, synchronous=False)

    def _facts(self) -> dict[str, str]:
        isolates = self.fleet.isolates
        return {
            "app": self.url,
            "Invoke API": self.invoke_url,
            "file system": "read-only but a private /tmp" if isolates else "this machine's: it allows no namespaces",
        }


def _gateway_api(options: Options) -> GatewayApi:
    """Return the kind of API that stands in front of the function."""
    scheme, remap = options.scheme, options.traits.remap_headers
    if options.api == "v1":
        return RestApi(stage=options.stage, scheme=scheme, remap_headers=remap)
    return HttpApi(scheme=scheme) if options.api == "v2" else FunctionUrl(scheme=scheme, remap_headers=remap)

"""The gateway's HTTP server: limits, translation, and the live page beside the function."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, Protocol

import msgspec

from lab.containers.outcomes import Outcome
from lab.containers.patience import Patience
from lab.errors import LabError, Throttled, TooLarge
from lab.gateway.api import GatewayApi
from lab.gateway.headers import head_bytes
from lab.gateway.request_ids import RequestIds, new_ids
from lab.http.server import Request, Response, serve
from lab.http.sockets import Listener
from lab.traits import Traits

_WORKERS: Final = 2000


class Invoke(Protocol):
    """Runs one event under the invocation's ``request_id`` and the caller's ``trace``."""

    def __call__(self, event: bytes, patience: Patience, /, *, request_id: str, trace: str) -> Outcome: ...


class Answered(Protocol):
    """Is told the response to a request, and whether Lambda refused it or the gateway stopped waiting for it."""

    def __call__(self, response: Response, /, *, refused: bool, timed_out: bool) -> None: ...


# is told of a request and the id of its invocation
Watch = Callable[[Request, str], Answered]


def _unwatched(request: Request, request_id: str) -> Answered:
    return lambda response, refused, timed_out: None


class Gateway:
    """Responds to requests through ``invoke``, unless ``local`` has a response for them.

    A response that takes too long is a timeout, as ``invoke`` spends the patience that it gets with the event.
    """

    def __init__(
        self,
        api: GatewayApi,
        invoke: Invoke,
        *,
        traits: Traits,
        local: Callable[[Request], Response | None] = lambda request: None,
        watch: Watch = _unwatched,
    ) -> None:
        self.api = api
        self._invoke = invoke
        self._traits = traits
        self._local = local
        self._watch = watch
        # threads of its own: the function keeps running when the gateway stops waiting for it
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="gateway")

    def respond(self, request: Request) -> Response:
        """Return the response to one request; failures of the function become the gateway's own responses."""
        local = self._local(request)
        if local:
            return local
        api, ids = self.api, new_ids(request)
        if api.limits_headers and head_bytes(request) > self._traits.header_bytes:
            return api.error_response(431, ids)
        if not api.matches(request):
            return api.error_response(403, ids)
        event, request_id = api.event(request, ids), api.invocation_id(ids)
        answered = self._watch(request, request_id)
        failure: Exception | None = None
        try:
            response = self._response(msgspec.json.encode(event), ids, request_id)
        except (LabError, TimeoutError) as exc:
            response, failure = api.error_response(_status(api, exc), ids), exc
        answered(response, refused=isinstance(failure, Throttled), timed_out=isinstance(failure, TimeoutError))
        return response

    def _response(self, event: bytes, ids: RequestIds, request_id: str) -> Response:
        """Return the function's response; raise TimeoutError, and LabError when there is none."""
        api, timeout_s = self.api, self._traits.gateway_timeout_s
        patience = Patience(api.timeout_s if timeout_s is None else timeout_s)
        invoke = partial(self._invoke, event, patience, request_id=request_id, trace=ids.trace)
        outcome = patience.result(self._workers.submit(invoke))
        if outcome.error_type:
            return api.error_response(api.error_status, ids)
        return api.response(outcome.payload, ids)

    def listen(self, port: int) -> Listener:
        """Serve on 127.0.0.1 and return the listener; raise SetupError when the port is taken."""
        return serve(
            self.respond,
            port=port,
            body_limit=self._traits.gateway_bytes,
            refuse=lambda status: self.api.error_response(status, new_ids()),
        )

    def close(self) -> None:
        """Stop accepting work."""
        self._workers.shutdown(wait=False, cancel_futures=True)


def _status(api: GatewayApi, failure: Exception) -> int:
    """Return the status of the gateway's own response in place of the function's."""
    if isinstance(failure, TimeoutError):
        return api.timeout_status
    if isinstance(failure, Throttled):
        return api.throttled_status
    return 413 if isinstance(failure, TooLarge) else api.error_status

"""The gateway's HTTP server: limits, translation, and the live page beside the function."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Protocol

import msgspec

from lab.containers.outcomes import Outcome
from lab.containers.patience import Patience
from lab.errors import LabError, Throttled, TooLarge
from lab.http.server import Request, Response, serve
from lab.http.sockets import Listener
from lab.traits import Traits

_WORKERS: Final = 2000


class GatewayApi(Protocol):
    """One kind of API: turns requests into events, and the results of functions into responses."""

    @property
    def prefix(self) -> str: ...
    @property
    def throttled_status(self) -> int: ...
    @property
    def error_status(self) -> int: ...
    @property
    def timeout_status(self) -> int: ...
    @property
    def timeout_s(self) -> float: ...
    def matches(self, request: Request) -> bool: ...
    def event(self, request: Request) -> dict[str, Any]: ...
    def response(self, payload: bytes) -> Response: ...
    def error_response(self, status: int) -> Response: ...


class Gateway:
    """Responds to requests through ``invoke``, which runs one event, unless ``local`` has a response for them.

    A response that takes too long is a timeout, as ``invoke`` spends the patience that it gets with the event.
    """

    def __init__(
        self,
        api: GatewayApi,
        invoke: Callable[[bytes, Patience], Outcome],
        *,
        traits: Traits,
        local: Callable[[Request], Response | None] = lambda request: None,
    ) -> None:
        self.api = api
        self._invoke = invoke
        self._traits = traits
        self._local = local
        # threads of its own: the function keeps running when the gateway stops waiting for it
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="gateway")

    def respond(self, request: Request) -> Response:
        """Return the response to one request; failures of the function become the gateway's own responses."""
        local = self._local(request)
        if local:
            return local
        if not self.api.matches(request):
            return self.api.error_response(403)
        event = msgspec.json.encode(self.api.event(request))
        timeout_s = self._traits.gateway_timeout_s
        patience = Patience(self.api.timeout_s if timeout_s is None else timeout_s)
        try:
            outcome = patience.result(self._workers.submit(self._invoke, event, patience))
            if outcome.error_type:
                return self.api.error_response(self.api.error_status)
            return self.api.response(outcome.payload)
        except TimeoutError:
            return self.api.error_response(self.api.timeout_status)
        except Throttled:
            return self.api.error_response(self.api.throttled_status)
        except TooLarge:
            return self.api.error_response(413)
        except LabError:
            return self.api.error_response(self.api.error_status)

    def listen(self, port: int) -> Listener:
        """Serve on 127.0.0.1 and return the listener; raise SetupError when the port is taken."""
        return serve(
            self.respond,
            port=port,
            body_limit=self._traits.gateway_bytes,
            too_large=lambda: self.api.error_response(413),
        )

    def close(self) -> None:
        """Stop accepting work."""
        self._workers.shutdown(wait=False, cancel_futures=True)

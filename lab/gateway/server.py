"""The gateway's front door: limits, translation, and the live page beside the function."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Protocol

import msgspec

from lab.containers.outcomes import Outcome
from lab.errors import LabError, Throttled, TooLarge
from lab.http.server import Request, Response, serve
from lab.http.sockets import Listener
from lab.traits import Traits

_WORKERS: Final = 2000


class Api(Protocol):
    """One kind of API: how requests become events and answers become responses."""

    @property
    def prefix(self) -> str: ...
    @property
    def refused(self) -> int: ...
    @property
    def failed(self) -> int: ...
    @property
    def late(self) -> int: ...
    def takes(self, request: Request) -> bool: ...
    def event(self, request: Request) -> dict[str, Any]: ...
    def response(self, payload: bytes) -> Response: ...
    def problem(self, status: int) -> Response: ...


class Gateway:
    """Answers requests through ``invoke``, which runs one event; ``own`` answers what is not the function's."""

    def __init__(
        self,
        api: Api,
        invoke: Callable[[bytes], Outcome],
        *,
        traits: Traits,
        own: Callable[[Request], Response | None] = lambda request: None,
    ) -> None:
        self.api = api
        self._invoke = invoke
        self._traits = traits
        self._own = own
        # the function runs on when the gateway stops waiting for it
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="gateway")

    def answer(self, request: Request) -> Response:
        """Return the answer to one request; the function's failures become the gateway's words."""
        own = self._own(request)
        if own:
            return own
        if not self.api.takes(request):
            return self.api.problem(403)
        event = msgspec.json.encode(self.api.event(request))
        try:
            outcome = self._workers.submit(self._invoke, event).result(self._traits.gateway_timeout_s)
            return self.api.problem(self.api.failed) if outcome.error_type else self.api.response(outcome.payload)
        except TimeoutError:
            return self.api.problem(self.api.late)
        except Throttled:
            return self.api.problem(self.api.refused)
        except TooLarge:
            return self.api.problem(413)
        except LabError:
            return self.api.problem(self.api.failed)

    def listen(self, port: int) -> Listener:
        """Serve on 127.0.0.1; return the listener. Raises SetupError when the port is taken."""
        return serve(
            self.answer, port=port, body_limit=self._traits.gateway_bytes, refusal=lambda: self.api.problem(413)
        )

    def close(self) -> None:
        """Stop taking work."""
        self._workers.shutdown(wait=False, cancel_futures=True)

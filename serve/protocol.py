"""uvicorn's HTTP protocol, with an end to everything that a client may take its time for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from serve.limits import ServerLimits
from serve.request_body import ByteBudget

_TIMEOUT: Final = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
# Requests that wait for the answers to those before them; browsers send none ahead.
_MOST_WAITING: Final = 32
_TOO_LARGE: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class LimitedProtocol(HttpToolsProtocol):
    """One connection, within ``limits`` for the time and the size of headers, refused bodies and answers.

    The time for a body is the app's to limit, which answers when it is over.
    """

    def __init__(self, *args: Any, limits: ServerLimits, unsent: ByteBudget, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limits = limits
        self._unsent = unsent
        self._held = 0
        self._header_bytes = 0
        self._in_header = True
        self._stopping = False
        self._receive_timer: asyncio.TimerHandle | None = None
        self._send_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(transport)
        self._receive_within(self._limits.header_s, self._end_header)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting, and let go of what was not answered."""
        super().connection_lost(exc)
        self.pipeline.clear()
        self._give_back()
        self._receive_in_time()
        if self._send_timer:
            self._send_timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Refuse headers that are too large; httptools knows no limit."""
        if self._in_header:
            if self._receive_timer is None and self._is_idle():
                self._receive_within(self._limits.header_s, self._end_header)
            self._header_bytes += len(data)
        super().data_received(data)
        if self._in_header and self._header_bytes > self._limits.header_bytes:
            self._refuse(_TOO_LARGE)

    def on_headers_complete(self) -> None:
        """Leave the time to the app, from here until it answers; end a connection that asks for too much at once."""
        if len(self.pipeline) >= _MOST_WAITING:
            self.transport.abort()
            raise ConnectionAbortedError  # to the parser, which reads no further
        self._in_header, self._header_bytes = False, 0
        self._receive_in_time()
        super().on_headers_complete()
        if self._stopping:
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        """Expect the next request; what has ended may also be a message that was refused."""
        super().on_message_complete()
        self._in_header = True
        self._receive_in_time()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Answer what a client has asked whole, though it sends no more: it may close its side first (TCP, RFC 9293).

        Returns whether the connection stays open for that.
        """
        answers = not self._is_idle() and self._in_header and not self._header_bytes
        if answers:
            self.cycle.keep_alive = False
        return answers

    def on_response_complete(self) -> None:
        """Wait for the client to take the answer, and for the rest of its request or of the next."""
        super().on_response_complete()
        if self.pipeline:
            self.flow.pause_reading()  # uvicorn goes on reading after each answer, faster than it gives them
        if self._send_timer:
            self._send_timer.cancel()
        self._send_timer = self.loop.call_later(self._limits.answer_s, self._abort_unless_sent)
        self._hold(self.transport.get_write_buffer_size())
        if not self._in_header:
            self._receive_within(self._limits.linger_s, self.transport.abort)
        elif self._header_bytes:
            self._receive_within(self._limits.header_s, self._end_header)

    def resume_writing(self) -> None:
        """Count no longer what the client has taken by now, but for the last few kilobytes."""
        super().resume_writing()
        self._give_back()

    def _hold(self, size: int) -> None:
        """Count an answer that is not sent yet; end the connection where clients have left too much to take.

        Below the mark at which writing pauses nothing says when it was taken, and the number of connections bounds it.
        """
        self._give_back()
        _, mark = self.transport.get_write_buffer_limits()
        if size <= mark:
            return
        if self._unsent.take(size):
            self._held = size
        else:
            self.transport.abort()

    def _give_back(self) -> None:
        self._unsent.held -= self._held
        self._held = 0

    def shutdown(self) -> None:
        """Let a request that is on its way arrive, and close the connection after it."""
        self._stopping = True
        if self._is_idle():
            self.loop.call_later(self._limits.stop_s, self._close_if_unused)
        else:
            self.cycle.keep_alive = False

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _receive_within(self, seconds: float, otherwise: Callable[[], None]) -> None:
        self._receive_in_time()
        self._receive_timer = self.loop.call_later(seconds, otherwise)

    def _receive_in_time(self) -> None:
        if self._receive_timer:
            self._receive_timer.cancel()
        self._receive_timer = None

    def _end_header(self) -> None:
        # nothing is said to a connection on which nothing was asked, as browsers open them ahead of need
        self._refuse(_TIMEOUT if self._header_bytes else b"")

    def _refuse(self, answer: bytes) -> None:
        if not self._is_idle():
            self.transport.abort()  # the answer would be taken for that to the request before it
        elif not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()

    def _abort_unless_sent(self) -> None:
        if self.transport.get_write_buffer_size():
            self.transport.abort()

    def _close_if_unused(self) -> None:
        if self._is_idle() and not self._header_bytes:
            self.transport.close()

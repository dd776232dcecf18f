"""The process behind ``lab.experiments.support.origin``: an HTTP origin that counts connections and accepts only so many.

Standard library only, and nothing of this project: it starts at once. Each line on standard input is an
order, each gets a line of JSON. An answer has as many bytes as its query says, or is the file named at the start.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import sys


class Origin:
    """Counters, and the connections that are open; those in ``dropped`` end without a word when used again."""

    def __init__(self, *, limit: int, connect_s: float, file: bytes) -> None:
        self._limit = limit
        self._connect_s = connect_s
        self._file = file
        self._open: set[asyncio.StreamWriter] = set()
        self._dropped: set[asyncio.StreamWriter] = set()
        self._may_answer = asyncio.Event()
        self._may_answer.set()
        self.counts = {"opened": 0, "refused": 0, "requests": 0, "most": 0}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection until it ends."""
        if len(self._open) >= self._limit:
            self.counts["refused"] += 1
            writer.transport.abort()
            return
        self._open.add(writer)
        self.counts["opened"] += 1
        self.counts["most"] = max(self.counts["most"], len(self._open))
        try:
            # what a handshake over a distance takes; on loopback it takes nothing
            await asyncio.sleep(self._connect_s)
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while await self._answer(reader, writer):
                    pass
        finally:
            self._open.discard(writer)
            self._dropped.discard(writer)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        if writer in self._dropped:
            writer.transport.abort()
            return False
        await self._may_answer.wait()
        self.counts["requests"] += 1
        _, _, size = head.split(" ")[1].partition("?bytes=")
        body = bytes(int(size)) if size else self._file
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        return "connection: close" not in head

    def obey(self, order: str) -> dict[str, int]:
        """Return the counters.

        ``close`` ends every connection, ``drop`` lets the next request on it find it dead; answers wait
        from ``hold`` to ``release``.
        """
        if order == "close":
            for writer in self._open:
                # at once: whoever gave the order may use the connection next, and has to see it
                writer.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        if order == "drop":
            self._dropped |= self._open
        if order == "hold":
            self._may_answer.clear()
        if order == "release":
            self._may_answer.set()
        return {**self.counts, "open": len(self._open)}


async def main(limit: str, connect_s: str, path: str) -> None:
    """Listen, say on which port, and obey until the orders end."""
    file = b""
    if path:
        with open(path, "rb") as opened:
            file = opened.read()
    origin = Origin(limit=int(limit), connect_s=float(connect_s), file=file)
    server = await asyncio.start_server(origin.serve, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
    while order := await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(origin.obey(order.strip())), flush=True)
    # who is connected has nothing to wait for, and the event loop would tell of each
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

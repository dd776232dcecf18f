"""The server of ``lab.experiments.support.origin``: an HTTP origin that counts connections and limits them.

It uses the standard library only, and nothing of this project, so it starts at once. Each line on standard input is
a command and gets one line of JSON. A response has as many bytes as its query says, or is the file of the command line.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import sys


class OriginServer:
    """Counters and open connections; those in ``_dropped`` end silently when they are used again."""

    def __init__(self, *, limit: int, connect_s: float, file: bytes) -> None:
        self._limit = limit
        self._connect_s = connect_s
        self._file = file
        self._open: set[asyncio.StreamWriter] = set()
        self._dropped: set[asyncio.StreamWriter] = set()
        self._may_respond = asyncio.Event()
        self._may_respond.set()
        self._counts = {"opened": 0, "refused": 0, "requests": 0}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until it ends."""
        if len(self._open) >= self._limit:
            self._counts["refused"] += 1
            writer.transport.abort()
            return
        self._open.add(writer)
        self._counts["opened"] += 1
        try:
            # stands for handshakes over a distance; on loopback they take no time
            await asyncio.sleep(self._connect_s)
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while await self._respond(reader, writer):
                    pass
        finally:
            self._open.discard(writer)
            self._dropped.discard(writer)
            writer.close()

    async def _respond(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        if writer in self._dropped:
            writer.transport.abort()
            return False
        await self._may_respond.wait()
        self._counts["requests"] += 1
        _, _, size = head.split(" ")[1].partition("?bytes=")
        body = bytes(int(size)) if size else self._file
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        return "connection: close" not in head

    def run(self, command: str) -> dict[str, int]:
        """Run a command and return the counters.

        ``close`` ends every connection, ``drop`` lets the next request on one find it dead; responses wait
        from ``hold`` to ``release``.
        """
        if command == "close":
            for writer in self._open:
                # at once: the client may use the connection next, and has to see that it is closed
                writer.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        if command == "drop":
            self._dropped |= self._open
        if command == "hold":
            self._may_respond.clear()
        if command == "release":
            self._may_respond.set()
        return {**self._counts, "open": len(self._open)}


async def main(limit: str, connect_s: str, path: str) -> None:
    """Listen, print the port, and run commands until standard input ends."""
    file = b""
    if path:
        with open(path, "rb") as opened:
            file = opened.read()
    origin = OriginServer(limit=int(limit), connect_s=float(connect_s), file=file)
    server = await asyncio.start_server(origin.serve, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
    while command := await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(origin.run(command.strip())), flush=True)
    # open connections have nothing to wait for, and the event loop would log each of them
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

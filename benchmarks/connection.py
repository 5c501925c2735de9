"""A small HTTP/1.1 client on asyncio: the driver must cost little beside what it measures."""

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """One request to the target's own address; ``headers`` are complete but for Host and length."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of that (lower-case) name."""
        return next((value for key, value in self.headers if key == name), None)


class Connection:
    """One keep-alive connection, opened on first use and again after it was closed."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, request: Request) -> Response:
        """The answer; a kept-alive connection that turns out to be closed is opened again, once.

        :raises OSError, asyncio.IncompleteReadError: the server cannot be reached or breaks off
        """
        is_reused = self._streams is not None
        try:
            return await self._send(request)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.close()
            if not is_reused:
                raise
            return await self._send(request)

    async def _send(self, request: Request) -> Response:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self.host, self.port)
        reader, writer = self._streams
        lines = [f"{request.method} {request.target} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        lines += [f"{name}: {value}" for name, value in request.headers]
        if request.body or request.method == "POST":
            lines.append(f"Content-Length: {len(request.body)}")
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + request.body)
        return await self._read(reader)

    async def _read(self, reader: asyncio.StreamReader) -> Response:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(head[0].split(" ", 2)[1])
        pairs = [line.partition(":") for line in head[1:] if line]
        headers = tuple((name.lower(), value.strip()) for name, _, value in pairs)
        known = dict(headers)
        is_last = known.get("connection", "").lower() == "close" or head[0].startswith("HTTP/1.0")
        if "chunked" in known.get("transfer-encoding", ""):
            body = await _read_chunks(reader)
        elif "content-length" in known:
            body = await reader.readexactly(int(known["content-length"]))
        elif status in {204, 304}:
            body = b""
        else:
            body, is_last = await reader.read(), True
        if is_last:
            self.close()
        return Response(status, headers, body)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    chunks = []
    while size := int((await reader.readline()).split(b";")[0], 16):
        chunks.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readline()
    return b"".join(chunks)

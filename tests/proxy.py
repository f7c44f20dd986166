"""A proxy that serves a dashboard below a prefix and takes the prefix away, as notebook servers and nginx do.

``python -m tests.proxy /user/lab 8501`` writes the port at which it serves.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

END = b"\r\n\r\n"


@contextmanager
def stripping(prefix: str, port: int) -> Iterator[int]:
    """Serve on a port of its own, which is given, what the loopback server at ``port`` answers without the prefix.

    Args:
        prefix: as "/user/lab".
        port: of the server behind.
    """
    command = [sys.executable, "-m", "tests.proxy", prefix, str(port)]
    with subprocess.Popen(command, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, text=True) as proxy:
        assert proxy.stdout
        try:
            yield int(proxy.stdout.readline())
        finally:
            proxy.kill()


async def _serve(prefix: str, port: int) -> None:
    server = await asyncio.start_server(_Handler(prefix.encode(), port), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


class _Handler:
    def __init__(self, prefix: bytes, port: int) -> None:
        self.prefix = prefix
        self.port = port

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection: one request, or a web socket for as long as it lasts."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            first, _, rest = (await reader.readuntil(END)).partition(b"\r\n")
            method, target, version = first.split()
            if not target.startswith(self.prefix + b"/"):
                writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close" + END)
                await writer.drain()
            else:
                behind, ahead = await asyncio.open_connection("127.0.0.1", self.port)
                ahead.write(b" ".join([method, target.removeprefix(self.prefix), version]) + b"\r\n" + _once(rest))
                await asyncio.gather(_pass_on(reader, ahead), _pass_on(behind, writer))
        writer.close()


def _once(headers: bytes) -> bytes:
    """The headers of a request; but for a web socket, its connection is closed with the answer."""
    kept = [line for line in headers.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    upgrade = any(line.lower().startswith(b"upgrade:") for line in kept)
    return b"\r\n".join([b"Connection: Upgrade" if upgrade else b"Connection: close", *kept])


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], int(sys.argv[2])))

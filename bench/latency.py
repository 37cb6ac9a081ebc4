"""A TCP proxy that adds a fixed round-trip time: half of it in each direction.

Throughput is not limited. Setting up a connection costs one round trip more, as it does on a real network: the first
bytes of a client wait for it. Runs as a process of its own (`python -m bench.latency`), so that its work is not
counted to the program under measurement.
"""

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Coroutine
from typing import Any

PIECE_BYTES = 256 * 1024
# Large enough that a proxy in Python is not the bottleneck of a benchmark that measures round trips.

PIECES_IN_FLIGHT = 256
# Bounds memory; 64 MiB a direction is more than bandwidth times delay of any setting used here.


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, delay: float, first_delay: float
) -> None:
    """Passes bytes on, each piece `delay` seconds after it came; the first one `first_delay` later still."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(PIECES_IN_FLIGHT)

    async def send() -> None:
        while True:
            due, piece = await queue.get()
            wait = due - loop.time()
            if wait > 0:
                await asyncio.sleep(wait)
            if not piece:
                with contextlib.suppress(OSError, RuntimeError):
                    writer.write_eof()
                return
            writer.write(piece)
            await writer.drain()

    sender = asyncio.create_task(send())
    start = loop.time() + first_delay
    try:
        while True:
            piece = await reader.read(PIECE_BYTES)
            await queue.put((max(loop.time(), start) + delay, piece))
            if not piece:
                break
        await sender
    finally:
        sender.cancel()


async def _quietly(work: Coroutine[Any, Any, None]) -> None:
    """A connection that one side broke ends; the proxy goes on."""
    with contextlib.suppress(ConnectionError):
        await work


async def serve(target_port: int, round_trip: float) -> asyncio.Server:
    """A proxy on an ephemeral loopback port in front of `target_port`; `round_trip` in seconds."""

    async def handle(client_reader: asyncio.StreamReader, client_writer: asyncio.StreamWriter) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", target_port)
        try:
            await asyncio.gather(
                _quietly(_pump(client_reader, writer, delay=round_trip / 2, first_delay=round_trip)),
                _quietly(_pump(reader, client_writer, delay=round_trip / 2, first_delay=0.0)),
            )
        finally:
            for each in (writer, client_writer):
                each.close()

    return await asyncio.start_server(handle, "127.0.0.1", 0, limit=PIECE_BYTES)


async def _run(target_port: int, milliseconds: float) -> None:
    server = await serve(target_port, milliseconds / 1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


def main() -> int:
    """Prints the port it listens on, then serves until it is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target_port", type=int)
    parser.add_argument("milliseconds", type=float, help="round-trip time to add")
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(arguments.target_port, arguments.milliseconds))
    return 0


if __name__ == "__main__":
    sys.exit(main())

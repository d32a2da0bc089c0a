"""Lets a client that knows no TLS talk to a server that knows nothing else. Run by `Scripts/conformance --tls`.

Usage: tls_forward.py SERVER-PORT CERTIFICATE

Listens on a free port of this machine, prints it, and carries the bytes of each connection to the server and back.
"""

import asyncio
import contextlib
import ssl
import sys


async def copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while piece := await source.read(1 << 18):
        sink.write(piece)
        await sink.drain()
    # TLS has no half-closed streams: asyncio can end only the plain side alone.
    if sink.can_write_eof():
        sink.write_eof()


async def carry(server_port: int, context: ssl.SSLContext, reader, writer) -> None:
    server_writer = None
    # A peer that breaks off ends both sides; nobody waits for the rest.
    with contextlib.suppress(OSError):
        server_reader, server_writer = await asyncio.open_connection(
            "127.0.0.1", server_port, ssl=context, limit=1 << 18)
        outward = asyncio.create_task(copy(reader, server_writer))
        try:
            await copy(server_reader, writer)
        finally:
            outward.cancel()
            await asyncio.gather(outward, return_exceptions=True)
    for side in filter(None, [server_writer, writer]):
        side.close()
        with contextlib.suppress(OSError, ssl.SSLError):
            await side.wait_closed()


async def main() -> None:
    server_port, certificate = int(sys.argv[1]), sys.argv[2]
    context = ssl.create_default_context(cafile=certificate)
    listener = await asyncio.start_server(
        lambda reader, writer: carry(server_port, context, reader, writer), "127.0.0.1", 0, limit=1 << 18)
    print(listener.sockets[0].getsockname()[1], flush=True)
    await listener.serve_forever()


asyncio.run(main())

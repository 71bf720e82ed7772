#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An echo server of asyncio whose event loop stands on Pollux.

    python3 echo_asyncio.py [--backend epoll|kqueue|poll] [--host HOST] [--port PORT]

It prints where it listens, and ends on an interrupt.
"""

import argparse
import asyncio
import signal

import pollux


async def echo(reader, writer):
    try:
        while True:
            data = await reader.read(65536)
            if not data:
                break
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def serve(host, port):
    interrupted = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupted.set)
    server = await asyncio.start_server(echo, host, port)
    address = server.sockets[0].getsockname()
    print(f"listening on {address[0]} port {address[1]}", flush=True)
    await interrupted.wait()
    server.close()


def main():
    parser = argparse.ArgumentParser(description="An echo server of asyncio over Pollux.")
    parser.add_argument("--backend", choices=pollux.backends())
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 for any that is free")
    options = parser.parse_args()
    pollux.run(serve(options.host, options.port), backend=options.backend)


if __name__ == "__main__":
    main()

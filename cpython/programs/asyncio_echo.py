"""An echo server and its clients in one event loop, over loopback.

    asyncio_echo.py [CLIENTS] [MESSAGES]
"""
import asyncio
import gc
import sys


async def serve(reader, writer):
    while True:
        line = await reader.readline()
        if not line:
            break
        writer.write(line.upper())
        await writer.drain()
    writer.close()


async def client(port, number, messages):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    length = 0
    for i in range(messages):
        writer.write(b"client %d message %d\n" % (number, i))
        await writer.drain()
        length += len(await reader.readline())
    writer.close()
    await writer.wait_closed()
    return length


async def run(clients, messages):
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    lengths = await asyncio.gather(*(client(port, i, messages) for i in range(clients)))
    server.close()
    await server.wait_closed()
    return sum(lengths)


def main():
    clients = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    messages = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    print("echoed", asyncio.run(run(clients, messages)))
    print("collections", *(row["collections"] for row in gc.get_stats()))


main()

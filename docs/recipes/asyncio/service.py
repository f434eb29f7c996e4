"""An asyncio service: one process, thousands of short tasks, exceptions and futures that refer to
each other. Its pauses are everybody's latency. Answers lines; `--port N --for SECONDS`."""
import argparse
import asyncio


class Session:
    def __init__(self, writer):
        self.writer = writer
        self.history = []
        self.on_close = lambda: self.history.clear()  # a cycle through the closure


async def look_up(key):
    await asyncio.sleep(0)
    if key % 7 == 0:
        raise KeyError(key)
    return {"key": key, "value": [key] * 10}


async def serve(reader, writer):
    session = Session(writer)
    while line := await reader.readline():
        results = await asyncio.gather(
            *(look_up(int(line) + i) for i in range(20)), return_exceptions=True)
        session.history.append(results)
        writer.write(b"%d\n" % sum(not isinstance(r, Exception) for r in results))
        await writer.drain()
    writer.close()


async def client(port, requests):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for i in range(requests):
        writer.write(b"%d\n" % i)
        assert int(await reader.readline()) in (17, 18)
    writer.close()


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--for", type=float, default=0, dest="seconds")
    parser.add_argument("--requests", type=int, default=0, help="be one's own client and end")
    options = parser.parse_args()
    server = await asyncio.start_server(serve, "127.0.0.1", options.port)
    port = server.sockets[0].getsockname()[1]
    if options.requests:
        await asyncio.gather(*(client(port, options.requests) for _ in range(4)))
    elif options.seconds:
        await asyncio.sleep(options.seconds)
    else:
        await server.serve_forever()


asyncio.run(main())

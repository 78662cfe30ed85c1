"""A WebSocket server for tests, on loopback and the port that is its argument."""
import asyncio
import sys

import websockets


async def serve(socket, path=None):
    await socket.send("welcome")
    async for message in socket:
        if message == "bye":
            await socket.close(1000, "goodbye")
        elif message != "hush":
            await socket.send(message)


async def main():
    async with websockets.serve(serve, "127.0.0.1", int(sys.argv[1])):
        print("listening")
        await asyncio.Future()


asyncio.run(main())

"""J5 by httpx. Arguments: the server's address, and how many runs at a time. Reads lines that say how many runs to make, and
answers each with the microseconds of processor time that they took."""

import asyncio
import sys
import time

import httpx

base, at_a_time = sys.argv[1], int(sys.argv[2])


async def ask(client, method, path, value, status, key, headers=None):
    response = await client.request(method, base + path, json=value, headers=headers)
    if response.status_code != status:
        raise RuntimeError(f"{path} answered {response.status_code}")
    response.json()[key]


async def walk(client):
    await ask(client, "GET", "/page", None, 200, "ok")
    await ask(client, "POST", "/session", {"user": "ana"}, 200, "token")
    await ask(client, "POST", "/items", {"sku": "A1"}, 201, "id")
    await ask(client, "GET", "/items/7", None, 200, "id")
    await ask(client, "DELETE", "/items/7", None, 200, "deleted", {"connection": "close"})


async def main():
    async with httpx.AsyncClient() as client:

        async def worker(numbers):
            for _ in numbers:
                await walk(client)

        # The rounds read with nothing else under way, so a blocking read holds nobody up.
        for line in sys.stdin:
            before, numbers = time.process_time(), iter(range(int(line)))
            await asyncio.gather(*(worker(numbers) for _ in range(at_a_time)))
            print((time.process_time() - before) * 1e6, flush=True)


asyncio.run(main())

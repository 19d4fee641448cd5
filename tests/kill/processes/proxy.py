"""A proxy between a client of AWS and AWS that loses answers: whatever it does to one, the request
was carried out before."""

import asyncio
import dataclasses
import random
import threading

READ_LIMIT = 16 << 20  # of headers and of a body
WHOLE_CALL = 20.0  # seconds after which certloop gives up waiting


@dataclasses.dataclass
class Figures:
    forwarded: int = 0
    changing: int = 0  # of them, calls that may change something
    cut: int = 0  # closed without a byte
    truncated: int = 0  # closed in the middle of the body
    delayed: int = 0
    lost_changes: int = 0  # cut or truncated answers to calls that may change something
    refused: int = 0  # AWS was not there

    def lost(self):
        return self.cut + self.truncated


# What certloop only asks. Everything else may change something.
READS = ("Describe", "Get", "List", "Search", "Simulate", "Assume")


def may_change(method, headers, body):
    target = headers.get("x-amz-target", "")
    if target:
        return not target.rsplit(".", 1)[-1].startswith(READS)
    if b"Action=" in body:
        return not body.split(b"Action=", 1)[1].decode("latin-1").startswith(READS)
    return method != "GET"


class Message:
    """One HTTP/1.1 message as it came, and what it says."""

    def __init__(self, head, body):
        self.head = head
        self.body = body
        lines = head.decode("latin-1").split("\r\n")
        self.first = lines[0]
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers[name.strip().lower()] = value.strip()

    @staticmethod
    async def read(reader):
        """None where the peer has closed before a message began."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            if error.partial:
                raise
            return None
        message = Message(head, b"")
        size = int(message.headers.get("content-length", "0"))
        if size > READ_LIMIT:
            raise ValueError("a body of %d bytes" % size)
        message.body = await reader.readexactly(size)
        return message

    def bytes(self):
        return self.head + self.body


class Proxy:
    """Listens on a free port of the loopback until closed, in a thread of its own. `loss` and
    `delay` are the probabilities of an answer to a call that may change something; reads lose a
    fifth as many. Both may be set at any time."""

    def __init__(self, target_port, seed):
        self.target_port = target_port
        self.loss = 0.0
        self.delay = 0.0
        self.figures = Figures()
        self._random = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        self._ready.wait(10)

    def close(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _serve(self):
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._connection, "127.0.0.1", 0, limit=READ_LIMIT)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _connection(self, reader, writer):
        there = None
        try:
            while (request := await Message.read(reader)) is not None:
                if there is None:
                    there = await asyncio.open_connection(
                        "127.0.0.1", self.target_port, limit=READ_LIMIT
                    )
                there[1].write(request.bytes())
                answer = await Message.read(there[0])
                if answer is None or not await self._answer(request, answer, writer):
                    break
        except ConnectionRefusedError:
            self.figures.refused += 1
        except (ConnectionError, asyncio.IncompleteReadError, ValueError):
            pass  # either side went away: the connection ends with it
        finally:
            for end in (writer, there[1] if there else None):
                if end is not None:
                    end.close()

    async def _answer(self, request, answer, writer):
        """Passes the answer on, or what the dice leave of it. False: the connection is to end."""
        figures = self.figures
        figures.forwarded += 1
        changing = may_change(request.first.split(" ", 1)[0], request.headers, request.body)
        figures.changing += changing
        weight = 1.0 if changing else 0.2
        dice = self._random.random()
        if dice < self.delay * weight:
            figures.delayed += 1
            await asyncio.sleep(self._random.choice([0.3, 1.0, 3.0, WHOLE_CALL + 2.0]))
        elif dice < (self.delay + self.loss) * weight:
            figures.lost_changes += changing
            if self._random.random() < 0.5 or len(answer.body) < 2:
                figures.cut += 1
            else:
                figures.truncated += 1
                writer.write(answer.head + answer.body[: len(answer.body) // 2])
                await writer.drain()
            return False
        writer.write(answer.bytes())
        await writer.drain()
        return True

"""A proxy between a client of AWS and AWS that loses answers: whatever it does to one, the request
was carried out before. It also keeps the books of what the client has had made and deleted, which
no lost answer and no restart can falsify."""

import asyncio
import dataclasses
import json
import random
import threading
import time

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


@dataclasses.dataclass
class Made:
    """Something that AWS has made on the client's order. `wish` says what was ordered: two things
    made for one wish are one too many."""

    operation: str
    wish: tuple
    arn: str
    at: float  # monotonic seconds


# What certloop only asks. Everything else may change something.
READS = ("Describe", "Get", "List", "Search", "Simulate", "Assume")


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

    def json(self):
        try:
            return json.loads(self.body or b"{}")
        except ValueError:
            return {}

    def operation(self):
        """RequestCertificate, GetCallerIdentity, "POST /2013-04-01/hostedzone/Z/rrset"."""
        target = self.headers.get("x-amz-target", "")
        if target:
            return target.rsplit(".", 1)[-1]
        if b"Action=" in self.body:
            return self.body.split(b"Action=", 1)[1].split(b"&", 1)[0].decode("latin-1")
        return " ".join(self.first.split(" ")[:2]).split("?")[0]

    def may_change(self):
        operation = self.operation()
        return not operation.startswith(READS) and not operation.startswith("GET ")

    def status(self):
        return self.first.split(" ")[1]


class Proxy:
    """Listens on a free port of the loopback until closed, in a thread of its own. `loss` and
    `delay` are the probabilities of an answer to a call that may change something; reads lose a
    fifth as many. What happens to the n-th call of an operation depends on the seed alone, not on
    what other calls come between. Every call is one line of JSON in `log`."""

    def __init__(self, target_port, seed, log):
        self.target_port = target_port
        self.loss = 0.0
        self.delay = 0.0
        self.figures = Figures()
        self.made = []  # Made
        self.calls = []  # (monotonic seconds, operation and ARN if it has one)
        self.deletions = []  # (monotonic seconds, ARN) of each DeleteCertificate, refused or not
        self._seed = seed
        self._log = open(log, "a", encoding="utf-8")
        self._counts = {}
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the proxy does not start")

    def close(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._log.close()

    def wait_for_changes(self, count, timeout):
        """Until AWS has carried out so many more calls that may change something, or the seconds
        are over. The last of these calls is not answered yet."""
        with self._changed:
            wanted = self.figures.changing + count
            return self._changed.wait_for(lambda: self.figures.changing >= wanted, timeout)

    def _serve(self):
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._connection, "127.0.0.1", 0, limit=READ_LIMIT)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
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
        except asyncio.CancelledError:
            pass  # close()
        finally:
            for end in (writer, there[1] if there else None):
                if end is not None:
                    end.close()

    async def _answer(self, request, answer, writer):
        """Passes the answer on, or what the dice leave of it. False: the connection is to end."""
        figures = self.figures
        changing = request.may_change()
        fate, pause = self._fate(request.operation(), changing, len(answer.body))
        self._keep_books(request, answer, fate)
        with self._changed:
            figures.forwarded += 1
            figures.changing += changing
            figures.delayed += fate == "delayed"
            figures.cut += fate == "cut"
            figures.truncated += fate == "truncated"
            figures.lost_changes += changing and fate in ("cut", "truncated")
            self._changed.notify_all()
        await asyncio.sleep(pause)
        if fate == "truncated":
            writer.write(answer.head + answer.body[: len(answer.body) // 2])
        elif fate != "cut":
            writer.write(answer.bytes())
        await writer.drain()
        return fate not in ("cut", "truncated")

    def _fate(self, operation, changing, size):
        """What becomes of the answer, and after how many seconds."""
        count = self._counts[operation] = self._counts.get(operation, 0) + 1
        chance = random.Random(f"{self._seed} {operation} {count}")
        weight = 1.0 if changing else 0.2
        dice = chance.random()
        if dice < self.delay * weight:
            return "delayed", chance.choice([0.3, 1.0, 3.0, WHOLE_CALL + 2.0])
        if dice >= (self.delay + self.loss) * weight:
            return "passed", 0.0
        return ("cut" if chance.random() < 0.5 or size < 2 else "truncated"), 0.0

    def _keep_books(self, request, answer, fate):
        operation, status = request.operation(), answer.status()
        asked, answered = request.json(), answer.json()
        arn = next((answered[key] for key in answered if key.endswith("Arn")), None)
        made = made_by(operation, asked, arn) if status == "200" else None
        if made is not None:
            self.made.append(made)
        if operation == "DeleteCertificate":
            self.deletions.append((time.monotonic(), asked.get("CertificateArn")))
        what = arn or asked.get("CertificateArn") or asked.get("CertificateAuthorityArn")
        self.calls.append((time.monotonic(), f"{operation} {what or ''}".strip()))
        line = {
            "time": round(time.time(), 3),
            "operation": operation,
            "what": what,
            "status": status,
            "fate": fate,
        }
        if made is not None:
            line["wish"] = made.wish
        print(json.dumps(line), file=self._log, flush=True)


def made_by(operation, asked, arn):
    """What a call that AWS has answered with `arn` has made; None: nothing new."""
    tags = {each["Key"]: each["Value"] for each in asked.get("Tags") or []}
    owner = (tags.get("certloop.dev/owner", "nobody"), tags.get("certloop.dev/uid", ""))
    if operation == "RequestCertificate":
        names = sorted({asked["DomainName"], *(asked.get("SubjectAlternativeNames") or [])})
        wish = (*owner, *names, asked.get("KeyAlgorithm", ""))
    elif operation == "ImportCertificate" and "CertificateArn" not in asked:
        wish = owner
    elif operation == "CreateCertificateAuthority":
        wish = owner
    elif operation == "IssueCertificate":
        wish = (asked["CertificateAuthorityArn"],)
    else:
        return None
    return Made(operation, wish, arn, time.monotonic())

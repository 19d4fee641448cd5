"""certloop's own processes: the emulated AWS, which can be restarted, and the controller, which is
killed."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request

START_LIMIT = 30  # seconds
STOP_LIMIT = 30  # a controller needs at most 25 after SIGTERM
COMMAND_LIMIT = 120

# The kernel kills what still runs when this process has ended, however it did.
BOUND = ["setpriv", "--pdeathsig", "KILL", "--"]


class Broken(Exception):
    """The run cannot go on; the text says why."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Emulator:
    """AWS. What it holds is in a file while it is down, as AWS's own disks keep it."""

    def __init__(self, certloop, directory):
        self.command = [*BOUND, certloop, "emulator", "--zone", "example.com"]
        self.data = directory / "aws.json"
        self.log = open(directory / "emulator.log", "ab")
        self.port = free_port()
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [*self.command, "--listen", f"127.0.0.1:{self.port}", "--data", str(self.data)],
            stdout=subprocess.DEVNULL,
            stderr=self.log,
        )
        end = time.monotonic() + START_LIMIT
        while True:
            try:
                return self.control("/clock")
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise Broken("the emulator does not start: see emulator.log") from None
                time.sleep(0.05)

    def stop(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise Broken(f"the emulator still runs {STOP_LIMIT} s after SIGTERM") from None
        finally:
            self.process = None
        if status != 0:
            raise Broken(f"the emulator ended with status {status}: see emulator.log")

    def control(self, path, body=None):
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/_certloop{path}",
            data=None if body is None else json.dumps(body).encode(),
        )
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.load(answer)

    def certificates(self):
        """All that ACM holds, as DescribeCertificate shows it, with Tags."""
        return self.control("/certificates")["certificates"]

    def set_in_use(self, arn, resources):
        self.control("/in-use", {"arn": arn, "resources": resources})

    def disk(self):
        """Everything that AWS keeps: only while it is stopped."""
        return json.loads(self.data.read_text())["services"]


class Controller:
    """`certloop run` on one state directory, and the commands that look at it."""

    def __init__(self, certloop, directory):
        self.certloop = certloop
        self.state = directory / "state"
        self.specs = directory / "specs"
        self.specs.mkdir()
        self.log_path = directory / "controller.log"
        self.log = open(self.log_path, "ab")
        self.environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(directory),
            "XDG_CONFIG_HOME": str(directory / "config"),
        }
        self.process = None

    def start(self):
        # The workload takes away more files at a time than a person would.
        self.process = subprocess.Popen(
            [*BOUND, self.certloop, "run", "--state", str(self.state), "-f", str(self.specs)]
            + ["--prune", "--max-deletions", "1000"],
            stdout=self.log,
            stderr=self.log,
            env=self.environment,
        )

    def check_alive(self):
        if self.process.poll() is not None:
            raise Broken(
                f"the controller ended by itself, with status {self.process.returncode}:\n"
                + self.last_words()
            )

    def kill(self):
        """SIGKILL to one that is alive."""
        self.check_alive()
        self.process.kill()
        self.process.wait(STOP_LIMIT)

    def stop(self):
        """SIGTERM, and waits. What was wrong with its end; empty: nothing."""
        self.check_alive()
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.kill()
            return [f"the controller still runs {STOP_LIMIT} s after SIGTERM"]
        return [f"the controller ended with status {status} on SIGTERM"] if status != 0 else []

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(STOP_LIMIT)

    def last_words(self, lines=8):
        return "".join(self.log_path.read_text(errors="replace").splitlines(True)[-lines:])

    def command(self, *arguments):
        try:
            return subprocess.run(
                [*BOUND, self.certloop, *arguments, "--state", str(self.state)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                timeout=COMMAND_LIMIT,
                env=self.environment,
            )
        except subprocess.TimeoutExpired:
            words = " ".join(arguments)
            raise Broken(f"certloop {words}: no end within {COMMAND_LIMIT} s") from None

    def objects(self):
        """All of certloop's objects, as {kind: {name: object}}."""
        done = self.command("get", "all", "-A", "-o", "json")
        if done.returncode != 0:
            raise Broken(f"certloop get all exits with {done.returncode}: {done.stderr}")
        found = {}
        for each in json.loads(done.stdout)["items"]:
            found.setdefault(each["kind"], {})[each["metadata"]["name"]] = each
        return found

    def write(self, name, text):
        """A spec file, all at once."""
        path = self.specs / name
        made = path.with_name("." + name)
        made.write_text(text)
        made.rename(path)
        return path

    def remove(self, name):
        (self.specs / name).unlink(missing_ok=True)

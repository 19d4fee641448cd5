"""certloop's own processes: the emulated AWS, which can be restarted, and the controller, which is
killed."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

START_LIMIT = 30  # seconds
STOP_LIMIT = 30


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Emulator:
    """AWS. What it holds is in a file while it is down, as AWS's own disks keep it."""

    def __init__(self, certloop, directory):
        self.command = [certloop, "emulator", "--zone", "example.com"]
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
                    raise RuntimeError("the emulator did not start: see emulator.log") from None
                time.sleep(0.05)

    def stop(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(STOP_LIMIT)
        self.process = None
        if status != 0:
            raise RuntimeError(f"the emulator ended with status {status}")

    def restart(self):
        self.stop()
        self.start()

    def control(self, path):
        with urllib.request.urlopen(
            f"http://127.0.0.1:{self.port}/_certloop{path}", timeout=30
        ) as answer:
            return json.load(answer)

    def held(self):
        """What Private CA holds, from the file: only while it is stopped."""
        return json.loads(self.data.read_text())["services"]["acm-pca"]["authorities"]


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
        self.process = subprocess.Popen(
            [self.certloop, "run", "--state", str(self.state), "-f", str(self.specs), "--prune"],
            stdout=self.log,
            stderr=self.log,
            env=self.environment,
        )

    def kill(self):
        """SIGKILL. True if it was alive until then."""
        alive = self.process.poll() is None
        self.process.kill()
        self.process.wait(STOP_LIMIT)
        return alive

    def stop(self):
        """SIGTERM, and waits. What was wrong with its end; empty: nothing."""
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.kill()
            return [f"the controller still runs {STOP_LIMIT} s after SIGTERM"]
        return [f"the controller ended with status {status} on SIGTERM"] if status != 0 else []

    def command(self, *arguments, timeout=120):
        return subprocess.run(
            [self.certloop, *arguments, "--state", str(self.state)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            timeout=timeout,
            env=self.environment,
        )

    def objects(self, kind):
        done = self.command("get", kind, "-A", "-o", "json")
        if done.returncode != 0:
            raise RuntimeError(f"certloop get {kind}: {done.stderr}")
        return json.loads(done.stdout)["items"]

    def write(self, name, text):
        """A spec file, all at once."""
        path = self.specs / name
        made = path.with_name("." + name)
        made.write_text(text)
        made.rename(path)

    def remove(self, name):
        Path(self.specs / name).unlink(missing_ok=True)

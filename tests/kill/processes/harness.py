#!/usr/bin/env python3
"""Promise 2 with real processes: nothing is issued twice, bought twice or lost, whoever dies.

usage: harness.py --certloop FILE [--kills N] [--restarts N] [--losses N] [--seed N] [--size N]

A controller works on specs that are edited all the time, against an emulated AWS, through a proxy
that carries every request out and then loses, truncates or delays its answer. The controller is
killed (SIGKILL) and AWS restarted at instants that the seed chooses, until each has happened as
often as was asked for. Then all is left alone; and when everything is ready there must be one
certificate and one CA for each spec and nothing else, no call left open, a sound database, and no
drift. Prints its figures; exits with 1 if anything was found.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from programs import Controller, Emulator
from proxy import Proxy
from workload import Workload, store_faults

CALM_LIMIT = 900  # seconds until everything must be ready once nothing goes wrong any more
LOSS, DELAY = 0.3, 0.15


class Harness:
    def __init__(self, options, directory):
        self.options = options
        self.random = random.Random(options.seed)
        self.emulator = Emulator(options.certloop, directory)
        self.proxy = Proxy(self.emulator.port, options.seed)
        self.controller = Controller(options.certloop, directory)
        self.workload = Workload(
            self.controller, self.proxy.port, directory, options.size, options.seed
        )
        self.kills = self.restarts = 0

    def close(self):
        if self.controller.process is not None and self.controller.process.poll() is None:
            self.controller.kill()
        self.emulator.stop()
        self.proxy.close()

    def is_done(self):
        options = self.options
        return (
            self.kills >= options.kills
            and self.restarts >= options.restarts
            and self.proxy.figures.lost_changes >= options.losses
        )

    def trouble(self):
        """Kills and restarts until there were enough. A finding if a process dies by itself."""
        self.proxy.loss, self.proxy.delay = LOSS, DELAY
        self.controller.start()
        restart_every = max(1, self.options.kills // max(1, self.options.restarts))
        while not self.is_done():
            time.sleep(self.random.uniform(0.2, 4.0))
            if self.random.random() < 0.5:
                self.workload.edit()
            if not self.controller.kill():
                return ["the controller ended by itself: see controller.log"]
            self.kills += 1
            if self.restarts < self.options.restarts and self.kills % restart_every == 0:
                self.controller.start()  # it finds AWS going away and coming back
                self.emulator.stop()
                time.sleep(self.random.uniform(0.0, 1.5))
                self.emulator.start()
                self.restarts += 1
                time.sleep(self.random.uniform(0.2, 1.0))
                if not self.controller.kill():
                    return ["the controller ended by itself: see controller.log"]
                self.kills += 1
            self.controller.start()
        self.controller.kill()
        self.kills += 1
        return []

    def calm(self):
        """Lets a controller work undisturbed until everything is ready."""
        self.proxy.loss = self.proxy.delay = 0.0
        self.controller.start()
        end = time.monotonic() + CALM_LIMIT
        unready = []
        while time.monotonic() < end:
            time.sleep(1.0)
            unready = self.workload.unready()
            if not unready:
                break
        return unready + self.controller.stop()

    def compare(self):
        found = []
        for command in (["drift", "-A"], ["plan"]):
            done = self.controller.command(*command)
            if done.returncode != 0:
                said = done.stdout + done.stderr
                found.append(f"certloop {command[0]} exits with {done.returncode}:\n{said}")
        certificates = self.emulator.control("/certificates")["certificates"]
        self.emulator.stop()
        found += self.workload.faults(certificates, self.emulator.held())
        return found + store_faults(self.controller.state)

    def run(self):
        begun = time.monotonic()
        found = self.trouble() or self.calm() or self.compare()
        figures = self.proxy.figures
        print(
            f"kill: {self.kills} kills, {self.restarts} restarts of AWS, "
            f"{figures.lost()} answers lost ({figures.lost_changes} of calls that change "
            f"something; {figures.cut} cut, {figures.truncated} truncated), "
            f"{figures.delayed} delayed, of {figures.forwarded} calls "
            f"({figures.changing} of them may change something); "
            f"{len(self.workload.wanted)} certificates and {len(found)} faults found "
            f"after {time.monotonic() - begun:.0f} s"
        )
        for line in found:
            print("  " + line)
        return 1 if found else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--certloop", required=True)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--restarts", type=int, default=2)
    parser.add_argument("--losses", type=int, default=10)
    parser.add_argument("--size", type=int, default=3, help="certificates of each sort")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="keep the directory, and name it")
    options = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="certloop-kill-"))
    status = 1
    try:
        harness = Harness(options, directory)
        try:
            status = harness.run()
        finally:
            harness.close()
    finally:
        if options.keep or status != 0:
            print(f"  logs and state: {directory}")
        else:
            shutil.rmtree(directory)
    return status


if __name__ == "__main__":
    sys.exit(main())

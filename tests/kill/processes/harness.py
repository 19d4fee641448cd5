#!/usr/bin/env python3
"""Kills a real controller, restarts AWS and loses its answers; then compares AWS with the specs.

A controller (certloop run --prune) works on a directory of specs, against an emulated AWS, through
a proxy that carries every request out and then loses, truncates or delays its answer. Specs are
added, changed, replaced and removed all the time. The controller is killed (SIGKILL) and AWS is
restarted at instants that the seed chooses, mostly in the middle of a call, until each has happened
as often as was asked for. Then nothing goes wrong any more, and within --calm seconds everything
must be ready: one certificate and one CA for each spec, as the spec says, and nothing else; nothing
made twice on the way; no certificate that served lost, none deleted that was in use; what belongs
to neighbours untouched; no call left open; a sound database; drift and plan without a finding; AWS
not asked all the time; and a controller that finds nothing to do.

Prints its progress, and at the end its figures and what it has found. Exits with 1 if it has found
anything; logs, specs, state and AWS's data are kept then.
"""

import argparse
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import checks
from aws import Aws
from programs import Broken, Controller, Emulator
from proxy import Proxy
from workload import Workload, self_signed

LOSS, DELAY = 0.4, 0.15
SAY_EVERY = 5.0  # seconds between two lines of progress
LONG_TURN = 12  # each so many turns, one that is long enough for files to be missed and pruned
FIRST_IMPORTS = 120.0  # seconds: the connection to AWS may have to rest for one minute
REST = 4.0  # seconds in which a controller that has nothing to do must do nothing
SHOWN = 20  # faults printed; all of them go to faults.txt
SABOTAGE = ("extra", "missing", "changed", "neighbour")


class Harness:
    def __init__(self, options, directory):
        self.options = options
        self.directory = directory
        self.random = random.Random(f"{options.seed} harness")
        self.begun = self.said = time.monotonic()
        self.kills = self.restarts = self.turns = self.edits = 0
        self.calm_since = None
        self.events = open(directory / "events.log", "a", encoding="utf-8")
        self.serving = checks.Serving()
        self.controller = self.proxy = None
        self.emulator = Emulator(options.certloop, directory)
        self.proxy = Proxy(self.emulator.port, options.seed, directory / "calls.log")
        self.controller = Controller(options.certloop, directory)
        self.workload = Workload(
            self.controller, self.emulator, self.proxy.port, directory, options.size, options.seed
        )
        self.neighbours = self.move_in()

    def close(self):
        if self.controller is not None:
            self.controller.close()
        self.emulator.stop()
        if self.proxy is not None:
            self.proxy.close()
        self.events.close()

    def note(self, text):
        print(f"{time.monotonic() - self.begun:7.2f} {text}", file=self.events, flush=True)

    def progress(self, text, now=False):
        if now or time.monotonic() > self.said + SAY_EVERY:
            self.said = time.monotonic()
            lost = self.proxy.figures.lost_changes
            print(
                f"[{self.said - self.begun:4.0f} s] {self.kills} of {self.options.kills} kills, "
                f"{self.restarts} of {self.options.restarts} restarts of AWS, {lost} of "
                f"{self.options.losses} answers lost; {text}",
                flush=True,
            )

    def move_in(self):
        """Neighbours in the same AWS account, with names and subjects like ours. What they own."""
        aws = Aws(self.emulator.port)
        arns = set()
        for region, name in (("us-east-1", "private-0"), ("eu-west-1", "imported-2")):
            certificate, key = self_signed(f"{name}.example.com", self.directory)
            tags = {"team": "neighbours", "round": "0"}
            arns.add(aws.import_certificate(region, certificate, key, tags))
        tags = {"certloop.dev/owner": "neighbours/theirs/root-a", "certloop.dev/uid": "theirs"}
        arns.add(aws.create_authority("us-east-1", "root-a", tags))
        self.emulator.stop()
        owned = checks.belongings(self.emulator.disk(), arns)
        self.emulator.start()
        if len(owned) != len(arns):
            raise Broken("the emulator's file does not hold what the neighbours have made")
        return owned

    def is_done(self):
        options = self.options
        return (
            self.kills >= options.kills
            and self.restarts >= options.restarts
            and self.proxy.figures.lost_changes >= options.losses
        )

    def trouble(self):
        """Kills and restarts until there were enough."""
        self.proxy.loss, self.proxy.delay = LOSS, DELAY
        end = time.monotonic() + self.options.trouble
        self.controller.start()
        if self.options.quick:
            self.wait_for_imports()
        while not self.is_done():
            if time.monotonic() > end:
                raise Broken(
                    f"not enough has gone wrong within {self.options.trouble} s: the controller "
                    "does not call AWS as often as it should"
                )
            self.turn()
            self.turns += 1
            self.progress(f"{len(self.workload.wanted)} certificates in the specs")

    def wait_for_imports(self):
        """The first imports of a quick run reach AWS: see Workload.edit()."""
        names = [name for name in self.workload.wanted if name.startswith("imported")]
        end = time.monotonic() + FIRST_IMPORTS
        while sum(each.operation == "ImportCertificate" for each in self.proxy.made) < len(names):
            if time.monotonic() > end:
                raise Broken(f"no first imports within {FIRST_IMPORTS:.0f} s")
            time.sleep(0.1)

    def turn(self):
        """An edit, perhaps; some time; and a kill or a restart of AWS."""
        for line in self.workload.edit(self.options.quick):
            self.note(line)
            self.edits += 1
        instant = self.random.choice(["time", "call", "call"])
        calls, pause = self.random.randint(1, 4), self.random.uniform(0.1, 2.5)
        if self.turns % LONG_TURN == LONG_TURN - 1 and not self.options.quick:
            time.sleep(14)
        if instant == "time":
            time.sleep(pause)
        else:
            self.proxy.wait_for_changes(calls, timeout=2.5)
            time.sleep(self.random.choice([0.0, 0.0, 0.005, 0.05]))
        restart_is_due = (
            self.restarts < self.options.restarts
            and self.restarts * self.options.kills < self.kills * self.options.restarts
        )
        if restart_is_due:
            self.controller.check_alive()
            self.restart()
        else:
            self.controller.kill()
            self.kills += 1
            self.note(f"killed the controller ({instant})")
            self.look()
            self.controller.start()

    def restart(self):
        self.emulator.stop()
        time.sleep(self.random.uniform(0.0, 1.5))
        self.emulator.start()
        self.restarts += 1
        self.note("restarted AWS")
        self.look()

    def look(self):
        certificates = self.emulator.certificates()
        self.serving.look(self.workload.wanted, self.workload.uses, certificates)

    def calm(self):
        """Lets a controller work undisturbed until everything is ready; what is not ready in
        time. --survivor: the one that has lived through the last of it; else a new one."""
        if self.options.quick:
            self.note(self.workload.remove())
        self.note("calm")
        self.workload.release()
        self.calm_since = time.monotonic()
        self.proxy.loss = self.proxy.delay = 0.0
        if not self.options.survivor:
            self.controller.kill()
            self.kills += 1
            self.controller.start()
        end = time.monotonic() + self.options.calm
        while True:
            time.sleep(1.0)
            self.controller.check_alive()
            self.look()
            waiting = checks.unready(
                self.controller.objects(), self.workload.wanted, self.workload.roots
            )
            if not waiting:
                self.note("everything is ready")
                return self.controller.stop()
            if time.monotonic() > end:
                waiting.insert(0, f"not ready within {self.options.calm} s of calm")
                return waiting + ["the controller's last words:"] + [self.controller.last_words()]
            self.progress(f"{len(waiting)} to wait for, first: {waiting[0][:160]}")

    def rest(self):
        """A controller that has nothing to do changes nothing."""
        changing = self.proxy.figures.changing
        self.controller.start()
        time.sleep(REST)
        found = self.controller.stop()
        more = self.proxy.figures.changing - changing
        return found + [f"{more} calls changed AWS although all was ready"] * (more > 0)

    def compare(self):
        found = []
        for command in (["drift", "-A"], ["plan"]):
            done = self.controller.command(*command)
            if done.returncode != 0:
                said = done.stdout + done.stderr
                found.append(f"certloop {command[0]} exits with {done.returncode}:\n{said}")
        objects = self.controller.objects()
        certificates = self.emulator.certificates()
        self.emulator.stop()
        disk, mine = self.emulator.disk(), self.workload
        foreign = set(self.neighbours)
        public = [*mine.wanted.values(), *mine.removed.values()]
        found += checks.acm_faults(mine.wanted, certificates, disk, foreign)
        found += checks.authority_faults(mine.root_rounds, disk, foreign)
        found += checks.neighbour_faults(self.neighbours, checks.belongings(disk, foreign))
        found += checks.record_faults(disk, [each for each in public if each.sort == "public"])
        found += checks.open_calls(objects)
        return found

    def always(self):
        """What must hold even where the end was not reached."""
        found = list(self.serving.faults) + self.workload.refusals
        found += checks.made_twice(self.proxy.made)
        found += checks.deleted_in_use(self.proxy.deletions, self.workload.uses)
        if self.calm_since is not None:
            calm = [each for each in self.proxy.calls if each[0] > self.calm_since]
            found += checks.hurried(calm)
        return found + checks.store_faults(self.controller.state)

    def sabotage(self, how):
        """Does to AWS what no check may overlook."""
        certificates = self.emulator.certificates()
        ours = [each for each in certificates if each["Tags"].get("certloop.dev/owner")]
        others = [each for each in certificates if each not in ours]
        one = ours[0]
        arn, region = one["CertificateArn"], one["Region"]
        if how == "extra":
            certificate, key = self_signed(one["DomainName"], self.directory)
            aws = Aws(self.proxy.port)  # so that it looks like certloop's own call
            aws.import_certificate(region, certificate, key, one["Tags"])
        elif how == "missing":
            Aws(self.emulator.port).delete_certificate(region, arn)
        elif how == "changed":
            Aws(self.emulator.port).tag_certificate(region, arn, {"round": "-1"})
        else:
            tags = {"certloop.dev/owner": "default/default/ours-now"}
            Aws(self.emulator.port).tag_certificate(
                others[0]["Region"], others[0]["CertificateArn"], tags
            )
        self.note(f"sabotage: {how}")

    def run(self):
        """What was found."""
        found = []
        try:
            self.trouble()
            found = self.calm()
            if not found:
                found = self.rest()
                if self.options.sabotage:
                    self.sabotage(self.options.sabotage)
                self.progress("comparing", now=True)
                found += self.compare()
        except (Broken, OSError, ValueError, KeyError) as error:
            found.append(f"the run broke off: {type(error).__name__}: {error}")
        found += self.always()
        self.report(found)
        return found

    def report(self, found):
        figures = self.proxy.figures
        print(
            f"kill: {self.kills} kills, {self.restarts} restarts of AWS, "
            f"{figures.lost()} answers lost ({figures.lost_changes} of calls that change "
            f"something; {figures.cut} cut, {figures.truncated} truncated), "
            f"{figures.delayed} delayed, of {figures.forwarded} calls "
            f"({figures.changing} of them may change something); {self.turns} turns, "
            f"{self.edits} edits, {len(self.proxy.made)} orders to AWS, "
            f"{len(self.workload.wanted)} certificates at the end; {len(found)} faults found "
            f"after {time.monotonic() - self.begun:.0f} s, seed {self.options.seed}"
        )
        for line in found[:SHOWN]:
            print("  " + line.rstrip().replace("\n", "\n    "))
        if len(found) > SHOWN:
            print(f"  and {len(found) - SHOWN} more")
        if found:
            (self.directory / "faults.txt").write_text("\n".join(found) + "\n")


def parse(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--certloop", required=True, metavar="FILE", help="the program")
    numbers = {
        "kills": (10, "SIGKILLs of the controller"),
        "restarts": (3, "restarts of AWS"),
        "losses": (10, "lost answers to calls that change something"),
        "size": (2, "certificates of each sort, about"),
        "seed": (1, "what is edited, killed and lost, and when, as far as processes allow"),
        "trouble": (240, "seconds for all that"),
        "calm": (420, "seconds after it until everything must be ready"),
    }
    for name, (default, text) in numbers.items():
        parser.add_argument(
            f"--{name}", type=int, default=default, metavar="N", help=f"{text}; default: {default}"
        )
    parser.add_argument(
        "--quick", action="store_true", help="only edits that come true within a minute"
    )
    parser.add_argument(
        "--survivor", action="store_true", help="the last controller is not killed: it recovers"
    )
    parser.add_argument(
        "--sabotage", choices=SABOTAGE, help="do this harm before the comparison, which must fail"
    )
    parser.add_argument("--keep", action="store_true", help="keep the logs in any case")
    return parser.parse_args(arguments)


def end_on_signal(number, _):
    raise Broken(f"signal {signal.Signals(number).name}")


def main():
    options = parse(sys.argv[1:])
    options.certloop = str(Path(options.certloop).resolve())
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, end_on_signal)
    directory = Path(tempfile.mkdtemp(prefix="certloop-kill-"))
    found = ["the harness did not start"]
    try:
        harness = Harness(options, directory)
        try:
            found = harness.run()
        finally:
            harness.close()
    except Broken as error:
        print(f"kill: the run could not begin or end: {error}")
        found = found or [str(error)]
    finally:
        if options.keep or found:
            print(f"  kept: {directory} (controller.log, events.log, calls.log, state, aws.json)")
        else:
            shutil.rmtree(directory)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""tests/requirements finds what is wrong with requirements.txt: one sample for each fault."""
import importlib.util
import sys
import unittest
from importlib.machinery import SourceFileLoader
from pathlib import Path

sys.dont_write_bytecode = True  # nothing is left beside the sources
LOADER = SourceFileLoader("requirements", str(Path(__file__).parent.parent / "requirements"))
requirements = importlib.util.module_from_spec(
    importlib.util.spec_from_loader("requirements", LOADER))
LOADER.exec_module(requirements)

GOOD = [f"S{n}: It does thing {n}." for n in range(1, requirements.LAST + 1)]
GOOD += ["# a comment", "", "aim S1 to S3, S7", "S2 untested nobody has tried", "S7 partly a half"]


class Faults(unittest.TestCase):
    def faults(self, drop="", add=()):
        text = "\n".join([line for line in GOOD if line != drop] + list(add))
        return requirements.parse(text)[3]

    def test_a_good_file_has_none(self):
        self.assertEqual(self.faults(), [])

    def test_what_is_read(self):
        wording, aim, reasons, _ = requirements.parse("\n".join(GOOD))
        self.assertEqual(wording[44], "It does thing 44.")
        self.assertEqual(aim, {1, 2, 3, 7})
        self.assertEqual(reasons, {2: ("untested", "nobody has tried"), 7: ("partly", "a half")})

    def test_a_requirement_without_wording(self):
        self.assertEqual(self.faults(drop="S44: It does thing 44."), ["S44 has no wording"])

    def test_a_second_wording(self):
        self.assertIn("S44 has a wording already", self.faults(add=["S44: Or this."])[0])

    def test_a_wording_that_is_too_long(self):
        long = "S44: " + "x" * 161
        self.assertIn("161 characters", self.faults("S44: It does thing 44.", [long])[0])

    def test_a_requirement_beyond_the_last(self):
        self.assertIn("there is no S178", self.faults(add=["S178: More."])[0])

    def test_a_line_that_is_none_of_the_forms(self):
        for line in ("S44 later", "S44 perhaps so", "hello", "S44:none"):
            self.assertIn("write 'S24: WORDING'", self.faults(add=[line])[0])

    def test_a_second_reason(self):
        self.assertIn("S2 has a reason already", self.faults(add=["S2 partly again"])[0])

    def test_a_reason_outside_the_aim(self):
        self.assertEqual(self.faults(add=["S9 untested no time"]),
                         ["S9 has a reason but does not stand in the aim"])

    def test_no_aim(self):
        self.assertIn("it names no aim", self.faults(drop="aim S1 to S3, S7"))


if __name__ == "__main__":
    unittest.main()

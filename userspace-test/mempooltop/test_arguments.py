# SPDX-License-Identifier: GPL-2.0
"""The command line, and where it is described."""
import os
import re
import subprocess

import program
import recording


def read(name):
    """A file of mempooltop's sources."""
    with open(os.path.join(program.SOURCES, name), encoding="utf-8") as file:
        return file.read()


class Arguments(program.Case):
    """What is wrong gets one line and exit code 2."""

    def bad(self, says, *arguments):
        """That command line."""
        self.refused(*arguments, says=says)

    def test_unknown(self):
        """Options that there are not, and words that are no options."""
        self.bad("no option -z", "-z")
        self.bad("no option -z", "-oz")
        self.bad("--zork is not understood", "--zork")
        self.bad("--once=3 is not understood", "--once=3")
        self.bad("--re is not understood", "--re")
        self.bad('"words" is too much', "words")
        self.bad('"words" is too much', "--once", "words")

    def test_missing_values(self):
        """Of each option that has one."""
        for option in ("--watch", "--above", "--below", "--timeout", "--delay", "--sort",
                       "--filter", "--pool", "--input", "-w", "-d", "-s", "-f", "-P", "-i"):
            self.bad(f"{option} wants a value", option)

    def test_seconds(self):
        """Numbers within bounds."""
        for seconds in ("", "x", "1x", "0", "0.09", "-1", "3601", "nan", "inf", "1e99"):
            self.bad("--delay wants seconds from 0.1 to 3600", "--delay", seconds)
        for seconds in ("", "x", "-0.1", "nan", "inf", "2e9"):
            self.bad("--timeout wants seconds", "--timeout", seconds)

    def test_sort(self):
        """Only the keys that there are."""
        for key in ("", "x", "Footprint", "in-use", "footprint,rate"):
            self.bad("--sort wants footprint, in_use, rate, fails, waiting or name", "--sort", key)

    def test_conditions(self):
        """FIGURE=VALUE."""
        for option in ("--above", "--below"):
            self.bad("wants FIGURE=VALUE", option, "in_use")
            self.bad('no figure "zork"', option, "zork=1")
            self.bad('no figure ""', option, "=1")
            self.bad('no figure "name"', option, "name=1")
            self.bad("is no counter", option, "in_use/s=1")
            for value in ("", "x", "-1", "1.5", "1X", "1KK", "99999999999999999999", "99999999T",
                          " 1"):
                self.bad("wants a number after =", option, f"in_use={value}")

    def test_combinations(self):
        """Of what does not go together."""
        self.bad("--watch wants --above", "--watch", "p")
        self.bad("only one of --above", "--watch", "p", "--above", "in_use=1", "--below", "id=1")
        self.bad("go with --watch only", "--above", "in_use=1")
        self.bad("go with --watch only", "--timeout", "1")
        self.bad("--once does not go with --watch", "--once", "--watch", "p", "--above", "in_use=1")
        self.bad("do not go together", "--json", "--prom")
        self.bad("do not go together", "--record", "--watch", "p")
        self.bad("do not go with --prom", "--prom", "--filter", "p")
        self.bad("do not go with --prom", "--prom", "--pool", "p")
        self.bad("does not go with --input", "--record", "--input",
                 self.keep(recording.machine_recording()))

    def test_inputs(self):
        """That cannot be read, or are something else."""
        self.bad("cannot read /nowhere: No such file", "--input", "/nowhere")
        self.bad("cannot read /: Is a directory", "--input", "/")
        for text in ("", "\n", "words\n", "name=p id=1\n", "mpool\n", "mpool format=x\n",
                     "mpool=1\n"):
            self.bad('does not begin with "mpool format=1"', "--input", self.keep(text))
        for text in ("mpool format=2\n", "mpool format=0\n", "mpool format=18446744073709551615\n"):
            self.bad("needs a newer mempooltop", "--input", self.keep(text))
        self.bad("format that is not known", "--once", "--input",
                 self.keep("mpool format=1\nname=p id=1\nmpool format=2\n"))

    def test_no_device(self):
        """Says what to do; each way to be run."""
        if os.path.exists("/dev/mempool"):
            self.fail("this machine has mpool loaded: rmmod it, or test elsewhere")
        for arguments in ([], ["--once"], ["--json"], ["--prom"], ["--record"],
                          ["--watch", "p", "--above", "in_use=1"]):
            self.bad('load the module by "modprobe mpool"', *arguments)

    def test_good_together(self):
        """--json --once is --json, and the last of an option counts."""
        text = recording.machine_recording()
        self.assertEqual(self.show(text, "--json"), self.show(text, "--once", "--json"))
        self.assertEqual(self.show(text, "-s", "name"), self.show(text, "-s", "rate", "-s", "name"))

    def test_help_and_version(self):
        """On stdout. The version is the module's."""
        with open(os.path.join(program.SOURCES, "../../kernel/main.c"), encoding="utf-8") as file:
            version = re.search(r'MODULE_VERSION\("(.*)"\)', file.read()).group(1)
        self.assertEqual(f"mempooltop {version}\n", self.run_top("--version").stdout)
        self.assertTrue(self.run_top("--help").stdout.startswith("usage: mempooltop"))
        self.assertLessEqual(max(map(len, self.run_top("-h").stdout.splitlines())), 80)

    def test_all_is_documented(self):
        """Each option is in the help, the man page and the completion, and nothing else is."""
        options = set(re.findall(r'^\t\{ "([a-z]+)", ', read("options.c"), re.M))
        shown = set(re.findall(r"--([a-z]+)", self.run_top("--help").stdout))
        self.assertEqual(options, shown)
        man = read("mempooltop.8").replace("\\-", "-")
        self.assertEqual(options, set(re.findall(r"--([a-z]+)", man)))
        completion = re.sub(r"\|?--[a-z]+\)", "", read("mempooltop.bash"))
        self.assertEqual(options, set(re.findall(r"--([a-z]+)", completion)))

    def test_man_page(self):
        """Is well formed."""
        done = subprocess.run(["groff", "-t", "-man", "-Tutf8", "-ww", "-z",
                               os.path.join(program.SOURCES, "mempooltop.8")],
                              capture_output=True, check=False)
        self.assertEqual((0, b""), (done.returncode, done.stderr))

    def complete(self, *words):
        """What bash offers for the last word."""
        script = 'source "$1"; shift; COMP_WORDS=(mempooltop "$@"); COMP_CWORD=$#; _mempooltop\n' \
                 'printf "%s\\n" "${COMPREPLY[@]}"'
        done = subprocess.run(["bash", "-c", script, "bash",
                               os.path.join(program.SOURCES, "mempooltop.bash"), *words],
                              capture_output=True, check=True)
        self.assertEqual(b"", done.stderr)
        return done.stdout.decode().split()

    def test_completion(self):
        """Options, and sort keys."""
        self.assertEqual(["--watch"], self.complete("--wa"))
        self.assertEqual(["fails", "footprint"], sorted(self.complete("--sort", "f")))
        self.assertEqual(["--above"], self.complete("--watch", "p", "--a"))
        self.assertEqual([], self.complete("--delay", "x"))

"""jupyter console with the kernel gondola, on a terminal, as a person uses it."""

import os
import re
import sys
import time

import pexpect

ENTER, TAB, UP, INTERRUPT, LEAVE = "\r", "\t", "\x1b[A", "\x03", "\x04"


class Console:
    def __init__(self):
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "jupyter", "console", "--kernel", "gondola", "--ZMQTerminalInteractiveShell.kernel_timeout=60"],
            env=dict(os.environ, TERM="xterm", PAGER="cat"), encoding="utf-8", dimensions=(40, 120), timeout=60,
        )
        self.raw, self.at = "", 0
        self.expect(r"In \[1\]: ")

    def expect(self, *patterns):
        """Wait for texts in their order, without colours and movements of the cursor."""
        deadline = time.time() + 60
        for pattern in patterns:
            while not (found := re.compile(pattern).search(self.text(), self.at)):
                assert time.time() < deadline, f"no {pattern!r} after:\n{self.text()[self.at:]}"
                try:
                    self.raw += self.child.read_nonblocking(1 << 16, timeout=1)
                except pexpect.TIMEOUT:
                    pass
            self.at = found.end()

    def text(self):
        return re.sub(r"\x1b(\[[0-?]*[ -/]*[@-~]|[@-Z\\-_=>])", "", self.raw)

    def type(self, text):
        self.child.send(text)

    def end(self):
        self.type(LEAVE)
        self.expect(r"[Dd]o you really want to exit")
        self.type("y" + ENTER)
        self.child.expect(pexpect.EOF)
        self.child.close()
        assert self.child.exitstatus == 0, self.child.exitstatus


def prompt(n):
    return rf"In \[{n}\]: "


console = Console()

# A statement, and one of two lines: a line that is not complete gets another.
console.type("param first = 1" + ENTER)
console.expect(r"param: first = 1", prompt(2))
console.type("sql SELECT 40 \\" + ENTER)
console.expect(r"\.\.\.: ")
console.type("+ 2 AS answer" + ENTER)
console.expect(r"answer", r"42", prompt(3))
console.type("%%bash" + ENTER)
console.expect(r"\.\.\.: ")
console.type("printf 'six by %s\\n' seven" + ENTER)
console.expect(r"\.\.\.: ")
console.type(ENTER)
console.expect(r"six by seven", prompt(4))

# Tab completes what is the only one.
console.type("preproc" + TAB)
console.expect(r"preproc\s*ess")
console.type(" --help" + ENTER)
console.expect(r"preprocess \[RESULT\]", prompt(5))

# A question mark opens the help.
console.type("train?" + ENTER)
console.expect(r"train \[RESULT\]", r"--epochs")
console.type("q")
console.expect(prompt(r"\d"))
console.type(INTERRUPT)  # of the line: the q may be on it

# Ctrl-C interrupts what runs, and the next statement works.
console.expect(prompt(r"\d"))
console.type('load "sample:receipts?n=20000" | preprocess | train --epochs 10000' + ENTER)
console.expect(r"20,000 rows")  # of the first step: a key before the kernel has the cell is the line's
console.type(INTERRUPT)
console.expect(r"cancelled", prompt(r"\d"))
console.type("param next = 2" + ENTER)
console.expect(r"param: next = 2", prompt(r"\d"))
console.end()

# Another session knows the statements of the first.
console = Console()
console.type(UP)
console.expect(r"param next = 2")
console.type(ENTER)
console.expect(r"param: next = 2", prompt(2))
console.end()
print("all of it worked")

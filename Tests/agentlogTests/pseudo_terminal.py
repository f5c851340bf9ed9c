"""A terminal of our own, with a program in it."""
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
import unicodedata

# How long anything is waited for that must come: a machine that is shared may take a hundred times as long as usual.
PATIENCE = 600
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
COLOR = re.compile(r"\x1b\[[0-9;]*m")


class Terminal:
    """Starts `words` in a terminal of so many columns; what it writes is kept.

    What goes elsewhere (`stdin`, `stdout`, `stderr`) is not the terminal's.
    """

    def __init__(self, words, columns=80, rows=24, environment={}, cwd=None, **elsewhere):
        self.terminal, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        streams = {name: elsewhere.get(name, other) for name in ["stdin", "stdout", "stderr"]}
        self.process = subprocess.Popen(
            words, env={"TERM": "xterm-256color", "PATH": os.environ["PATH"], "TZ": "UTC", **environment},
            start_new_session=True, cwd=cwd, **streams)
        os.close(other)
        self.output = b""

    def read(self, seconds):
        """Reads what comes in that time; returns whether there may be more."""
        if not select.select([self.terminal], [], [], seconds)[0]:
            return True
        try:
            piece = os.read(self.terminal, 65536)
        except OSError:
            return False
        self.output += piece
        return bool(piece)

    def wait_for(self, what, seconds=PATIENCE):
        """Waits for bytes, or for what a function says of all that came."""
        end = time.monotonic() + seconds
        is_there = what if callable(what) else lambda output: what in output
        while not is_there(self.output):
            if time.monotonic() > end or not self.read(0.1) and not is_there(self.output):
                raise SystemExit(f"{self.process.args}: no {what!r} in {self.output[-500:]!r}")

    def type(self, text):
        os.write(self.terminal, text if isinstance(text, bytes) else text.encode())

    def finish(self, seconds=PATIENCE):
        """Waits for the end; returns the exit code, or less than 0 for a signal."""
        end = time.monotonic() + seconds
        while self.read(0.2):
            if self.process.poll() is not None and not select.select([self.terminal], [], [], 0)[0]:
                break
            if time.monotonic() > end:
                self.process.kill()
                raise SystemExit(f"{self.process.args}: not over after {seconds} s: {self.output[-500:]!r}")
        return self.process.wait(seconds)

    @property
    def text(self):
        return self.output.decode("utf-8", "replace").replace("\r\n", "\n")


def columns(line):
    """How many columns a line takes, colours left out."""
    return sum(0 if unicodedata.category(c) in ("Mn", "Me", "Cf") else 2 if unicodedata.east_asian_width(c) in "WF" else 1
               for c in COLOR.sub("", line))


def controls(text):
    """What could act on a terminal: controls other than line ends, and those of writing direction."""
    return CONTROL.findall(text)

"""Checks of check-independent.sh: how `agentlog top` leaves a terminal, in one of its own (80×24)."""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

from pseudo_terminal import PATIENCE

agentlog, log = sys.argv[1:]
ENTER, LEAVE = b"\x1b[?1049h\x1b[?25l", b"\x1b[?25h\x1b[?1049l"


class Session:
    """Starts it, as a shell would, and keeps what it writes."""

    def __init__(self):
        self.output = b""
        # Our own end of the other side stays open, so that the terminal can be looked at when the process is gone.
        self.terminal, self.other = pty.openpty()
        self.resize(24, 80)
        before = termios.tcgetattr(self.other)
        # A group of its own in our session, as a shell's jobs are: others can't be stopped.
        self.process = subprocess.Popen(
            [agentlog, "top", "--window", "999999h", "--log", log], env={"TERM": "xterm-256color"},
            stdin=self.other, stdout=self.other, stderr=self.other, process_group=0).pid
        self.before = before

    def resize(self, rows, columns):
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def wait(self, what, is_so):
        end = time.monotonic() + PATIENCE
        while not is_so():
            if time.monotonic() > end:
                sys.exit(f"check_top: {what}: {self.output[-300:]!r}")
            if select.select([self.terminal], [], [], 0.05)[0]:
                self.output += os.read(self.terminal, 65536)

    def frames(self):
        return self.output.split(b"\x1b[H")[1:]

    def is_gone(self):
        return os.waitpid(self.process, os.WNOHANG)[0] != 0

    def check_left(self, what):
        self.wait(f"{what}: not left", lambda: self.output.rstrip().endswith(LEAVE))
        if termios.tcgetattr(self.other) != self.before:
            sys.exit(f"check_top: {what}: the terminal isn't as it was")


for ending in ["q", signal.SIGINT, signal.SIGTERM]:
    session = Session()
    session.wait("no frames", lambda: len(session.frames()) > 2)
    if not session.output.startswith(ENTER) or session.frames()[0].count(b"\r\n") + 1 > 24:
        sys.exit(f"check_top: too many lines: {session.output[:300]!r}")
    if ending == "q":
        # Resized, it is drawn anew in what room there is.
        session.resize(12, 60)
        lines = lambda frame: frame.count(b"\r\n") + 1
        session.wait("not redrawn", lambda: len(session.frames()) > 1 and lines(session.frames()[-2]) <= 12)
        # What came before may have been drawn before; from now on, all are.
        seen = len(session.frames())
        session.wait("not redrawn", lambda: len(session.frames()) > seen + 2)
        if any(lines(frame) > 12 for frame in session.frames()[seen:-1]):
            sys.exit("check_top: more lines than a resized terminal has")
        os.write(session.terminal, b"q")
    else:
        os.kill(session.process, ending)
    session.wait(f"{ending}: not over", session.is_gone)
    session.check_left(ending)

session = Session()
session.wait("no frames", lambda: len(session.frames()) > 1)
os.kill(session.process, signal.SIGTSTP)
session.wait("not stopped", lambda: os.waitpid(session.process, os.WNOHANG | os.WUNTRACED)[0] != 0)
session.check_left("stopped")
os.kill(session.process, signal.SIGCONT)
entered = session.output.count(ENTER)
session.wait("not entered again", lambda: session.output.count(ENTER) > entered)
os.write(session.terminal, b"q")
session.wait("not over", session.is_gone)
session.check_left("gone on")
print("check_top: the terminal is as it was after q, SIGINT, SIGTERM and a stop")

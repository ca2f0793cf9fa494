"""Times a Jupyter kernel as a front end meets it: a peer of `make bench`. The
same client, pyzmq sockets and jupyter_client's messages, for every kernel; it
looks for the kernel every millisecond, where jupyter_client waits longer.

Prints seconds; of idle memory the megabytes (10^6) of the kernel and of all
processes that it started, each page that several share by its part (PSS).
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import zmq
from jupyter_client.session import Session

from bench_common import answer, arguments

given = arguments()
context = zmq.Context()
SOON = 60  # seconds after which an answer is not waited for
PATIENCE = 2  # and this many for a completion while a cell runs
PAUSE = 0.02  # seconds between completions, so that they fall into more than one moment of the running cell


class Kernel:
    def __init__(self, folder):
        ports = free_ports(5)
        names = ["shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"]
        info = dict(zip(names, ports), ip="127.0.0.1", transport="tcp", key="bench", signature_scheme="hmac-sha256")
        path = Path(folder, f"{ports[0]}.json")
        path.write_text(json.dumps(info))
        argv = [part.replace("{connection_file}", str(path)) for part in given["argv"]]
        self.others = {}
        self.said = open(Path(folder, f"{ports[0]}.log"), "wb")
        # Kernels ask Jupyter's variable whether their parent lives; gonb that is killed leaves its folder.
        env = dict(os.environ, JPY_PARENT_PID=str(os.getpid()), TMPDIR=folder, **given.get("env", {}))
        began = time.perf_counter()
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=self.said, stderr=self.said, env=env)
        self.replies = {}
        self.session = Session(key=b"bench", signature_scheme="hmac-sha256")
        self.shell = self.connect(zmq.DEALER, ports[0])
        self.iopub = self.connect(zmq.SUB, ports[1])
        self.control = self.connect(zmq.DEALER, ports[3])
        try:
            if self.reply(self.shell, self.send("kernel_info_request", {})) is None:
                raise SystemExit(f"{argv[0]} does not answer")
            self.ready = time.perf_counter() - began
            self.settle()
        except BaseException:
            self.give_up()
            raise

    def connect(self, kind, port):
        s = context.socket(kind)
        s.linger = 0
        s.setsockopt(zmq.RECONNECT_IVL, 1)
        if kind == zmq.SUB:
            s.subscribe(b"")
        s.connect(f"tcp://127.0.0.1:{port}")
        return s

    def send(self, kind, content, where=None):
        return self.session.send(where or self.shell, kind, content)["header"]["msg_id"]

    def receive(self, where, seconds):
        if not where.poll(int(1000 * seconds)):
            return None
        return self.session.recv(where, mode=0)[1]

    def reply(self, where, asked, seconds=SOON):
        until = time.perf_counter() + seconds
        while asked not in self.replies and (left := until - time.perf_counter()) > 0:
            if m := self.receive(where, left):
                self.replies[m["parent_header"].get("msg_id")] = m["content"]
        return self.replies.pop(asked, None)

    def settle(self):
        """Waits until it is connected to iopub and nothing comes any more."""
        while True:
            asked = self.send("kernel_info_request", {})
            self.reply(self.shell, asked)
            heard = False
            while m := self.receive(self.iopub, 0.3):
                heard = heard or m["parent_header"].get("msg_id") == asked
            if heard:
                return

    def execute(self, code):
        return self.send("execute_request", dict(code=code, silent=False, store_history=True, user_expressions={}, allow_stdin=False, stop_on_error=True))

    def wait(self, asked):
        """Waits for the reply and for idle."""
        content = self.reply(self.shell, asked)
        if not content or content["status"] != "ok":
            raise SystemExit(f"the cell failed: {content}")
        while m := self.receive(self.iopub, SOON):
            if m["msg_type"] == "status" and m["parent_header"].get("msg_id") == asked and m["content"]["execution_state"] == "idle":
                return
        raise SystemExit("the kernel is never idle")

    def complete(self, seconds=SOON):
        """Seconds until the answer and how many matches it has; None if none comes."""
        began = time.perf_counter()
        code = given["complete"]
        content = self.reply(self.shell, self.send("complete_request", dict(code=code, cursor_pos=len(code))), seconds)
        if content is None:
            return None
        took = time.perf_counter() - began
        if not content["matches"]:
            raise SystemExit(f"there is nothing that completes {code!r}: {content}")
        return took

    def stop(self):
        """Shuts it down as a front end does."""
        self.others = family(self.process.pid)
        self.send("shutdown_request", {"restart": False}, self.control)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            pass
        self.end()

    def give_up(self):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the second of two must not end this
        self.end()

    def end(self):
        """Leaves none of its processes: gopls outlives a gonb that is killed."""
        others = self.others | family(self.process.pid)
        self.process.kill()
        self.process.wait()
        until = time.monotonic() + 2
        while left := [one for one, began in others.items() if one != self.process.pid and began_at(one) == began]:
            if time.monotonic() > until:
                for one in left:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(one, signal.SIGKILL)
                break
            time.sleep(0.05)
        for s in (self.shell, self.iopub, self.control):
            s.close()
        self.said.close()


def free_ports(n):
    held = [socket.socket() for _ in range(n)]
    for s in held:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


def status(pid):
    """Fields of /proc/PID/stat behind the name; None where it has ended, or is a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return fields if fields[0] != "Z" else None


def began_at(pid):
    """When it was started, by which a number that was given anew is known."""
    return (status(pid) or [None] * 20)[19]


def family(pid):
    """The process and all that it started, with the time when each began."""
    children = {}
    for folder in Path("/proc").glob("[0-9]*"):
        if fields := status(folder.name):
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found, left = {}, [pid]
    while left:
        one = left.pop()
        found[one] = began_at(one)
        left += children.get(one, [])
    return {one: began for one, began in found.items() if began}


def settled(pid):
    """Memory when it has come to rest: gonb goes on starting gopls after its first answer."""
    last, quiet, until = memory(pid), 0, time.monotonic() + given["settle"] + 20
    while quiet < given["settle"] and time.monotonic() < until:
        time.sleep(0.5)
        now = memory(pid)
        quiet = quiet + 0.5 if abs(now - last) < 0.02 * last else 0
        last = now
    return last


def memory(pid):
    total = 0
    for one in family(pid):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total * 1024 / 1e6


def measure(folder):
    ready, idle = [], []
    for left in reversed(range(given["starts"])):
        k = Kernel(folder)
        try:
            ready.append(k.ready)
            idle.append(settled(k.process.pid))
            values = use(k) if left == 0 else {}
            k.stop()
        except BaseException:
            k.give_up()
            raise
    answer(ready=statistics.median(ready), idle=idle, **values)


def use(k):
    """Measures a kernel that has been started."""
    cells, during = [], []
    for i in range(given["cells"] + 2):
        began = time.perf_counter()
        k.wait(k.execute(given["cell"].replace("{i}", str(i))))
        cells.append(time.perf_counter() - began)
    first = k.complete()
    answers = []
    for _ in range(given["completions"]):
        time.sleep(PAUSE)
        answers.append(k.complete())
    if first is None or None in answers:
        raise SystemExit("no completion came")
    used = settled(k.process.pid)
    if given.get("before"):
        k.wait(k.execute(given["before"]))
    asked = k.execute(given["long"])
    time.sleep(0.5)
    for _ in range(given["completions"]):
        time.sleep(PAUSE)
        took = k.complete(PATIENCE)
        if took is None:
            break
        during.append(took)
    if asked in k.replies:
        raise SystemExit(f"the long cell was short: {k.replies[asked]}")
    if given.get("interrupt"):
        k.send("interrupt_request", {}, k.control)
    if k.reply(k.shell, asked) is None:
        raise SystemExit("the long cell does not end")
    return dict(cell=statistics.median(cells[2:]), first=first, complete=statistics.median(answers), during=statistics.median(during) if took else None,
                slowest=max(during) if took else None, used=used)


folder = tempfile.mkdtemp(prefix="gondola-bench-")
try:
    measure(folder)
finally:
    shutil.rmtree(folder, ignore_errors=True)

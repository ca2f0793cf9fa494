"""kill -9 of the kernel while a cell runs: Jupyter starts it again, nothing of it is left, and what was made is there.

Reference: https://jupyter-client.readthedocs.io/en/stable/api/jupyter_client.html (KernelManager, KernelRestarter).
"""

import os
import signal
import sys
import time
from pathlib import Path

from jupyter_client import KernelManager
from jupyter_client.restarter import KernelRestarter

TIMES = int(sys.argv[1])


def processes(of):
    """The processes whose command line or environment has a text."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            text = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
            state = (folder / "stat").read_text().rpartition(") ")[2][0]
        except OSError:
            continue  # it has ended
        if of.encode() in text and state != "Z":
            found.append(int(folder.name))
    return found


def run(client, code):
    """What a cell prints; its error is one here."""
    texts = []

    def show(message):
        if message["msg_type"] == "stream":
            texts.append(message["content"]["text"])

    reply = client.execute_interactive(code, output_hook=show, timeout=60, allow_stdin=False)["content"]
    if reply["status"] != "ok":
        raise RuntimeError(f"{code}: {reply}")
    return "".join(texts)


manager = KernelManager(kernel_name="gondola")
restarter = KernelRestarter(kernel_manager=manager, restart_limit=TIMES + 1, random_ports_until_alive=False)
restarted = []
restarter.add_callback(lambda: restarted.append(1), "restart")

marker = f"GONDOLA_RESTART_TEST={os.getpid()}"
manager.start_kernel(env=dict(os.environ, GONDOLA_RESTART_TEST=str(os.getpid())))
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=60)
made = 'load "sample:receipts?n=3000&seed=5" | preprocess as clean'
run(client, made)
run(client, "train --epochs 2 --vector-size 20 as words\nmodel save kept")
work = ["train clean --epochs 10000 --workers 1", "%%bash\nsleep 1000 & sleep 1000", "sql SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b"]
for i in range(TIMES):
    code = work[i % len(work)]
    client.execute(code)
    while True:  # until it runs
        message = client.get_iopub_msg(timeout=60)
        if message["msg_type"] == "execute_input" and message["content"]["code"] == code:
            break
    time.sleep(0.2)
    before = processes(marker)
    assert manager.provisioner.pid in before, before
    os.kill(manager.provisioner.pid, signal.SIGKILL)
    while len(restarted) == i:
        restarter.poll()
        time.sleep(0.05)
    deadline = time.time() + 5
    while left := set(processes(marker)) & set(before):
        assert time.time() < deadline, f"{i}: processes {left} are left"
        time.sleep(0.02)
    client.stop_channels()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    restarter.poll()  # sees that it lives
    assert "words x 20" in (said := run(client, "model load kept as words")), said
    assert "cached" in (said := run(client, made)), said
manager.shutdown_kernel()
deadline = time.time() + 5
while left := processes(marker):
    assert time.time() < deadline, f"after the shutdown {left} are left"
    time.sleep(0.02)
print(len(restarted), "restarts")

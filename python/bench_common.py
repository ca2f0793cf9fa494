"""What the peers of `make bench` share: they get one JSON object as their only
argument and print one JSON line, with wall clock and processor seconds."""

import json
import resource
import sys
import time


def arguments():
    return json.loads(sys.argv[1])


def answer(**values):
    print(json.dumps(values), flush=True)


class Clock:
    """Seconds of a with block: wall, and cpu of all threads of this process."""

    def __enter__(self):
        self.began, self.used = time.perf_counter(), _cpu()
        return self

    def __exit__(self, *_):
        self.wall, self.cpu = time.perf_counter() - self.began, _cpu() - self.used


def _cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime

"""Peers made by libzmq, for interop_test.go: peers.py CASE ENDPOINT [ARGUMENT ...].

With the environment's CURVE_SERVER (the server's public key) they encrypt. A case
that ends well prints "ok" as its last line.
"""

import os
import signal
import subprocess
import sys
import time

import zmq

context = zmq.Context()


def connect(kind, endpoint, **options):
    s = context.socket(kind)
    s.setsockopt(zmq.RCVTIMEO, 20000)
    s.setsockopt(zmq.SNDTIMEO, 20000)
    s.setsockopt(zmq.LINGER, 0)
    s.setsockopt(zmq.RCVHWM, 0)
    s.setsockopt(zmq.SNDHWM, 0)
    server = os.environ.get("CURVE_SERVER")
    if server:
        s.curve_publickey, s.curve_secretkey = zmq.curve_keypair()
        s.curve_serverkey = server.encode()
    for name, value in options.items():
        s.setsockopt(getattr(zmq, name), value)
    s.connect(endpoint)
    return s


def exchange(s, *frames):
    s.send_multipart(frames)
    got = s.recv_multipart()
    assert got == list(frames), (got[:5], frames[:5])


def dealer(endpoint):
    s = connect(zmq.DEALER, endpoint, IDENTITY=b"ann")
    for size in 0, 1, 254, 255, 256, 65535, 65536, 5_000_000:
        exchange(s, b"a", b"x" * size, b"", b"last")
    exchange(s, *(b"%d" % i for i in range(1000)))


def req(endpoint):
    s = connect(zmq.REQ, endpoint)
    for i in range(100):
        exchange(s, b"%d" % i, b"x" * i)


def many(endpoint, n):
    """n requests at once, then their replies."""
    s = connect(zmq.DEALER, endpoint)
    n = int(n)
    for i in range(n):
        s.send(b"%d" % i)
    for i in range(n):
        assert s.recv() == b"%d" % i, i


def handover(endpoint):
    """Connections with one identity, the older of which stay open."""
    keep = []
    for i in range(5):
        s = connect(zmq.DEALER, endpoint, IDENTITY=b"ann", RECONNECT_IVL=-1)
        exchange(s, b"%d" % i)
        keep.append(s)


def reconnect(endpoint):
    for i in range(20):
        s = connect(zmq.DEALER, endpoint, IDENTITY=b"ann")
        exchange(s, b"%d" % i)
        s.close()


def heartbeat(endpoint, kind="DEALER"):
    """Pings each 20 ms, with a limit of 500 ms: no reconnect in 800 ms."""
    s = context.socket(getattr(zmq, kind))
    events = s.get_monitor_socket(zmq.EVENT_CONNECTED | zmq.EVENT_DISCONNECTED)
    for name, value in dict(HEARTBEAT_IVL=20, HEARTBEAT_TIMEOUT=500, HEARTBEAT_TTL=500, LINGER=0).items():
        s.setsockopt(getattr(zmq, name), value)
    server = os.environ.get("CURVE_SERVER")
    if server:
        s.curve_publickey, s.curve_secretkey = zmq.curve_keypair()
        s.curve_serverkey = server.encode()
    s.connect(endpoint)
    end = time.monotonic() + 0.8
    seen = []
    while (left := end - time.monotonic()) > 0:
        if events.poll(int(left * 1000)):
            seen.append(events.recv_multipart())
    assert len(seen) == 1, seen


def sub(endpoint):
    """Prints what comes: topics a, then b alone. The test publishes on and on."""
    s = connect(zmq.SUB, endpoint)
    s.setsockopt(zmq.SUBSCRIBE, b"a")
    assert s.recv_multipart() == [b"a", b"welcome"]
    assert s.recv_multipart()[0] == b"a"
    s.setsockopt(zmq.SUBSCRIBE, b"b")
    while s.recv_multipart() != [b"b", b"welcome"]:
        pass
    s.setsockopt(zmq.UNSUBSCRIBE, b"a")
    run = 0
    while run < 100:
        run = run + 1 if s.recv_multipart()[0] == b"b" else 0
    s.disconnect(endpoint)
    s.connect(endpoint)
    while s.recv_multipart() != [b"b", b"welcome"]:
        pass
    assert s.recv_multipart()[0] == b"b"


def count(endpoint, n):
    """Says that it is ready, then takes n messages in order."""
    s = connect(zmq.SUB, endpoint)
    s.setsockopt(zmq.SUBSCRIBE, b"")
    assert s.recv_multipart() == [b"", b"welcome"]
    print("ready", flush=True)
    for i in range(int(n)):
        m = s.recv_multipart()
        assert m[1] == b"%d" % i, (m[1], i)


def stopped(endpoint):
    """Subscribes, and waits for a line: the test stops the process before."""
    s = connect(zmq.SUB, endpoint, RCVHWM=10)
    s.setsockopt(zmq.SUBSCRIBE, b"")
    assert s.recv_multipart() == [b"", b"welcome"]
    print("ready", flush=True)
    dropped = 0
    while True:
        m = s.recv_multipart()
        if m[0] == b"dropped":
            dropped += int(m[1])
        if m[0] == b"end":
            break
    print("dropped", dropped)


def refused(endpoint, kind="DEALER"):
    """A peer that must not get through."""
    s = connect(getattr(zmq, kind), endpoint, RCVTIMEO=500)
    if kind == "SUB":
        s.setsockopt(zmq.SUBSCRIBE, b"")
    else:
        s.send(b"x")
    try:
        s.recv()
    except zmq.Again:
        return
    raise AssertionError("it got through")


globals()[sys.argv[1]](*sys.argv[2:])
print("ok", flush=True)

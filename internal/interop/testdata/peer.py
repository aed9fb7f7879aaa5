"""The examples, and any socket of the test matrix, in pyzmq.

    hello-client ENDPOINT N             hello-server N
    weather-client ENDPOINT ZIP N       weather-server
    worker VENTILATOR SINK              ventilator SINK N      sink N
    send|receive|ask|echo TYPE bind|connect ENDPOINT CORPUS

What binds prints "listening on ENDPOINT" first. Receives give up after a while.
"""
import base64
import json
import select
import sys
import time

import zmq

PATIENCE = 30_000  # ms
context = zmq.Context()


def opened(kind, bind=None, connect=None):
    s = context.socket(kind)
    s.setsockopt(zmq.RCVTIMEO, PATIENCE)
    s.setsockopt(zmq.LINGER, PATIENCE)
    if kind == zmq.SUB:
        s.setsockopt(zmq.SUBSCRIBE, b"")
    if bind:
        s.bind(bind)
        print("listening on", s.getsockopt_string(zmq.LAST_ENDPOINT).rstrip("\0"))
    if connect:
        s.connect(connect)
    return s


LOOPBACK = "tcp://127.0.0.1:*"


def hello_client(endpoint, n):
    req = opened(zmq.REQ, connect=endpoint)
    for _ in range(int(n)):
        req.send_string("Hello")
        print(req.recv_string())


def hello_server(n):
    rep = opened(zmq.REP, bind=LOOPBACK)
    for _ in range(int(n)):
        print(rep.recv_string())
        rep.send_string("World")


def weather_client(endpoint, zip_code, n):
    sub = opened(zmq.SUB, connect=endpoint)
    sub.setsockopt(zmq.UNSUBSCRIBE, b"")
    sub.setsockopt_string(zmq.SUBSCRIBE, zip_code)
    for _ in range(int(n)):
        print(sub.recv_string())


def weather_server():
    pub = opened(zmq.PUB, bind=LOOPBACK)
    while True:
        for place in range(10000, 10010):
            pub.send_string("%05d %d %d" % (place, 21 if place == 10001 else 99, 50))


def worker(ventilator, sink):
    results = opened(zmq.PUSH, connect=sink)
    tasks = opened(zmq.PULL, connect=ventilator)
    while True:
        task = tasks.recv_string()
        time.sleep(int(task) / 1000)  # the work
        print(task)
        results.send(b"")


def ventilator(sink, n):
    tasks = opened(zmq.PUSH, bind=LOOPBACK)
    results = opened(zmq.PUSH, connect=sink)
    results.send_string("0")
    for i in range(int(n)):
        tasks.send_string(str(1 + i % 5))


def sink(n):
    results = opened(zmq.PULL, bind=LOOPBACK)
    got = [results.recv_multipart() for _ in range(int(n) + 1)]
    print("begin=%d results=%d" % (got.count([b"0"]), got.count([b""])))


def matrix(role, kind, how, endpoint, corpus):
    with open(corpus) as f:
        messages = [[base64.b64decode(frame) for frame in message] for message in json.load(f)]
    s = opened(getattr(zmq, kind), **{how: endpoint})
    if kind == "PUB":  # until the subscriber says, by a line, that it hears us
        while not select.select([sys.stdin], [], [], 0.001)[0]:
            s.send(b"probe")
    for i, message in enumerate(messages):
        if role in ("send", "ask"):
            s.send_multipart(message)
        if role in ("receive", "ask"):
            got = s.recv_multipart()
            if got != message:
                sys.exit("message %d has frames of %s bytes, or other bytes; want %s bytes"
                         % (i, [len(f) for f in got], [len(f) for f in message]))
        if role == "echo":
            s.send_multipart(s.recv_multipart())


def main(command, *arguments):
    if command in ("send", "receive", "ask", "echo"):
        matrix(command, *arguments)
    else:
        globals()[command.replace("-", "_")](*arguments)
    context.destroy(linger=PATIENCE)


main(*sys.argv[1:])

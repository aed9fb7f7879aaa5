"""Sockets of pyzmq by remote control. agent.c and agent.js understand the same lines.

Each line on stdin is a command, each line on stdout its answer: "ok", with a value behind it where there is one, or "error" and
why. SOCKET, PROXY and STREAM are names that the commander chooses.

    open SOCKET TYPE [OPTION=VALUE]...  options by their libzmq names in lower case
    bind SOCKET ENDPOINT                answers with the endpoint
    connect SOCKET ENDPOINT
    sub SOCKET FRAME                    and unsub
    send SOCKET MESSAGE
    offer SOCKET MESSAGE                sends unless that would have to wait
    recv SOCKET MESSAGE                 waits for one that ends with these frames, and answers how many came before them
    reply SOCKET MESSAGE                sends the frames that came before, then these
    close SOCKET
    proxy PROXY FRONT BACK              hands two sockets to zmq_proxy; "stop PROXY" ends it and closes both
    zap USER PASSWORD DIRECTORY         from now on admits this user, the clients whose certificates are there, and nobody else
    refused SOCKET                      waits until one more handshake of it has failed
    empty SOCKET                        is an error when there is a message
    keys                                answers with a new CURVE key pair, the public key first
    save FILE | load FILE               writes or reads a certificate, of two files or one, and answers with its keys; not in
                                        zeromq.js, which knows none. FILE ends in .key. A secret key that is not there is "-".
    listen STREAM                       plain tcp: answers with an endpoint, then "accept STREAM"; or "dial STREAM ENDPOINT"
    write STREAM MESSAGE                and read; "hang STREAM" hangs up
    version

A MESSAGE is frames with commas between them. A frame is x and its bytes in hexadecimal, or OFFSET+SIZE: so many bytes, from that
place on, of a pattern that all parties can compute and that repeats itself.

Between commands the agent attends to its sockets as an event loop does. It has to: a socket that is bound learns of a new peer in
its own thread, when that next calls libzmq, and only then sends its subscriptions or its probe.
"""
import os
import select
import socket
import sys
import threading

import zmq
import zmq.auth
import zmq.auth.thread
import zmq.utils.monitor

PATIENCE = 15_000  # ms; less than that of the commander, who so hears what did not happen
PATTERN_SIZE = 65521
context = zmq.Context()
sockets, monitors, routes, proxies, streams = {}, {}, {}, {}, {}
FAILURES = zmq.EVENT_HANDSHAKE_FAILED_AUTH | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
authenticator = zmq.auth.thread.ThreadAuthenticator(context)


def pattern():
    x, out = 1, bytearray()
    for _ in range(PATTERN_SIZE):
        x = (x * 1103515245 + 12345) & 0xFFFFFFFF
        out.append(x >> 16 & 255)
    return bytes(out)


PATTERN = pattern()


def frame(text):
    if text.startswith("x"):
        return bytes.fromhex(text[1:])
    offset, size = map(int, text.split("+"))
    return (PATTERN * ((offset + size) // PATTERN_SIZE + 1))[offset:offset + size]


def message(text):
    return [frame(f) for f in text.split(",")]


def open_(name, kind, *options):
    s = sockets[name] = context.socket(getattr(zmq, kind))
    s.setsockopt(zmq.RCVTIMEO, PATIENCE)
    s.setsockopt(zmq.SNDTIMEO, PATIENCE)
    s.setsockopt(zmq.LINGER, 0)
    for option in options:
        key, value = option.split("=", 1)
        s.setsockopt(getattr(zmq, key.upper()), int(value) if value.isdecimal() else value.encode())
    monitors[name] = s.get_monitor_socket(FAILURES)


def bind(name, endpoint):
    sockets[name].bind(endpoint)
    return sockets[name].getsockopt_string(zmq.LAST_ENDPOINT).rstrip("\0")


def connect(name, endpoint):
    sockets[name].connect(endpoint)


def sub(name, topic):
    sockets[name].setsockopt(zmq.SUBSCRIBE, frame(topic))


def unsub(name, topic):
    sockets[name].setsockopt(zmq.UNSUBSCRIBE, frame(topic))


def send(name, text):
    sockets[name].send_multipart(message(text))


def offer(name, text):
    try:
        sockets[name].send_multipart(message(text), zmq.NOBLOCK)
    except zmq.Again:
        pass


def recv(name, text):
    got, want = sockets[name].recv_multipart(), message(text)
    before = len(got) - len(want)
    if before < 0 or got[before:] != want:
        raise ValueError("want frames of %s bytes, got %s, or other bytes" % ([len(f) for f in want], [len(f) for f in got]))
    routes[name] = got[:before]
    return before


def reply(name, text):
    sockets[name].send_multipart(routes[name] + message(text))


def close(name):
    s = sockets.pop(name)
    s.disable_monitor()
    s.close()
    monitors.pop(name).close()
    routes.pop(name, None)


def proxy(name, front, back):
    for side in front, back:
        sockets[side].disable_monitor()
        monitors.pop(side).close()
    front, back = sockets.pop(front), sockets.pop(back)
    there, here = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
    there.bind("inproc://proxy." + name)
    here.connect("inproc://proxy." + name)

    def run():
        zmq.proxy_steerable(front, back, None, there)
        for s in (front, back, there):
            s.close()

    thread = threading.Thread(target=run)
    thread.start()
    proxies[name] = here, thread


def stop(name):
    here, thread = proxies.pop(name)
    here.send(b"TERMINATE")
    thread.join()
    here.close()


def zap(user, password, directory):
    authenticator.start()
    authenticator.configure_plain("global", passwords={user: password})
    authenticator.configure_curve("global", location=directory)


def refused(name):
    if not monitors[name].poll(PATIENCE):
        raise TimeoutError("nobody was refused")
    zmq.utils.monitor.recv_monitor_message(monitors[name])


def empty(name):
    try:
        got = sockets[name].recv_multipart(zmq.NOBLOCK)
    except zmq.Again:
        return
    raise ValueError("a message of %d frames is there" % len(got))


def keys(public=None, secret=None):
    if public is None:
        public, secret = zmq.curve_keypair()
    return public.decode() + " " + (secret.decode() if secret else "-")


def save(file):
    directory, name = os.path.split(file)
    _, secret = zmq.auth.create_certificates(directory, name[:-len(".key")], {"name": "their certificate"})
    return load(secret)


def load(file):
    return keys(*zmq.auth.load_certificate(file))


def listen(name):
    s = streams[name] = socket.create_server(("127.0.0.1", 0))
    return "tcp://127.0.0.1:%d" % s.getsockname()[1]


def accept(name):
    listener = streams[name]
    listener.settimeout(PATIENCE / 1000)
    streams[name] = listener.accept()[0]
    listener.close()


def dial(name, endpoint):
    host, port = endpoint[len("tcp://"):].rsplit(":", 1)
    streams[name] = socket.create_connection((host, int(port)))


def write(name, text):
    streams[name].sendall(b"".join(message(text)))


def read(name, text):
    want, got = b"".join(message(text)), b""
    streams[name].settimeout(PATIENCE / 1000)
    while len(got) < len(want):
        piece = streams[name].recv(len(want) - len(got))
        if not piece:
            break
        got += piece
    if got != want:
        raise ValueError("want %d bytes, got %d, or other ones" % (len(want), len(got)))


def hang(name):
    streams.pop(name).close()


def version():
    return "pyzmq %s with libzmq %s" % (zmq.pyzmq_version(), zmq.zmq_version())


commands = dict(open=open_, **{f.__name__: f for f in (
    bind, connect, sub, unsub, send, offer, recv, reply, close, proxy, stop, zap, refused, empty, keys, save, load, listen, accept, dial, write, read, hang, version)})


def lines():
    """Gives the commands. Only one is there at a time, so none hides in the buffer of stdin."""
    while True:
        attended = {s.getsockopt(zmq.FD): s for s in sockets.values()}
        for fd in select.select([sys.stdin, *attended], [], [])[0]:
            if fd is not sys.stdin:
                attended[fd].getsockopt(zmq.EVENTS)
            elif line := sys.stdin.readline():
                yield line
                break
            else:
                return


for line in lines():
    verb, *words = line.split()
    try:
        answer = commands[verb](*words)
    except Exception as e:
        print("error", repr(e).replace("\n", " "), flush=True)
    else:
        print("ok" if answer is None else "ok %s" % answer, flush=True)
for name in list(proxies):
    stop(name)
for name in list(sockets):
    close(name)
if authenticator.is_alive():
    authenticator.stop()
context.term()

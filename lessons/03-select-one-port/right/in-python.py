# differs: It is written in Python, with the selectors module.

import selectors
import socket
import sys

FD_SETSIZE = 1024


def say(line):
    print(line, flush=True)


def name(address):
    return "%s:%d" % address


def admit(listener, selector):
    try:
        client, address = listener.accept()
    except (BlockingIOError, ConnectionAbortedError):
        return
    if client.fileno() >= FD_SETSIZE:
        client.close()
        say(f"turned away {name(address)}: select has no room for it")
        return
    selector.register(client, selectors.EVENT_READ, address)
    say(f"accepted {name(address)}")


def answer(client, selector, address):
    reason = ""
    try:
        data = client.recv(1024)
        if data:
            client.sendall(data + b"Roger that.")
            return
    except OSError as error:
        reason = f": {error}"
    selector.unregister(client)
    client.close()
    say(f"closed {name(address)}{reason}")


host, port = sys.argv[1].rsplit(":", 1)
listener = socket.create_server((host, int(port)), backlog=128)
say(f"listening on {name(listener.getsockname())}")
selector = selectors.SelectSelector()
selector.register(listener, selectors.EVENT_READ)
while True:
    ready = [key for key, _ in selector.select()]
    for key in ready:
        if key.fileobj is not listener:
            answer(key.fileobj, selector, key.data)
    if any(key.fileobj is listener for key in ready):
        admit(listener, selector)

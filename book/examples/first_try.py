"""Lesson 03's server as it is often written at first, with Python's selectors. Two things in it are wrong."""

import selectors
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
listener = socket.create_server((host, int(port)))
print("listening on %s:%d" % listener.getsockname(), flush=True)
selector = selectors.DefaultSelector()
selector.register(listener, selectors.EVENT_READ)

while True:
    for key, _ in selector.select():
        if key.fileobj is listener:
            client, address = listener.accept()
            print("accepted %s:%d" % address, flush=True)
            selector.register(client, selectors.EVENT_READ, address)
            continue
        data = key.fileobj.recv(1024)
        if data:
            key.fileobj.sendall(data + b"Roger that.")
        else:
            selector.unregister(key.fileobj)
            key.fileobj.close()
            print("closed %s:%d" % key.data, flush=True)

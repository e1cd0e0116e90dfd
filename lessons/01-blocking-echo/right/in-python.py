# differs: It is written in Python.

import socket
import sys


def say(line):
    print(line, flush=True)


def echo(client):
    while data := client.recv(1024):
        client.sendall(data)


host, port = sys.argv[1].rsplit(":", 1)
listener = socket.create_server((host, int(port)), backlog=128)
say("listening on %s:%d" % listener.getsockname())
number = 0
while True:
    client, address = listener.accept()
    number += 1
    say("accepted %s:%d, number %d" % (*address, number))
    reason = ""
    with client:
        try:
            echo(client)
        except OSError as error:
            reason = f": {error}"
    say("closed %s:%d%s" % (*address, reason))

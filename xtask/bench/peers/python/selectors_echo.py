"""Lesson 10's server on Python's selectors, with buffers and queues of the same sizes."""

import selectors
import socket
import sys

BUFFER_SIZE = 4 * 1024
QUEUE_SIZE = 64 * 1024


class Client:
    def __init__(self, sock, name):
        self.socket = sock
        self.name = name
        self.queue = bytearray()
        self.at_end = False
        self.watched_for = selectors.EVENT_READ


def admit(selector, listener):
    sock, (host, port) = listener.accept()
    sock.setblocking(False)
    client = Client(sock, f"{host}:{port}")
    selector.register(sock, client.watched_for, client)
    print("accepted", client.name)


def can_receive(client):
    return not client.at_end and len(client.queue) < QUEUE_SIZE


def converse(client, events):
    if events & selectors.EVENT_READ and can_receive(client):
        try:
            received = client.socket.recv(min(BUFFER_SIZE, QUEUE_SIZE - len(client.queue)))
            client.at_end = not received
            client.queue += received
        except BlockingIOError:
            pass
    if client.queue:
        try:
            del client.queue[: client.socket.send(client.queue)]
        except BlockingIOError:
            pass


def interest(client):
    events = selectors.EVENT_READ if can_receive(client) else 0
    return events | (selectors.EVENT_WRITE if client.queue else 0)


def attend(selector, client, events):
    try:
        converse(client, events)
        reason = None
    except OSError as error:
        reason = error
    if reason or (client.at_end and not client.queue):
        selector.unregister(client.socket)
        client.socket.close()
        print("closed", f"{client.name}: {reason}" if reason else client.name)
    elif interest(client) != client.watched_for:
        client.watched_for = interest(client)
        selector.modify(client.socket, client.watched_for, client)


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    sys.stdout.reconfigure(line_buffering=True)
    listener = socket.create_server((host, int(port)), backlog=128)
    listener.setblocking(False)
    print("listening on %s:%d" % listener.getsockname())
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, events in selector.select():
            if key.data:
                attend(selector, key.data, events)
            else:
                admit(selector, listener)


main()

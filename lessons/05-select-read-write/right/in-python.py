# differs: It is written in Python.

import select
import socket
import sys

FD_SETSIZE = 1024
QUEUE_SIZE = 64 * 1024
BUFFER_SIZE = 16 * 1024


class Client:
    def __init__(self, sock, address):
        self.socket = sock
        self.name = "%s:%d" % address
        self.queue = bytearray()
        self.at_end = False

    def fileno(self):
        return self.socket.fileno()

    def may_send(self):
        return not self.at_end and len(self.queue) < QUEUE_SIZE

    def receive(self):
        room = min(BUFFER_SIZE, QUEUE_SIZE - len(self.queue))
        data = self.socket.recv(room)
        self.queue += data
        self.at_end = not data

    def send(self):
        count = self.socket.send(self.queue)
        del self.queue[:count]

    def receive_urgent(self):
        try:
            byte = self.socket.recv(1, socket.MSG_OOB)
        except OSError:
            return  # there is none after all
        if byte:
            say(f"urgent {self.name}: {escaped(byte)}")

    def goes_on(self, readable, writable, exceptional):
        """Does what it is ready for; returns why it is to be closed, or None."""
        for is_ready, act in (
            (exceptional, self.receive_urgent),
            (readable, self.receive),
            (writable, self.send),
        ):
            try:
                if is_ready:
                    act()
            except BlockingIOError:
                pass
            except OSError as error:
                return f": {error}"
        return "" if self.at_end and not self.queue else None


ESCAPES = {9: "\\t", 10: "\\n", 13: "\\r", 34: '\\"', 39: "\\'", 92: "\\\\"}
PRINTED = [chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}" for byte in range(256)]
PRINTED = [ESCAPES.get(byte, text) for byte, text in enumerate(PRINTED)]


def escaped(data):
    return "".join(map(PRINTED.__getitem__, data))


def say(line):
    print(line, flush=True)


def admit(listener, clients):
    try:
        accepted, address = listener.accept()
    except (BlockingIOError, ConnectionAbortedError):
        return
    client = Client(accepted, address)
    if client.fileno() >= FD_SETSIZE:
        accepted.close()
        say(f"turned away {client.name}: select has no room for it")
        return
    accepted.setblocking(False)
    clients.append(client)
    say(f"accepted {client.name}")


def serve(listener):
    clients = []
    while True:
        ready = select.select(
            [listener] + [client for client in clients if client.may_send()],
            [client for client in clients if client.queue],
            clients,
        )
        readable, writable, exceptional = map(set, ready)
        for client in clients[:]:
            reason = client.goes_on(client in readable, client in writable, client in exceptional)
            if reason is not None:
                clients.remove(client)
                client.socket.close()
                say(f"closed {client.name}{reason}")
        if listener in readable:
            admit(listener, clients)


host, port = sys.argv[1].rsplit(":", 1)
listener = socket.create_server((host, int(port)), backlog=128)
listener.setblocking(False)
say("listening on %s:%d" % listener.getsockname())
serve(listener)

# differs: It is written in Python.

import errno
import select
import socket
import sys

QUEUE_SIZE = 64 * 1024
BUFFER_SIZE = 16 * 1024
SHORTAGE = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Client:
    def __init__(self, sock, address):
        self.socket = sock
        self.name = "%s:%d" % address
        self.queue = bytearray()
        self.at_end = False

    def interest(self):
        events = select.POLLPRI
        if not self.at_end and len(self.queue) < QUEUE_SIZE:
            events |= select.POLLIN
        return events | (select.POLLOUT if self.queue else 0)

    def receive(self):
        room = min(BUFFER_SIZE, QUEUE_SIZE - len(self.queue))
        data = self.socket.recv(room)
        if data:
            say(f"{self.name}: {escaped(data)}")
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

    def fail(self):
        number = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        raise OSError(number or errno.ECONNRESET, "it is gone")

    def goes_on(self, events):
        """Does what poll says; returns why it is to be closed, or None."""
        is_broken = events & (select.POLLERR | select.POLLHUP) and not events & select.POLLIN
        for is_ready, act in (
            (events & select.POLLPRI, self.receive_urgent),
            (events & select.POLLIN, self.receive),
            (events & select.POLLOUT, self.send),
            (is_broken, self.fail),
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
    """Returns whether another one could be accepted."""
    try:
        accepted, address = listener.accept()
    except (BlockingIOError, ConnectionAbortedError):
        return True
    except OSError as error:
        if error.errno in SHORTAGE and clients:
            return False
        raise
    accepted.setblocking(False)
    client = clients[accepted.fileno()] = Client(accepted, address)
    say(f"accepted {client.name}")
    return True


def serve(listener):
    clients = {}
    accepting = True
    while True:
        poller = select.poll()
        if accepting:
            poller.register(listener, select.POLLIN)
        for number, client in clients.items():
            poller.register(number, client.interest())
        ready = dict(poller.poll())
        for number in ready.keys() & clients.keys():
            client = clients[number]
            reason = client.goes_on(ready[number])
            if reason is not None:
                del clients[number]
                client.socket.close()
                say(f"closed {client.name}{reason}")
                accepting = True
        if listener.fileno() in ready:
            accepting = admit(listener, clients)


host, port = sys.argv[1].rsplit(":", 1)
listener = socket.create_server((host, int(port)), backlog=128)
listener.setblocking(False)
say("listening on %s:%d" % listener.getsockname())
serve(listener)

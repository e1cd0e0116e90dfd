# differs: It is written in Python, with the selectors module.

import errno
import selectors
import socket
import sys
from selectors import EVENT_READ, EVENT_WRITE

QUEUE_SIZE = 64 * 1024
BUFFER_SIZE = 16 * 1024
SHORTAGE = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


def say(line):
    print(line, flush=True)


class Client:
    def __init__(self, sock, address):
        self.socket = sock
        self.name = "%s:%d" % address
        self.queue = bytearray()
        self.at_end = False

    def interest(self):
        reading = EVENT_READ if not self.at_end and len(self.queue) < QUEUE_SIZE else 0
        return reading | (EVENT_WRITE if self.queue else 0)

    def receive(self):
        room = min(BUFFER_SIZE, QUEUE_SIZE - len(self.queue))
        data = self.socket.recv(room)
        self.queue += data
        self.at_end = not data

    def send(self):
        count = self.socket.send(self.queue)
        del self.queue[:count]

    def goes_on(self, events):
        """Does what it is ready for; returns why it is to be closed, or None."""
        acts = [self.receive] if events & EVENT_READ else []
        for act in acts + [self.send]:
            try:
                if act == self.receive or self.queue:
                    act()
            except BlockingIOError:
                pass
            except OSError as error:
                return f": {error}"
        return "" if self.at_end and not self.queue else None


class Server:
    def __init__(self, listener):
        self.listener = listener
        self.selector = selectors.EpollSelector()
        self.clients = {}
        self.listens(True)

    def listens(self, should):
        """Has the listener watched, or not."""
        is_watched = self.listener in self.selector.get_map()
        if should and not is_watched:
            self.selector.register(self.listener, EVENT_READ)
        elif is_watched and not should:
            self.selector.unregister(self.listener)

    def serve(self):
        while True:
            ready = self.selector.select()
            for key, events in ready:
                if key.data:
                    self.attend(key.data, events)
            if any(key.fileobj is self.listener for key, _ in ready):
                self.admit()

    def attend(self, client, events):
        reason = client.goes_on(events)
        if reason is None:
            self.watch(client)
            return
        if client.socket in self.selector.get_map():
            self.selector.unregister(client.socket)
        del self.clients[client.name]
        client.socket.close()
        say(f"closed {client.name}{reason}")
        self.listens(True)

    def watch(self, client):
        """The interest is never empty: a client is read from, or owed something."""
        if self.selector.get_key(client.socket).events != client.interest():
            self.selector.modify(client.socket, client.interest(), client)

    def admit(self):
        try:
            accepted, address = self.listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as error:
            if error.errno not in SHORTAGE or not self.clients:
                raise
            self.listens(False)
            return
        accepted.setblocking(False)
        client = Client(accepted, address)
        self.clients[client.name] = client
        self.selector.register(accepted, EVENT_READ, client)
        say(f"accepted {client.name}")


host, port = sys.argv[1].rsplit(":", 1)
listener = socket.create_server((host, int(port)), backlog=128)
listener.setblocking(False)
say("listening on %s:%d" % listener.getsockname())
Server(listener).serve()

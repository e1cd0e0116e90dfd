# differs: It is written in Python, with the selectors module that this lesson takes after.

import errno
import selectors
import socket
import sys
from selectors import EVENT_READ, EVENT_WRITE

QUEUE_SIZE = 64 * 1024
BUFFER_SIZE = 16 * 1024
FD_SETSIZE = 1024
SHORTAGE = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
WAYS = {
    "select": selectors.SelectSelector,
    "poll": selectors.PollSelector,
    "default": selectors.DefaultSelector,
}


def say(line):
    print(line, flush=True)


class Server:
    def __init__(self, way, host, port):
        self.selector = WAYS[way]()
        self.highest = FD_SETSIZE if way == "select" else float("inf")
        self.clients = 0
        self.is_listening = True
        self.listener = socket.create_server((host, port), backlog=128)
        self.listener.setblocking(False)
        say("listening on %s:%d" % self.listener.getsockname())
        self.selector.register(self.listener, EVENT_READ, self.admit)

    def serve(self, once):
        somebody_came = False
        while True:
            somebody_came |= self.clients > 0
            all_have_left = once and somebody_came and self.clients == 0
            ready = self.selector.select(0 if all_have_left else None)
            if all_have_left and not ready:
                return
            for key, events in ready:
                # An earlier callback may have closed it.
                if self.selector.get_map().get(key.fd) == key:
                    key.data(events)

    def admit(self, _):
        try:
            accepted, address = self.listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as error:
            if error.errno not in SHORTAGE or self.clients == 0:
                raise
            self.selector.unregister(self.listener)
            self.is_listening = False
            return
        if accepted.fileno() >= self.highest:
            accepted.close()
            say("turned away %s:%d: select has no room for it" % address)
            return
        accepted.setblocking(False)
        Client(self, accepted, address)

    def left(self):
        self.clients -= 1
        if not self.is_listening:
            self.selector.register(self.listener, EVENT_READ, self.admit)
            self.is_listening = True


class Client:
    def __init__(self, server, sock, address):
        self.server = server
        self.socket = sock
        self.name = "%s:%d" % address
        self.queue = bytearray()
        self.at_end = False
        server.selector.register(sock, EVENT_READ, self.converse)
        server.clients += 1
        say(f"accepted {self.name}")

    def converse(self, events):
        for event, act in ((EVENT_READ, self.receive), (EVENT_WRITE, self.send)):
            try:
                if events & event:
                    act()
            except BlockingIOError:
                pass
            except OSError as error:
                return self.close(f": {error}")
        if self.at_end and not self.queue:
            return self.close("")
        reading = EVENT_READ if not self.at_end and len(self.queue) < QUEUE_SIZE else 0
        writing = EVENT_WRITE if self.queue else 0
        self.server.selector.modify(self.socket, reading | writing, self.converse)

    def receive(self):
        room = min(BUFFER_SIZE, QUEUE_SIZE - len(self.queue))
        data = self.socket.recv(room)
        self.queue += data
        self.at_end = not data

    def send(self):
        count = self.socket.send(self.queue)
        del self.queue[:count]

    def close(self, reason):
        self.server.selector.unregister(self.socket)
        self.socket.close()
        say(f"closed {self.name}{reason}")
        self.server.left()


way, once, addresses = "default", False, []
arguments = iter(sys.argv[1:])
for argument in arguments:
    if argument == "--selector":
        way = next(arguments)
    elif argument == "--once":
        once = True
    else:
        addresses.append(argument)
if len(addresses) != 1:
    print("one address is wanted", file=sys.stderr)
    sys.exit(2)
host, port = addresses[0].rsplit(":", 1)
Server(way, host, int(port)).serve(once)

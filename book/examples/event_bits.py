"""Brings sockets into the situations that servers meet, and prints what poll says of each."""

import os
import select
import socket
import struct

BITS = ("POLLIN", "POLLOUT", "POLLPRI", "POLLRDHUP", "POLLERR", "POLLHUP", "POLLNVAL")
ASKED = select.POLLIN | select.POLLOUT | select.POLLPRI | select.POLLRDHUP


def answer(fd, asked):
    """What poll says of a descriptor, when there is something to say."""
    poll = select.poll()
    poll.register(fd, asked)
    return poll.poll()[0][1]


def show(situation, told):
    print(f"{situation:34}", *(name for name in BITS if told & getattr(select, name)))


def say(situation, sock, until):
    """Waits until one of `until` is so (the last three bits always count), then asks for all."""
    answer(sock.fileno(), until)
    show(situation, answer(sock.fileno(), ASKED))


def pair():
    """A connection: the server's end and the client's."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        return listener.accept()[0], client


def reset(client):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


with socket.create_server(("127.0.0.1", 0)) as listener:
    client = socket.create_connection(listener.getsockname())
    say("listener, somebody waits", listener, select.POLLIN)

server, client = pair()
say("connected, nothing said", server, select.POLLOUT)
client.send(b"hi")
say("bytes have come", server, select.POLLIN)
client.shutdown(socket.SHUT_WR)
say("bytes, and the end behind them", server, select.POLLRDHUP)
server.recv(1024)
say("the end alone", server, select.POLLIN)
server.shutdown(socket.SHUT_WR)
say("both directions have ended", server, 0)

server, client = pair()
client.send(b"!", socket.MSG_OOB)
say("an urgent byte", server, select.POLLPRI)

server, client = pair()
reset(client)
say("reset", server, 0)

server, client = pair()
client.send(b"bye")
answer(server.fileno(), select.POLLIN)
reset(client)
say("reset, with bytes before it", server, 0)

with socket.create_server(("127.0.0.1", 0)) as listener:
    nobody = listener.getsockname()
connecting = socket.socket()
connecting.setblocking(False)
connecting.connect_ex(nobody)
say("a connect that was refused", connecting, 0)

reader, writer = os.pipe()
os.close(writer)
show("a pipe without a writer", answer(reader, ASKED))
os.close(reader)
show("a closed descriptor", answer(reader, ASKED))

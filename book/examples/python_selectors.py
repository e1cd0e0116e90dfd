"""What Python's selectors and sockets say in situations that everybody meets. rust_selectors.rs asks the same."""

import selectors
import socket


def show(situation, what):
    print(f"{situation:36}", what)


def error(action, *arguments):
    """The name of the exception that this raises."""
    try:
        action(*arguments)
    except Exception as raised:
        return type(raised).__name__


selector = selectors.PollSelector()
ada, server = socket.socketpair()
server.setblocking(False)
selector.register(server, selectors.EVENT_READ, "ada")

show("select, and nobody is ready", selector.select(0))
ada.send(b"hi")
ready = selector.select()
key, events = ready[0]
show("select, and ada has sent something", (key.data, bool(events & selectors.EVENT_READ)))
show("recv", key.fileobj.recv(10))
show("recv, and nothing is there", error(key.fileobj.recv, 10))

selector.modify(server, selectors.EVENT_READ | selectors.EVENT_WRITE, "ada, both")
show("modify, then get_key", selector.get_key(server).data)
ada.close()
show("recv at the end", server.recv(10))
show("send to who is gone", error(server.send, b"hi"))

key = selector.unregister(server)
show("unregister gives back", key.data)
show("unregister again", error(selector.unregister, server))
show("get_map", len(selector.get_map()))
show("connect to a closed port", error(socket.create_connection, ("127.0.0.1", 1)))

show("only here: no events", error(selector.register, server, 0))
show("only here: registered twice", [error(selector.register, server, 1) for _ in range(2)])
server.close()
show("only here: closed, still registered", len(selector.get_map()))

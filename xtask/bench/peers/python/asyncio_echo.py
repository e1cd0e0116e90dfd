"""Lesson 10's server on Python's asyncio: a protocol, which is the fastest way that asyncio has."""

import asyncio
import sys


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        transport.set_write_buffer_limits(high=64 * 1024)
        self.name = "%s:%d" % transport.get_extra_info("peername")
        print("accepted", self.name)

    def data_received(self, data):
        # The transport tries to send at once, and queues what is left.
        self.transport.write(data)

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()

    def eof_received(self):
        return False  # The transport sends what it has queued, and closes.

    def connection_lost(self, reason):
        print("closed", f"{self.name}: {reason}" if reason else self.name)


async def main():
    host, port = sys.argv[1].rsplit(":", 1)
    sys.stdout.reconfigure(line_buffering=True)
    server = await asyncio.get_running_loop().create_server(Echo, host, int(port))
    print("listening on %s:%d" % server.sockets[0].getsockname())
    await server.serve_forever()


asyncio.run(main())

/* Lesson 10's server in plain C: level-triggered epoll, an attempt to send at once, a queue for what is left.
 *
 * Buffers and queues have the sizes of lesson 10's. It does without what an echo does not need: it ends when accept fails.
 *
 *     cc -O2 -o epoll epoll.c && ./epoll 127.0.0.1:8010
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256, BUFFER_SIZE = 4 * 1024, QUEUE_SIZE = 64 * 1024 };

struct client {
    int fd;
    int at_end;
    unsigned watched_for;
    struct sockaddr_in address;
    /* What it is owed: `queued` bytes from `queue`, which is NULL as long as nothing had to wait. */
    char *queue;
    size_t queued;
};

static int epoll;
static int listener;
static char buffer[BUFFER_SIZE];

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void say(const char *what, const struct sockaddr_in *address, int error) {
    char host[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &address->sin_addr, host, sizeof host);
    printf("%s %s:%d%s%s\n", what, host, ntohs(address->sin_port), error ? ": " : "",
           error ? strerror(error) : "");
}

static void open_listener(char *argument) {
    char *colon = strrchr(argument, ':');
    if (!colon) {
        fputs("usage: epoll ADDR\n", stderr);
        exit(2);
    }
    *colon = '\0';
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(colon + 1))};
    inet_pton(AF_INET, argument, &address.sin_addr);
    int yes = 1;
    socklen_t size = sizeof address;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 128) ||
        getsockname(listener, (struct sockaddr *)&address, &size))
        fail(argument);
    say("listening on", &address, 0);
}

static void admit(void) {
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    int fd = accept4(listener, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
            return;
        fail("accept");
    }
    struct client *client = calloc(1, sizeof *client);
    if (!client)
        fail("calloc");
    client->fd = fd;
    client->address = address;
    client->watched_for = EPOLLIN;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
        fail("epoll_ctl");
    say("accepted", &address, 0);
}

/* Whether a call that has failed may be tried again later. */
static int is_no_failure(void) {
    return errno == EINTR || errno == EAGAIN;
}

/* Sends what the kernel takes of `count` bytes; returns how many those are, or -1. */
static ssize_t try_to_send(struct client *client, const char *bytes, size_t count) {
    ssize_t sent = send(client->fd, bytes, count, MSG_NOSIGNAL);
    return sent < 0 && is_no_failure() ? 0 : sent;
}

/* Receives, and sends at once if nothing is queued; what the kernel does not take is queued. Returns 0 if it fails. */
static int receive(struct client *client) {
    size_t room = QUEUE_SIZE - client->queued;
    ssize_t got = recv(client->fd, buffer, room < BUFFER_SIZE ? room : BUFFER_SIZE, 0);
    if (got < 0)
        return is_no_failure();
    client->at_end = got == 0;
    ssize_t sent = 0;
    if (client->queued == 0 && got > 0 && (sent = try_to_send(client, buffer, got)) < 0)
        return 0;
    if (sent == got)
        return 1;
    if (!client->queue && !(client->queue = malloc(QUEUE_SIZE)))
        fail("malloc");
    memcpy(client->queue + client->queued, buffer + sent, got - sent);
    client->queued += got - sent;
    return 1;
}

/* Sends from the queue. Returns 0 if it fails. */
static int send_queue(struct client *client) {
    ssize_t sent = try_to_send(client, client->queue, client->queued);
    if (sent < 0)
        return 0;
    client->queued -= sent;
    memmove(client->queue, client->queue + sent, client->queued);
    return 1;
}

/* What the client is to be watched for. */
static unsigned interest(const struct client *client) {
    unsigned can_receive = !client->at_end && client->queued < QUEUE_SIZE;
    return (can_receive ? EPOLLIN : 0) | (client->queued ? EPOLLOUT : 0);
}

/* Does what the client is ready for; returns 0 if it is to be closed. `errno` is then an error, or 0. */
static int goes_on(struct client *client, unsigned events) {
    if (client->queued && !send_queue(client))
        return 0;
    if (events & ~EPOLLOUT && interest(client) & EPOLLIN && !receive(client))
        return 0;
    errno = 0;
    if (client->at_end && client->queued == 0)
        return 0;
    unsigned needed = interest(client);
    if (needed != client->watched_for) {
        client->watched_for = needed;
        struct epoll_event event = {.events = needed, .data.ptr = client};
        if (epoll_ctl(epoll, EPOLL_CTL_MOD, client->fd, &event))
            return 0;
    }
    return 1;
}

static void leave(struct client *client) {
    say("closed", &client->address, errno);
    close(client->fd);
    free(client->queue);
    free(client);
}

int main(int argc, char **argv) {
    setlinebuf(stdout);
    char nothing[] = "";
    open_listener(argc == 2 ? argv[1] : nothing);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event))
        fail("epoll");
    struct epoll_event events[EVENTS];
    for (;;) {
        int ready = epoll_wait(epoll, events, EVENTS, -1);
        if (ready < 0 && errno != EINTR)
            fail("epoll_wait");
        for (int i = 0; i < ready; i++) {
            struct client *client = events[i].data.ptr;
            if (!client)
                admit();
            else if (!goes_on(client, events[i].events))
                leave(client);
        }
    }
}

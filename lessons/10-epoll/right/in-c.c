// differs: It is written in C.

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { QUEUE_SIZE = 64 * 1024, NAME_SIZE = 32, EVENTS = 64 };

struct client {
    int fd;
    char name[NAME_SIZE];
    size_t queued;
    int at_end;
    unsigned watched_for;
    char queue[QUEUE_SIZE];
};

static int epoll;
static int listener;
static int count;
/* Whether the listener is watched: not while no descriptor is free. */
static int accepting;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void name_of(const struct sockaddr_in *address, char *name) {
    char host[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &address->sin_addr, host, sizeof host);
    snprintf(name, NAME_SIZE, "%s:%d", host, ntohs(address->sin_port));
}

static void open_listener(const char *argument) {
    char host[NAME_SIZE];
    const char *colon = strrchr(argument, ':');
    if (!colon || colon - argument >= NAME_SIZE) {
        fputs("usage: in-c ADDR\n", stderr);
        exit(2);
    }
    snprintf(host, sizeof host, "%.*s", (int)(colon - argument), argument);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(colon + 1))};
    inet_pton(AF_INET, host, &address.sin_addr);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int yes = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 128))
        fail(argument);
    socklen_t size = sizeof address;
    getsockname(listener, (struct sockaddr *)&address, &size);
    char name[NAME_SIZE];
    name_of(&address, name);
    printf("listening on %s\n", name);
}

static void watch_listener(int should) {
    struct epoll_event event = {.events = EPOLLIN};
    if (should != accepting && epoll_ctl(epoll, should ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, listener, &event))
        fail("epoll_ctl");
    accepting = should;
}

static void admit(void) {
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    int fd = accept4(listener, (struct sockaddr *)&address, &size, SOCK_NONBLOCK);
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE) {
            if (count == 0)
                fail("accept");
            watch_listener(0);
        }
        return;
    }
    struct client *client = calloc(1, sizeof *client);
    if (!client)
        fail("calloc");
    client->fd = fd;
    client->watched_for = EPOLLIN;
    name_of(&address, client->name);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
        fail("epoll_ctl");
    count++;
    printf("accepted %s\n", client->name);
}

/* A signal came, or there was nothing to take, or no room, after all. */
static int is_no_failure(void) {
    return errno == EINTR || errno == EAGAIN;
}

static int receive(struct client *client) {
    ssize_t got = recv(client->fd, client->queue + client->queued, QUEUE_SIZE - client->queued, 0);
    if (got < 0)
        return is_no_failure();
    client->queued += got;
    client->at_end = got == 0;
    return 1;
}

static int send_queue(struct client *client) {
    ssize_t sent = send(client->fd, client->queue, client->queued, MSG_NOSIGNAL);
    if (sent < 0)
        return is_no_failure();
    client->queued -= sent;
    memmove(client->queue, client->queue + sent, client->queued);
    return 1;
}

/* Does what the client is ready for; returns 0 if it is to be closed. `errno` is then an error, or 0. */
static int goes_on(struct client *client) {
    if (!client->at_end && client->queued < QUEUE_SIZE && !receive(client))
        return 0;
    if (client->queued && !send_queue(client))
        return 0;
    errno = 0;
    return !(client->at_end && client->queued == 0);
}

static void watch(struct client *client) {
    unsigned events = client->queued ? EPOLLOUT : 0;
    if (!client->at_end && client->queued < QUEUE_SIZE)
        events |= EPOLLIN;
    if (events == client->watched_for)
        return;
    client->watched_for = events;
    struct epoll_event event = {.events = events, .data.ptr = client};
    if (epoll_ctl(epoll, EPOLL_CTL_MOD, client->fd, &event))
        fail("epoll_ctl");
}

static void attend(struct client *client) {
    if (goes_on(client)) {
        watch(client);
        return;
    }
    int reason = errno;
    close(client->fd);
    if (reason)
        printf("closed %s: %s\n", client->name, strerror(reason));
    else
        printf("closed %s\n", client->name);
    free(client);
    count--;
    watch_listener(1);
}

int main(int argc, char **argv) {
    setlinebuf(stdout);
    open_listener(argc == 2 ? argv[1] : "");
    epoll = epoll_create1(EPOLL_CLOEXEC);
    watch_listener(1);
    struct epoll_event events[EVENTS];
    for (;;) {
        int ready = epoll_wait(epoll, events, EVENTS, -1);
        if (ready < 0 && errno != EINTR)
            fail("epoll_wait");
        int somebody_came = 0;
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr)
                attend(events[i].data.ptr);
            else
                somebody_came = 1;
        }
        if (somebody_came)
            admit();
    }
}

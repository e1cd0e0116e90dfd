// differs: It is written in C, and waits in poll.
// waits in: poll

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

enum { QUEUE_SIZE = 64 * 1024, NAME_SIZE = 32 };

struct client {
    int fd;
    char name[NAME_SIZE];
    size_t queued;
    int at_end;
    char queue[QUEUE_SIZE];
};

static struct client *clients[FD_SETSIZE];
static nfds_t count;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void name_of(const struct sockaddr_in *address, char *name) {
    char host[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &address->sin_addr, host, sizeof host);
    snprintf(name, NAME_SIZE, "%s:%d", host, ntohs(address->sin_port));
}

static int open_listener(const char *argument) {
    char host[NAME_SIZE];
    const char *colon = strrchr(argument, ':');
    if (!colon || colon - argument >= NAME_SIZE) {
        fputs("usage: in-c ADDR\n", stderr);
        exit(2);
    }
    snprintf(host, sizeof host, "%.*s", (int)(colon - argument), argument);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(colon + 1))};
    inet_pton(AF_INET, host, &address.sin_addr);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int yes = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 128))
        fail(argument);
    socklen_t size = sizeof address;
    getsockname(listener, (struct sockaddr *)&address, &size);
    char name[NAME_SIZE];
    name_of(&address, name);
    printf("listening on %s\n", name);
    return listener;
}

static void admit(int listener) {
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    int fd = accept4(listener, (struct sockaddr *)&address, &size, SOCK_NONBLOCK);
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE)
            fail("accept");
        return;
    }
    char name[NAME_SIZE];
    name_of(&address, name);
    if (fd >= FD_SETSIZE) {
        printf("turned away %s: as many as select could watch are there\n", name);
        close(fd);
        return;
    }
    struct client *client = calloc(1, sizeof *client);
    if (!client)
        fail("calloc");
    client->fd = fd;
    memcpy(client->name, name, NAME_SIZE);
    clients[count++] = client;
    printf("accepted %s\n", name);
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

static void receive_urgent(const struct client *client) {
    const char *plain = "\t\n\r\"'\\", *letters = "tnr\"'\\";
    unsigned char byte;
    if (recv(client->fd, &byte, 1, MSG_OOB) != 1)
        return;
    const char *found = byte ? strchr(plain, byte) : NULL;
    if (found)
        printf("urgent %s: \\%c\n", client->name, letters[found - plain]);
    else
        printf(byte >= ' ' && byte < 127 ? "urgent %s: %c\n" : "urgent %s: \\x%02x\n", client->name, byte);
}

/* Does what the client is ready for; returns 0 if it is to be closed. `reason` is then an error, or 0. */
static int goes_on(struct client *client, short events, int *reason) {
    errno = 0;
    if (events & POLLPRI)
        receive_urgent(client);
    int is_well = 1;
    if (events & POLLIN)
        is_well = receive(client);
    else if (events & (POLLERR | POLLHUP)) {
        socklen_t size = sizeof *reason;
        getsockopt(client->fd, SOL_SOCKET, SO_ERROR, reason, &size);
        return 0;
    }
    if (is_well && events & POLLOUT)
        is_well = send_queue(client);
    *reason = is_well ? 0 : errno;
    return is_well && !(client->at_end && client->queued == 0);
}

static void attend(const struct pollfd *polled) {
    nfds_t kept = 0, all = count;
    for (nfds_t i = 0; i < all; i++) {
        struct client *client = clients[i];
        int reason = 0;
        if (!polled[i].revents || goes_on(client, polled[i].revents, &reason)) {
            clients[kept++] = client;
            continue;
        }
        close(client->fd);
        if (reason)
            printf("closed %s: %s\n", client->name, strerror(reason));
        else
            printf("closed %s\n", client->name);
        free(client);
    }
    count = kept;
}

int main(int argc, char **argv) {
    setlinebuf(stdout);
    int listener = open_listener(argc == 2 ? argv[1] : "");
    static struct pollfd polled[FD_SETSIZE + 1];
    for (;;) {
        nfds_t asked = count;
        for (nfds_t i = 0; i < asked; i++) {
            struct client *client = clients[i];
            short events = POLLPRI;
            if (!client->at_end && client->queued < QUEUE_SIZE)
                events |= POLLIN;
            if (client->queued)
                events |= POLLOUT;
            polled[i] = (struct pollfd){.fd = client->fd, .events = events};
        }
        polled[asked] = (struct pollfd){.fd = listener, .events = POLLIN};
        if (poll(polled, asked + 1, -1) < 0) {
            if (errno != EINTR)
                fail("poll");
            continue;
        }
        attend(polled);
        if (polled[asked].revents)
            admit(listener);
    }
}

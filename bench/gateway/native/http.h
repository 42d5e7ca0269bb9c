/* The little of HTTP/1.1 that the upstream and the load share: where a head ends, and where a body does. */
#ifndef BENCH_HTTP_H
#define BENCH_HTTP_H
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum phase { SIZE, EXTENSION, DATA, DATA_END, TRAILER, TRAILER_LINE };

/* How far a body has been read. */
struct body {
    int chunked;
    int done;
    enum phase phase;
    long long left; /* Bytes still to come: of the body, or of the chunk. */
};

static inline void fail(const char *what) {
    perror(what);
    exit(1);
}

static inline int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* A bench that is killed leaves nothing running. */
static inline void end_with_parent(void) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
}

/* Both ends hold a thousand connections and more. */
static inline void allow_many_files(void) {
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

static inline struct sockaddr_in on_loopback(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static inline void send_at_once(int fd) {
    int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

/* The length of a head with its empty line; 0 while it is not whole. */
static inline size_t head_length(const char *bytes, size_t count) {
    const char *end = memmem(bytes, count, "\r\n\r\n", 4);
    return end ? (size_t)(end - bytes) + 4 : 0;
}

/* The value of a header; NULL where there is none. `name` is in lower case with its colon. */
static inline const char *header(const char *head, size_t length, const char *name) {
    const char *end = head + length;
    for (const char *line = head; line && line < end;) {
        if (strncasecmp(line, name, strlen(name)) == 0) {
            line += strlen(name);
            return line + strspn(line, " \t");
        }
        line = memchr(line, '\n', (size_t)(end - line));
        line = line ? line + 1 : NULL;
    }
    return NULL;
}

/* Begins a body as its head announces it. False where only the end of the connection would end it. */
static inline int begin_body(struct body *body, const char *head, size_t length, int may_be_absent) {
    const char *announced = header(head, length, "content-length:");
    const char *coding = header(head, length, "transfer-encoding:");
    memset(body, 0, sizeof *body);
    body->chunked = coding && strncasecmp(coding, "chunked", 7) == 0;
    body->left = announced ? atoll(announced) : 0;
    body->done = !body->chunked && body->left == 0;
    return body->chunked || announced || may_be_absent;
}

/* What is read byte by byte: sizes, the ends of chunks, and trailers. */
static inline void read_between(struct body *body, char byte) {
    switch (body->phase) {
    case SIZE:
        if (byte == '\n')
            body->phase = body->left ? DATA : TRAILER;
        else if (byte == ';')
            body->phase = EXTENSION;
        else if (byte != '\r')
            body->left = body->left * 16 + (byte <= '9' ? byte - '0' : (byte | 32) - 'a' + 10);
        break;
    case EXTENSION:
        if (byte == '\n')
            body->phase = body->left ? DATA : TRAILER;
        break;
    case DATA_END:
        if (byte == '\n')
            body->phase = SIZE;
        break;
    case TRAILER:
        if (byte == '\n')
            body->done = 1;
        else if (byte != '\r')
            body->phase = TRAILER_LINE;
        break;
    case TRAILER_LINE:
        if (byte == '\n')
            body->phase = TRAILER;
        break;
    case DATA:
        break;
    }
}

/* Takes bytes of a body; returns how many of them belonged to it. */
static inline size_t read_body(struct body *body, const char *bytes, size_t count) {
    size_t used = 0;
    while (used < count && !body->done) {
        if (body->chunked && body->phase != DATA) {
            read_between(body, bytes[used++]);
            continue;
        }
        size_t most = count - used;
        size_t taken = (long long)most < body->left ? most : (size_t)body->left;
        used += taken;
        body->left -= (long long)taken;
        if (body->left == 0 && body->chunked)
            body->phase = DATA_END;
        else if (body->left == 0)
            body->done = 1;
    }
    return used;
}

#endif

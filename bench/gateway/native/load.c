/* Calls a server as fast as it answers: load PORT CONNECTIONS CALLS REQUESTS

REQUESTS is a file of whole HTTP requests, each after its length (4 bytes, the lowest first); calls take them in turn.
Each connection sends its next call when the last answer has come whole. Prints one line of JSON: times in us, from
before the request is sent until the last byte of the answer. An answer other than 200 is counted as failed, and so is a
stream that does not end with [DONE].
*/
#include "http.h"
#include <fcntl.h>
#include <sys/stat.h>

enum { HEAD_LIMIT = 16384, READ_SIZE = 262144, PATIENCE_MS = 60000, TAIL = 64 };

struct request {
    const char *bytes;
    size_t length;
};

struct caller {
    int fd;
    int busy, in_body;
    size_t have;
    const char *out;
    size_t out_left;
    int64_t began_ns;
    int ok, streams;
    struct body body;
    char tail[2 * TAIL]; /* The end of what came so far. */
    size_t in_tail;
    char in[HEAD_LIMIT];
};

static struct request *requests;
static size_t request_count;
static struct caller *callers;
static int epoll_fd, port;
static long wanted, begun, ended, failed, reply_bytes;
static double *took_us;
static char scratch[READ_SIZE];

static void read_requests(const char *path) {
    struct stat status;
    int fd = open(path, O_RDONLY);
    if (fd < 0 || fstat(fd, &status))
        fail(path);
    char *bytes = malloc((size_t)status.st_size);
    if (!bytes || read(fd, bytes, (size_t)status.st_size) != status.st_size)
        fail(path);
    close(fd);
    for (off_t at = 0; at + 4 <= status.st_size;) {
        uint32_t length;
        memcpy(&length, bytes + at, 4);
        requests = realloc(requests, (request_count + 1) * sizeof *requests);
        requests[request_count++] = (struct request){bytes + at + 4, length};
        at += 4 + (off_t)length;
    }
}

static void connect_caller(struct caller *caller) {
    struct sockaddr_in address = on_loopback(port);
    caller->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (caller->fd < 0 || connect(caller->fd, (struct sockaddr *)&address, sizeof address))
        fail("connect");
    fcntl(caller->fd, F_SETFL, O_NONBLOCK);
    send_at_once(caller->fd);
    struct epoll_event events = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = caller};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, caller->fd, &events))
        fail("epoll_ctl");
}

static void listen_for_room(struct caller *caller, int also) {
    struct epoll_event events = {.events = EPOLLIN | EPOLLRDHUP | (also ? EPOLLOUT : 0), .data.ptr = caller};
    epoll_ctl(epoll_fd, EPOLL_CTL_MOD, caller->fd, &events);
}

static void send_more(struct caller *caller) {
    int had_to_wait = caller->out_left > 0;
    while (caller->out_left) {
        ssize_t sent = send(caller->fd, caller->out, caller->out_left, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN)
            break;
        if (sent < 0)
            return; /* The read that follows sees the end of the connection. */
        caller->out += sent;
        caller->out_left -= (size_t)sent;
    }
    if (had_to_wait)
        listen_for_room(caller, caller->out_left > 0);
}

static void begin_call(struct caller *caller) {
    if (begun == wanted)
        return;
    const struct request *request = &requests[(size_t)begun++ % request_count];
    caller->busy = 1;
    caller->in_body = 0;
    caller->have = 0;
    caller->ok = 0;
    caller->in_tail = 0;
    caller->out = request->bytes;
    caller->out_left = request->length;
    caller->began_ns = now_ns();
    ssize_t sent = send(caller->fd, caller->out, caller->out_left, MSG_NOSIGNAL);
    if (sent > 0) {
        caller->out += sent;
        caller->out_left -= (size_t)sent;
    }
    if (caller->out_left)
        send_more(caller);
}

static void end_call(struct caller *caller, int ok) {
    took_us[ended++] = (double)(now_ns() - caller->began_ns) / 1000;
    if (!ok && failed++ == 0)
        fprintf(stderr, "the first failed call was answered: %.1000s\n", caller->in);
    caller->busy = 0;
}

static void reconnect(struct caller *caller) {
    close(caller->fd);
    connect_caller(caller);
}

static void keep_tail(struct caller *caller, const char *bytes, size_t count) {
    if (count > TAIL) {
        bytes += count - TAIL;
        count = TAIL;
    }
    if (caller->in_tail + count > sizeof caller->tail) {
        memmove(caller->tail, caller->tail + caller->in_tail - TAIL, TAIL);
        caller->in_tail = TAIL;
    }
    memcpy(caller->tail + caller->in_tail, bytes, count);
    caller->in_tail += count;
}

static int is_whole(struct caller *caller) {
    return !caller->streams || memmem(caller->tail, caller->in_tail, "[DONE]", 6) != NULL;
}

static void begin_answer(struct caller *caller, size_t head) {
    const char *type = header(caller->in, head, "content-type:");
    caller->ok = begin_body(&caller->body, caller->in, head, 0) && strncmp(caller->in + 9, "200", 3) == 0;
    caller->streams = type && strncasecmp(type, "text/event-stream", 17) == 0;
    caller->in_body = 1;
}

/* Takes what came; true when the answer is whole. */
static int take(struct caller *caller, const char *bytes, size_t count) {
    reply_bytes += (long)count;
    keep_tail(caller, bytes, count);
    if (!caller->in_body) {
        size_t room = HEAD_LIMIT - 1 - caller->have;
        size_t kept = count < room ? count : room;
        memcpy(caller->in + caller->have, bytes, kept);
        size_t before = caller->have;
        caller->have += kept;
        caller->in[caller->have] = 0;
        size_t head = head_length(caller->in, caller->have);
        if (!head)
            return 0;
        begin_answer(caller, head);
        bytes += head - before;
        count -= head - before;
    }
    read_body(&caller->body, bytes, count);
    return caller->body.done;
}

static void hear(struct caller *caller) {
    ssize_t count = recv(caller->fd, scratch, READ_SIZE, 0);
    if (count < 0 && errno == EAGAIN)
        return;
    if (count <= 0) {
        if (caller->busy)
            end_call(caller, 0);
        reconnect(caller);
        begin_call(caller);
    } else if (caller->busy && take(caller, scratch, (size_t)count)) {
        end_call(caller, caller->ok && is_whole(caller));
        begin_call(caller);
    }
}

static void run(void) {
    struct epoll_event events[512];
    while (ended < wanted) {
        int count = epoll_wait(epoll_fd, events, 512, PATIENCE_MS);
        if (count == 0) {
            fprintf(stderr, "%ld of %ld calls were answered, then nothing came\n", ended, wanted);
            exit(1);
        }
        for (int index = 0; index < count; index++) {
            struct caller *caller = events[index].data.ptr;
            if (events[index].events & EPOLLOUT)
                send_more(caller);
            if (events[index].events & ~(uint32_t)EPOLLOUT)
                hear(caller);
        }
    }
}

static int by_size(const void *left, const void *right) {
    double difference = *(const double *)left - *(const double *)right;
    return difference < 0 ? -1 : difference > 0;
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fprintf(stderr, "usage: load PORT CONNECTIONS CALLS REQUESTS\n");
        return 2;
    }
    end_with_parent();
    port = atoi(argv[1]);
    int connections = atoi(argv[2]);
    wanted = atol(argv[3]);
    allow_many_files();
    read_requests(argv[4]);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    callers = calloc((size_t)connections, sizeof *callers);
    took_us = calloc((size_t)wanted + 1, sizeof *took_us);
    for (int index = 0; index < connections; index++)
        connect_caller(&callers[index]);
    int64_t began_ns = now_ns();
    for (int index = 0; index < connections; index++)
        begin_call(&callers[index]);
    run();
    double took_s = (double)(now_ns() - began_ns) / 1e9;
    qsort(took_us, (size_t)ended, sizeof *took_us, by_size);
    printf("{\"calls\": %ld, \"failed\": %ld, \"took_s\": %.6f, \"reply_bytes\": %ld, \"p50_us\": %.2f, \"p99_us\": %.2f}\n",
           ended, failed, took_s, reply_bytes, took_us[ended / 2], took_us[ended * 99 / 100]);
    return 0;
}

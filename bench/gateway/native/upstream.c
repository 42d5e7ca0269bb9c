/* A model vendor that costs next to nothing: `upstream` prints the port it listens on and serves until it is ended.

Whatever the path, a request is answered as OpenAI's Chat Completions would. Its body says how:
    no mark                    one JSON answer, at once
    chunks=20                  a stream of 20 events, each a chunk of its own, all at once
    chunks=20 every_ms=100     the same, an event every 100 ms
    "include_usage"            the stream ends with the event that tells the usage
*/
#include "http.h"
#include <sys/timerfd.h>

enum { HEAD_LIMIT = 16384, READ_SIZE = 262144, MOST_FILES = 16384, MOST_CHUNKS = 999, TICK_MS = 5 };

static const char PLAIN[] =
    "{\"id\":\"chatcmpl-B0000000000000000000000000\",\"object\":\"chat.completion\",\"created\":1790000000,"
    "\"model\":\"gpt-4o-mini-2024-07-18\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
    "\"Hello! How can I assist you today?\",\"refusal\":null,\"annotations\":[]},\"logprobs\":null,"
    "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":9,\"total_tokens\":18,"
    "\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":0},\"completion_tokens_details\":"
    "{\"reasoning_tokens\":0,\"audio_tokens\":0,\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}},"
    "\"service_tier\":\"default\",\"system_fingerprint\":\"fp_0000000000\"}";
/* The text differs from event to event: LiteLLM ends a stream that says the same a hundred times. */
static const char EVENT[] =
    "data: {\"id\":\"chatcmpl-B0000000000000000000000000\",\"object\":\"chat.completion.chunk\",\"created\":1790000000,"
    "\"model\":\"gpt-4o-mini-2024-07-18\",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_0000000000\","
    "\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word%03d\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n";
static const char USAGE[] =
    "data: {\"id\":\"chatcmpl-B0000000000000000000000000\",\"object\":\"chat.completion.chunk\",\"created\":1790000000,"
    "\"model\":\"gpt-4o-mini-2024-07-18\",\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":20,"
    "\"total_tokens\":29}}\n\n";
static const char END[] = "data: [DONE]\n\n";
static const char HEADERS[] =
    "HTTP/1.1 200 OK\r\ndate: Sun, 22 Nov 2026 12:00:00 GMT\r\nx-request-id: req_00000000000000000000000000000000\r\n"
    "openai-version: 2020-10-01\r\nopenai-processing-ms: 1\r\n";

struct text {
    char *bytes;
    size_t length;
};

struct connection {
    int fd;
    int in_body, waits_for_room;
    size_t have;
    struct body body;
    int chunks, every_ms, usage; /* What the request asks for. */
    const char *out;
    size_t out_left;
    int to_come; /* Events of a paced stream that are still to be sent. */
    int64_t due_ns;
    char in[HEAD_LIMIT];
};

static struct connection *connections[MOST_FILES];
static struct text streams[2][MOST_CHUNKS + 1];
static struct text plain, events[MOST_CHUNKS + 1], last[2], stream_head;
static int epoll_fd;
static char scratch[READ_SIZE];

static void append(struct text *text, const char *bytes, size_t length) {
    text->bytes = realloc(text->bytes, text->length + length + 1);
    if (!text->bytes)
        fail("realloc");
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
}

static void append_chunk(struct text *text, const char *payload) {
    char size[24];
    append(text, size, (size_t)sprintf(size, "%zx\r\n", strlen(payload)));
    append(text, payload, strlen(payload));
    append(text, "\r\n", 2);
}

static void prepare_texts(void) {
    char length[128];
    append(&plain, HEADERS, sizeof HEADERS - 1);
    int written = sprintf(length, "content-type: application/json\r\ncontent-length: %zu\r\n\r\n", sizeof PLAIN - 1);
    append(&plain, length, (size_t)written);
    append(&plain, PLAIN, sizeof PLAIN - 1);
    static const char streamed[] = "content-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n";
    append(&stream_head, HEADERS, sizeof HEADERS - 1);
    append(&stream_head, streamed, sizeof streamed - 1);
    for (int number = 0; number <= MOST_CHUNKS; number++) {
        char payload[sizeof EVENT + 8];
        snprintf(payload, sizeof payload, EVENT, number);
        append_chunk(&events[number], payload);
    }
    for (int usage = 0; usage < 2; usage++) {
        if (usage)
            append_chunk(&last[usage], USAGE);
        append_chunk(&last[usage], END);
        append(&last[usage], "0\r\n\r\n", 5);
    }
}

static const struct text *whole_stream(int chunks, int usage) {
    struct text *text = &streams[usage][chunks];
    if (text->length)
        return text;
    append(text, stream_head.bytes, stream_head.length);
    for (int sent = 0; sent < chunks; sent++)
        append(text, events[sent].bytes, events[sent].length);
    append(text, last[usage].bytes, last[usage].length);
    return text;
}

/* Sends what is left to send. False where the peer has gone. */
static int flush(struct connection *connection) {
    while (connection->out_left) {
        ssize_t sent = send(connection->fd, connection->out, connection->out_left, MSG_NOSIGNAL);
        if (sent < 0)
            return errno == EAGAIN;
        connection->out += sent;
        connection->out_left -= (size_t)sent;
    }
    return 1;
}

static int send_text(struct connection *connection, const struct text *text) {
    connection->out = text->bytes;
    connection->out_left = text->length;
    return flush(connection);
}

static int answer(struct connection *connection) {
    connection->in_body = 0;
    if (!connection->chunks)
        return send_text(connection, &plain);
    if (!connection->every_ms)
        return send_text(connection, whole_stream(connection->chunks, connection->usage));
    connection->to_come = connection->chunks + 1;
    connection->due_ns = now_ns() + (int64_t)connection->every_ms * 1000000;
    return send_text(connection, &stream_head);
}

static int number_after(const char *bytes, size_t count, const char *mark) {
    const char *found = memmem(bytes, count, mark, strlen(mark));
    return found ? atoi(found + strlen(mark)) : 0;
}

static void look_for_marks(struct connection *connection, const char *bytes, size_t count) {
    int chunks = number_after(bytes, count, "chunks=");
    if (chunks) {
        connection->chunks = chunks < MOST_CHUNKS ? chunks : MOST_CHUNKS;
        connection->every_ms = number_after(bytes, count, "every_ms=");
    }
    if (memmem(bytes, count, "include_usage", 13))
        connection->usage = 1;
}

/* Begins the body of a request whose head has come whole. False where it cannot be served. */
static int take_head(struct connection *connection, size_t head) {
    size_t more = connection->have - head;
    connection->have = connection->chunks = connection->every_ms = connection->usage = 0;
    if (!begin_body(&connection->body, connection->in, head, 1))
        return 0;
    connection->in_body = 1;
    look_for_marks(connection, connection->in + head, more);
    read_body(&connection->body, connection->in + head, more);
    return connection->body.done ? answer(connection) : 1;
}

/* Reads what there is. False where the connection is over. */
static int take(struct connection *connection) {
    char *into = connection->in_body ? scratch : connection->in + connection->have;
    size_t room = connection->in_body ? READ_SIZE : HEAD_LIMIT - 1 - connection->have;
    ssize_t count = room ? recv(connection->fd, into, room, 0) : 0;
    if (count <= 0)
        return count < 0 && errno == EAGAIN;
    if (connection->in_body) {
        look_for_marks(connection, scratch, (size_t)count);
        read_body(&connection->body, scratch, (size_t)count);
        return connection->body.done ? answer(connection) : 1;
    }
    connection->have += (size_t)count;
    connection->in[connection->have] = 0;
    size_t head = head_length(connection->in, connection->have);
    return head ? take_head(connection, head) : 1;
}

static void welcome(int listening) {
    for (;;) {
        int fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        struct connection *connection = fd < MOST_FILES ? calloc(1, sizeof *connection) : NULL;
        if (!connection) {
            close(fd);
            continue;
        }
        send_at_once(fd);
        connection->fd = fd;
        connections[fd] = connection;
        struct epoll_event wanted = {.events = EPOLLIN, .data.fd = fd};
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &wanted);
    }
}

static void drop(struct connection *connection) {
    connections[connection->fd] = NULL;
    close(connection->fd);
    free(connection);
}

/* Asks to be told of room in the socket only while something waits for it. */
static void wait_for_more(struct connection *connection) {
    int waits = connection->out_left > 0;
    if (waits == connection->waits_for_room)
        return;
    connection->waits_for_room = waits;
    struct epoll_event wanted = {.events = EPOLLIN | (waits ? EPOLLOUT : 0), .data.fd = connection->fd};
    epoll_ctl(epoll_fd, EPOLL_CTL_MOD, connection->fd, &wanted);
}

static void serve(struct connection *connection, uint32_t events) {
    int is_alive = flush(connection) && (!(events & ~(uint32_t)EPOLLOUT) || take(connection));
    if (is_alive)
        wait_for_more(connection);
    else
        drop(connection);
}

static void pace(int timer) {
    uint64_t ticks;
    if (read(timer, &ticks, sizeof ticks) < 0)
        return;
    int64_t now = now_ns();
    for (int fd = 0; fd < MOST_FILES; fd++) {
        struct connection *connection = connections[fd];
        if (!connection || !connection->to_come || connection->due_ns > now || connection->out_left)
            continue;
        connection->to_come--;
        connection->due_ns += (int64_t)connection->every_ms * 1000000;
        if (send_text(connection, connection->to_come ? &events[connection->to_come] : &last[connection->usage]))
            wait_for_more(connection);
        else
            drop(connection);
    }
}

static int start_listening(void) {
    struct sockaddr_in address = on_loopback(0);
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) || listen(fd, 4096))
        fail("listen");
    getsockname(fd, (struct sockaddr *)&address, &length);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static void watch(int fd) {
    struct epoll_event wanted = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &wanted))
        fail("epoll_ctl");
}

int main(void) {
    end_with_parent();
    allow_many_files();
    prepare_texts();
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    int listening = start_listening();
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct itimerspec tick = {.it_interval.tv_nsec = TICK_MS * 1000000, .it_value.tv_nsec = TICK_MS * 1000000};
    timerfd_settime(timer, 0, &tick, NULL);
    watch(listening);
    watch(timer);
    struct epoll_event ready[512];
    for (;;) {
        int count = epoll_wait(epoll_fd, ready, 512, -1);
        for (int index = 0; index < count; index++) {
            int fd = ready[index].data.fd;
            if (fd == listening)
                welcome(listening);
            else if (fd == timer)
                pace(timer);
            else if (connections[fd])
                serve(connections[fd], ready[index].events);
        }
    }
}

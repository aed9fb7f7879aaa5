//go:build ignore

/* The contender libzmq-c: each role of the bench on libzmq alone, one message a call.
 *
 *   peer MODE ENDPOINT SIZE WARMUP COUNT HWM
 *
 * MODE is pull or rep (binds ENDPOINT and prints one line {"endpoint":...}), push or req (connects), inproc-pushpull or
 * inproc-reqrep (both roles, in two threads of one context). Each role moves WARMUP+COUNT messages of SIZE bytes, and
 * prints one line of JSON: the messages moved, the checksum of what was received, the seconds and latencies of the COUNT
 * messages after the warm-up. Nothing waits longer than TIMEOUT_MS for a message; then the role reports what it has.
 *
 * Pattern and checksum are those of internal/role/pattern.go; quantiles are those of golang.org/x/exp/stats.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

enum { TIMEOUT_MS = 10000 };

/* The latencies that are reported; the same as those of internal/role. */
static const double quantiles[] = {0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1};
enum { QUANTILES = sizeof quantiles / sizeof *quantiles };

struct work {
    size_t size;
    uint64_t warmup, total; /* messages; total includes the warm-up */
    int hwm;
};

struct tally {
    uint64_t messages, checksum;
    double started, ended; /* seconds on the monotonic clock: end of warm-up, last message */
    double laps[QUANTILES]; /* seconds */
    int has_laps;
};

static void fail(const char *what) {
    fprintf(stderr, "peer: %s: %s\n", what, zmq_strerror(zmq_errno()));
    exit(1);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The pattern: 64-bit words in little-endian order, the last one cut off at the size. Word 0 is the sequence number. */
static uint64_t to_little(uint64_t v) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return __builtin_bswap64(v);
#else
    return v;
#endif
}

static void fill(unsigned char *p, size_t size, uint64_t seq) {
    uint64_t word = seq * UINT64_C(0x9E3779B97F4A7C15), next = seq, v;
    for (; size >= 8; p += 8, size -= 8) {
        v = to_little(next);
        memcpy(p, &v, 8);
        next = word++;
    }
    v = to_little(next);
    memcpy(p, &v, size);
}

static uint64_t checksum(uint64_t sum, const unsigned char *p, size_t size) {
    uint64_t message = size, weight = 1, v;
    size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        memcpy(&v, p + i, 8);
        message += to_little(v) * weight;
        weight += 2;
    }
    v = 0;
    memcpy(&v, p + i, size - i);
    message += to_little(v) * weight;
    return sum * UINT64_C(0x100000001B3) + message;
}

static int send_message(zmq_msg_t *m, void *s) {
    int rc;
    do
        rc = zmq_msg_send(m, s, 0);
    while (rc < 0 && errno == EINTR);
    return rc;
}

static int receive_message(zmq_msg_t *m, void *s) {
    int rc;
    do
        rc = zmq_msg_recv(m, s, 0);
    while (rc < 0 && errno == EINTR);
    return rc;
}

static void *open_socket(void *context, int type, const struct work *w) {
    int timeout = TIMEOUT_MS;
    void *s = zmq_socket(context, type);
    if (!s || zmq_setsockopt(s, ZMQ_SNDHWM, &w->hwm, sizeof w->hwm) || zmq_setsockopt(s, ZMQ_RCVHWM, &w->hwm, sizeof w->hwm) ||
        zmq_setsockopt(s, ZMQ_LINGER, &timeout, sizeof timeout) || zmq_setsockopt(s, ZMQ_SNDTIMEO, &timeout, sizeof timeout) ||
        zmq_setsockopt(s, ZMQ_RCVTIMEO, &timeout, sizeof timeout))
        fail("open socket");
    return s;
}

static void announce(void *s) {
    char endpoint[256];
    size_t length = sizeof endpoint;
    if (zmq_getsockopt(s, ZMQ_LAST_ENDPOINT, endpoint, &length))
        fail("read endpoint");
    printf("{\"endpoint\":\"%s\"}\n", endpoint);
    fflush(stdout);
}

static void push(void *s, const struct work *w, struct tally *t) {
    zmq_msg_t m;
    for (uint64_t seq = 0; seq < w->total; seq++) {
        if (zmq_msg_init_size(&m, w->size))
            fail("make message");
        fill(zmq_msg_data(&m), w->size, seq);
        if (send_message(&m, s) < 0)
            fail("send");
        t->messages++;
    }
}

static void pull(void *s, const struct work *w, struct tally *t) {
    zmq_msg_t m;
    zmq_msg_init(&m);
    while (t->messages < w->total && receive_message(&m, s) >= 0) {
        t->checksum = checksum(t->checksum, zmq_msg_data(&m), zmq_msg_size(&m));
        if (++t->messages == w->warmup)
            t->started = now();
    }
    t->ended = now();
    zmq_msg_close(&m);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(const double *sorted, uint64_t n, double q) {
    double at = q * (double)(n - 1);
    uint64_t i = (uint64_t)at;
    if (i + 1 >= n)
        return sorted[n - 1];
    return sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]);
}

static void req(void *s, const struct work *w, struct tally *t) {
    uint64_t samples = 0;
    double *latency = malloc((w->total - w->warmup) * sizeof *latency);
    zmq_msg_t m;
    if (!latency)
        fail("make room for latencies");
    for (uint64_t seq = 0; seq < w->total; seq++) {
        double before = now();
        if (zmq_msg_init_size(&m, w->size))
            fail("make message");
        fill(zmq_msg_data(&m), w->size, seq);
        if (send_message(&m, s) < 0 || receive_message(&m, s) < 0)
            break;
        t->checksum = checksum(t->checksum, zmq_msg_data(&m), zmq_msg_size(&m));
        t->ended = now();
        if (seq >= w->warmup)
            latency[samples++] = t->ended - before;
        if (++t->messages == w->warmup)
            t->started = t->ended;
        zmq_msg_close(&m);
    }
    if (samples > 0) {
        qsort(latency, samples, sizeof *latency, ascending);
        for (int i = 0; i < QUANTILES; i++)
            t->laps[i] = quantile(latency, samples, quantiles[i]);
        t->has_laps = 1;
    }
    free(latency);
}

static void rep(void *s, const struct work *w, struct tally *t) {
    zmq_msg_t m;
    zmq_msg_init(&m);
    while (t->messages < w->total && receive_message(&m, s) >= 0) {
        t->checksum = checksum(t->checksum, zmq_msg_data(&m), zmq_msg_size(&m));
        if (++t->messages == w->warmup)
            t->started = now();
        if (send_message(&m, s) < 0)
            fail("send");
    }
    t->ended = now();
    zmq_msg_close(&m);
}

static void report(const struct tally *t) {
    printf("{\"messages\":%" PRIu64 ",\"checksum\":%" PRIu64 ",\"seconds\":%.9f", t->messages, t->checksum, t->ended - t->started);
    for (int i = 0; t->has_laps && i < QUANTILES; i++)
        printf("%s%.9f", i ? "," : ",\"laps\":[", t->laps[i]);
    printf("%s}\n", t->has_laps ? "]" : "");
    fflush(stdout);
}

struct role {
    const char *name;
    int type;
    void (*run)(void *, const struct work *, struct tally *);
    int binds;
};

static const struct role roles[] = {
    {"push", ZMQ_PUSH, push, 0},
    {"pull", ZMQ_PULL, pull, 1},
    {"req", ZMQ_REQ, req, 0},
    {"rep", ZMQ_REP, rep, 1},
};

static const struct role *find_role(const char *name) {
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (!strcmp(roles[i].name, name))
            return &roles[i];
    fprintf(stderr, "peer: unknown mode %s\n", name);
    exit(2);
}

struct job {
    const struct role *role;
    void *socket;
    const struct work *work;
    struct tally tally;
};

static void *run_job(void *argument) {
    struct job *j = argument;
    j->role->run(j->socket, j->work, &j->tally);
    zmq_close(j->socket);
    return NULL;
}

static struct job make_job(void *context, const char *name, const char *endpoint, const struct work *w) {
    struct job j = {find_role(name), NULL, w, {0}};
    j.socket = open_socket(context, j.role->type, w);
    if (j.role->binds ? zmq_bind(j.socket, endpoint) : zmq_connect(j.socket, endpoint))
        fail(endpoint);
    return j;
}

/* Runs two roles against each other in threads of their own; reports the one that is measured. */
static void run_inproc(void *context, const char *binder, const char *connecter, int measured, const char *endpoint, const struct work *w) {
    struct job jobs[2] = {make_job(context, binder, endpoint, w), make_job(context, connecter, endpoint, w)};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        if ((errno = pthread_create(&threads[i], NULL, run_job, &jobs[i])))
            fail("start thread");
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    report(&jobs[measured].tally);
}

static void run_alone(void *context, const char *mode, const char *endpoint, const struct work *w) {
    struct job j = make_job(context, mode, endpoint, w);
    if (j.role->binds)
        announce(j.socket);
    run_job(&j);
    report(&j.tally);
}

static uint64_t number(const char *text, uint64_t least) {
    char *end;
    errno = 0;
    uint64_t v = strtoull(text, &end, 10);
    if (errno || end == text || *end || v < least || v > INT32_MAX) {
        fprintf(stderr, "peer: %s is no number from %" PRIu64 " to %d\n", text, least, INT32_MAX);
        exit(2);
    }
    return v;
}

int main(int argc, char **argv) {
    if (argc != 7) {
        fprintf(stderr, "usage: peer MODE ENDPOINT SIZE WARMUP COUNT HWM\n");
        return 2;
    }
    struct work w = {number(argv[3], 1), number(argv[4], 1), 0, (int)number(argv[6], 1)};
    w.total = w.warmup + number(argv[5], 1);

    void *context = zmq_ctx_new();
    if (!context)
        fail("make context");
    if (!strcmp(argv[1], "inproc-pushpull"))
        run_inproc(context, "pull", "push", 0, argv[2], &w);
    else if (!strcmp(argv[1], "inproc-reqrep"))
        run_inproc(context, "rep", "req", 1, argv[2], &w);
    else
        run_alone(context, argv[1], argv[2], &w);
    while (zmq_ctx_term(context) && errno == EINTR)
        ;
    return 0;
}

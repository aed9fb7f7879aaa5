// The examples in C with CZMQ.
//
//   hello-client ENDPOINT N             hello-server N
//   weather-client ENDPOINT ZIP N       weather-server
//   worker VENTILATOR SINK              ventilator SINK N      sink N
//
// What binds prints "listening on ENDPOINT" first. Receives give up after a while.
#include <czmq.h>

#define LOOPBACK "@tcp://127.0.0.1:*"

static const int patience = 30000; // ms

static zsock_t *opened(zsock_t *s) {
    if (!s) {
        perror("open");
        exit(1);
    }
    zsock_set_rcvtimeo(s, patience);
    return s;
}

static zsock_t *listening(zsock_t *s) {
    printf("listening on %s\n", zsock_endpoint(opened(s)));
    return s;
}

static char *received(zsock_t *s) {
    char *text = zstr_recv(s);
    if (!text) {
        fputs("nothing came\n", stderr);
        exit(1);
    }
    return text;
}

static void print_received(zsock_t *s) {
    char *text = received(s);
    puts(text);
    zstr_free(&text);
}

static void hello_client(const char *endpoint, int n) {
    zsock_t *req = opened(zsock_new_req(endpoint));
    while (n-- > 0) {
        zstr_send(req, "Hello");
        print_received(req);
    }
    zsock_destroy(&req);
}

static void hello_server(int n) {
    zsock_t *rep = listening(zsock_new_rep(LOOPBACK));
    while (n-- > 0) {
        print_received(rep);
        zstr_send(rep, "World");
    }
    zsock_destroy(&rep);
}

static void weather_client(const char *endpoint, const char *zip, int n) {
    zsock_t *sub = opened(zsock_new_sub(endpoint, zip));
    while (n-- > 0)
        print_received(sub);
    zsock_destroy(&sub);
}

static void weather_server(void) {
    zsock_t *pub = listening(zsock_new_pub(LOOPBACK));
    for (int zip = 10000; !zsys_interrupted; zip = zip == 10009 ? 10000 : zip + 1)
        zstr_sendf(pub, "%05d %d %d", zip, zip == 10001 ? 21 : 99, 50);
    zsock_destroy(&pub);
}

static void worker(const char *ventilator, const char *sink) {
    zsock_t *results = opened(zsock_new(ZMQ_PUSH));
    zsock_t *tasks = opened(zsock_new(ZMQ_PULL)); // zsock_new_pull would bind
    if (zsock_connect(results, "%s", sink) || zsock_connect(tasks, "%s", ventilator)) {
        perror("connect");
        exit(1);
    }
    for (;;) {
        char *task = received(tasks);
        zclock_sleep(atoi(task)); // the work
        puts(task);
        zstr_free(&task);
        zstr_send(results, "");
    }
}

static void ventilator(const char *sink, int n) {
    zsock_t *tasks = listening(zsock_new_push(LOOPBACK));
    zsock_t *results = opened(zsock_new_push(sink));
    zstr_send(results, "0");
    for (int i = 0; i < n; i++)
        zstr_sendf(tasks, "%d", 1 + i % 5);
    zsock_destroy(&results);
    zsock_destroy(&tasks);
}

static void sink(int n) {
    zsock_t *results = listening(zsock_new_pull(LOOPBACK));
    int begins = 0, done = 0;
    for (int i = 0; i <= n; i++) {
        char *text = received(results);
        begins += streq(text, "0");
        done += streq(text, "");
        zstr_free(&text);
    }
    printf("begin=%d results=%d\n", begins, done);
    zsock_destroy(&results);
}

int main(int count, char **words) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    zsys_set_linger(patience);
    const char *command = count > 1 ? words[1] : "";
    if (streq(command, "hello-client") && count == 4)
        hello_client(words[2], atoi(words[3]));
    else if (streq(command, "hello-server") && count == 3)
        hello_server(atoi(words[2]));
    else if (streq(command, "weather-client") && count == 5)
        weather_client(words[2], words[3], atoi(words[4]));
    else if (streq(command, "weather-server") && count == 2)
        weather_server();
    else if (streq(command, "worker") && count == 4)
        worker(words[2], words[3]);
    else if (streq(command, "ventilator") && count == 4)
        ventilator(words[2], atoi(words[3]));
    else if (streq(command, "sink") && count == 3)
        sink(atoi(words[2]));
    else {
        fprintf(stderr, "unknown command %s\n", command);
        return 2;
    }
    zsys_shutdown();
    return 0;
}

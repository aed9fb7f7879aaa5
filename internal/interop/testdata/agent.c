// Sockets of CZMQ by remote control; agent.py tells the language.
#include <czmq.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

enum { PATIENCE = 15000, PATTERN = 65521, WORDS = 32, MANY = 64 };

static byte pattern[PATTERN];
static zhash_t *sockets, *monitors, *routes, *proxies, *streams;
static zactor_t *authenticator;

static bool failed(const char *form, ...) {
    va_list values;
    va_start(values, form);
    fputs("error ", stdout);
    vprintf(form, values);
    putchar('\n');
    va_end(values);
    return false;
}

static bool failed_zmq(const char *what) { return failed("%s: %s", what, zmq_strerror(zmq_errno())); }

static void compute_pattern(void) {
    uint32_t x = 1;
    for (int i = 0; i < PATTERN; i++) {
        x = x * 1103515245u + 12345u;
        pattern[i] = x >> 16;
    }
}

static zframe_t *frame(const char *text) {
    if (*text == 'x') {
        size_t size = strlen(++text) / 2;
        zframe_t *f = zframe_new(NULL, size);
        for (size_t i = 0; i < size; i++) {
            char digits[3] = {text[2 * i], text[2 * i + 1], 0};
            zframe_data(f)[i] = strtoul(digits, NULL, 16);
        }
        return f;
    }
    char *end;
    size_t offset = strtoul(text, &end, 10) % PATTERN, size = strtoul(end + 1, NULL, 10);
    zframe_t *f = zframe_new(NULL, size);
    for (size_t done = 0, piece; done < size; done += piece, offset = 0) {
        piece = PATTERN - offset < size - done ? PATTERN - offset : size - done;
        memcpy(zframe_data(f) + done, pattern + offset, piece);
    }
    return f;
}

static zmsg_t *message(char *text) {
    zmsg_t *m = zmsg_new();
    for (char *rest, *word = strtok_r(text, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
        zframe_t *f = frame(word);
        zmsg_append(m, &f);
    }
    return m;
}

static const char *types[] = {"PAIR", "PUB", "SUB", "REQ", "REP", "DEALER", "ROUTER", "PULL", "PUSH", "XPUB", "XSUB", NULL};

static const struct option {
    const char *name;
    int number;
    bool text;
} options[] = {
    {"routing_id", ZMQ_ROUTING_ID, true},         {"probe_router", ZMQ_PROBE_ROUTER, false},
    {"heartbeat_ivl", ZMQ_HEARTBEAT_IVL, false},  {"heartbeat_timeout", ZMQ_HEARTBEAT_TIMEOUT, false},
    {"zap_domain", ZMQ_ZAP_DOMAIN, true},         {"plain_server", ZMQ_PLAIN_SERVER, false},
    {"plain_username", ZMQ_PLAIN_USERNAME, true}, {"plain_password", ZMQ_PLAIN_PASSWORD, true},
    {"curve_server", ZMQ_CURVE_SERVER, false},    {"curve_serverkey", ZMQ_CURVE_SERVERKEY, true},
    {"curve_publickey", ZMQ_CURVE_PUBLICKEY, true}, {"curve_secretkey", ZMQ_CURVE_SECRETKEY, true},
    {NULL, 0, false},
};

static bool set(zsock_t *s, char *setting) {
    char *value = strchr(setting, '=');
    *value++ = 0;
    const struct option *o = options;
    while (o->name && !streq(o->name, setting))
        o++;
    if (!o->name)
        return failed("unknown option %s", setting);
    int number = atoi(value);
    void *raw = zsock_resolve(s);
    if (o->text ? zmq_setsockopt(raw, o->number, value, strlen(value)) : zmq_setsockopt(raw, o->number, &number, sizeof number))
        return failed_zmq(setting);
    return true;
}

static zsock_t *open_socket(const char *type) {
    int number = 0;
    while (types[number] && !streq(types[number], type))
        number++;
    zsock_t *s = types[number] ? zsock_new(number) : NULL;
    if (s) {
        zsock_set_rcvtimeo(s, PATIENCE);
        zsock_set_sndtimeo(s, PATIENCE);
        zsock_set_linger(s, 0);
    }
    return s;
}

static void close_socket(void *s) { zsock_destroy((zsock_t **)&s); }
static void drop_route(void *m) { zmsg_destroy((zmsg_t **)&m); }

static bool send_all(zsock_t *s, zmsg_t *m) {
    if (zmsg_send(&m, s)) {
        zmsg_destroy(&m);
        return failed_zmq("send");
    }
    return true;
}

static bool receive(zsock_t *s, const char *name, char *text) {
    zmsg_t *got = zmsg_recv(s);
    if (!got)
        return failed_zmq("recv");
    zmsg_t *want = message(text), *route = zmsg_new();
    int frames = zmsg_size(got), before = frames - (int)zmsg_size(want);
    size_t bytes = zmsg_content_size(got);
    for (int i = 0; i < before; i++) {
        zframe_t *f = zmsg_pop(got);
        zmsg_append(route, &f);
    }
    bool good = before >= 0;
    for (zframe_t *f; good && (f = zmsg_pop(want));) {
        zframe_t *g = zmsg_pop(got);
        good = zframe_eq(f, g);
        zframe_destroy(&f);
        zframe_destroy(&g);
    }
    zmsg_destroy(&want);
    zmsg_destroy(&got);
    if (!good) {
        zmsg_destroy(&route);
        return failed("got %d frames of %zu bytes, or other bytes", frames, bytes);
    }
    zhash_delete(routes, name);
    zhash_insert(routes, name, route);
    zhash_freefn(routes, name, drop_route);
    printf("ok %d\n", before);
    return true;
}

// Has zauth admit a user and the certificates in a directory.
static bool admit(const char *user, const char *password, const char *directory) {
    char *file = zsys_sprintf("%s.passwords", directory);
    FILE *passwords = fopen(file, "w");
    if (!passwords)
        return failed("%s: %s", file, strerror(errno));
    fprintf(passwords, "%s=%s\n", user, password);
    fclose(passwords);
    authenticator = zactor_new(zauth, NULL);
    zstr_sendx(authenticator, "PLAIN", file, NULL);
    zsock_wait(authenticator);
    zstr_sendx(authenticator, "CURVE", directory, NULL);
    zsock_wait(authenticator);
    free(file);
    return true;
}

// Says the keys of a certificate.
static bool tell_keys(zcert_t *c) {
    if (!c)
        return failed("no certificate");
    static const byte none[32];
    bool secret = memcmp(zcert_secret_key(c), none, sizeof none);
    printf("ok %s %s\n", zcert_public_txt(c), secret ? zcert_secret_txt(c) : "-");
    zcert_destroy(&c);
    return false;
}

// What libzmq tells of the handshakes of a socket that fail.
static zsock_t *watch(zsock_t *s, const char *name) {
    const int failures = ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;
    char *where = zsys_sprintf("inproc://failures.%s", name);
    zsock_t *m = zmq_socket_monitor(zsock_resolve(s), where, failures) ? NULL : zsock_new(ZMQ_PAIR);
    if (m) {
        zsock_set_rcvtimeo(m, PATIENCE);
        zsock_connect(m, "%s", where);
    }
    free(where);
    return m;
}

// Two sockets that libzmq joins until it is told to stop.
struct joint {
    zsock_t *front, *back;
};

static void join(zsock_t *pipe, void *argument) {
    struct joint *j = argument;
    zsock_signal(pipe, 0);
    zmq_proxy_steerable(zsock_resolve(j->front), zsock_resolve(j->back), NULL, zsock_resolve(pipe));
    zsock_destroy(&j->front);
    zsock_destroy(&j->back);
    free(j);
}

static void part(void *proxy) {
    zactor_t *a = proxy;
    // TERMINATE is all that zmq_proxy_steerable understands.
    zmq_send(zsock_resolve(a), "TERMINATE", 9, 0);
    zactor_destroy(&a);
}

static int tcp(const char *endpoint, bool listening, char *where, size_t size) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (!listening) {
        address.sin_port = htons(atoi(strrchr(endpoint, ':') + 1));
        return connect(fd, (struct sockaddr *)&address, length) ? -1 : fd;
    }
    if (bind(fd, (struct sockaddr *)&address, length) || listen(fd, 1) || getsockname(fd, (struct sockaddr *)&address, &length))
        return -1;
    snprintf(where, size, "tcp://127.0.0.1:%d", ntohs(address.sin_port));
    return fd;
}

static int stream(const char *name) { return (int)(intptr_t)zhash_lookup(streams, name); }

static void keep_stream(const char *name, int fd) {
    struct timeval patience = {.tv_sec = PATIENCE / 1000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    zhash_delete(streams, name);
    zhash_insert(streams, name, (void *)(intptr_t)fd);
}

// Writes or reads as many bytes as the message has.
static bool transfer(int fd, char *text, bool writing) {
    zmsg_t *m = message(text);
    bool good = true;
    for (zframe_t *f = zmsg_first(m); good && f; f = zmsg_next(m)) {
        byte *data = zframe_data(f), *got = zmalloc(zframe_size(f) + 1);
        for (size_t done = 0, size = zframe_size(f); good && done < size;) {
            ssize_t n = writing ? write(fd, data + done, size - done) : read(fd, got + done, size - done);
            good = n > 0 && (writing || !memcmp(got + done, data + done, n));
            done += n > 0 ? n : 0;
        }
        free(got);
    }
    zmsg_destroy(&m);
    return good || failed("%s: other bytes, or %s", writing ? "write" : "read", strerror(errno));
}

// Carries a command out, and says "ok" or why not. It returns true when "ok" has still to be said.
static bool obey(int count, char **words) {
    const char *verb = words[0], *name = count > 1 ? words[1] : "";
    char *word = count > 2 ? words[2] : "";
    zsock_t *s = zhash_lookup(sockets, name);
    if (streq(verb, "open")) {
        if (!(s = open_socket(word)))
            return failed("no type %s", word);
        zhash_insert(sockets, name, s);
        zhash_freefn(sockets, name, close_socket);
        for (int i = 3; i < count; i++)
            if (!set(s, words[i]))
                return false;
        zhash_insert(monitors, name, watch(s, name));
        zhash_freefn(monitors, name, close_socket);
        return true;
    }
    if (streq(verb, "version")) {
        int major, minor, patch;
        zmq_version(&major, &minor, &patch);
        printf("ok CZMQ %d.%d.%d with libzmq %d.%d.%d\n", CZMQ_VERSION_MAJOR, CZMQ_VERSION_MINOR, CZMQ_VERSION_PATCH, major, minor, patch);
        return false;
    }
    if (streq(verb, "zap"))
        return admit(name, word, words[3]);
    if (streq(verb, "refused")) {
        zmsg_t *event = zmsg_recv(zhash_lookup(monitors, name));
        bool told = event != NULL;
        zmsg_destroy(&event);
        return told || failed("nobody was refused");
    }
    if (streq(verb, "keys"))
        return tell_keys(zcert_new());
    if (streq(verb, "save")) {
        zcert_t *c = zcert_new();
        zcert_set_meta(c, "name", "their certificate");
        if (zcert_save(c, name))
            return failed("can't save %s", name);
        return tell_keys(c);
    }
    if (streq(verb, "load"))
        return tell_keys(zcert_load(name));
    if (streq(verb, "proxy")) {
        struct joint *j = zmalloc(sizeof *j);
        *j = (struct joint){zhash_lookup(sockets, word), zhash_lookup(sockets, words[3])};
        for (int i = 2; i < 4; i++) {
            zmq_socket_monitor(zsock_resolve(zhash_lookup(sockets, words[i])), NULL, 0);
            zhash_delete(monitors, words[i]);
            zhash_freefn(sockets, words[i], NULL);
            zhash_delete(sockets, words[i]);
        }
        zhash_insert(proxies, name, zactor_new(join, j));
        zhash_freefn(proxies, name, part);
        return true;
    }
    if (streq(verb, "stop")) {
        zhash_delete(proxies, name);
        return true;
    }
    if (streq(verb, "listen") || streq(verb, "dial")) {
        char where[64] = "";
        int fd = tcp(word, streq(verb, "listen"), where, sizeof where);
        if (fd < 0)
            return failed("%s: %s", verb, strerror(errno));
        keep_stream(name, fd);
        printf("ok %s\n", where);
        return false;
    }
    if (streq(verb, "accept")) {
        int listener = stream(name), fd = accept(listener, NULL, NULL);
        close(listener);
        keep_stream(name, fd);
        return fd >= 0 || failed("accept: %s", strerror(errno));
    }
    if (streq(verb, "write") || streq(verb, "read"))
        return transfer(stream(name), word, *verb == 'w');
    if (streq(verb, "hang")) {
        close(stream(name));
        zhash_delete(streams, name);
        return true;
    }
    if (!s)
        return failed("no socket %s for %s", name, verb);
    if (streq(verb, "bind")) {
        if (zsock_bind(s, "%s", word) < 0)
            return failed_zmq("bind");
        printf("ok %s\n", zsock_endpoint(s));
        return false;
    }
    if (streq(verb, "connect"))
        return !zsock_connect(s, "%s", word) || failed_zmq("connect");
    if (streq(verb, "sub") || streq(verb, "unsub")) {
        zframe_t *topic = frame(word);
        int option = *verb == 's' ? ZMQ_SUBSCRIBE : ZMQ_UNSUBSCRIBE;
        int status = zmq_setsockopt(zsock_resolve(s), option, zframe_data(topic), zframe_size(topic));
        zframe_destroy(&topic);
        return !status || failed_zmq(verb);
    }
    if (streq(verb, "send"))
        return send_all(s, message(word));
    if (streq(verb, "offer")) {
        zmsg_t *m = message(word);
        zsock_set_sndtimeo(s, 0);
        if (zmsg_send(&m, s))
            zmsg_destroy(&m);
        zsock_set_sndtimeo(s, PATIENCE);
        return true;
    }
    if (streq(verb, "recv")) {
        receive(s, name, word);
        return false;
    }
    if (streq(verb, "empty")) {
        zmq_msg_t m;
        zmq_msg_init(&m);
        bool there = zmq_msg_recv(&m, zsock_resolve(s), ZMQ_DONTWAIT) >= 0;
        zmq_msg_close(&m);
        return !there || failed("a message is there");
    }
    if (streq(verb, "reply")) {
        zmsg_t *m = zmsg_dup(zhash_lookup(routes, name)), *rest = message(word);
        for (zframe_t *f; (f = zmsg_pop(rest));)
            zmsg_append(m, &f);
        zmsg_destroy(&rest);
        return send_all(s, m);
    }
    if (streq(verb, "close")) {
        zmq_socket_monitor(zsock_resolve(s), NULL, 0);
        zhash_delete(sockets, name);
        zhash_delete(monitors, name);
        zhash_delete(routes, name);
        return true;
    }
    return failed("unknown command %s", verb);
}

// Waits for the next command, and has libzmq do meanwhile what it does in the thread of a socket. Only one command is there at
// a time, so none hides in the buffer of stdin.
static void attend(void) {
    for (;;) {
        struct pollfd places[MANY + 1] = {{.fd = STDIN_FILENO, .events = POLLIN}};
        zsock_t *attended[MANY + 1];
        nfds_t count = 1;
        for (zsock_t *s = zhash_first(sockets); s && count <= MANY; s = zhash_next(sockets), count++) {
            attended[count] = s;
            places[count] = (struct pollfd){.fd = zsock_fd(s), .events = POLLIN};
        }
        if (poll(places, count, -1) < 0 && errno != EINTR)
            return;
        for (nfds_t i = 1; i < count; i++)
            if (places[i].revents)
                zsock_events(attended[i]);
        if (places[0].revents)
            return;
    }
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    compute_pattern();
    sockets = zhash_new();
    monitors = zhash_new();
    routes = zhash_new();
    proxies = zhash_new();
    streams = zhash_new();
    char *line = NULL;
    size_t room = 0;
    for (ssize_t length; attend(), (length = getline(&line, &room, stdin)) > 0;) {
        line[strcspn(line, "\n")] = 0;
        char *words[WORDS] = {NULL};
        int count = 0;
        for (char *rest, *word = strtok_r(line, " ", &rest); word && count < WORDS; word = strtok_r(NULL, " ", &rest))
            words[count++] = word;
        if (count && obey(count, words))
            puts("ok");
    }
    free(line);
    zactor_destroy(&authenticator);
    zhash_destroy(&proxies);
    zhash_destroy(&sockets);
    zhash_destroy(&monitors);
    zhash_destroy(&routes);
    zhash_destroy(&streams);
    zsys_shutdown();
    return 0;
}

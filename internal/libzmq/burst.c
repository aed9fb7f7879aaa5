//go:build cgo

#include "burst.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

amq_socket *amq_open (void *socket)
{
    amq_socket *s = calloc (1, sizeof *s);
    if (s) {
        s->socket = socket;
        zmq_msg_init (&s->held);
    }
    return s;
}

void amq_close (amq_socket *s)
{
    zmq_msg_close (&s->held);
    while (s->wanted)
        free (s->names[--s->wanted]);
    free (s);
}

int amq_want (amq_socket *s, const char *name)
{
    if (s->wanted == AMQ_NAMES)
        return EINVAL;
    char *copy = strdup (name);
    if (!copy)
        return ENOMEM;
    s->names[s->wanted++] = copy;
    return 0;
}

/* Tells whether the properties of a message are to be read from this frame: the first, or of a ROUTER the second where there is one. */
static int describes (const amq_socket *s, int more)
{
    if (!s->wanted)
        return 0;
    return s->late ? s->inside == 1 || (s->inside == 0 && !more) : s->inside == 0;
}

/* Writes the properties of a message, and returns their length, or 0 when they find no place. */
static size_t describe (const amq_socket *s, const zmq_msg_t *frame, uint8_t *to, size_t room)
{
    size_t used = 0;
    for (uint32_t i = 0; i < s->wanted; i++) {
        const char *value = zmq_msg_gets (frame, s->names[i]);
        size_t length = value ? strlen (value) : 0;
        if (length > AMQ_VALUE) {
            value = NULL;
            length = 0;
        }
        if (room - used < 2 + length)
            return 0;
        to[used++] = value ? length & 0xff : 0xff;
        to[used++] = value ? length >> 8 : 0xff;
        memcpy (to + used, value ? value : "", length);
        used += length;
    }
    return used;
}

static uint64_t entry (size_t size, int apart, int more)
{
    return ((uint64_t) size << AMQ_SHIFT) | (apart ? AMQ_APART : 0) | (more ? AMQ_MORE : 0);
}

void amq_recv (amq_socket *s, int copied, uint8_t *buffer, size_t size, uint64_t *table, uint32_t entries, uint32_t max, uint8_t *properties,
               size_t room, amq_received *out)
{
    zmq_msg_t *frame = &s->held;
    size_t used = 0;
    uint32_t frames = 0, messages = 0;
    int error = 0;
    int turns = 0;

    if (s->holds) {
        size_t length = zmq_msg_size (frame);
        int more = zmq_msg_more (frame);
        if (describes (s, more)) {
            size_t described = describe (s, frame, properties, room);
            properties += described;
            room -= described;
        }
        s->inside = more ? s->inside + 1 : 0;
        if (!copied) {
            memcpy (buffer, zmq_msg_data (frame), length);
            used = length;
        }
        table[frames++] = entry (length, copied, more);
        messages += !more;
        s->holds = 0;
    }
    while (messages < max && frames < entries) {
        /* Receiving into a message closes what it held before. */
        if (zmq_msg_recv (frame, s->socket, ZMQ_DONTWAIT) < 0) {
            error = zmq_errno ();
            if (error == EINTR) {
                error = 0;
                continue;
            }
            /* In the middle of a stream the thread that fills the pipe may only lack a core: giving it a turn is cheaper than to
               sleep until it wakes us. */
            if (error == EAGAIN && messages >= AMQ_STREAM && turns < AMQ_TURNS) {
                error = 0;
                turns++;
                sched_yield ();
                continue;
            }
            break;
        }
        size_t length = zmq_msg_size (frame);
        if (length > AMQ_DIRECT || length > size - used) {
            s->holds = 1;
            break;
        }
        int more = zmq_msg_more (frame);
        if (describes (s, more)) {
            size_t described = describe (s, frame, properties, room);
            if (!described) {
                s->holds = 1;
                break;
            }
            properties += described;
            room -= described;
        }
        s->inside = more ? s->inside + 1 : 0;
        memcpy (buffer + used, zmq_msg_data (frame), length);
        used += length;
        table[frames++] = entry (length, 0, more);
        messages += !more;
    }
    out->data = s->holds ? zmq_msg_data (frame) : NULL;
    out->held = s->holds ? zmq_msg_size (frame) : 0;
    if (!s->holds) {
        /* Let go of the last frame's memory now, not with the next message. */
        zmq_msg_close (frame);
        zmq_msg_init (frame);
    }
    out->frames = frames;
    out->holds = s->holds;
    out->error = error;
}

void amq_send (void *socket, const uint8_t *buffer, const uint64_t *table, uint32_t frames, int begin, amq_sent *out)
{
    uint32_t i = 0;
    out->error = 0;
    while (i < frames && !(table[i] & AMQ_APART)) {
        size_t length = table[i] >> AMQ_SHIFT;
        int more = table[i] & AMQ_MORE;
        int error = amq_send_one (socket, buffer, length, more, begin);
        if (error) {
            out->error = error;
            break;
        }
        begin = !more;
        buffer += length;
        i++;
    }
    out->frames = i;
}

/* A send that may not wait looks at the socket's commands once in a millisecond only, so it can refuse though there is room. Reading
   ZMQ_EVENTS looks at once. */
static int can_send (void *socket)
{
    int events = 0;
    size_t size = sizeof events;
    return amq_get (socket, ZMQ_EVENTS, &events, &size) == 0 && (events & ZMQ_POLLOUT);
}

int amq_send_one (void *socket, const void *frame, size_t size, int more, int begin)
{
    while (zmq_send (socket, frame, size, more ? ZMQ_DONTWAIT | ZMQ_SNDMORE : ZMQ_DONTWAIT) < 0) {
        int error = zmq_errno ();
        /* In the middle of a message EAGAIN means that the peer has gone: trying again could send the rest to another one. */
        int again = error == EAGAIN && begin && can_send (socket);
        if (error != EINTR && !again)
            return error;
        if (again)
            begin = 0; /* once only: ZMQ_POLLOUT is about any peer, the message perhaps about a full one */
    }
    return 0;
}

int amq_set (void *socket, int option, const void *value, size_t size)
{
    while (zmq_setsockopt (socket, option, value, size) != 0) {
        int error = zmq_errno ();
        if (error != EINTR)
            return error;
    }
    return 0;
}

int amq_get (void *socket, int option, void *value, size_t *size)
{
    while (zmq_getsockopt (socket, option, value, size) != 0) {
        int error = zmq_errno ();
        if (error != EINTR)
            return error;
    }
    return 0;
}

int amq_ctx_shutdown (void *context)
{
    return zmq_ctx_shutdown (context) == 0 ? 0 : zmq_errno ();
}

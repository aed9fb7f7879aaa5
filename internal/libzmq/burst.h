/* The C side of bursts: whole messages in one crossing, never waiting, EINTR repeated. */
#ifndef ACTOMQ_BURST_H
#define ACTOMQ_BURST_H

#include <stddef.h>
#include <stdint.h>
#include <zmq.h>

/* An entry of a frame table is the frame's length shifted by two, and these flags. burst.go knows the same numbers. */
#define AMQ_MORE 1
#define AMQ_APART 2
#define AMQ_SHIFT 2

/* Frames above this many bytes are not copied through the burst's buffer. */
#define AMQ_DIRECT (8 * 1024)

/* A burst of this many messages is part of a stream: before it ends for lack of more, other threads get so many turns. */
#define AMQ_STREAM 16
#define AMQ_TURNS 4

/* Properties of messages: how many may be asked for, and the length from which a value counts as absent. property_cgo.go knows the same numbers. */
#define AMQ_NAMES 8
#define AMQ_VALUE 1024

/* A socket and the one frame that was received but found no place yet. */
typedef struct {
    void *socket;
    zmq_msg_t held;         /* always initialised */
    int holds;              /* held contains a received frame */
    uint32_t inside;        /* how many frames of a message that has more were placed */
    int late;               /* a ROUTER: the id in front, of its own making, may come without properties */
    char *names[AMQ_NAMES]; /* properties that are asked for */
    uint32_t wanted;        /* how many */
} amq_socket;

typedef struct {
    const void *data; /* of the held frame, until the next crossing */
    uint64_t held;    /* length of the held frame */
    uint32_t frames; /* entries written to the table */
    int32_t holds;   /* 1: a frame waits for another crossing */
    int32_t error;   /* errno that ended the burst, or 0 */
} amq_received;

typedef struct {
    uint32_t frames; /* frames that were taken */
    int32_t error;   /* errno that ended the burst, or 0 */
} amq_sent;

amq_socket *amq_open (void *socket);
void amq_close (amq_socket *s);

/* Asks for one more property of each message; returns 0 or errno. */
int amq_want (amq_socket *s, const char *name);

/* Receives until max messages are whole, the table is full, a frame or its message's properties find no place, or an error. A frame that was held
   goes first: to buffer, unless the caller has copied it. For each message that begins, the properties
   that are asked for go to properties, in the order of asking: two bytes of length, low byte first, 65535 for an absent one, and the text. Without
   such properties this is not touched; otherwise it has room for one message at least. */
void amq_recv (amq_socket *s, int copied, uint8_t *buffer, size_t size, uint64_t *table, uint32_t entries, uint32_t max, uint8_t *properties,
               size_t room, amq_received *out);

/* Sends frames from buffer until the table ends, a frame lies apart, or an error. begin: the first of them begins a message. */
void amq_send (void *socket, const uint8_t *buffer, const uint64_t *table, uint32_t frames, int begin, amq_sent *out);

/* Sends one frame; returns 0 or errno. */
int amq_send_one (void *socket, const void *frame, size_t size, int more, int begin);

/* The option calls with EINTR repeated; they return 0 or errno. */
int amq_set (void *socket, int option, const void *value, size_t size);
int amq_get (void *socket, int option, void *value, size_t *size);
int amq_ctx_shutdown (void *context);

#endif

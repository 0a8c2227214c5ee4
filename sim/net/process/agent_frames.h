/* What a driver and an agent (agent.h) say to each other. Each frame is its kind and the version,
 * then the sender's clock, then what its kind carries, encoded by wire/codec.h. */
#ifndef NET_PROCESS_AGENT_FRAMES_H
#define NET_PROCESS_AGENT_FRAMES_H

#include "net/process/record_bytes.h"
#include "net/process/supervisor.h"

/* Room for the name of a clock: the kernel's boot and its time namespace. */
#define AGENT_CLOCK_ID_SIZE 128u

/* Bytes of a refusal's reason, with a NUL. */
#define AGENT_REASON_SIZE 160u

enum agent_kind {
    AGENT_HELLO = 1, /* driver: struct agent_greeting; the first frame */
    AGENT_WELCOME,   /* agent: likewise */
    AGENT_REFUSE,    /* agent: the reason as text */
    AGENT_ORDER,     /* driver: an order (order.h) */
    AGENT_FAULT,     /* driver: struct agent_fault */
    AGENT_POLL,      /* driver */
    AGENT_STATUS,    /* agent: struct agent_status, and its records */
    AGENT_BYE,       /* driver */
    AGENT_KINDS
};

struct agent_greeting {
    uint64_t settings; /* cluster_file_hash */
    char cluster[64];
    char clock_id[AGENT_CLOCK_ID_SIZE];
};

enum agent_fault_kind {
    AGENT_FAULT_CRASH,
    AGENT_FAULT_FREEZE,
    AGENT_FAULT_THAW,
    AGENT_FAULT_START,
    AGENT_FAULT_KINDS
};

struct agent_fault {
    enum agent_fault_kind kind;
    bool flag;        /* START: it joins; CRASH: silently */
    int64_t until_ns; /* THAW: see supervisor_thaw */
    uint64_t taken;   /* START: so many numbers of requests were given out for the node while it was
                         down */
    uint64_t number;  /* comes back in struct agent_status when it is done */
};

struct agent_status {
    int64_t polled_ns; /* the clock of the POLL that this answers */
    uint64_t faults;   /* the last one that is applied */
    enum supervisor_state state;
    bool starting; /* its process runs, the node does not yet */
    bool was_member;
    bool halted; /* see struct supervisor */
    uint32_t incarnation;
    uint32_t records;     /* that follow */
    int64_t watermark_ns; /* on the node's clock: no record of a time before is still to come */
    struct gauges gauges;
};

#define AGENT_FAULT_FIELDS(X)                                                                      \
    X(kind, AGENT_FAULT_KINDS - 1)                                                                 \
    X(flag, 1)                                                                                     \
    X(until_ns, TIME_NEVER)                                                                        \
    X(taken, UINT64_MAX)                                                                           \
    X(number, UINT64_MAX)
CODEC(agent_fault, AGENT_FAULT_FIELDS)

#define AGENT_STATUS_FIELDS(X)                                                                     \
    X(polled_ns, TIME_NEVER)                                                                       \
    X(faults, UINT64_MAX)                                                                          \
    X(state, SUPERVISOR_FROZEN)                                                                    \
    X(starting, 1)                                                                                 \
    X(was_member, 1)                                                                               \
    X(halted, 1)                                                                                   \
    X(incarnation, UINT32_MAX)                                                                     \
    X(records, UINT32_MAX)                                                                         \
    X(watermark_ns, TIME_NEVER)
CODEC(agent_status, AGENT_STATUS_FIELDS)

static inline void agent_status_write(struct string_builder *bytes,
                                      const struct agent_status *status)
{
    agent_status_put(bytes, status);
    gauges_write(bytes, &status->gauges);
}

static inline void agent_status_read(struct byte_reader *reader, struct agent_status *status)
{
    agent_status_get(reader, status);
    gauges_read(reader, &status->gauges);
}

static inline void agent_greeting_write(struct string_builder *bytes,
                                        const struct agent_greeting *greeting)
{
    codec_put_number(bytes, greeting->settings);
    codec_put_words(bytes, greeting->cluster);
    codec_put_words(bytes, greeting->clock_id);
}

static inline void agent_greeting_read(struct byte_reader *reader, struct agent_greeting *greeting)
{
    greeting->settings = codec_get_number(reader, UINT64_MAX);
    codec_get_words(reader, greeting->cluster, sizeof greeting->cluster);
    codec_get_words(reader, greeting->clock_id, sizeof greeting->clock_id);
}

static inline void agent_begin_frame(struct string_builder *bytes, enum agent_kind kind,
                                     int64_t clock_ns)
{
    codec_begin_frame(bytes, kind);
    codec_put_number(bytes, (uint64_t)clock_ns);
}

/* Reads the head of a frame. 0: it is none; AGENT_KINDS: of another version, in `version`. */
static inline enum agent_kind agent_frame_kind(struct byte_reader *reader, unsigned *version,
                                               int64_t *clock_ns)
{
    unsigned kind = codec_frame_kind(reader, AGENT_KINDS, version);
    if (kind == AGENT_KINDS)
        return AGENT_KINDS;
    *clock_ns = (int64_t)codec_get_number(reader, TIME_NEVER);
    return reader->failed ? 0 : (enum agent_kind)kind;
}

#endif

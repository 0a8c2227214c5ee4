/* What the window knows of a run: its records, kept small, in the order in which a picture asks for
 * them.
 *
 * A reader of the trace: records go in one by one while the run goes on, and at any moment the
 * model can tell what is there between two times in a time that goes with what is to be seen, not
 * with the length of the run. It knows nothing of pixels. One thread at a time. A record takes
 * about 50 bytes.
 *
 * Bars (workers, requests) of one lane stand in rows: a bar takes the lowest row that is free when
 * it starts, so bars of one row never overlap and a row can be searched by time. What finds none of
 * ROWS_MAX rows free stands in none, and is known by its moments and counts only. */
#ifndef VIZ_MODEL_MODEL_H
#define VIZ_MODEL_MODEL_H

#include "trace/reader.h"
#include "viz/model/history.h"
#include "viz/model/names.h"
#include "viz/model/span.h"

#define ROWS_MAX 64u
#define ROW_NONE 255u
#define NONE     UINT32_MAX /* no such index */

/* What can be pointed at: its kind, and its index among those of its kind. */
enum thing_kind {
    THING_NONE,
    THING_NODE,
    THING_WORKER,
    THING_REQUEST,
    THING_MESSAGE, /* of talk: requests, replies, joins, leaves */
    THING_BEAT,    /* a heartbeat */
    THING_BAND,
    THING_MARK,
};

struct thing {
    uint32_t kind; /* enum thing_kind */
    uint32_t index;
};

static inline bool thing_equal(struct thing a, struct thing b)
{
    return a.kind == b.kind && a.index == b.index;
}

/* Classes of the moments of a lane, and what moment.thing counts among. */
enum moment_class {
    MOMENT_SENT,         /* message */
    MOMENT_RECEIVED,     /* message */
    MOMENT_DROPPED,      /* message; at its sender */
    MOMENT_BEAT,         /* beat: sent */
    MOMENT_BEAT_HEARD,   /* beat: received */
    MOMENT_BEAT_DROPPED, /* beat */
    MOMENT_REQUEST,      /* request */
    MOMENT_ANSWERED,     /* request */
    MOMENT_FAILED,       /* request */
    MOMENT_STARTED,      /* worker */
    MOMENT_EXPIRED,      /* worker */
    MOMENT_LOST,         /* worker */
    MOMENT_SERVED,       /* request */
    MOMENT_OTHER, /* nothing: the node changed its state or its view; or a fault, or a mark */
    MOMENT_CLASSES
};

enum worker_fate { FATE_LIVES, FATE_EXPIRED, FATE_LOST };

struct seen_worker {
    struct span span;
    int64_t ready_ns; /* TIME_NEVER: no value yet */
    uint64_t number;
    name_id id;
    name_id value;
    uint32_t value_size; /* of the value whole; its name holds VALUE_KEPT bytes at most */
    node_id node;
    uint32_t served;
    uint32_t last_request; /* the last one it served, or NONE */
    uint32_t before;       /* the worker of this id that started before it, or NONE */
    uint32_t mark;         /* the first mark of a duplicate that it is part of, or NONE */
    uint8_t row;           /* ROW_NONE: in none */
    uint8_t fate;          /* enum worker_fate */
    bool load_failed;
};

#define VALUE_KEPT   48u
#define OUTCOME_OPEN UINT8_MAX

struct seen_request {
    struct span span;
    int64_t second_ns;  /* of its second try; TIME_NEVER: none */
    int64_t served_ns;  /* when its answer was decided last; TIME_NEVER: not */
    int64_t latency_ns; /* on its caller's clock; 0 without a reply */
    uint64_t number;
    name_id id;
    node_id caller;
    node_id owner[2];       /* of its tries; NODE_NONE: not tried */
    uint32_t worker;        /* that served it last, or NONE */
    uint32_t first_message; /* then message.next; or NONE */
    uint32_t last_message;
    uint32_t served_before; /* the request that its worker served before it, or NONE */
    uint32_t before;        /* the request for this id that was made before it, or NONE */
    uint8_t outcome;        /* enum outcome, or OUTCOME_OPEN */
    uint8_t row;
};

#define MESSAGE_UNDER_WAY 255u
#define MESSAGE_RECEIVED  254u

struct seen_message {
    struct span span;
    uint64_t number;
    node_id from;
    node_id to;
    uint32_t request; /* or NONE */
    uint32_t next;    /* message of the same request, or NONE */
    uint8_t kind;     /* enum message_kind */
    uint8_t end;      /* enum drop_why, or one of the above */
};

enum node_state { NODE_UNKNOWN, NODE_UP, NODE_FROZEN, NODE_LEFT, NODE_DOWN };

struct state_change {
    int64_t t_ns;
    uint32_t state; /* enum node_state */
};

struct view_change {
    int64_t t_ns;
    uint32_t epoch;
    name_id members; /* as bits, see record.h */
};

/* A fault in force at one node. */
enum band_kind { BAND_DOWN, BAND_LEFT, BAND_FROZEN, BAND_CUT };

struct band {
    struct span span;
    node_id node;
    uint32_t kind; /* enum band_kind */
    name_id text;
    uint32_t line;
};

enum mark_kind { MARK_FAULT, MARK_HELD, MARK_NOT_HELD, MARK_VIOLATION, MARK_DUPLICATE };

struct mark {
    int64_t t_ns;
    uint32_t kind; /* enum mark_kind */
    uint32_t line; /* 0: none */
    name_id text;
    name_id id;
    uint32_t workers[2]; /* DUPLICATE: the second live worker and the other one; or NONE */
};

struct tick {
    int64_t t_ns;
    uint32_t request;
};

/* Bars of one row of a lane, in the order of time; they don't overlap. */
struct row {
    uint32_t *bars;
    size_t count;
    size_t capacity;
    struct tick *ticks; /* workers: when they served */
    size_t ticks_count;
    size_t ticks_capacity;
};

struct row_set {
    uint64_t taken; /* rows with a bar whose end is not known yet */
    struct row *rows;
    size_t count;
    size_t capacity;
};

struct lane {
    struct history history;
    struct row_set workers;
    struct row_set requests;
    struct state_change *states;
    size_t states_count;
    size_t states_capacity;
    struct view_change *views;
    size_t views_count;
    size_t views_capacity;
};

/* The last of each id, from which chains lead back. */
struct newest {
    uint32_t worker;
    uint32_t request;
};

struct list {
    void *items;
    size_t count;
    size_t capacity;
};

#define LATENCY_CLASSES 56u /* two for each doubling, from 1 us */

struct model {
    struct reader reader;
    uint32_t nodes;
    struct lane *lanes;       /* one a node */
    struct history run;       /* MOMENT_OTHER: what concerns the whole run */
    struct history latencies; /* answered requests, by latency_class */
    struct names names;
    struct spans talk;      /* struct seen_message */
    struct spans beats;     /* struct seen_message */
    struct spans bands;     /* struct band */
    struct list workers;    /* struct seen_worker */
    struct list requests;   /* struct seen_request */
    struct list marks;      /* struct mark, in the order of time */
    struct list newest;     /* struct newest, one a name */
    struct table talk_open; /* messages under way, by number */
    struct table beats_open;
    struct table request_by_number;
    struct table worker_by_number;
    int64_t last_ns; /* how far the run is known to have come */
    uint64_t records;
    enum error error;
};

/* An empty picture of a run of `nodes` nodes. NULL when there is no memory. */
struct model *model_new(uint32_t nodes);
void model_delete(struct model *model);

/* What to give the run's trace to. */
struct reader *model_reader(struct model *model);

/* The run has come to t_ns, though its last record may be older: no record before it will come. */
void model_reach(struct model *model, int64_t t_ns);

/* ERROR_MEMORY, ERROR_FULL: records have been left out since. */
enum error model_error(const struct model *model);

static inline struct seen_worker *model_worker(const struct model *model, uint32_t index)
{
    return (struct seen_worker *)model->workers.items + index;
}

static inline struct seen_request *model_request(const struct model *model, uint32_t index)
{
    return (struct seen_request *)model->requests.items + index;
}

static inline struct seen_message *model_message(const struct model *model, uint32_t index)
{
    return spans_at(&model->talk, index);
}

static inline struct seen_message *model_beat(const struct model *model, uint32_t index)
{
    return spans_at(&model->beats, index);
}

static inline struct band *model_band(const struct model *model, uint32_t index)
{
    return spans_at(&model->bands, index);
}

static inline struct mark *model_mark(const struct model *model, uint32_t index)
{
    return (struct mark *)model->marks.items + index;
}

/* The last ones of an id; both NONE for a name that is no id. */
struct newest model_newest(const struct model *model, name_id id);

static inline const char *model_name(const struct model *model, name_id name)
{
    return names_bytes(&model->names, name);
}

#endif

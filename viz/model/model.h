/* What the window knows of a run: the records, kept small, in the order in which a picture asks for
 * them.
 *
 * The model is a reader of the trace. Records go in one by one while the run goes on. At any moment
 * the model tells what there is between two times; that takes time in proportion to what is in
 * view, not to the length of the run. A record takes about 50 bytes.
 *
 * The model knows nothing of pixels, judges nothing, and forgets nothing: what has ended can be
 * looked at again. One thread at a time.
 *
 * Bars (workers, requests) of one lane stand in rows; see rows.h. */
#ifndef VIZ_MODEL_MODEL_H
#define VIZ_MODEL_MODEL_H

#include "trace/reader.h"
#include "viz/model/history.h"
#include "viz/model/notable.h"
#include "viz/model/spans.h"
#include "viz/model/string_table.h"

#define ROWS_MAX 64u
#define ROW_NONE 255u
#define NONE     HASH_MAP_NONE /* no such index */

/* What can be pointed at: its kind, and its index among those of its kind. */
enum thing_kind {
    THING_NONE,
    THING_NODE,
    THING_WORKER,
    THING_REQUEST,
    THING_MESSAGE, /* any but a heartbeat */
    THING_HEARTBEAT,
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

/* Classes of a lane's events, and what their index counts among. */
enum history_class {
    HISTORY_SENT,               /* message */
    HISTORY_RECEIVED,           /* message */
    HISTORY_DROPPED,            /* message; at its sender */
    HISTORY_HEARTBEAT_SENT,     /* heartbeat */
    HISTORY_HEARTBEAT_RECEIVED, /* heartbeat */
    HISTORY_HEARTBEAT_DROPPED,  /* heartbeat; at its sender */
    HISTORY_REQUEST,            /* request */
    HISTORY_ANSWERED,           /* request */
    HISTORY_FAILED,             /* request */
    HISTORY_STARTED,            /* worker; it loads */
    HISTORY_CAME,               /* worker; moved here, it goes on */
    HISTORY_EXPIRED,            /* worker */
    HISTORY_LOST,               /* worker */
    HISTORY_UNLEASED,           /* worker; it ended with its node's lease */
    HISTORY_MOVED,              /* worker; it goes on at another node */
    HISTORY_SERVED,             /* request */
    HISTORY_OTHER,              /* none: the node's state or view changed. Of the run: mark */
    HISTORY_CLASSES
};

enum worker_status { WORKER_LIVE, WORKER_EXPIRED, WORKER_LOST, WORKER_UNLEASED, WORKER_MOVED };

/* A worker moves from one node to another, where it is one of another number. It ends when the
 * latter starts; TIME_NEVER: not yet, or never. */
struct move {
    struct span span;
    uint32_t from; /* worker */
    uint32_t to;   /* worker, or NONE */
    node_id node;  /* that it goes to */
};

#define VALUE_KEPT 48u /* bytes of a worker's value that are kept */

struct model_worker {
    struct span span;
    int64_t ready_ns; /* TIME_NEVER: no value yet */
    uint64_t number;
    string_id id;
    string_id value;
    uint32_t value_size; /* of the whole value */
    uint32_t token_epoch;
    uint64_t token_counter; /* of its slot's lease when it loaded */
    node_id node;
    uint32_t served;
    uint32_t last_request; /* the last one it served, or NONE */
    uint32_t before;       /* the worker of this id that started before it, or NONE */
    uint32_t mark;         /* the first mark of a duplicate that it is part of, or NONE */
    uint32_t came;         /* its move here, or NONE */
    uint32_t moved;        /* its move away, or NONE */
    uint8_t row;           /* ROW_NONE: in none */
    uint8_t status;        /* enum worker_status */
    uint8_t how;           /* LOST: enum down_how */
    bool load_failed;
};

#define OUTCOME_OPEN UINT8_MAX

struct model_request {
    struct span span;
    int64_t second_ns;  /* of its second try; TIME_NEVER: none */
    int64_t served_ns;  /* when its answer was decided last; TIME_NEVER: not */
    int64_t latency_ns; /* on its caller's clock; 0 without a reply */
    uint64_t number;
    string_id id;
    node_id caller;
    node_id owner[2];       /* of its tries; NODE_NONE: not tried */
    uint32_t worker;        /* that served it last, or NONE */
    uint32_t first_message; /* then message.next; or NONE */
    uint32_t last_message;
    uint32_t served_before; /* the request that its worker served before it, or NONE */
    uint32_t before;        /* the request for this id that was made before it, or NONE */
    node_id handed;         /* where it goes on that waited for a worker; NODE_NONE: not handed */
    uint8_t outcome;        /* enum outcome, or OUTCOME_OPEN */
    uint8_t row;            /* ROW_NONE: in none */
    uint8_t why;            /* of its second try: enum route_why */
};

#define MESSAGE_UNDER_WAY 255u
#define MESSAGE_RECEIVED  254u

struct model_message {
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
    string_id members; /* as bits, see record.h */
};

/* A fault in force at one node. */
enum band_kind { BAND_DOWN, BAND_LEFT, BAND_FROZEN, BAND_CUT };

struct band {
    struct span span;
    node_id node;
    uint32_t kind; /* enum band_kind */
    string_id text;
    string_id links; /* CUT: the FAULT record's data: which links */
    uint32_t line;
};

enum mark_kind { MARK_FAULT, MARK_HELD, MARK_NOT_HELD, MARK_VIOLATION, MARK_DUPLICATE };

/* Faults stand in a row of their own: nothing else hides them. */
enum mark_row { MARK_ROW_FAULTS, MARK_ROW_VERDICTS, MARK_ROWS };

struct mark {
    int64_t t_ns;
    uint32_t kind; /* enum mark_kind */
    uint32_t line; /* 0: none */
    uint32_t rule; /* VIOLATION: enum rule */
    string_id text;
    string_id id;
    uint32_t workers[2]; /* DUPLICATE: the second live worker and the other one; or NONE */
};

struct tick {
    int64_t t_ns;
    uint32_t request;
};

/* Bars of one row of a lane, in the order of time; they don't overlap. */
struct row {
    uint32_t *bars; /* indices of workers or requests */
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

/* So many slots' leases a node holds from t_ns on; of those that it had before, so many were not
 * renewed in time. */
struct lease_change {
    int64_t t_ns;
    uint32_t held;
    uint32_t lost;
};

/* What is known of one node. */
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
    struct lease_change *leases;
    size_t leases_count;
    size_t leases_capacity;
    int64_t leased_ns;   /* when the last of its leases ends, if none is renewed any more */
    struct tick *failed; /* its requests that failed */
    size_t failed_count;
    size_t failed_capacity;
};

/* The newest worker and request of an id, from which chains (`before`) lead back; or NONE. */
struct newest {
    uint32_t worker;
    uint32_t request;
};

/* A growing array. */
struct array {
    void *items;
    size_t count;
    size_t capacity;
};

#define LATENCY_CLASSES 56u /* two for each doubling, from 1 us */

struct model {
    struct reader reader;
    uint32_t nodes;
    uint32_t slots;     /* of ids, each with a lease; 0: there are no leases. Set by its owner */
    struct lane *lanes; /* one a node */
    struct history run; /* HISTORY_OTHER: what concerns the whole run */
    struct history latencies; /* answered requests, by latency_class */
    struct string_table strings;
    struct spans messages;             /* struct model_message */
    struct spans heartbeats;           /* struct model_message */
    struct spans bands;                /* struct band */
    struct spans moves;                /* struct move */
    struct array workers;              /* struct model_worker */
    struct array requests;             /* struct model_request */
    struct array marks;                /* struct mark, in the order of time */
    struct array mark_rows[MARK_ROWS]; /* uint32_t: indices of marks */
    struct array newest;               /* struct newest, one a string */
    /* From the numbers in records to indices; of messages those under way only. */
    struct hash_map open_messages;
    struct hash_map open_heartbeats;
    struct hash_map requests_by_number;
    struct hash_map workers_by_number;
    struct notable broken; /* marks: violations, and expectations that did not hold */
    struct notable failed; /* requests, in the order in which they failed */
    struct notable slow;   /* requests that were answered: those that took longest */
    int64_t last_ns;       /* how far the run is known to have come */
    uint64_t records;
    enum error error;
};

/* The model of a run of `nodes` nodes, with no record yet. NULL when there is no memory. */
struct model *model_new(uint32_t nodes);

/* NULL is allowed. */
void model_delete(struct model *model);

/* What the run's trace is to be given to. It is the model's. */
struct reader *model_reader(struct model *model);

/* The run has come to t_ns, though its last record may be older: no record before it will come. */
void model_reach(struct model *model, int64_t t_ns);

/* ERROR_MEMORY, ERROR_FULL: since then all records were left out. What came before is whole. */
enum error model_error(const struct model *model);

static inline struct model_worker *model_worker(const struct model *model, uint32_t index)
{
    return (struct model_worker *)model->workers.items + index;
}

static inline struct model_request *model_request(const struct model *model, uint32_t index)
{
    return (struct model_request *)model->requests.items + index;
}

static inline struct model_message *model_message(const struct model *model, uint32_t index)
{
    return spans_at(&model->messages, index);
}

static inline struct model_message *model_heartbeat(const struct model *model, uint32_t index)
{
    return spans_at(&model->heartbeats, index);
}

static inline struct band *model_band(const struct model *model, uint32_t index)
{
    return spans_at(&model->bands, index);
}

static inline struct move *model_move(const struct model *model, uint32_t index)
{
    return spans_at(&model->moves, index);
}

static inline struct mark *model_mark(const struct model *model, uint32_t index)
{
    return (struct mark *)model->marks.items + index;
}

/* When the leases of the worker's node are over, as far as is known; TIME_NEVER: nothing is. */
static inline int64_t model_leased_ns(const struct model *model, const struct model_worker *worker)
{
    const struct lane *lane = worker->node < model->nodes ? &model->lanes[worker->node] : NULL;
    return lane && lane->leases_count ? lane->leased_ns : TIME_NEVER;
}

/* The mark at a place of a row. */
static inline uint32_t model_mark_in(const struct model *model, enum mark_row row, uint32_t place)
{
    return ((uint32_t *)model->mark_rows[row].items)[place];
}

/* The newest ones of an id; both NONE for a string that is no id. */
struct newest model_newest(const struct model *model, string_id id);

/* The string's bytes, ended by a NUL; valid until the next record. */
static inline const char *model_string(const struct model *model, string_id string)
{
    return string_table_bytes(&model->strings, string);
}

#endif

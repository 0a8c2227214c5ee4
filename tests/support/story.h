/* A trace told record by record, and what the checker says to it.
 *
 *     struct story story;
 *     story_begin(&story, story_setup());
 *     ask(&story, N1, 17, "1", N2);                request 17 for id 1 is made at n1 and routed to
 * n2 uint64_t way = sends(&story, N1, N2, MESSAGE_REQUEST, 17); at(&story, 3 * MS); comes(&story,
 * way); starts(&story, N2, 5, "1", "282");            worker 5: starts, loads, has its value
 *     serves(&story, N2, 5, 17, "1", "282");
 *     CU_ASSERT_TRUE(story_is_quiet(&story));
 *
 * Three nodes, modulo, so n2 owns id 1; views are static, lives last 5 s, requests 1 s. */
#ifndef SUPPORT_STORY_H
#define SUPPORT_STORY_H

#include "check/checker.h"

#include "support/suite.h"

#include <stdio.h>
#include <string.h>

#define MS NS_PER_MS
#define S  NS_PER_S

enum { N1, N2, N3, STORY_NODES };

struct story_message {
    node_id from;
    node_id to;
    enum message_kind kind;
    uint64_t request;
};

#define STORY_MESSAGES 256u

struct story {
    struct checker *checker;
    int64_t t_ns;
    uint16_t step;
    int64_t ahead_ns[STORY_NODES];   /* of true time, of each node's clock */
    int64_t made_ns[STORY_MESSAGES]; /* when each request was made, on its caller's clock */
    int64_t ttl_ns;                  /* of each worker */
    int64_t lie_ns;                  /* added to the latencies that are told */
    struct story_message messages[STORY_MESSAGES];
    uint64_t next_message;
    uint64_t workers; /* live */
    uint64_t open;
    uint64_t fired[RULES_COUNT];
    char text[600];  /* of the last violation */
    char cause[600]; /* of the last duplicate */
    int64_t cause_ns;
    uint64_t duplicates;
};

static inline struct checker_setup story_setup(void)
{
    return (struct checker_setup){.nodes = STORY_NODES,
                                  .route = ROUTE_MODULO,
                                  .views_static = true,
                                  .ttl_ns = 5 * S,
                                  .timeout_ns = 1 * S,
                                  .mailbox = 2,
                                  .held = 1000,
                                  .all = true,
                                  .clocks_exact = true};
}

static inline void story_hears(void *context, const struct record *record)
{
    struct story *story = context;
    char *to = record->kind == RECORD_VIOLATION ? story->text : story->cause;
    snprintf(to, sizeof story->text, "%.*s", (int)text_size(&record->value),
             text_bytes(&record->value));
    if (record->kind == RECORD_VIOLATION)
        story->fired[record->code]++;
    if (record->kind == RECORD_DUPLICATE) {
        story->duplicates++;
        story->cause_ns = record->t_ns;
    }
}

static inline void story_put(struct story *story, struct record record, node_id node)
{
    record.t_ns = story->t_ns;
    record.step = story->step;
    record.node = node;
    record.clock_ns = story->t_ns + story->ahead_ns[node];
    if (record.kind == RECORD_REQUEST)
        story->made_ns[record.request % STORY_MESSAGES] = record.clock_ns;
    if (record.kind == RECORD_REPLY)
        record.amount =
            record.clock_ns - story->made_ns[record.request % STORY_MESSAGES] + story->lie_ns;
    checker_take(story->checker, &record);
}

static inline struct record story_record(enum record_kind kind, const char *id)
{
    struct record record = record_of(kind);
    record.id = text_borrow(id, strlen(id));
    return record;
}

/* Later, or at the same instant in a later step. */
static inline void at(struct story *story, int64_t t_ns)
{
    story->step = t_ns == story->t_ns ? (uint16_t)(story->step + 1) : 0;
    story->t_ns = t_ns;
}

static inline void story_begin(struct story *story, struct checker_setup setup)
{
    memset(story, 0, sizeof *story);
    story->ttl_ns = setup.ttl_ns;
    story->checker = checker_new(&setup, story_hears, story);
    CU_ASSERT_PTR_NOT_NULL_FATAL(story->checker);
    for (node_id node = 0; node < STORY_NODES; node++) {
        struct record up = record_of(RECORD_UP);
        up.epoch = 1;
        story_put(story, up, node);
    }
}

/* ---- what happens -------------------------------------------------------------------------- */

static inline void plain(struct story *story, enum record_kind kind, node_id node, uint8_t code)
{
    struct record record = record_of(kind);
    record.code = code;
    story_put(story, record, node);
}

/* The members of the node's view, as bits: 1 is n1, 2 is n2, 4 is n3. */
static inline void sees(struct story *story, node_id node, char members)
{
    struct record record = record_of(RECORD_VIEW);
    record.value = text_borrow(&members, 1);
    story_put(story, record, node);
}

static inline void makes(struct story *story, node_id node, uint64_t request, const char *id)
{
    struct record record = story_record(RECORD_REQUEST, id);
    record.request = request;
    record.amount = story->t_ns + story->ahead_ns[node] + S;
    story->open++;
    story_put(story, record, node);
}

static inline void routes(struct story *story, node_id node, uint64_t request, const char *id,
                          node_id owner, uint8_t try)
{
    struct record record = story_record(RECORD_ROUTE, id);
    record.request = request;
    record.peer = owner;
    record.code = try;
    record.why = try == 1 ? WHY_FIRST : WHY_RETRY;
    story_put(story, record, node);
}

static inline void ask(struct story *story, node_id node, uint64_t request, const char *id,
                       node_id owner)
{
    makes(story, node, request, id);
    routes(story, node, request, id, owner, 1);
}

static inline struct record story_carried(struct story *story, enum record_kind kind, uint64_t way)
{
    const struct story_message *message = &story->messages[way];
    struct record record = record_of(kind);
    record.number = way;
    record.message = (uint8_t)message->kind;
    record.request = message->request;
    record.peer = kind == RECORD_RECV ? message->from : message->to;
    return record;
}

static inline uint64_t sends(struct story *story, node_id from, node_id to, enum message_kind kind,
                             uint64_t request)
{
    uint64_t way = ++story->next_message;
    story->messages[way] = (struct story_message){from, to, kind, request};
    story_put(story, story_carried(story, RECORD_SEND, way), from);
    return way;
}

static inline void comes(struct story *story, uint64_t way)
{
    story_put(story, story_carried(story, RECORD_RECV, way), story->messages[way].to);
}

static inline void drops(struct story *story, uint64_t way, enum drop_why why)
{
    struct record record = story_carried(story, RECORD_DROP, way);
    record.code = (uint8_t)why;
    story_put(story, record, story->messages[way].from);
}

static inline void worker_does(struct story *story, enum record_kind kind, node_id node,
                               uint64_t worker, const char *id, const char *value)
{
    struct record record = story_record(kind, id);
    record.worker = worker;
    record.value = text_borrow(value, strlen(value));
    record.amount = kind == RECORD_LOAD ? story->ttl_ns : 0;
    story->workers += kind == RECORD_START;
    story->workers -= kind == RECORD_EXPIRE || kind == RECORD_LOST;
    story_put(story, record, node);
}

/* The worker lived already when the trace began, for age_ns. */
static inline void is_found(struct story *story, node_id node, uint64_t worker, const char *id,
                            int64_t age_ns)
{
    struct record record = story_record(RECORD_START, id);
    record.worker = worker;
    record.code = START_FOUND;
    record.amount = age_ns;
    story->workers++;
    story_put(story, record, node);
}

static inline void begins(struct story *story, node_id node, uint64_t worker, const char *id)
{
    worker_does(story, RECORD_START, node, worker, id, "");
    worker_does(story, RECORD_LOAD, node, worker, id, "");
}

static inline void starts(struct story *story, node_id node, uint64_t worker, const char *id,
                          const char *value)
{
    begins(story, node, worker, id);
    worker_does(story, RECORD_VALUE, node, worker, id, value);
}

static inline void serves(struct story *story, node_id node, uint64_t worker, uint64_t request,
                          const char *id, const char *value)
{
    struct record record = story_record(RECORD_SERVE, id);
    record.worker = worker;
    record.request = request;
    record.value = text_borrow(value, strlen(value));
    story_put(story, record, node);
}

static inline void replied(struct story *story, node_id node, uint64_t request, const char *id,
                           uint64_t worker, const char *value, node_id from)
{
    struct record record = story_record(RECORD_REPLY, id);
    record.worker = worker;
    record.request = request;
    record.peer = from;
    record.value = text_borrow(value, strlen(value));
    story->open--;
    story_put(story, record, node);
}

static inline void fails(struct story *story, node_id node, uint64_t request, const char *id,
                         enum outcome outcome)
{
    struct record record = story_record(RECORD_FAIL, id);
    record.request = request;
    record.code = (uint8_t)outcome;
    story->open--;
    story_put(story, record, node);
}

/* The request goes to the owner and waits there. */
static inline void reaches(struct story *story, node_id from, uint64_t request, const char *id,
                           node_id owner)
{
    ask(story, from, request, id, owner);
    if (owner != from)
        comes(story, sends(story, from, owner, MESSAGE_REQUEST, request));
}

/* The worker answers what waits, all the way. */
static inline void answers(struct story *story, node_id node, uint64_t worker, uint64_t request,
                           const char *id, const char *value, node_id caller)
{
    serves(story, node, worker, request, id, value);
    if (caller != node)
        comes(story, sends(story, node, caller, MESSAGE_REPLY, request));
    replied(story, caller, request, id, worker, value, node);
}

/* ---- what the checker says ----------------------------------------------------------------- */

static inline uint64_t story_count(const struct story *story)
{
    uint64_t sum = 0;
    for (int rule = 0; rule < RULES_COUNT; rule++)
        sum += story->fired[rule];
    return sum;
}

/* Ends the run with nothing under way. */
static inline void story_over(struct story *story)
{
    struct under_way under_way = {.workers = story->workers, .requests = story->open};
    checker_end(story->checker, story->t_ns, &under_way);
}

static inline void story_close(struct story *story)
{
    CU_ASSERT_FALSE(checker_failed(story->checker));
    CU_ASSERT_EQUAL(checker_violations(story->checker), story_count(story));
    checker_delete(story->checker);
}

/* Whether nothing was found up to now; closes the story. */
static inline bool story_is_quiet(struct story *story)
{
    uint64_t count = story_count(story);
    if (count)
        printf("\n    not quiet: %s\n", story->text);
    story_close(story);
    return count == 0;
}

/* Whether one breach of this rule was found up to now, and no other; closes the story. */
static inline bool story_breaks(struct story *story, enum rule rule)
{
    bool once = story->fired[rule] == 1 && story_count(story) == 1;
    if (!once)
        printf("\n    %s %u times, %u breaches, the last: %s\n", rule_name(rule),
               (unsigned)story->fired[rule], (unsigned)story_count(story), story->text);
    story_close(story);
    return once;
}

#endif

/* What a node asks, routes, sends and receives. */
#include "check/screen_state.h"

#include "base/memory.h"
#include "node/id.h"

/* ---- the node's own requests ----------------------------------------------------------------- */

static inline struct screen_request *request_at(const struct screen_node *node, uint64_t index)
{
    return &node->requests[index & (node->requests_capacity - 1)];
}

/* Which of its caller's requests has this number, from 0; UINT64_MAX: none. To divide by the number
 * of nodes is to multiply by its inverse, exactly so for all numbers that a run comes to. */
static inline uint64_t index_of(const struct screen *screen, node_id caller, uint64_t number)
{
    uint64_t past = number - 1 - caller, inverse = screen->inverse;
    uint64_t index = inverse ? (uint64_t)((unsigned __int128)past * inverse >> 64) : past;
    return index * screen->setup.nodes == past ? index : UINT64_MAX;
}

/* The open request of the node that has this number, or NULL. */
static struct screen_request *find(const struct screen_node *node, uint64_t number)
{
    uint64_t index = index_of(node->screen, node->self, number);
    if (index < node->requests_over || index >= node->requests_made)
        return NULL;
    struct screen_request *request = request_at(node, index);
    return request->stage == STAGE_ENDED ? NULL : request;
}

static enum error grow(struct screen_node *node)
{
    struct screen_node grown = *node;
    grown.requests_capacity = node->requests_capacity ? 2 * node->requests_capacity : 8;
    grown.requests = memory_zeroed(grown.requests_capacity * sizeof *grown.requests);
    if (!grown.requests)
        return ERROR_MEMORY;
    for (uint64_t i = node->requests_over; i < node->requests_made; i++)
        *request_at(&grown, i) = *request_at(node, i);
    memory_free(node->requests);
    *node = grown;
    return OK;
}

static void end(struct screen_node *node, struct screen_request *request)
{
    request->stage = STAGE_ENDED;
    text_clear(&request->id);
    node->open--;
    while (node->requests_over < node->requests_made &&
           request_at(node, node->requests_over)->stage == STAGE_ENDED)
        node->requests_over++;
}

/* Whether the request is made when the one before it said, if one did. */
static bool is_due(struct screen_node *node, const struct record *record)
{
    size_t i = 0;
    while (i < node->sources_count && node->sources[i].tag != record->number)
        i++;
    if (i == node->sources_count) {
        node->error = memory_reserve((void **)&node->sources, &node->sources_capacity, i + 1,
                                     sizeof *node->sources);
        if (node->error)
            return true;
        node->sources[node->sources_count++] =
            (struct screen_source){.tag = record->number, .due_ns = record->t_ns};
    }
    struct screen_source *source = &node->sources[i];
    if (source->due_ns != record->t_ns || record->code != REQUEST_AS_DUE)
        return false;
    source->due_ns =
        record->gap_ns < TIME_NEVER - record->t_ns ? record->t_ns + record->gap_ns : TIME_NEVER;
    return true;
}

bool screen_take_request(struct screen_node *node, const struct record *record)
{
    uint64_t number = node->requests_made * node->screen->setup.nodes + 1 + node->self;
    if (record->request != number || record->amount <= record->t_ns ||
        (record->gap_ns && !is_due(node, record)))
        return false;
    if (node->requests_made - node->requests_over == node->requests_capacity)
        node->error = grow(node);
    if (node->error)
        return true;
    struct screen_request *request = request_at(node, node->requests_made);
    *request = (struct screen_request){.made_ns = record->t_ns,
                                       .deadline_ns = record->amount,
                                       .tried = NODE_NONE,
                                       .stage = STAGE_MADE};
    node->error = text_copy(&request->id, &record->id);
    node->requests_made++;
    node->open++;
    return true;
}

/* ---- routing --------------------------------------------------------------------------------- */

node_id screen_owner(const struct screen_node *node, const struct text *id)
{
    const struct screen *screen = node->screen;
    return route_preferred(&screen->router, &screen->everyone, node->self, id, screen->setup.slots);
}

/* Whether it goes to the owner shows where it comes to, when it is the first one of its id there;
 * and at the end, if it has not come. */
bool screen_take_route(struct screen_node *node, const struct record *record)
{
    struct screen_request *request = find(node, record->request);
    if (!request || request->stage != STAGE_MADE || record->code != 1 || !node->sees_all)
        return false;
    request->stage = STAGE_ROUTED;
    request->tried = record->peer;
    return record->peer != node->self || screen_enter(node, record, &request->id, false);
}

bool screen_requests_are_well(const struct screen_node *node, int64_t t_ns)
{
    for (uint64_t i = node->requests_over; i < node->requests_made; i++) {
        const struct screen_request *request = request_at(node, i);
        if (request->stage == STAGE_ENDED)
            continue;
        bool goes_wrong =
            request->tried != NODE_NONE && request->tried != screen_owner(node, &request->id);
        if (goes_wrong || t_ns > request->deadline_ns)
            return false;
    }
    return true;
}

/* ---- messages -------------------------------------------------------------------------------- */

static bool judge_asking(struct screen_node *node, const struct record *record)
{
    struct screen_request *request = find(node, record->request);
    if (!request || request->stage != STAGE_ROUTED || request->tried != record->peer ||
        record->code != 1 || !text_equal(&request->id, &record->id))
        return false;
    request->stage = STAGE_SENT;
    return true;
}

bool screen_take_send(struct screen_node *node, const struct record *record)
{
    bool answers = record->message == MESSAGE_REPLY;
    if (record->number != node->next_message || record->message == MESSAGE_LEAVE ||
        answers != (node->owed.request != 0) || (answers && !node->owed.foreign))
        return false;
    node->owed.request = 0;
    node->next_message += node->screen->setup.nodes;
    node->messages++;
    node->messages_sum += screen_message_digest(record, node->self, record->peer);
    return record->message != MESSAGE_REQUEST || judge_asking(node, record);
}

/* A caller's requests come in the order in which it made them. */
static bool is_in_order(struct screen_node *node, const struct record *record)
{
    uint64_t index = index_of(node->screen, record->peer, record->request);
    if (index >= UINT32_MAX)
        return false;
    uint32_t *newest = number_map_reserve(&node->newest, record->peer);
    if (!newest) {
        node->error = ERROR_MEMORY;
        return true;
    }
    if (index < *newest)
        return false;
    *newest = (uint32_t)index + 1;
    return true;
}

static bool take_asking(struct screen_node *node, const struct record *record)
{
    if (record->code != 1 || !node->sees_all || !is_in_order(node, record))
        return false;
    return node->error || screen_enter(node, record, &record->id, true);
}

static bool take_answer(struct screen_node *node, const struct record *record)
{
    struct screen_request *request = find(node, record->request);
    if (!request || request->stage != STAGE_SENT || request->tried != record->peer)
        return false;
    request->stage = STAGE_ANSWERED;
    return true;
}

bool screen_take_recv(struct screen_node *node, const struct record *record)
{
    node->messages--;
    node->messages_sum -= screen_message_digest(record, record->peer, node->self);
    if (record->message == MESSAGE_REQUEST)
        return take_asking(node, record);
    return record->message != MESSAGE_REPLY || take_answer(node, record);
}

/* ---- outcomes -------------------------------------------------------------------------------- */

/* An answer by the node itself is compared with what was just served, one of another node by the
 * sums at the end. */
static bool is_answer(struct screen_node *node, const struct record *record,
                      const struct screen_request *request)
{
    struct fingerprint value = fingerprint_of(&record->value);
    if (request->tried == node->self)
        return node->owed.request == record->request && !node->owed.foreign &&
               node->owed.worker == record->worker && fingerprint_equal(node->owed.value, value);
    node->answers_sum -= screen_answer_digest(record->request, record->worker, record->peer, value);
    return !node->owed.request && request->stage == STAGE_ANSWERED;
}

bool screen_take_reply(struct screen_node *node, const struct record *record)
{
    struct screen_request *request = find(node, record->request);
    if (!request || request->tried != record->peer || record->t_ns >= request->deadline_ns ||
        record->amount != record->t_ns - request->made_ns || !is_answer(node, record, request))
        return false;
    node->owed.request = 0;
    end(node, request);
    return true;
}

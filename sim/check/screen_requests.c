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
    return request->open ? request : NULL;
}

static enum error grow(struct screen_node *node)
{
    size_t capacity = node->requests_capacity ? 2 * node->requests_capacity : 8;
    struct screen_request *requests = memory_zeroed(capacity * sizeof *requests);
    if (!requests)
        return ERROR_MEMORY;
    for (uint64_t i = node->requests_over; i < node->requests_made; i++)
        requests[i & (capacity - 1)] = *request_at(node, i);
    memory_free(node->requests);
    node->requests = requests;
    node->requests_capacity = capacity;
    return OK;
}

static void end(struct screen_node *node, struct screen_request *request)
{
    request->open = false;
    text_clear(&request->id);
    node->open--;
    while (node->requests_over < node->requests_made &&
           !request_at(node, node->requests_over)->open)
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

/* What waits at its owner may be told by the plan alone how long it does: see put_due. */
static bool waits_as_planned(const struct screen *screen, int64_t timeout_ns)
{
    return !screen->checker || (timeout_ns >= screen->timeout_least_ns &&
                                timeout_ns <= screen->timeout_least_ns + screen->due_error_ns);
}

bool screen_take_request(struct screen_node *node, const struct record *record)
{
    uint64_t number = node->requests_made * node->screen->setup.nodes + 1 + node->self;
    if (record->request != number || record->amount <= record->t_ns ||
        !waits_as_planned(node->screen, record->amount - record->t_ns) ||
        (record->gap_ns && !is_due(node, record)))
        return false;
    if (node->requests_made - node->requests_over == node->requests_capacity)
        node->error = grow(node);
    if (node->error)
        return true;
    struct screen_request *request = request_at(node, node->requests_made);
    *request = (struct screen_request){.made_ns = record->t_ns,
                                       .deadline_ns = record->amount,
                                       .owner = NODE_NONE,
                                       .tried = NODE_NONE,
                                       .answered = NODE_NONE,
                                       .open = true};
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

/* Where there are no faults, whether it goes to the owner shows where it comes to, when it is the
 * first one of its id there; and at the end, if it has not come. */
static bool goes_to_owner(const struct screen_node *node, const struct record *record,
                          const struct screen_request *request)
{
    const struct screen *screen = node->screen;
    const struct view *view = screen_view(node);
    if (!screen->checker)
        return node->sees_all;
    return view_has(view, node->self) &&
           route_owner(&screen->router, view, node->self, &request->id) == record->peer;
}

static bool enter_here(struct screen_node *node, const struct record *record,
                       struct screen_request *request)
{
    request->here = true;
    return screen_enter(node, record, &request->id,
                        &(struct screen_entry){.due_ns = request->deadline_ns,
                                               .from = request->views,
                                               .owner = request->owner,
                                               .try = request->tries,
                                               .why = request->why});
}

static bool route_first(struct screen_node *node, const struct record *record,
                        struct screen_request *request)
{
    if (request->tries || !goes_to_owner(node, record, request))
        return false;
    request->tries = 1;
    request->routed_ns = record->t_ns;
    request->owner = request->tried = record->peer;
    request->views = node->views;
    return record->peer != node->self || enter_here(node, record, request);
}

/* See hears_of_a_restart of checker_requests.c. */
static bool hears_of_a_restart(const struct screen_node *node, const struct record *record,
                               node_id owner)
{
    return node->renewed == owner && node->renewed_ns == record->t_ns &&
           node->renewed_step == record->step;
}

/* A node that leaves has reasons that are not judged here. */
static bool is_for_a_reason(const struct screen_node *node, const struct record *record,
                            const struct screen_request *request)
{
    const struct checker_setup *setup = &node->screen->setup;
    if (record->why == WHY_RETRY)
        return record->t_ns - request->routed_ns >= setup->retry_ns;
    return record->why == WHY_LOST &&
           (setup->views_static || !view_has(&node->view, request->owner) ||
            hears_of_a_restart(node, record, request->owner));
}

static bool route_again(struct screen_node *node, const struct record *record,
                        struct screen_request *request)
{
    const struct checker_setup *setup = &node->screen->setup;
    if (!node->screen->checker || request->tries != 1 || record->code != 2 ||
        request->owner == node->self || setup->no_fallback ||
        !is_for_a_reason(node, record, request))
        return false;
    if (setup->fallback_owner ? !goes_to_owner(node, record, request) : record->peer != node->self)
        return false;
    request->tries = 2;
    request->tried = record->peer;
    request->why = record->why;
    if (setup->fallback_owner)
        request->views = node->views;
    return record->peer != node->self || enter_here(node, record, request);
}

bool screen_take_route(struct screen_node *node, const struct record *record)
{
    struct screen_request *request = find(node, record->request);
    if (!request)
        return false;
    return record->code == 1 ? route_first(node, record, request)
                             : route_again(node, record, request);
}

bool screen_requests_are_well(const struct screen_node *node, int64_t t_ns)
{
    for (uint64_t i = node->requests_over; i < node->requests_made; i++) {
        const struct screen_request *request = request_at(node, i);
        if (!request->open)
            continue;
        bool goes_wrong = !node->screen->checker && request->tried != NODE_NONE &&
                          request->tried != screen_owner(node, &request->id);
        if (goes_wrong || t_ns > request->deadline_ns)
            return false;
    }
    return true;
}

/* ---- messages -------------------------------------------------------------------------------- */

/* A first try that leaves as soon as its request is made needs no further word. */
static void tell(struct screen_node *node, const struct record *record,
                 const struct screen_request *request)
{
    if (!node->screen->checker || (request->tries == 1 && request->made_ns == record->t_ns))
        return;
    struct screened event = {.owner = request->owner, .why = request->why};
    event.record = *record;
    event.record.amount = request->deadline_ns - record->t_ns;
    screen_log(node, event);
}

static bool judge_asking(struct screen_node *node, const struct record *record)
{
    struct screen_request *request = find(node, record->request);
    if (!request || !request->tries || request->tried != record->peer ||
        record->code != request->tries || request->sent >> request->tries & 1 ||
        record->t_ns >= request->deadline_ns || !text_equal(&request->id, &record->id))
        return false;
    request->sent |= (uint8_t)(1u << request->tries);
    tell(node, record, request);
    return true;
}

bool screen_take_send(struct screen_node *node, const struct record *record)
{
    bool answers = record->message == MESSAGE_REPLY, asks = record->message == MESSAGE_REQUEST;
    if (record->number != node->next_message || record->message == MESSAGE_LEAVE ||
        answers != (node->owed.request != 0) || (answers && !node->owed.foreign))
        return false;
    uint64_t digest = screen_message_digest(record, node->self, record->peer);
    node->owed.request = 0;
    node->next_message += node->screen->setup.nodes;
    node->messages++;
    node->messages_sum += digest;
    if (node->screen->checker && (asks || answers))
        screen_note_sent(node, record, digest, answers ? node->owed.digest : 0);
    return !asks || judge_asking(node, record);
}

/* A request comes from its caller, and the first tries of one in the order in which it made them.
 */
static bool is_in_order(struct screen_node *node, const struct record *record)
{
    uint64_t index = index_of(node->screen, record->peer, record->request);
    if (index >= UINT32_MAX || record->code != 1)
        return index < UINT32_MAX;
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

/* Until when the caller of a first try waits is known by the plan, unless another word has come
 * before it. */
static bool put_due(const struct screen_node *node, const struct record *record,
                    struct screen_entry *entry)
{
    const struct screen *screen = node->screen;
    const struct screen_told *told = screen_told_of(screen, record->number);
    if (told) {
        entry->due_ns = record->t_ns + told->budget_ns;
        entry->owner = told->owner;
        entry->why = told->why;
        return true;
    }
    entry->due_ns = record->t_ns + screen->timeout_least_ns;
    entry->owner = node->self;
    entry->rough = screen->due_error_ns > 0;
    return record->code == 1;
}

static bool take_asking(struct screen_node *node, const struct record *record)
{
    struct screen_entry entry = {
        .due_ns = TIME_NEVER, .from = record->number, .try = record->code, .foreign = true};
    if (node->screen->checker ? !put_due(node, record, &entry)
                              : record->code != 1 || !node->sees_all)
        return false;
    if (!is_in_order(node, record))
        return false;
    return node->error || screen_enter(node, record, &record->id, &entry);
}

static bool take_answer(struct screen_node *node, const struct record *record)
{
    struct screen_request *request = find(node, record->request);
    if (!request || record->code > 2 || !(request->sent >> record->code & 1) ||
        record->peer != (record->code == 1 ? request->owner : request->tried))
        return false;
    request->answered = record->peer;
    return true;
}

/* The node hears the life that sent the message. */
static void hear_life(struct screen_node *node, const struct record *record)
{
    const struct screen *screen = node->screen;
    uint32_t life = screen_life_of(&screen->nodes[record->peer], record->number);
    if (!node->lives)
        node->lives = memory_zeroed(screen->setup.nodes * sizeof *node->lives);
    if (!node->lives) {
        node->error = ERROR_MEMORY;
        return;
    }
    if (node->lives[record->peer] == life)
        return;
    if (node->lives[record->peer]) {
        node->renewed = record->peer;
        node->renewed_ns = record->t_ns;
        node->renewed_step = record->step;
    }
    node->lives[record->peer] = life;
}

static bool hear(struct screen_node *node, const struct record *record)
{
    if (record->peer >= node->screen->setup.nodes)
        return false;
    if (node->view.bits)
        hear_life(node, record);
    if (node->screen->heeds_absent && checker_is_down(node->screen->checker, record->peer))
        screen_log(node, (struct screened){.record = *record});
    return true;
}

bool screen_take_recv(struct screen_node *node, const struct record *record)
{
    if (node->screen->checker && !hear(node, record))
        return false;
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
    if (record->peer == node->self)
        return node->owed.request == record->request && !node->owed.foreign &&
               node->owed.worker == record->worker && fingerprint_equal(node->owed.value, value);
    node->answers_sum -= screen_answer_digest(record->request, record->worker, record->peer, value);
    return !node->owed.request && request->answered == record->peer;
}

/* What it has left in its own node's mailbox waits for nothing, unless that has just served it. */
static void leave(struct screen_node *node, const struct record *record,
                  struct screen_request *request)
{
    if (request->here && record->peer != node->self)
        screen_excuse(node, &request->id, record->request);
    end(node, request);
}

bool screen_take_reply(struct screen_node *node, const struct record *record)
{
    struct screen_request *request = find(node, record->request);
    if (!request || record->t_ns >= request->deadline_ns ||
        record->amount != record->t_ns - request->made_ns || !is_answer(node, record, request))
        return false;
    node->owed.request = 0;
    leave(node, record, request);
    return true;
}

/* That nobody was asked is true of what was neither sent nor waits here. */
bool screen_take_fail(struct screen_node *node, const struct record *record)
{
    struct screen_request *request = find(node, record->request);
    bool holds = false;
    if (!request || !node->screen->checker)
        return false;
    if (record->code == OUTCOME_CALLER_LOST) {
        holds = true;
        node->goes = node->up;
    } else if (record->code == OUTCOME_TIMEOUT) {
        holds = record->t_ns >= request->deadline_ns &&
                !screen_is_late(node, request->deadline_ns, record->t_ns);
    } else if (record->t_ns < request->deadline_ns) {
        holds = record->code == OUTCOME_OWNER_LOST ||
                (record->code == OUTCOME_UNREACHABLE && !request->sent && !request->here);
    }
    leave(node, record, request);
    return holds;
}

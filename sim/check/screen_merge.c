/* What nodes' own threads can't judge alone in a run with faults.
 *
 * Who runs, which views there are and which workers live: few records, which are merged at the end
 * of each window and given to the checker, so that it finds further workers and their causes as in
 * any other run. What was dropped, which its sender's sums must lose again. And what a receiver has
 * to know of a request that was sent in no common way: it comes no sooner than in the next window.
 *
 *     node's thread -> its log -> screen_gather, screen_merge -> checker; sums; `told` */
#include "check/screen_state.h"

#include "base/memory.h"
#include "base/number.h"
#include "base/search.h"

/* ---- what nodes note ------------------------------------------------------------------------- */

static bool has_id(enum record_kind kind)
{
    return kind == RECORD_START || kind == RECORD_EXPIRE || kind == RECORD_LOST;
}

void screen_log(struct screen_node *node, struct screened event)
{
    struct text id = event.record.id, value = event.record.value;
    enum record_kind kind = (enum record_kind)event.record.kind;
    memset(&event.record.id, 0, sizeof event.record.id);
    memset(&event.record.value, 0, sizeof event.record.value);
    if (memory_reserve((void **)&node->log, &node->log_capacity, node->log_count + 1,
                       sizeof *node->log) ||
        (has_id(kind) && text_copy(&event.record.id, &id)) ||
        (kind == RECORD_VIEW && text_copy(&event.record.value, &value))) {
        node->error = ERROR_MEMORY;
        return;
    }
    node->log[node->log_count++] = event;
}

/* All rings together have so many at most, and each one so many: those that are dropped were mostly
 * sent shortly before. What was sent earlier makes the run suspect. */
#define SENT_MOST     (UINT32_C(1) << 16)
#define SENT_OF_ONE   1024u
#define SENT_AT_LEAST 64u

static struct screen_sent *sent_at(const struct screen_node *node, uint64_t index)
{
    return &node->sent[index & (node->sent_capacity - 1)];
}

/* Other nodes' threads read this one's `lived` meanwhile: nothing but the ring is written. */
static enum error grow_sent(struct screen_node *node)
{
    size_t capacity = node->sent_capacity ? 2 * node->sent_capacity : 16;
    struct screen_sent *sent = memory_zeroed(capacity * sizeof *sent);
    if (!sent)
        return ERROR_MEMORY;
    for (uint64_t i = node->sent_count - node->sent_capacity; i < node->sent_count; i++)
        sent[i & (capacity - 1)] = *sent_at(node, i);
    memory_free(node->sent);
    node->sent = sent;
    node->sent_capacity = capacity;
    return OK;
}

void screen_note_sent(struct screen_node *node, const struct record *record, uint64_t digest,
                      uint64_t answer)
{
    uint32_t most = max_u32(SENT_MOST / node->screen->setup.nodes, SENT_AT_LEAST);
    if (node->sent_count == node->sent_capacity && node->sent_capacity < most &&
        node->sent_capacity < SENT_OF_ONE && grow_sent(node)) {
        node->error = ERROR_MEMORY;
        return;
    }
    *sent_at(node, node->sent_count++) = (struct screen_sent){.message = record->number,
                                                              .request = record->request,
                                                              .digest = digest,
                                                              .answer = answer,
                                                              .to = record->peer,
                                                              .kind = record->message};
}

/* ---- messages -------------------------------------------------------------------------------- */

static bool is_earlier(const void *node, size_t index, uint64_t message)
{
    return sent_at(node, index)->message < message;
}

/* Among those that the node still knows; NULL: it is not. */
static const struct screen_sent *find_sent(const struct screen_node *node, uint64_t message)
{
    uint64_t end = node->sent_count, oldest = end - min_u64(end, node->sent_capacity);
    size_t first = search_first(node, oldest, end, message, is_earlier);
    return first < end && sent_at(node, first)->message == message ? sent_at(node, first) : NULL;
}

/* The DROP's code is its reason, and it has no id: so what a REQUEST or REPLY adds to the sums is
 * known only where it was sent. */
static bool take_drop(struct screen *screen, const struct record *drop)
{
    struct screen_node *node = &screen->nodes[drop->node];
    struct record sent = *drop;
    sent.code = 0;
    uint64_t digest = screen_message_digest(&sent, drop->node, drop->peer), answer = 0;
    if (drop->message == MESSAGE_REQUEST || drop->message == MESSAGE_REPLY) {
        const struct screen_sent *known = find_sent(node, drop->number);
        if (!known || known->to != drop->peer || known->kind != drop->message ||
            known->request != drop->request)
            return false;
        digest = known->digest;
        answer = known->answer;
    }
    node->messages--;
    node->messages_sum -= digest;
    node->answers_sum -= answer;
    return true;
}

const struct screen_told *screen_told_of(const struct screen *screen, uint64_t message)
{
    if (!screen->told.pool.count)
        return NULL;
    return pool_map_find_number(&screen->told, struct screen_told, message, message);
}

/* A run that has had more of these, all told, is the checker's: none is forgotten. */
#define TOLD_MOST (UINT32_C(1) << 16)

static bool tell(struct screen *screen, const struct screened *event)
{
    uint32_t slot;
    uint64_t number = event->record.number;
    struct screen_told *told = screen->told.pool.count < TOLD_MOST
                                   ? pool_map_add(&screen->told, hash_map_number(number), &slot)
                                   : NULL;
    if (!told)
        return false;
    *told = (struct screen_told){.message = number,
                                 .budget_ns = event->record.amount,
                                 .owner = event->owner,
                                 .why = event->why};
    return true;
}

/* ---- merging --------------------------------------------------------------------------------- */

static bool note_life(struct screen_node *node, uint64_t message)
{
    if (memory_reserve((void **)&node->lived, &node->lived_capacity, node->lived_count + 1,
                       sizeof *node->lived))
        return false;
    node->lived[node->lived_count++] = message;
    return true;
}

static void take(struct screen *screen, struct screened *event)
{
    bool holds = true;
    if (event->record.kind == RECORD_UP)
        holds = note_life(&screen->nodes[event->record.node], event->message);
    if (event->record.kind == RECORD_DROP)
        holds = take_drop(screen, &event->record);
    else if (event->record.kind == RECORD_SEND)
        holds = tell(screen, event);
    else
        checker_take_screened(screen->checker, event);
    screen->suspect |= !holds;
    screened_clear(event);
}

void screen_gather(struct screen_node *node, struct screen *screen)
{
    if (node->gathered || !node->log_count)
        return;
    node->gathered = true;
    screen->gathered[screen->gathered_count++] = node->self;
}

/* What comes next of a node. */
struct log_cursor {
    int64_t t_ns;
    uint64_t order;
    struct screened *next;
    struct screened *end;
};

static inline bool before(const void *left, const void *right)
{
    const struct log_cursor *a = left, *b = right;
    return a->t_ns != b->t_ns ? a->t_ns < b->t_ns : a->order < b->order;
}

static struct log_cursor cursor_at(struct screened *next, struct screened *end, node_id node)
{
    return (struct log_cursor){next->record.t_ns, (uint64_t)next->record.step << 32 | node, next,
                               end};
}

static void merge(struct screen *screen)
{
    struct heap *cursors = &screen->cursors;
    heap_build(cursors->items, cursors->count, sizeof(struct log_cursor), before);
    while (cursors->count) {
        struct log_cursor first = *(struct log_cursor *)cursors->items;
        uint64_t order = first.order;
        do
            take(screen, first.next++);
        while (first.next < first.end && first.next->record.t_ns == first.t_ns &&
               first.next->record.step == order >> 32);
        if (first.next == first.end) {
            heap_pop(cursors, &first, sizeof first, before);
            continue;
        }
        first = cursor_at(first.next, first.end, (node_id)order);
        heap_sift_down(cursors->items, cursors->count, 0, &first, sizeof first, before);
    }
}

enum error screen_merge(struct screen *screen)
{
    uint32_t count = screen->gathered_count;
    if (!count)
        return OK;
    if (memory_reserve(&screen->cursors.items, &screen->cursors.capacity, count,
                       sizeof(struct log_cursor)))
        return ERROR_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        struct screen_node *node = &screen->nodes[screen->gathered[i]];
        ((struct log_cursor *)screen->cursors.items)[i] =
            cursor_at(node->log, node->log + node->log_count, node->self);
    }
    screen->cursors.count = count;
    merge(screen);
    for (uint32_t i = 0; i < count; i++) {
        struct screen_node *node = &screen->nodes[screen->gathered[i]];
        node->log_count = 0;
        node->gathered = false;
    }
    screen->gathered_count = 0;
    screen->heeds_absent = checker_has_absences(screen->checker);
    screen->suspect |= checker_violations(screen->checker) > 0;
    return OK;
}

bool screen_suspects_all(const struct screen *screen)
{
    return screen->suspect;
}

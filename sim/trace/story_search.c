#include "trace/story_search.h"

#include "base/bits.h"
#include "base/memory.h"
#include "trace/fault.h"

/* A failed request is worse than a slow one, and of the failed the first. */
static void weigh(struct story_search *search, const struct record *record)
{
    bool failed = record->kind == RECORD_FAIL;
    if (search->failed || (!failed && search->found && record->amount <= search->latency_ns))
        return;
    search->found = true;
    search->failed = failed;
    search->latency_ns = record->amount;
    search->subject.request = record->request;
}

static struct node_runs nodes_of(const struct text *data)
{
    struct byte_reader reader = byte_reader_over(text_bytes(data), text_size(data));
    return node_runs_get(&reader, NODES_MAX);
}

/* Notes the nodes of a fault of nodes. Without memory it ends as a whole or not at all. */
static void note_nodes(struct fault_in_force *fault)
{
    node_id first;
    uint32_t count;
    struct node_runs nodes = nodes_of(&fault->nodes);
    if (fault->kind != RECORD_FAULT)
        return;
    while (node_runs_next(&nodes, &first, &count))
        fault->under_below = first + count;
    if (!fault->under_below || !(fault->under = bits_new(fault->under_below)))
        return;
    nodes = nodes_of(&fault->nodes);
    while (node_runs_next(&nodes, &first, &count))
        for (node_id node = first; node < first + count; node++)
            bits_add(fault->under, node);
}

/* Takes out the nodes of the end; whether none is left. */
static bool take_out(struct fault_in_force *fault, const struct text *end)
{
    node_id first;
    uint32_t count;
    struct node_runs nodes = nodes_of(end);
    while (node_runs_next(&nodes, &first, &count))
        for (node_id node = first; node < first + count && node < fault->under_below; node++)
            bits_remove(fault->under, node);
    for (uint32_t i = 0; i < bits_words(fault->under_below); i++)
        if (fault->under[i])
            return false;
    return true;
}

static void clear_fault(struct fault_in_force *fault)
{
    text_clear(&fault->nodes);
    memory_free(fault->under);
}

/* Whether the end of what `end` says ends that fault. One of several nodes may end node by node,
 * and is over when it has ended on all. */
static bool is_ended_by(struct fault_in_force *fault, const struct record *end)
{
    if (fault->kind != end->kind)
        return false;
    if (end->kind == RECORD_FAULT && end->code == FAULT_HEAL)
        return fault->code == FAULT_CUT || fault->code == FAULT_PARTITION;
    bool same = fault->code == end->code;
    if (end->kind == RECORD_FAULT)
        same |= (end->code == FAULT_RESTART && fault->code == FAULT_CRASH) ||
                (end->code == FAULT_THAW && fault->code == FAULT_FREEZE) ||
                (end->code == FAULT_JOIN && fault->code == FAULT_LEAVE);
    if (same && fault->under && !end->number)
        return take_out(fault, &end->id);
    return same && text_equal(&fault->nodes, &end->id);
}

/* A change takes the place of one of the same. */
static void note_fault(struct story_search *search, const struct record *record)
{
    size_t kept = 0;
    for (size_t i = 0; i < search->faults_count; i++) {
        if (is_ended_by(&search->faults[i], record))
            clear_fault(&search->faults[i]);
        else
            search->faults[kept++] = search->faults[i];
    }
    search->faults_count = kept;
    if (!record->number || kept == FAULTS_IN_FORCE_MOST)
        return;
    struct fault_in_force fault = {
        .t_ns = record->t_ns, .kind = record->kind, .code = record->code};
    if (text_copy(&fault.nodes, &record->id))
        return;
    note_nodes(&fault);
    search->faults[search->faults_count++] = fault;
}

static void note_place(struct story_search *search, node_id node)
{
    for (uint32_t i = 0; i < search->places_count; i++)
        if (search->places[i] == node)
            return;
    if (search->places_count < PLACES_MOST)
        search->places[search->places_count++] = node;
}

/* A record of the request: where it comes to, and how it ends. */
static void follow_request(struct story_search *search, const struct record *record)
{
    switch (record->kind) {
    case RECORD_REQUEST:
        search->found = true;
        search->from_ns = record->t_ns;
        search->caller = record->node;
        text_clear(&search->id);
        text_copy(&search->id, &record->id); /* without memory its workers are left out */
        note_place(search, record->node);
        break;
    case RECORD_ROUTE:
    case RECORD_HANDED:
        note_place(search, record->peer);
        break;
    case RECORD_SEND:
        if (record->message == MESSAGE_REQUEST)
            note_place(search, record->peer);
        break;
    case RECORD_RECV:
        if (record->message != MESSAGE_REPLY)
            break;
        search->refused_by = record->peer;
        search->replied_ns = record->t_ns;
        break;
    case RECORD_REPLY:
    case RECORD_FAIL:
        search->failed = record->kind == RECORD_FAIL;
        search->outcome = record->code;
        search->to_ns = record->t_ns;
        if (search->replied_ns != record->t_ns)
            search->refused_by = NODE_NONE;
        break;
    default:
        break;
    }
}

static void seek(struct reader *reader, const struct record *record)
{
    struct story_search *search = container_of(reader, struct story_search, reader);
    bool is_fault = record->kind == RECORD_FAULT || record->kind == RECORD_SET;
    if (is_fault && search->subject.kind == STORY_OF_REQUEST && !search->found)
        note_fault(search, record);
    bool ends = record->kind == RECORD_REPLY || record->kind == RECORD_FAIL;
    if (search->subject.kind == STORY_OF_CLUSTER) {
        search->found = true;
    } else if (search->subject.kind == STORY_OF_WORST) {
        if (ends)
            weigh(search, record);
    } else if (search->subject.kind == STORY_OF_ID) {
        search->found |= text_equal(&record->id, &search->subject.id) &&
                         (record->kind == RECORD_REQUEST || record->kind == RECORD_START);
    } else if (record->request == search->subject.request) {
        follow_request(search, record);
    }
}

void story_search_init(struct story_search *search, const struct story_subject *subject)
{
    *search = (struct story_search){.reader = {.take = seek},
                                    .subject = *subject,
                                    .to_ns = TIME_NEVER,
                                    .caller = NODE_NONE,
                                    .refused_by = NODE_NONE,
                                    .replied_ns = -1};
}

void story_search_close(struct story_search *search)
{
    text_clear(&search->id);
    for (size_t i = 0; i < search->faults_count; i++)
        clear_fault(&search->faults[i]);
}

bool story_search_is_in_force(const struct story_search *about, const struct record *record)
{
    for (size_t i = 0; i < about->faults_count; i++)
        if (about->faults[i].t_ns == record->t_ns && about->faults[i].kind == record->kind &&
            about->faults[i].code == record->code &&
            text_equal(&about->faults[i].nodes, &record->id))
            return true;
    return false;
}

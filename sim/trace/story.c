#include "trace/story.h"

#include "base/bits.h"
#include "base/duration.h"
#include "base/memory.h"
#include "base/string_builder.h"
#include "trace/fault.h"
#include "trace/replay.h"

#include <inttypes.h>

/* An id may live through a long run. */
#define LINES_MOST 400u

#define MEMBERS_SHOWN 12u

/* ---- what it is about ---------------------------------------------------------------------- */

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
    } else if (record->request == search->subject.request && record->kind == RECORD_REQUEST) {
        search->found = true;
        search->from_ns = record->t_ns;
        search->caller = record->node;
        text_clear(&search->id);
        text_copy(&search->id, &record->id); /* without memory its workers are left out */
    } else if (record->request == search->subject.request && ends) {
        search->failed = record->kind == RECORD_FAIL;
        search->to_ns = record->t_ns;
    }
}

void story_search_init(struct story_search *search, const struct story_subject *subject)
{
    *search = (struct story_search){
        .reader = {.take = seek}, .subject = *subject, .to_ns = TIME_NEVER, .caller = NODE_NONE};
}

void story_search_close(struct story_search *search)
{
    text_clear(&search->id);
    for (size_t i = 0; i < search->faults_count; i++)
        clear_fault(&search->faults[i]);
}

/* ---- the story ----------------------------------------------------------------------------- */

struct story {
    struct reader reader;
    struct story_setup setup;
    struct story_search about;
    struct replay replay;
    struct timeline *timeline;
    uint64_t records;
    uint64_t left_out;
    /* Of the request: when what happened to it; -1: it has not. */
    int64_t made_ns;
    int64_t again_ns;
    int64_t came_ns;
    int64_t served_ns;
};

static bool is_full(const struct story *story)
{
    return !story->setup.until && timeline_lines(story->timeline) >= LINES_MOST;
}

static bool is_of_workers(const struct record *record)
{
    return record_family(record->kind) == RECORD_OF_WORKER || record->kind == RECORD_DUPLICATE ||
           record->kind == RECORD_VIOLATION;
}

/* Whether the message is one of a request for the id. */
static bool is_message_of_id(const struct story *story, const struct record *record,
                             const struct text *id)
{
    const struct replay_request *request = replay_find_request(&story->replay, record->request);
    return request && text_equal(&request->id, id);
}

static bool concerns_id(const struct story *story, const struct record *record)
{
    const struct text *id = &story->about.subject.id;
    switch (record->kind) {
    case RECORD_SEND:
    case RECORD_RECV:
        return false;
    case RECORD_DROP:
        return record->request && is_message_of_id(story, record, id);
    case RECORD_FAULT:
    case RECORD_SET:
    case RECORD_VIEW:
    case RECORD_DOWN:
        return true;
    default:
        return text_equal(&record->id, id) && record->kind != RECORD_EXPECT;
    }
}

/* Whether it is the record of a fault that went on when the request was made. */
static bool is_in_force(const struct story_search *about, const struct record *record)
{
    for (size_t i = 0; i < about->faults_count; i++)
        if (about->faults[i].t_ns == record->t_ns && about->faults[i].kind == record->kind &&
            about->faults[i].code == record->code &&
            text_equal(&about->faults[i].nodes, &record->id))
            return true;
    return false;
}

/* What happens to the cluster while the request is open, and to the workers of its id. */
static bool concerns_request(const struct story *story, const struct record *record)
{
    const struct story_search *about = &story->about;
    bool open = record->t_ns >= about->from_ns && record->t_ns <= about->to_ns;
    if (record->request == about->subject.request)
        return true;
    switch (record->kind) {
    case RECORD_FAULT:
    case RECORD_SET:
        return open || is_in_force(about, record);
    case RECORD_VIEW:
        return open && record->node == about->caller;
    case RECORD_DOWN:
        return open;
    default:
        return open && is_of_workers(record) && text_equal(&record->id, &about->id);
    }
}

static bool concerns_cluster(const struct record *record)
{
    switch (record->kind) {
    case RECORD_FAULT:
    case RECORD_SET:
    case RECORD_UP:
    case RECORD_DOWN:
    case RECORD_FROZEN:
    case RECORD_THAWED:
    case RECORD_VIEW:
        return true;
    default:
        return false;
    }
}

static bool concerns(const struct story *story, const struct record *record)
{
    enum story_kind kind = story->about.subject.kind;
    if (story->setup.until && story->records > story->setup.until)
        return false;
    return kind == STORY_OF_ID        ? concerns_id(story, record)
           : kind == STORY_OF_CLUSTER ? concerns_cluster(record)
                                      : concerns_request(story, record);
}

/* ---- remarks ------------------------------------------------------------------------------- */

static void add_members(struct string_builder *text, const struct view *view)
{
    for (uint32_t rank = 0; rank < view->count && rank < MEMBERS_SHOWN; rank++)
        string_builder_print(text, "%sn%u", rank ? "," : "", view_member(view, rank) + 1);
    if (view->count > MEMBERS_SHOWN)
        string_builder_print(text, ",… (%u members)", view->count);
}

static void remark_owner(struct story *story, const struct record *record)
{
    char text[256];
    struct string_builder members = string_builder_over(text, sizeof text);
    add_members(&members, &story->replay.nodes[record->node].view);
    if (record->code == 1)
        timeline_remark(story->timeline, "n%u is the owner by %s in n%u's view %s",
                        record->peer + 1, route_name(story->setup.route), record->node + 1, text);
    else if (record->why != WHY_REFUSED && record->why != WHY_MOVED &&
             story->setup.fallback == FALLBACK_LOCAL)
        timeline_remark(story->timeline, "on its own node, as 'fallback local' has it");
    else
        timeline_remark(story->timeline, "the owner in n%u's view %s now", record->node + 1, text);
}

static void remark_arrival(struct story *story, const struct record *record)
{
    const struct replay_message *message = replay_find_message(&story->replay, record->number);
    if (message)
        timeline_remark(story->timeline, "the %s reaches n%u at %s, after %s",
                        message_name((enum message_kind)record->message), record->node + 1,
                        duration_exact(record->t_ns).text,
                        duration_short(record->t_ns - message->sent_ns).text);
}

static void remark_answer(struct story *story, const struct record *record)
{
    if (story->came_ns >= 0)
        timeline_remark(story->timeline, "n%u answers at %s, %s after it came", record->node + 1,
                        duration_exact(record->t_ns).text,
                        duration_short(record->t_ns - story->came_ns).text);
    else
        timeline_remark(story->timeline, "n%u answers at %s", record->node + 1,
                        duration_exact(record->t_ns).text);
}

static void note(struct story *story, const struct record *record)
{
    if (record->request != story->about.subject.request || record->t_ns > story->about.to_ns)
        return;
    if (record->kind == RECORD_REQUEST) {
        story->made_ns = record->t_ns;
    } else if (record->kind == RECORD_ROUTE && record->code != 1) {
        story->again_ns = record->t_ns;
    } else if (record->kind == RECORD_RECV && record->message == MESSAGE_REQUEST) {
        story->came_ns = record->t_ns;
    } else if (record->kind == RECORD_SERVE) {
        story->served_ns = record->t_ns;
    }
}

static void show(struct story *story, const struct record *record)
{
    switch (record->kind) {
    case RECORD_SEND:
        break;
    case RECORD_RECV:
        remark_arrival(story, record);
        break;
    case RECORD_SERVE:
        if (record->why == SERVE_FAILED)
            reader_take((struct reader *)story->timeline, record);
        else if (story->about.subject.kind == STORY_OF_REQUEST)
            remark_answer(story, record);
        break;
    case RECORD_ROUTE:
        reader_take((struct reader *)story->timeline, record);
        remark_owner(story, record);
        break;
    default:
        reader_take((struct reader *)story->timeline, record);
        break;
    }
}

static void take(struct reader *reader, const struct record *record)
{
    struct story *story = (struct story *)reader;
    story->records++;
    if (concerns(story, record)) {
        if (is_full(story)) {
            story->left_out++;
        } else {
            show(story, record);
        }
        note(story, record);
    }
    replay_take(&story->replay, record); /* without memory it knows less, and less is said */
}

/* ---- what the time went to ----------------------------------------------------------------- */

static void add_part(struct string_builder *text, int64_t from_ns, int64_t to_ns, const char *what)
{
    if (from_ns < 0 || to_ns <= from_ns)
        return;
    string_builder_print(text, "%s%s %s", text->size ? ", " : "",
                         duration_short(to_ns - from_ns).text, what);
}

static void remark_time(struct story *story)
{
    char parts[256];
    struct string_builder text = string_builder_over(parts, sizeof parts);
    const struct story_search *about = &story->about;
    int64_t tried_ns = story->again_ns >= 0 ? story->again_ns : story->made_ns;
    int64_t came_ns = story->came_ns >= tried_ns ? story->came_ns : tried_ns;
    if (about->subject.kind != STORY_OF_REQUEST || story->made_ns < 0 ||
        about->to_ns == TIME_NEVER || story->setup.until)
        return;
    add_part(&text, story->made_ns, story->again_ns, "until the further try");
    if (story->served_ns >= tried_ns) {
        add_part(&text, tried_ns, came_ns, "on the way there");
        add_part(&text, came_ns, story->served_ns, "at the worker's node");
        add_part(&text, story->served_ns, about->to_ns, "on the way back");
    } else {
        add_part(&text, tried_ns, about->to_ns, "until its end, without an answer");
    }
    timeline_remark(story->timeline, "%s in all%s%s",
                    duration_exact(about->to_ns - story->made_ns).text, *parts ? ": " : "", parts);
}

struct story *story_new(const struct story_setup *setup)
{
    struct story *story = memory_zeroed(sizeof *story);
    struct replay_setup follow = {.nodes = setup->nodes,
                                  .parts = REPLAY_VIEWS | REPLAY_REQUESTS | REPLAY_MESSAGES,
                                  .views_static = setup->views_static};
    if (!story)
        return NULL;
    *story = (struct story){.reader = {.take = take},
                            .setup = *setup,
                            .about = *setup->search,
                            .made_ns = -1,
                            .again_ns = -1,
                            .came_ns = -1,
                            .served_ns = -1};
    if (replay_init(&story->replay, &follow)) {
        memory_free(story);
        return NULL;
    }
    story->timeline = timeline_new(setup->out, setup->nodes, setup->colour);
    if (story->timeline)
        return story;
    replay_close(&story->replay);
    memory_free(story);
    return NULL;
}

void story_delete(struct story *story)
{
    if (!story)
        return;
    remark_time(story);
    if (story->left_out)
        timeline_remark(story->timeline, "… and %" PRIu64 " events more", story->left_out);
    timeline_delete(story->timeline);
    replay_close(&story->replay);
    memory_free(story);
}

#include "trace/story.h"

#include "base/duration.h"
#include "base/memory.h"
#include "base/string_builder.h"
#include "trace/replay.h"
#include "trace/story_tries.h"

#include <inttypes.h>

/* An id may live through a long run. */
#define LINES_MOST 400u

#define MEMBERS_SHOWN 12u

/* ---- the story ----------------------------------------------------------------------------- */

struct story {
    struct reader reader;
    struct story_setup setup;
    struct story_search about;
    struct replay replay;
    struct story_places places; /* of a request */
    struct story_tries tries;
    char wait[256]; /* what is still to be said of its wait, unless it is refused at once */
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

/* Whether somebody gets or loses the lease of the id's slot. */
static bool is_of_slot(const struct story *story, const struct record *record)
{
    return story->setup.slots && record->code != LEASE_RENEWED &&
           record->number == story->places.slot;
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
    case RECORD_LEASE:
        return is_of_slot(story, record);
    case RECORD_FAULT:
    case RECORD_SET:
    case RECORD_VIEW:
    case RECORD_DOWN:
        return true;
    default:
        return text_equal(&record->id, id) && record->kind != RECORD_EXPECT;
    }
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
        return open || story_search_is_in_force(about, record);
    case RECORD_LEASE:
        return open && is_of_slot(story, record);
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
    else if (record_falls_back(record) && story->setup.fallback == FALLBACK_LOCAL)
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

/* For what it waits at the node from now on. */
static void hold_wait(struct story *story, const struct record *record)
{
    struct string_builder wait = string_builder_over(story->wait, sizeof story->wait);
    story_places_wait(&story->places, &story->replay, record->node, record->t_ns, &wait);
}

static void remark_wait(struct story *story)
{
    if (*story->wait)
        timeline_remark(story->timeline, "%s", story->wait);
    *story->wait = '\0';
}

/* Why it is refused, instead of for what it would wait. */
static void remark_reason(struct story *story, const char *reason)
{
    if (*reason)
        *story->wait = '\0';
    remark_wait(story);
    if (*reason)
        timeline_remark(story->timeline, "%s", reason);
}

/* Its fallback and its number of tries leave no further one. */
static void add_no_other_try(const struct story *story, struct string_builder *text)
{
    if (story->tries.count == TRIES_MOST)
        string_builder_add(text, "; it was tried twice, which is the most");
    else if (story->setup.fallback == FALLBACK_NONE)
        string_builder_add(text, "; 'fallback none' allows no other try");
    else
        string_builder_add(text, "; there is no other node to try");
}

/* The node that had the request, or was sent it, and is gone. */
static void add_lost_owner(const struct story *story, node_id caller, struct string_builder *text)
{
    const struct story_try *lost = NULL;
    for (uint32_t i = 0; i < story->tries.count; i++)
        if (!story->tries.tries[i].refused && story->tries.tries[i].node != caller)
            lost = &story->tries.tries[i];
    if (!lost)
        return;
    string_builder_print(text, "n%u, which %s, is out of n%u's %s", lost->node + 1,
                         lost->came_ns < 0 ? "it was sent to" : "had it", caller + 1,
                         story->setup.views_static ? "reach" : "view");
    string_builder_add(text, ": whether it ran is not known");
    add_no_other_try(story, text);
}

/* Why it fails though nobody has refused it by a message. */
static void add_reason(const struct story *story, const struct record *fail,
                       struct string_builder *text)
{
    const struct replay_node *caller = &story->replay.nodes[fail->node];
    switch ((enum outcome)fail->code) {
    case OUTCOME_CALLER_LOST:
        string_builder_print(text, "n%u %s", fail->node + 1,
                             caller->up ? "goes down while the request is open"
                                        : "is down: what is asked there ends at once");
        break;
    case OUTCOME_OWNER_LOST:
        add_lost_owner(story, fail->node, text);
        break;
    case OUTCOME_UNREACHABLE:
        string_builder_print(text, "n%u knows that its owner is out of reach, and sends it nothing",
                             fail->node + 1);
        add_no_other_try(story, text);
        break;
    default:
        story_places_refusal(&story->places, &story->replay, fail->node, fail->t_ns, fail->code,
                             text);
        break;
    }
}

/* Where each try is. One that waits where it was made has none. */
static void remark_timeout(struct story *story, const struct record *fail)
{
    const struct replay_node *caller = &story->replay.nodes[fail->node];
    *story->wait = '\0';
    for (uint32_t i = 0; i < story->tries.count; i++) {
        struct string_builder where = string_builder_over(story->wait, sizeof story->wait);
        story_try_shown(&story->tries.tries[i], &story->places, &story->replay, fail->t_ns, &where);
        remark_wait(story);
    }
    if (!story->tries.count && caller->view.count)
        timeline_remark(story->timeline, "n%u sent it nowhere: it did not run meanwhile",
                        fail->node + 1);
    else if (!story->tries.count)
        hold_wait(story, fail);
    remark_wait(story);
}

static void remark_end(struct story *story, const struct record *fail)
{
    char text[320] = "";
    struct string_builder reason = string_builder_over(text, sizeof text);
    if (fail->code == OUTCOME_TIMEOUT) {
        remark_timeout(story, fail);
        return;
    }
    if (story->about.refused_by == NODE_NONE)
        add_reason(story, fail, &reason);
    remark_reason(story, text);
}

/* The reply that ends the request without a value. */
static void remark_refusal(struct story *story, const struct record *sent)
{
    const struct story_search *about = &story->about;
    char text[320] = "";
    struct string_builder reason = string_builder_over(text, sizeof text);
    if (sent->message != MESSAGE_REPLY || !about->failed || about->refused_by != sent->node)
        return;
    story_places_refusal(&story->places, &story->replay, sent->node, sent->t_ns, about->outcome,
                         &reason);
    remark_reason(story, text);
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

static void show_of_request(struct story *story, const struct record *record)
{
    bool open = record->t_ns <= story->about.to_ns;
    bool fails = record->kind == RECORD_FAIL && record->request == story->about.subject.request;
    if (record->kind != RECORD_SEND && !fails)
        remark_wait(story);
    switch (record->kind) {
    case RECORD_SEND:
        remark_refusal(story, record);
        break;
    case RECORD_RECV:
        remark_arrival(story, record);
        if (record->message == MESSAGE_REQUEST && open)
            hold_wait(story, record);
        break;
    case RECORD_ROUTE:
        reader_take((struct reader *)story->timeline, record);
        remark_owner(story, record);
        if (record->peer == record->node)
            hold_wait(story, record);
        break;
    case RECORD_SERVE:
        if (record->why == SERVE_FAILED)
            reader_take((struct reader *)story->timeline, record);
        else
            remark_answer(story, record);
        break;
    default:
        reader_take((struct reader *)story->timeline, record);
        if (fails)
            remark_end(story, record);
        break;
    }
}

static void show(struct story *story, const struct record *record)
{
    bool is_told = record->kind != RECORD_SEND && record->kind != RECORD_RECV &&
                   (record->kind != RECORD_SERVE || record->why == SERVE_FAILED);
    if (story->about.subject.kind == STORY_OF_REQUEST) {
        show_of_request(story, record);
        return;
    }
    if (is_told)
        reader_take((struct reader *)story->timeline, record);
    if (record->kind == RECORD_ROUTE)
        remark_owner(story, record);
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
    if (record->request == story->about.subject.request)
        story_tries_take(&story->tries, record);
    story_places_take(&story->places, &story->replay, record);
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

/* Somebody has said that no turn of a worker runs for it, or that one has failed. */
static bool is_refused(const struct story_search *about)
{
    return about->failed && about->outcome != OUTCOME_TIMEOUT &&
           about->outcome != OUTCOME_OWNER_LOST && about->outcome != OUTCOME_CALLER_LOST;
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
        add_part(&text, tried_ns, about->to_ns,
                 is_refused(about) ? "until it was refused" : "until its end, without an answer");
    }
    timeline_remark(story->timeline, "%s in all%s%s",
                    duration_exact(about->to_ns - story->made_ns).text, *parts ? ": " : "", parts);
}

struct story *story_new(const struct story_setup *setup)
{
    struct story *story = memory_zeroed(sizeof *story);
    struct replay_setup follow = {.nodes = setup->nodes,
                                  .parts = REPLAY_VIEWS | REPLAY_REQUESTS | REPLAY_MESSAGES |
                                           REPLAY_WORKERS | REPLAY_PLACES,
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
    const struct story_search *about = &story->about;
    bool of_id = about->subject.kind == STORY_OF_ID;
    story_places_init(&story->places,
                      &(struct story_places_setup){.nodes = setup->nodes,
                                                   .slots = setup->slots,
                                                   .settings = setup->settings,
                                                   .id = of_id ? &about->subject.id : &about->id,
                                                   .request = about->subject.request},
                      about->places, about->places_count);
    story->timeline = timeline_new(setup->out, setup->nodes, setup->colour);
    if (story->timeline)
        return story;
    story_places_close(&story->places);
    replay_close(&story->replay);
    memory_free(story);
    return NULL;
}

void story_delete(struct story *story)
{
    if (!story)
        return;
    remark_wait(story);
    remark_time(story);
    if (story->left_out)
        timeline_remark(story->timeline, "… and %" PRIu64 " events more", story->left_out);
    timeline_delete(story->timeline);
    story_places_close(&story->places);
    replay_close(&story->replay);
    memory_free(story);
}

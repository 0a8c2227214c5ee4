#include "viz/model/story.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

void story_init(struct story *story)
{
    *story = (struct story){0};
}

void story_close(struct story *story)
{
    memory_free(story->things);
    story_init(story);
}

static int compare(const void *left, const void *right)
{
    const struct thing *a = left;
    const struct thing *b = right;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

static enum error add(struct story *story, enum thing_kind kind, uint32_t index)
{
    if (index == NONE)
        return OK;
    if (story->count >= STORY_MAX) {
        story->cut = true;
        return OK;
    }
    enum error error = memory_reserve((void **)&story->things, &story->capacity, story->count + 1,
                                      sizeof *story->things);
    if (!error)
        story->things[story->count++] = (struct thing){kind, index};
    return error;
}

static void sort(struct story *story)
{
    if (!story->count)
        return;
    qsort(story->things, story->count, sizeof *story->things, compare);
    size_t kept = 1;
    for (size_t i = 1; i < story->count; i++)
        if (compare(&story->things[kept - 1], &story->things[i]))
            story->things[kept++] = story->things[i];
    story->count = kept;
}

bool story_has(const struct story *story, struct thing thing)
{
    return story->count && bsearch(&thing, story->things, story->count, sizeof thing, compare);
}

static enum error add_request(struct story *story, const struct model *model, uint32_t index)
{
    if (index == NONE)
        return OK;
    const struct seen_request *request = model_request(model, index);
    enum error error = add(story, THING_REQUEST, index);
    for (uint32_t at = request->first_message; at != NONE && !error && !story->cut;
         at = model_message(model, at)->next)
        error = add(story, THING_MESSAGE, at);
    if (!error)
        error = add(story, THING_WORKER, request->worker);
    return error;
}

static enum error add_worker(struct story *story, const struct model *model, uint32_t index)
{
    const struct seen_worker *worker = model_worker(model, index);
    enum error error = add(story, THING_WORKER, index);
    if (!error && worker->mark != NONE) {
        const struct mark *mark = model_mark(model, worker->mark);
        error = add(story, THING_MARK, worker->mark);
        for (uint32_t i = 0; i < 2 && !error; i++)
            error = add(story, THING_WORKER, mark->workers[i]);
    }
    for (uint32_t at = worker->last_request; at != NONE && !error && !story->cut;
         at = model_request(model, at)->served_before)
        error = add_request(story, model, at);
    return error;
}

static enum error add_mark(struct story *story, const struct model *model, uint32_t index)
{
    const struct mark *mark = model_mark(model, index);
    enum error error = add(story, THING_MARK, index);
    for (uint32_t i = 0; i < 2 && !error; i++)
        if (mark->workers[i] != NONE)
            error = add_worker(story, model, mark->workers[i]);
    return error;
}

enum error story_tell(struct story *story, const struct model *model, struct thing of)
{
    enum error error = OK;
    story->count = 0;
    story->cut = false;
    switch ((enum thing_kind)of.kind) {
    case THING_WORKER:
        error = add_worker(story, model, of.index);
        break;
    case THING_REQUEST:
        error = add_request(story, model, of.index);
        break;
    case THING_MESSAGE:
        error = add(story, THING_MESSAGE, of.index);
        if (!error)
            error = add_request(story, model, model_message(model, of.index)->request);
        break;
    case THING_MARK:
        error = add_mark(story, model, of.index);
        break;
    case THING_BEAT:
    case THING_BAND:
        error = add(story, (enum thing_kind)of.kind, of.index);
        break;
    case THING_NODE:
    case THING_NONE:
        break;
    }
    sort(story);
    return error;
}

static bool overlaps(struct span span, int64_t t0_ns, int64_t t1_ns)
{
    return span.start_ns < t1_ns && span.end_ns >= t0_ns;
}

static enum error filter_id(struct story *story, const struct model *model, name_id id,
                            int64_t t0_ns, int64_t t1_ns)
{
    struct newest newest = model_newest(model, id);
    enum error error = OK;
    for (uint32_t at = newest.worker; at != NONE && !error && !story->cut;
         at = model_worker(model, at)->before)
        if (overlaps(model_worker(model, at)->span, t0_ns, t1_ns))
            error = add(story, THING_WORKER, at);
    for (uint32_t at = newest.request; at != NONE && !error && !story->cut;
         at = model_request(model, at)->before)
        if (overlaps(model_request(model, at)->span, t0_ns, t1_ns))
            error = add_request(story, model, at);
    return error;
}

enum error story_filter(struct story *story, const struct model *model, const char *text,
                        int64_t t0_ns, int64_t t1_ns)
{
    enum error error = OK;
    bool found = false;
    story->count = 0;
    story->cut = false;
    for (int part = 0; part < 2 && !found; part++)
        for (name_id id = 1; id < names_count(&model->names) && !error && !story->cut; id++) {
            struct newest newest = model_newest(model, id);
            const char *name = model_name(model, id);
            bool fits = part ? strstr(name, text) != NULL : strcmp(name, text) == 0;
            if (!fits || (newest.worker == NONE && newest.request == NONE))
                continue;
            found = true;
            error = filter_id(story, model, id, t0_ns, t1_ns);
        }
    sort(story);
    return error;
}

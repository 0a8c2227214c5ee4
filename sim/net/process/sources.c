#include "net/process/sources.h"

static inline bool before(const void *left, const void *right)
{
    const struct open_source *a = left, *b = right;
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->place < b->place;
}

void sources_close(struct open_sources *sources)
{
    heap_close(&sources->heap);
}

enum error sources_add(struct open_sources *sources, const struct open_source *source)
{
    if (source->due_ns >= source->until_ns)
        return OK;
    return heap_push(&sources->heap, source, sizeof *source, before);
}

struct open_source *sources_next(const struct open_sources *sources)
{
    return heap_first(&sources->heap);
}

int64_t sources_due_ns(const struct open_sources *sources)
{
    const struct open_source *next = sources_next(sources);
    return next ? next->due_ns : TIME_NEVER;
}

/* The first source, whose request has been made, or skipped, is due again, or gone. Returns how
 * long after that request, as a record has it. */
static int64_t go_on(struct open_sources *sources, bool skips)
{
    struct open_source source = *sources_next(sources);
    int64_t gap_ns = client_next_gap_ns(&source.client, source.due_ns);
    source.skipped = skips;
    if (gap_ns < source.until_ns - source.due_ns) {
        source.due_ns += gap_ns;
        heap_sift_down(sources->heap.items, sources->heap.count, 0, &source, sizeof source, before);
        return gap_ns;
    }
    heap_pop(&sources->heap, &source, sizeof source, before);
    return TIME_NEVER;
}

void sources_take(struct open_sources *sources, struct source_request *request)
{
    struct open_source *source = sources_next(sources);
    const struct action *action = source->client.action;
    struct text id = client_next_id(&source->client);
    if (text_is_large(&id) && !action->as.load.ids.texts) {
        memcpy(request->digits, text_bytes(&id), text_size(&id));
        id = text_borrow(request->digits, text_size(&id));
    }
    request->id = id;
    request->tag = TAG_SOURCE | source->place;
    request->made_ns = source->due_ns;
    request->timeout_ns = action->as.load.timeout_ns;
    request->how = source->skipped ? REQUEST_AFTER_GAP : REQUEST_AS_DUE;
    request->gap_ns = go_on(sources, false);
}

uint64_t sources_skip(struct open_sources *sources, int64_t to_ns, uint64_t most)
{
    uint64_t skipped = 0;
    for (; skipped < most && sources_due_ns(sources) <= to_ns; skipped++) {
        sources_next(sources)->client.ids++;
        go_on(sources, true);
    }
    return skipped;
}

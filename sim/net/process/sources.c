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

/* The first source, whose request has been made, is due again, or gone. */
static void go_on(struct open_sources *sources)
{
    struct open_source source = *sources_next(sources);
    int64_t gap_ns = client_next_gap_ns(&source.client, source.due_ns);
    if (gap_ns < source.until_ns - source.due_ns) {
        source.due_ns += gap_ns;
        heap_sift_down(sources->heap.items, sources->heap.count, 0, &source, sizeof source, before);
    } else {
        heap_pop(&sources->heap, &source, sizeof source, before);
    }
}

struct text sources_take(struct open_sources *sources, char digits[CLIENT_DIGITS])
{
    struct client *client = &sources_next(sources)->client;
    struct text id = client_next_id(client);
    if (text_is_large(&id) && !client->action->as.load.ids.texts) {
        memcpy(digits, text_bytes(&id), text_size(&id));
        id = text_borrow(digits, text_size(&id));
    }
    go_on(sources);
    return id;
}

uint64_t sources_skip(struct open_sources *sources, int64_t to_ns, uint64_t most)
{
    uint64_t skipped = 0;
    for (; skipped < most && sources_due_ns(sources) <= to_ns; skipped++) {
        sources_next(sources)->client.ids++;
        go_on(sources);
    }
    return skipped;
}

/* libFuzzer's way into what dpsim has written and reads again: traces, and results of sweeps. Any
 * bytes are read to an end with a reason, whatever follows the records; a result is a sum with
 * others and is printed; and nothing leaks. */
#include "base/memory.h"
#include "search/sweep_merge.h"
#include "search/sweep_print.h"
#include "trace/jsonl.h"
#include "trace/parting.h"
#include "trace/story.h"
#include "trace/trace_file.h"

#include <stdlib.h>
#include <string.h>

#define NODES_READ 64u /* of larger clusters nothing but the head is read */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static FILE *nowhere;

/* ---- traces -------------------------------------------------------------------------------- */

static void follow(uint8_t *bytes, size_t size, struct reader *reader)
{
    struct trace_file file;
    struct record record;
    enum trace_step step = trace_file_over(&file, "fuzz", fmemopen(bytes, size, "r"));
    while (step == TRACE_HAS_RECORD && file.head.nodes <= NODES_READ &&
           (step = trace_file_next(&file, &record)) == TRACE_HAS_RECORD)
        reader_take(reader, &record);
    must(step == TRACE_IS_OVER || step == TRACE_HAS_RECORD || *file.why);
    trace_file_close(&file);
}

static struct trace_head head_of(uint8_t *bytes, size_t size)
{
    struct trace_file file;
    struct trace_head head = {0};
    if (trace_file_over(&file, "fuzz", fmemopen(bytes, size, "r")) == TRACE_HAS_RECORD)
        head = file.head;
    trace_file_close(&file);
    return head.nodes <= NODES_READ ? head : (struct trace_head){0};
}

static void read_story(uint8_t *bytes, size_t size, struct trace_head head,
                       struct story_subject subject)
{
    struct story_search search;
    story_search_init(&search, &subject);
    follow(bytes, size, &search.reader);
    if (search.subject.kind == STORY_OF_WORST)
        search.subject.kind = STORY_OF_REQUEST;
    struct story_setup setup = {.out = nowhere,
                                .nodes = head.nodes,
                                .route = head.route,
                                .fallback = head.fallback,
                                .views_static = head.views_static,
                                .search = &search,
                                .until = size % 3};
    struct story *story = story_new(&setup);
    must(story);
    follow(bytes, size, (struct reader *)story);
    story_delete(story);
    story_search_close(&search);
}

static void read_trace(uint8_t *bytes, size_t size)
{
    struct trace_head head = head_of(bytes, size);
    struct run_events events[2];
    if (!head.nodes)
        return;
    read_story(bytes, size, head, (struct story_subject){.kind = STORY_OF_WORST});
    read_story(bytes, size, head, (struct story_subject){.kind = STORY_OF_CLUSTER});
    read_story(bytes, size, head,
               (struct story_subject){.kind = STORY_OF_ID, .id = text_borrow("7", 1)});
    for (uint32_t i = 0; i < 2; i++) {
        run_events_init(&events[i]);
        follow(bytes, i ? size / 2 : size, &events[i].reader);
    }
    run_events_compare(&events[0], &events[1]);
    run_events_close(&events[0]);
    run_events_close(&events[1]);
    struct jsonl *jsonl = memory_zeroed(sizeof *jsonl);
    jsonl_begin(jsonl, nowhere, head.nodes, head.seed, "fuzz", "");
    follow(bytes, size, &jsonl->reader);
    memory_free(jsonl);
}

/* ---- results ------------------------------------------------------------------------------- */

static char *no_command(void *context, uint64_t seed)
{
    (void)context, (void)seed;
    return NULL;
}

static void read_result(uint8_t *bytes, size_t size)
{
    char text[200];
    struct string_builder why = string_builder_over(text, sizeof text);
    struct json json = {0};
    struct sweep_part part, next;
    struct repeater repeater = {no_command, NULL};
    size_t at;
    if (!json_parse(&json, (char *)bytes, size, &at) && !sweep_part_read(&part, &json, &why)) {
        must(!sweep_part_read(&next, &json, &why));
        next.sweep.first = part.sweep.last + 1;
        next.sweep.last = next.sweep.first + next.sweep.runs - 1;
        (void)!sweep_part_add(&part, &next, &why);
        sweep_print(nowhere, &part.sweep, &repeater, SWEEP_IN_FULL);
        sweep_json(nowhere, &part.sweep, &repeater);
        sweep_part_close(&next);
        sweep_part_close(&part);
    }
    json_close(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    uint8_t *copy = memory_resize(NULL, size + 1);
    if (size)
        memcpy(copy, bytes, size);
    if (size > 6 && memcmp(bytes, "{\"ev\":", 6) == 0)
        read_trace(copy, size);
    else
        read_result(copy, size);
    memory_free(copy);
    return 0;
}

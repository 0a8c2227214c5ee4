#include "trace/trace_file.h"

#include "base/memory.h"
#include "trace/trace_line.h"
#include "trace/trace_record.h"

#include <errno.h>

#define HEAD "{\"ev\":\"run\","

/* A value has a megabyte at the most, and each of its bytes six in JSON. */
#define LINE_MOST (UINT32_C(16) << 20)

#define CHUNK 65536u

/* ---- lines --------------------------------------------------------------------------------- */

/* Reads more behind what is there. */
static enum trace_step read_more(struct trace_file *file, size_t *more)
{
    if (memory_reserve((void **)&file->bytes, &file->capacity, file->end + CHUNK, 1))
        return trace_line_unread(file, "out of memory");
    memmove(file->bytes, file->bytes + file->begin, file->end - file->begin);
    file->end -= file->begin;
    file->begin = 0;
    *more = fread(file->bytes + file->end, 1, CHUNK, file->in);
    file->end += *more;
    return ferror(file->in) ? trace_line_unread(file, strerror(errno)) : TRACE_HAS_RECORD;
}

/* The next line, without its newline. OVER: the file has ended. */
static enum trace_step next_line(struct trace_file *file, char **line, size_t *size)
{
    size_t seen = 0, more = 1;
    for (;;) {
        size_t left = file->end - file->begin - seen;
        char *newline = left ? memchr(file->bytes + file->begin + seen, '\n', left) : NULL;
        if (newline || (!more && file->end > file->begin)) {
            *line = file->bytes + file->begin;
            *size = newline ? (size_t)(newline - *line) : file->end - file->begin;
            file->begin += *size + (newline != NULL);
            file->line++;
            return newline ? TRACE_HAS_RECORD
                           : trace_line_wrong(file,
                                              "the file ends in the middle of this line; save the "
                                              "trace again with --trace");
        }
        if (!more)
            return TRACE_IS_OVER;
        seen = file->end - file->begin;
        if (seen > LINE_MOST)
            return file->line++, trace_line_wrong(file, "this line is too long for a trace");
        enum trace_step step = read_more(file, &more);
        if (step != TRACE_HAS_RECORD)
            return step;
    }
}

/* The next line as JSON. */
static enum trace_step next_object(struct trace_file *file)
{
    char *line = NULL;
    size_t size = 0, at;
    enum trace_step step = next_line(file, &line, &size);
    if (step != TRACE_HAS_RECORD)
        return step;
    enum error error = json_parse(&file->json, line, size, &at);
    if (error == ERROR_MEMORY)
        return trace_line_unread(file, "out of memory");
    if (error || file->json.values->kind != JSON_OBJECT)
        return trace_line_wrong(file, "this line is not a JSON object: see byte %zu", at + 1);
    return TRACE_HAS_RECORD;
}

/* ---- records ------------------------------------------------------------------------------- */

/* Behind the last line. */
static enum trace_step end(struct trace_file *file)
{
    file->is_over = true;
    enum trace_step step = next_object(file);
    if (step == TRACE_HAS_RECORD)
        return trace_line_wrong(file, "this line comes after the end of the trace");
    return step;
}

enum trace_step trace_file_next(struct trace_file *file, struct record *record)
{
    if (file->further.kind == RECORD_DUPLICATE) {
        *record = file->further;
        file->further.kind = 0;
        return TRACE_HAS_RECORD;
    }
    if (file->is_over)
        return TRACE_IS_OVER;
    enum trace_step step = next_object(file);
    if (step == TRACE_IS_OVER)
        return file->line++,
               trace_line_wrong(file, "the trace lacks its last line, which has the hash; save it "
                                      "again with --trace");
    if (step != TRACE_HAS_RECORD)
        return step;
    return json_is(trace_line_field(file, "ev"), "end") ? end(file)
                                                        : trace_record_read(file, record);
}

/* ---- the head ------------------------------------------------------------------------------ */

TRACE_LINE_NAMES(route_of, route_name)

static uint8_t setting_of(struct trace_file *file, const char *key, const char *(*name)(unsigned),
                          unsigned count)
{
    const struct json_value *value =
        json_member(&file->json, trace_line_field(file, "settings"), key);
    for (unsigned i = 0; i < count; i++)
        if (json_is(value, name(i)))
            return (uint8_t)i;
    trace_line_wrong(file, "it has no '%s' among its 'settings'", key);
    return 0;
}

static const char *fallback_of(unsigned i)
{
    static const char *const names[] = {
        [FALLBACK_NONE] = "none", [FALLBACK_LOCAL] = "local", [FALLBACK_OWNER] = "owner"};
    return names[i];
}

static const char *membership_of(unsigned i)
{
    return i ? "static" : "heartbeat";
}

/* How many slots there are, each with a lease; 0: workers are owned by view. */
static uint32_t slots_of(struct trace_file *file)
{
    uint64_t slots = 0;
    const struct json_value *settings = trace_line_field(file, "settings");
    if (!json_is(json_member(&file->json, settings, "ownership"), "lease"))
        return 0;
    if (!json_number(json_member(&file->json, settings, "slots"), &slots) || !slots ||
        slots > UINT32_MAX)
        trace_line_wrong(file, "it has no 'slots' among its 'settings'");
    return (uint32_t)slots;
}

static void keep_settings(struct trace_file *file)
{
    struct string_builder lines = {0};
    const struct json_value *settings = trace_line_field(file, "settings"),
                            *key = json_first(settings);
    while (key) {
        const struct json_value *value = json_next(&file->json, settings, key);
        string_builder_add_bytes(&lines, key->bytes, key->size);
        string_builder_add_char(&lines, ' ');
        if (value->kind == JSON_STRING || value->kind == JSON_NUMBER)
            string_builder_add_bytes(&lines, value->bytes, value->size);
        string_builder_add_char(&lines, '\n');
        key = json_next(&file->json, settings, value);
    }
    file->head.settings = string_builder_take(&lines);
}

static enum trace_step read_head(struct trace_file *file)
{
    enum trace_step step = next_object(file);
    struct trace_head *head = &file->head;
    if (step == TRACE_IS_OVER || (step == TRACE_IS_WRONG && file->line <= 1) ||
        (step == TRACE_HAS_RECORD && !json_is(trace_line_field(file, "ev"), "run"))) {
        *file->why = '\0';
        file->line = 1;
        return trace_line_wrong(file, "this is not a trace, which would begin with " HEAD
                                      "…; save one with --trace");
    }
    if (step != TRACE_HAS_RECORD)
        return step;
    if (trace_line_number(file, "v", UINT64_MAX) != 2)
        trace_line_wrong(file,
                         "another version of dpsim wrote this trace; save it again with this one");
    head->seed = trace_line_number(file, "seed", UINT64_MAX);
    head->nodes = (uint32_t)trace_line_number(file, "nodes", NODES_MAX);
    if (!head->nodes)
        trace_line_lacks(file, "nodes");
    struct text scenario = trace_line_text(file, "scenario");
    head->route = setting_of(file, "route", route_of, ROUTES_COUNT);
    head->fallback = setting_of(file, "fallback", fallback_of, FALLBACK_OWNER + 1);
    head->views_static = setting_of(file, "membership", membership_of, 2);
    head->slots = slots_of(file);
    head->is_whole =
        json_is(json_member(&file->json, trace_line_field(file, "settings"), "trace"), "all");
    if (*file->why)
        return TRACE_IS_WRONG;
    struct string_builder name = {0};
    string_builder_add_bytes(&name, text_bytes(&scenario), text_size(&scenario));
    head->scenario = string_builder_take(&name);
    keep_settings(file);
    struct replay_setup follow = {.nodes = head->nodes,
                                  .parts = REPLAY_WORKERS | REPLAY_PLACES | REPLAY_REQUESTS |
                                           REPLAY_MESSAGES};
    file->clocks_off_ns = memory_zeroed(head->nodes * sizeof *file->clocks_off_ns);
    if (!head->scenario || !head->settings || !file->clocks_off_ns ||
        replay_init(&file->replay, &follow))
        return trace_line_unread(file, "out of memory");
    return TRACE_HAS_RECORD;
}

bool trace_file_begins(const char *name)
{
    char bytes[sizeof HEAD - 1];
    FILE *in = strcmp(name, "-") == 0 ? NULL : fopen(name, "r");
    if (!in)
        return false;
    bool is =
        fread(bytes, 1, sizeof bytes, in) == sizeof bytes && memcmp(bytes, HEAD, sizeof bytes) == 0;
    fclose(in);
    return is;
}

enum trace_step trace_file_over(struct trace_file *file, const char *name, FILE *in)
{
    *file = (struct trace_file){.name = name, .in = in};
    pool_map_init(&file->workers, sizeof(struct trace_workers));
    pool_map_init(&file->leases, sizeof(struct trace_lease));
    return in ? read_head(file) : trace_line_unread(file, strerror(errno));
}

enum trace_step trace_file_open(struct trace_file *file, const char *name)
{
    return trace_file_over(file, name, fopen(name, "r"));
}

void trace_file_close(struct trace_file *file)
{
    if (file->in)
        fclose(file->in);
    replay_close(&file->replay);
    pool_map_close(&file->workers);
    pool_map_close(&file->leases);
    memory_free(file->clocks_off_ns);
    string_builder_close(&file->data);
    json_close(&file->json);
    memory_free(file->bytes);
    memory_free(file->head.scenario);
    memory_free(file->head.settings);
    *file = (struct trace_file){0};
}

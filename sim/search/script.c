#include "search/script.h"

#include "base/duration.h"
#include "base/memory.h"
#include "base/number.h"
#include "scenario/plan_printer.h"

#include <string.h>

void script_init(struct script *script)
{
    *script = (struct script){.arena = arena_new()};
    script->failed = !script->arena;
}

void script_close(struct script *script)
{
    memory_free(script->lines);
    arena_delete(script->arena);
    *script = (struct script){0};
}

void script_add(struct script *script, struct script_line line)
{
    if (script->failed || !line.text ||
        memory_reserve((void **)&script->lines, &script->capacity, script->count + 1,
                       sizeof *script->lines)) {
        script->failed = true;
        return;
    }
    script->lines[script->count++] = line;
}

__attribute__((format(printf, 4, 5))) static void script_add_print(struct script *script,
                                                                   enum script_part part,
                                                                   int64_t at_ns,
                                                                   const char *format, ...)
{
    struct string_builder text = {0};
    va_list arguments;
    va_start(arguments, format);
    string_builder_print_list(&text, format, arguments);
    va_end(arguments);
    bool sound = !script->failed && !text.failed && text.text;
    script_add(script, (struct script_line){
                           .part = part,
                           .at_ns = at_ns,
                           .text = sound ? arena_copy(script->arena, text.text, text.size) : NULL});
    string_builder_close(&text);
}

/* ---- of a plan ----------------------------------------------------------------------------- */

static bool is_default(const struct settings *settings, enum setting_id id)
{
    struct settings usual = settings_default();
    char text[SETTING_LINE_SIZE], other[SETTING_LINE_SIZE];
    struct string_builder line = string_builder_over(text, sizeof text);
    struct string_builder usual_line = string_builder_over(other, sizeof other);
    if (!setting_is_written(&usual, id))
        return false;
    plan_setting_line(&line, settings, id);
    plan_setting_line(&usual_line, &usual, id);
    return strcmp(text, other) == 0;
}

static void add_absent(struct script *script, const struct node_list *absent)
{
    struct string_builder text = {0};
    for (uint32_t i = 0; i < absent->count; i++)
        string_builder_print(&text, "%sn%u", i ? "," : "absent ", absent->nodes[i] + 1);
    if (text.failed)
        script->failed = true;
    else if (absent->count)
        script_add_print(script, SCRIPT_SETTING, 0, "%s", text.text);
    string_builder_close(&text);
}

void script_add_settings(struct script *script, const struct plan *plan)
{
    for (enum setting_id id = 0; id < SETTINGS_COUNT; id++) {
        char text[SETTING_LINE_SIZE];
        struct string_builder line = string_builder_over(text, sizeof text);
        bool always = id == SETTING_NODES || id == SETTING_SEED;
        if (id == SETTING_ABSENT || !setting_is_written(&plan->settings, id) ||
            (!always && is_default(&plan->settings, id)))
            continue;
        plan_setting_line(&line, &plan->settings, id);
        script_add_print(script, SCRIPT_SETTING, 0, "%s", text);
    }
    add_absent(script, &plan->settings.absent);
    for (size_t i = 0; i < plan->actions_count; i++)
        if (plan->actions[i].initial)
            script_add(script,
                       (struct script_line){.part = SCRIPT_SETTING, .text = plan->actions[i].text});
}

static bool is_from_cursor(const struct expectation *expectation)
{
    bool may_be = expectation->kind == EXPECT_ALWAYS || expectation->kind == EXPECT_SOMETIMES_STATE;
    return may_be && !expectation->of.of_span;
}

/* How many there are up to the last one that holds from the cursor on. */
static size_t up_to_cursors(const struct plan *plan)
{
    size_t count = plan->expectations_count;
    while (count && !is_from_cursor(&plan->expectations[count - 1]))
        count--;
    return count;
}

static void add_from_cursor(struct script *script, const struct expectation *expectation)
{
    script_add_print(script, SCRIPT_EXPECTATION, 0, "%s from %s", expectation->text,
                     duration_plain(expectation->of.from_ns).text);
}

/* What is judged at the end is judged in the order of the lines. So what stood before a line whose
 * time counts gets a time, too. */
void script_add_expectations(struct script *script, const struct plan *plan,
                             enum script_cursor cursor)
{
    size_t timed = cursor == CURSOR_OF_LINE ? up_to_cursors(plan) : 0;
    int64_t at_ns = 0;
    for (size_t i = 0; i < plan->expectations_count; i++) {
        const struct expectation *expectation = &plan->expectations[i];
        enum expectation_scope scope = expectation_scope(expectation->kind);
        if (is_from_cursor(expectation))
            at_ns = expectation->of.from_ns;
        if (scope == EXPECT_OF_RUN && i < timed)
            script_add(script, (struct script_line){SCRIPT_ACTION, at_ns, expectation->text});
        else if (is_from_cursor(expectation))
            add_from_cursor(script, expectation);
        else if (scope != EXPECT_AT_CURSOR)
            script_add(script,
                       (struct script_line){.part = SCRIPT_EXPECTATION, .text = expectation->text});
    }
}

/* ---- order and text ------------------------------------------------------------------------ */

static bool is_before(const struct script_line *a, const struct script_line *b)
{
    return a->part != b->part ? a->part < b->part : a->at_ns < b->at_ns;
}

/* Merges two runs of lines that are in order. */
static void merge(struct script_line *to, const struct script_line *a, size_t a_count,
                  const struct script_line *b, size_t b_count)
{
    while (a_count || b_count) {
        bool first = a_count && (!b_count || !is_before(b, a));
        *to++ = first ? *a++ : *b++;
        a_count -= first;
        b_count -= !first;
    }
}

enum error script_sort(struct script *script)
{
    size_t count = script->count;
    struct script_line *room = memory_resize(NULL, (count + 1) * sizeof *room);
    if (!room)
        return ERROR_MEMORY;
    for (size_t run = 1; run < count; run *= 2) {
        for (size_t at = 0; at < count; at += 2 * run) {
            size_t a = min_size(run, count - at), b = min_size(run, count - at - a);
            merge(room + at, script->lines + at, a, script->lines + at + a, b);
        }
        memcpy(script->lines, room, count * sizeof *room);
    }
    memory_free(room);
    return OK;
}

static void add_part(struct string_builder *text, const struct script *script,
                     enum script_part part)
{
    for (size_t i = 0; i < script->count; i++) {
        const struct script_line *line = &script->lines[i];
        if (line->part != part)
            continue;
        if (part == SCRIPT_ACTION)
            string_builder_print(text, "at %s ", duration_plain(line->at_ns).text);
        string_builder_add(text, line->text);
        string_builder_add_char(text, '\n');
    }
}

char *script_text(const struct script *script)
{
    struct string_builder text = {0};
    if (script->failed)
        return NULL;
    add_part(&text, script, SCRIPT_SETTING);
    string_builder_add(&text, "\n");
    add_part(&text, script, SCRIPT_ACTION);
    string_builder_add(&text, "\n");
    add_part(&text, script, SCRIPT_EXPECTATION);
    return string_builder_take(&text);
}

#include "search/sweep_merge.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What is read, and whether it was whole so far. */
struct result_reader {
    const struct json *json;
    struct sweep_part *part;
    bool wrong;
    bool no_memory;
};

/* ---- values -------------------------------------------------------------------------------- */

static const struct json_value *member(struct result_reader *reader,
                                       const struct json_value *object, const char *key)
{
    const struct json_value *value = json_member(reader->json, object, key);
    reader->wrong |= !value;
    return value;
}

static uint64_t number(struct result_reader *reader, const struct json_value *object,
                       const char *key)
{
    uint64_t value = 0;
    reader->wrong |= !json_number(member(reader, object, key), &value);
    return value;
}

static int64_t signed_number(struct result_reader *reader, const struct json_value *object,
                             const char *key)
{
    int64_t value = 0;
    reader->wrong |= !json_signed(member(reader, object, key), &value);
    return value;
}

/* Whether it would act on a terminal. No sweep has such a text. */
static bool has_controls(const struct json_value *value)
{
    uint32_t code = 0;
    for (uint32_t at = 0; at < value->size;) {
        at += (uint32_t)utf8_next(value->bytes + at, value->size - at, &code);
        if (utf8_is_control(code) && code != '\t')
            return true;
    }
    return false;
}

/* A copy that lives as long as the plan; "" where there is none. */
static const char *string(struct result_reader *reader, const struct json_value *object,
                          const char *key)
{
    const struct json_value *value = member(reader, object, key);
    if (!value || value->kind != JSON_STRING || has_controls(value)) {
        reader->wrong = true;
        return "";
    }
    char *copy = arena_copy(reader->part->plan.arena, value->bytes, value->size);
    reader->no_memory |= !copy;
    return copy ? copy : "";
}

static void copy_string(struct result_reader *reader, const struct json_value *object,
                        const char *key, char *to, size_t size)
{
    struct string_builder text = string_builder_over(to, size);
    string_builder_add(&text, string(reader, object, key));
}

static bool is_true(struct result_reader *reader, const struct json_value *object, const char *key)
{
    const struct json_value *value = member(reader, object, key);
    reader->wrong |= value && value->kind != JSON_TRUE && value->kind != JSON_FALSE;
    return value && value->kind == JSON_TRUE;
}

/* A whole number in a string, of at most 38 digits and a sign. */
static __int128 large(struct result_reader *reader, const struct json_value *object,
                      const char *key)
{
    const char *digits = string(reader, object, key);
    bool below = *digits == '-';
    __int128 value = 0;
    size_t size = strlen(digits += below);
    reader->wrong |= !size || size > 38 || strspn(digits, "0123456789") != size;
    for (size_t i = 0; i < size && !reader->wrong; i++)
        value = value * 10 + (digits[i] - '0');
    return below ? -value : value;
}

/* The values of an array, one after the other. */
static const struct json_value *next_in(struct result_reader *reader,
                                        const struct json_value *array,
                                        const struct json_value *value)
{
    if (reader->wrong || reader->no_memory)
        return NULL;
    return value ? json_next(reader->json, array, value) : json_first(array);
}

static const struct json_value *array(struct result_reader *reader, const struct json_value *object,
                                      const char *key)
{
    const struct json_value *value = member(reader, object, key);
    reader->wrong |= value && value->kind != JSON_ARRAY;
    return value;
}

/* ---- what is in it ------------------------------------------------------------------------- */

static void *room(struct result_reader *reader, size_t count, size_t size)
{
    void *items = memory_zeroed((count + 1) * size);
    reader->no_memory |= !items;
    return items;
}

static void read_expectations(struct result_reader *reader, const struct json_value *root)
{
    struct plan *plan = &reader->part->plan;
    struct sweep *sweep = &reader->part->sweep;
    const struct json_value *list = array(reader, root, "expectations"), *value = NULL;
    if (reader->wrong)
        return;
    plan->expectations = room(reader, list->size, sizeof *plan->expectations);
    sweep->held = room(reader, list->size, sizeof *sweep->held);
    while ((value = next_in(reader, list, value))) {
        size_t i = plan->expectations_count++;
        plan->expectations[i] = (struct expectation){
            .kind = is_true(reader, value, "sometimes") ? EXPECT_SOMETIMES : EXPECT_TOTAL,
            .line = (uint32_t)number(reader, value, "line"),
            .text = string(reader, value, "text")};
        sweep->held[i] = number(reader, value, "held");
    }
}

static void read_faults(struct result_reader *reader, const struct json_value *root)
{
    struct plan *plan = &reader->part->plan;
    struct sweep *sweep = &reader->part->sweep;
    const struct json_value *list = array(reader, root, "faults"), *value = NULL;
    if (reader->wrong)
        return;
    plan->actions = room(reader, list->size, sizeof *plan->actions);
    sweep->struck = room(reader, list->size, sizeof *sweep->struck);
    sweep->missed = room(reader, list->size, sizeof *sweep->missed);
    while ((value = next_in(reader, list, value))) {
        size_t i = plan->actions_count++;
        plan->actions[i] = (struct action){.kind = ACTION_CRASH,
                                           .line = (uint32_t)number(reader, value, "line"),
                                           .text = string(reader, value, "text")};
        sweep->struck[i] = number(reader, value, "struck");
        sweep->missed[i] = number(reader, value, "missed");
    }
}

/* The number of the breach that the object is about. */
static uint32_t breach_number(struct result_reader *reader, const struct json_value *value)
{
    const struct json_value *name = json_member(reader->json, value, "rule");
    for (enum rule rule = 0; name && rule < RULES_COUNT; rule++)
        if (json_is(name, rule_name(rule)))
            return breach_of_rule(rule);
    uint64_t expectation = number(reader, value, "expectation");
    reader->wrong |= expectation >= reader->part->plan.expectations_count;
    return reader->wrong ? 0
                         : breach_of_expectation(expectation, is_true(reader, value, "vacuous")
                                                                  ? VERDICT_VACUOUS
                                                                  : VERDICT_FAILED);
}

static void read_breach(struct result_reader *reader, const struct json_value *value)
{
    uint32_t breach = breach_number(reader, value);
    struct breach_sum *sum = &reader->part->sweep.breaches[breach];
    const struct json_value *seeds = array(reader, value, "first_seeds"), *seed = NULL;
    uint32_t count = 0;
    sum->seeds = number(reader, value, "seeds");
    sum->times = number(reader, value, "times");
    reader->wrong |= !seeds || seeds->size != min_u64(sum->seeds, SEEDS_KEPT) || !sum->seeds;
    while ((seed = next_in(reader, seeds, seed)))
        reader->wrong |= !json_number(seed, &sum->first[count++]);
    copy_string(reader, value, "why", sum->why, sizeof sum->why);
    const struct json_value *command = member(reader, value, "repeat");
    if (command && command->kind == JSON_STRING)
        reader->part->commands[breach] = string(reader, value, "repeat");
}

static void read_breaches(struct result_reader *reader, const struct json_value *root)
{
    const struct json_value *list = array(reader, root, "broken"), *value = NULL;
    uint32_t count = breaches_count(&reader->part->plan);
    if (reader->wrong)
        return;
    reader->part->sweep.breaches = room(reader, count, sizeof *reader->part->sweep.breaches);
    reader->part->commands = room(reader, count, sizeof *reader->part->commands);
    while ((value = next_in(reader, list, value)))
        read_breach(reader, value);
}

static void read_numbers(struct result_reader *reader, const struct json_value *root)
{
    const struct json_value *numbers = member(reader, root, "numbers");
    for (enum number_id i = 0; i < NUMBERS_COUNT && !reader->wrong; i++) {
        const struct json_value *value = member(reader, numbers, numbers_table[i].key);
        reader->part->sweep.numbers[i] =
            (struct sample){.sum = large(reader, value, "sum"),
                            .squares = (unsigned __int128)large(reader, value, "squares"),
                            .count = number(reader, value, "runs"),
                            .least = signed_number(reader, value, "least"),
                            .most = signed_number(reader, value, "most"),
                            .most_seed = number(reader, value, "most_seed")};
        reader->wrong |= !sample_is_possible(&reader->part->sweep.numbers[i]);
    }
}

/* Seconds with three digits behind the point. */
static int64_t wall_ns(struct result_reader *reader, const struct json_value *root)
{
    const struct json_value *value = member(reader, root, "wall_s");
    int64_t ms = 0;
    if (!value || value->kind != JSON_NUMBER || value->size > 12)
        return 0;
    for (uint32_t i = 0; i < value->size; i++)
        if (value->bytes[i] >= '0' && value->bytes[i] <= '9')
            ms = ms * 10 + (value->bytes[i] - '0');
    return ms * NS_PER_MS;
}

static void read_hash(struct result_reader *reader, const struct json_value *root)
{
    struct sweep *sweep = &reader->part->sweep;
    const char *digits = string(reader, root, "hash");
    reader->wrong |= strlen(digits) != 32 || strspn(digits, "0123456789abcdef") != 32;
    if (!reader->wrong)
        sscanf(digits, "%16" SCNx64 "%16" SCNx64, &sweep->digest[0], &sweep->digest[1]);
}

static void read_result(struct result_reader *reader, const struct json_value *root)
{
    struct sweep_part *part = reader->part;
    struct sweep *sweep = &part->sweep;
    sweep->plan = &part->plan;
    part->plan.file = string(reader, root, "scenario");
    part->plan.settings.nodes = (uint32_t)number(reader, root, "nodes");
    copy_string(reader, root, "plan", sweep->plan_hash, sizeof sweep->plan_hash);
    sweep->first = number(reader, root, "first_seed");
    sweep->last = number(reader, root, "last_seed");
    sweep->runs = number(reader, root, "runs");
    sweep->failed = number(reader, root, "failed");
    sweep->idle = number(reader, root, "idle");
    if (sweep->idle) {
        sweep->first_idle = number(reader, root, "first_idle");
        copy_string(reader, root, "idle_why", sweep->idle_reason, sizeof sweep->idle_reason);
    }
    sweep->events = number(reader, root, "events");
    sweep->jobs = (uint32_t)number(reader, root, "jobs");
    sweep->wall_ns = wall_ns(reader, root);
    sweep->state = RUN_OVER;
    const struct json_value *judged = member(reader, root, "judged");
    for (enum rule rule = 0; rule < RULES_COUNT; rule++)
        sweep->judged[rule] = number(reader, judged, rule_name(rule));
    read_hash(reader, root);
    read_numbers(reader, root);
    read_expectations(reader, root);
    read_faults(reader, root);
    read_breaches(reader, root);
    reader->wrong |= sweep->last < sweep->first || sweep->failed + sweep->idle < sweep->failed ||
                     sweep->failed > sweep->runs || sweep->idle > sweep->runs - sweep->failed;
}

enum error sweep_part_read(struct sweep_part *part, const struct json *json,
                           struct string_builder *why)
{
    struct result_reader reader = {.json = json, .part = part};
    *part = (struct sweep_part){.plan = {.arena = arena_new()}};
    if (!part->plan.arena)
        return ERROR_MEMORY;
    read_result(&reader, json->values);
    const struct sweep *sweep = &part->sweep;
    if (!reader.no_memory && reader.wrong)
        string_builder_add(why,
                           "it is no result of a sweep, as 'dpsim --seeds A..B --json' prints");
    else if (!reader.no_memory && sweep->runs - 1 != sweep->last - sweep->first)
        string_builder_print(why,
                             "its sweep ended after %" PRIu64 " run%s of seeds %" PRIu64
                             "..%" PRIu64 ": make it again",
                             sweep->runs, sweep->runs == 1 ? "" : "s", sweep->first, sweep->last);
    else if (!reader.no_memory)
        return OK;
    sweep_part_close(part);
    return reader.no_memory ? ERROR_MEMORY : ERROR_TEXT;
}

void sweep_part_close(struct sweep_part *part)
{
    sweep_close(&part->sweep);
    memory_free(part->commands);
    plan_close(&part->plan);
}

/* ---- adding up ----------------------------------------------------------------------------- */

static bool fits(const struct sweep_part *sum, const struct sweep_part *part,
                 struct string_builder *why)
{
    uint64_t last = sum->sweep.last, first = part->sweep.first;
    if (strcmp(sum->sweep.plan_hash, part->sweep.plan_hash) != 0 ||
        sum->plan.expectations_count != part->plan.expectations_count ||
        sum->plan.actions_count != part->plan.actions_count)
        string_builder_add(why, "it is of another scenario or has other settings than");
    else if (first <= last)
        string_builder_print(why, "its seeds %" PRIu64 "..%" PRIu64 " overlap those of", first,
                             part->sweep.last);
    else if (first - 1 > last)
        string_builder_print(why, "seeds %" PRIu64 "..%" PRIu64 " are missing between it and",
                             last + 1, first - 1);
    for (enum number_id i = 0; i < NUMBERS_COUNT && !why->size; i++) {
        struct sample sample = sum->sweep.numbers[i];
        sample_merge(&sample, &part->sweep.numbers[i]);
        if (!sample_is_possible(&sample))
            string_builder_add(why, "its numbers are too large for a sum with those of");
    }
    return !why->size;
}

static void add_breach(struct sweep_part *sum, struct sweep_part *part, uint32_t breach)
{
    struct breach_sum *to = &sum->sweep.breaches[breach];
    const struct breach_sum *from = &part->sweep.breaches[breach];
    if (!from->seeds)
        return;
    if (!to->seeds) {
        *to = *from;
        const char *command = part->commands[breach];
        sum->commands[breach] =
            command ? arena_copy(sum->plan.arena, command, strlen(command)) : NULL;
        return;
    }
    for (uint64_t i = 0; to->seeds + i < SEEDS_KEPT && i < from->seeds; i++)
        to->first[to->seeds + i] = from->first[i];
    to->seeds += from->seeds;
    to->times += from->times;
}

static void add_counts(uint64_t *to, const uint64_t *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] += from[i];
}

enum error sweep_part_add(struct sweep_part *sum, struct sweep_part *part,
                          struct string_builder *why)
{
    struct sweep *to = &sum->sweep;
    const struct sweep *from = &part->sweep;
    if (!fits(sum, part, why))
        return ERROR_TEXT;
    if (!to->idle && from->idle) {
        to->first_idle = from->first_idle;
        memcpy(to->idle_reason, from->idle_reason, sizeof to->idle_reason);
    }
    to->last = from->last;
    to->runs += from->runs;
    to->failed += from->failed;
    to->idle += from->idle;
    to->events += from->events;
    to->wall_ns = min_i64(to->wall_ns + from->wall_ns, TIME_NEVER);
    to->jobs = max_u32(to->jobs, from->jobs);
    for (enum number_id i = 0; i < NUMBERS_COUNT; i++)
        sample_merge(&to->numbers[i], &from->numbers[i]);
    add_counts(to->digest, from->digest, 2);
    add_counts(to->judged, from->judged, RULES_COUNT);
    add_counts(to->held, from->held, sum->plan.expectations_count);
    add_counts(to->struck, from->struck, sum->plan.actions_count);
    add_counts(to->missed, from->missed, sum->plan.actions_count);
    for (uint32_t i = 0; i < breaches_count(&sum->plan); i++)
        add_breach(sum, part, i);
    return OK;
}

const char *sweep_part_command(const struct sweep_part *part, uint64_t seed)
{
    for (uint32_t i = 0; i < breaches_count(&part->plan); i++)
        if (part->sweep.breaches[i].seeds && part->sweep.breaches[i].first[0] == seed)
            return part->commands[i];
    return NULL;
}

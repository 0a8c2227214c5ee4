#include "trace/findings.h"

#include "base/memory.h"

#include <stdlib.h>

static void finding_clear(struct finding *finding)
{
    text_clear(&finding->id);
    text_clear(&finding->text);
    text_clear(&finding->why);
}

/* Adds a copy, up to `most`. Whether it is there. */
static bool add(struct finding_list *list, size_t most, const struct finding *from)
{
    if (list->count >= most)
        return false;
    struct finding copy = *from;
    enum error id = text_copy(&copy.id, &from->id);
    enum error text = text_copy(&copy.text, &from->text);
    enum error why = text_copy(&copy.why, &from->why);
    if (id || text || why ||
        memory_reserve((void **)&list->items, &list->capacity, list->count + 1,
                       sizeof *list->items)) {
        finding_clear(&copy);
        return false;
    }
    list->items[list->count++] = copy;
    return true;
}

static uint64_t line_hash(const struct finding *finding)
{
    return random_mix((uint64_t)finding->line << 8 | finding->code);
}

static inline bool is_of_line(const void *list, uint32_t slot, const void *key)
{
    const struct finding *known = &((const struct finding_list *)list)->items[slot];
    const struct finding *finding = key;
    return known->line == finding->line && known->code == finding->code;
}

/* A line that is judged again and again is kept once for each way in which that ended. */
static void add_expectation(struct findings *findings, const struct finding *finding)
{
    struct finding_list *list = &findings->expectations;
    uint64_t hash = line_hash(finding);
    uint32_t slot = hash_map_find(&findings->by_line, hash, is_of_line, list, finding);
    if (slot != HASH_MAP_NONE)
        list->items[slot].times++;
    else if (add(list, EXPECTATIONS_MAX, finding))
        hash_map_add(&findings->by_line, hash, (uint32_t)(list->count - 1));
}

static int compare_lines(const void *a, const void *b)
{
    const struct finding *one = a, *other = b;
    if (one->line != other->line)
        return one->line < other->line ? -1 : 1;
    return one->code - other->code;
}

void findings_sort(struct findings *findings)
{
    hash_map_close(&findings->by_line);
    if (findings->expectations.count)
        qsort(findings->expectations.items, findings->expectations.count,
              sizeof *findings->expectations.items, compare_lines);
}

static struct finding finding_of(const struct record *record)
{
    return (struct finding){.t_ns = record->t_ns,
                            .node = record->node,
                            .line = record->line,
                            .code = record->code,
                            .times = 1,
                            .id = record->id,
                            .text = record->value};
}

/* An EXPECT record has its reason where others have an id. */
static void take_expectation(struct findings *findings, struct finding *finding)
{
    finding->why = finding->id;
    finding->id = text_borrow("", 0);
    findings->verdicts[finding->code]++;
    add_expectation(findings, finding);
}

static void take(struct reader *reader, const struct record *record)
{
    struct findings *findings = container_of(reader, struct findings, reader);
    struct finding finding = finding_of(record);
    if (record->kind == RECORD_VIOLATION)
        add(&findings->violations, FINDINGS_MAX, &finding);
    else if (record->kind == RECORD_DUPLICATE)
        add(&findings->duplicates, DUPLICATES_MAX, &finding);
    else
        take_expectation(findings, &finding);
}

#define KIND(name) (1u << RECORD_##name)

void findings_init(struct findings *findings)
{
    *findings =
        (struct findings){.reader = {take, KIND(VIOLATION) | KIND(DUPLICATE) | KIND(EXPECT)}};
}

static void list_close(struct finding_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        finding_clear(&list->items[i]);
    memory_free(list->items);
}

void findings_close(struct findings *findings)
{
    list_close(&findings->violations);
    list_close(&findings->duplicates);
    list_close(&findings->expectations);
    list_close(&findings->missed);
    hash_map_close(&findings->by_line);
    findings_init(findings);
}

void findings_add_missed(struct findings *findings, uint32_t line, const char *text,
                         const char *why)
{
    struct finding finding = {.node = NODE_NONE,
                              .line = line,
                              .code = VERDICT_MISSED,
                              .times = 1,
                              .text = text_borrow(text, strlen(text)),
                              .why = text_borrow(why, strlen(why))};
    add(&findings->missed, FINDINGS_MAX, &finding);
}

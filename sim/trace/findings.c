#include "trace/findings.h"

#include "base/memory.h"

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

/* A line that is judged again and again is kept once for each way in which that ended. */
static bool counted_before(struct finding_list *list, const struct finding *finding)
{
    for (size_t i = 0; i < list->count; i++) {
        struct finding *known = &list->items[i];
        if (known->line == finding->line && known->code == finding->code) {
            known->times++;
            return true;
        }
    }
    return false;
}

/* In the order of their lines. Of those that held no more are kept than a summary shows, so that
 * they leave room for the others. */
static void add_expectation(struct findings *findings, const struct finding *finding)
{
    struct finding_list *list = &findings->expectations;
    size_t most = finding->code == VERDICT_HELD ? HELD_SHOWN_MAX + 1 : FINDINGS_MAX;
    if (!add(list, most, finding))
        return;
    for (size_t at = list->count - 1; at > 0; at--) {
        struct finding *pair = &list->items[at - 1];
        if (pair[0].line <= pair[1].line)
            break;
        struct finding later = pair[0];
        pair[0] = pair[1];
        pair[1] = later;
    }
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
    if (!counted_before(&findings->expectations, finding))
        add_expectation(findings, finding);
}

static void take_finding(struct findings *findings, const struct record *record)
{
    struct finding finding = finding_of(record);
    if (record->kind == RECORD_VIOLATION)
        add(&findings->violations, FINDINGS_MAX, &finding);
    else if (record->kind == RECORD_DUPLICATE)
        add(&findings->duplicates, DUPLICATES_MAX, &finding);
    else
        take_expectation(findings, &finding);
}

#define KIND(name) (1u << RECORD_##name)
_Static_assert(RECORD_KINDS <= 32, "a set of kinds is a uint32_t");

/* Most records are no findings: to find that out costs a few instructions. */
static void take(struct reader *reader, const struct record *record)
{
    if ((KIND(VIOLATION) | KIND(DUPLICATE) | KIND(EXPECT)) >> record->kind & 1)
        take_finding(container_of(reader, struct findings, reader), record);
}

void findings_init(struct findings *findings)
{
    *findings = (struct findings){.reader = {take}};
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
    findings_init(findings);
}

void findings_add_vacuous(struct findings *findings, uint32_t line, const char *text,
                          const char *why)
{
    struct finding finding = {.node = NODE_NONE,
                              .line = line,
                              .code = VERDICT_VACUOUS,
                              .times = 1,
                              .text = text_borrow(text, strlen(text)),
                              .why = text_borrow(why, strlen(why))};
    findings->verdicts[VERDICT_VACUOUS]++;
    add_expectation(findings, &finding);
}

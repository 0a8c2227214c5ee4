/* Gathers what a summary tells one by one; see trace/summary.h. */
#include "base/memory.h"
#include "trace/summary.h"

static void finding_clear(struct finding *finding)
{
    text_clear(&finding->id);
    text_clear(&finding->text);
    text_clear(&finding->why);
}

/* Takes the three texts as they are in `from`, copied. */
static void add(struct summary_reader *reader, struct findings *findings, size_t most,
                const struct finding *from)
{
    if (findings->count >= most)
        return;
    struct finding copy = *from;
    enum error id = text_copy(&copy.id, &from->id);
    enum error text = text_copy(&copy.text, &from->text);
    enum error why = text_copy(&copy.why, &from->why);
    if (id || text || why ||
        memory_reserve((void **)&findings->items, &findings->capacity, findings->count + 1,
                       sizeof *findings->items)) {
        finding_clear(&copy);
        reader->no_memory = true;
        return;
    }
    findings->items[findings->count++] = copy;
}

/* A line that is judged again and again is told once for each way in which that ended. */
static bool counted_before(struct findings *findings, const struct finding *finding)
{
    for (size_t i = 0; i < findings->count; i++) {
        struct finding *known = &findings->items[i];
        if (known->line == finding->line && known->code == finding->code) {
            known->times++;
            return true;
        }
    }
    return false;
}

/* In the order of their lines. Of those that held no more are kept than a summary tells, so that
 * they leave room for the others. */
static void add_expectation(struct summary_reader *reader, const struct finding *finding)
{
    struct findings *all = &reader->expectations;
    size_t before = all->count;
    add(reader, all, finding->code == VERDICT_HELD ? HELD_TOLD_MAX + 1 : FINDINGS_MAX, finding);
    for (size_t at = before; all->count > before && at > 0; at--) {
        struct finding *pair = &all->items[at - 1];
        if (pair[0].line <= pair[1].line)
            break;
        struct finding later = pair[0];
        pair[0] = pair[1];
        pair[1] = later;
    }
}

static void take_expectation(struct summary_reader *reader, const struct record *record)
{
    struct finding finding = {.t_ns = record->t_ns,
                              .node = record->node,
                              .line = record->line,
                              .code = record->code,
                              .times = 1,
                              .text = record->value,
                              .why = record->id};
    uint64_t *counts[] = {&reader->failed, &reader->held, &reader->vacuous};
    ++*counts[record->code];
    if (!counted_before(&reader->expectations, &finding))
        add_expectation(reader, &finding);
}

static void take(struct reader *self, const struct record *record)
{
    struct summary_reader *reader = container_of(self, struct summary_reader, reader);
    if (record->kind < RECORD_EXPECT)
        return;
    struct finding finding = {.t_ns = record->t_ns,
                              .node = record->node,
                              .line = record->line,
                              .code = record->code,
                              .times = 1,
                              .id = record->id,
                              .text = record->value};
    if (record->kind == RECORD_VIOLATION)
        add(reader, &reader->violations, FINDINGS_MAX, &finding);
    else if (record->kind == RECORD_DUPLICATE)
        add(reader, &reader->duplicates, DUPLICATES_MAX, &finding);
    else if (record->kind == RECORD_EXPECT)
        take_expectation(reader, record);
}

void summary_reader_init(struct summary_reader *reader)
{
    *reader = (struct summary_reader){.reader = {take}};
}

static void findings_close(struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        finding_clear(&findings->items[i]);
    memory_free(findings->items);
}

void summary_reader_close(struct summary_reader *reader)
{
    findings_close(&reader->violations);
    findings_close(&reader->duplicates);
    findings_close(&reader->expectations);
    summary_reader_init(reader);
}

void summary_add_vacuous(struct summary_reader *reader, uint32_t line, const char *text,
                         const char *why)
{
    struct finding finding = {.node = NODE_NONE,
                              .line = line,
                              .code = VERDICT_VACUOUS,
                              .times = 1,
                              .text = text_borrow(text, strlen(text)),
                              .why = text_borrow(why, strlen(why))};
    reader->vacuous++;
    add_expectation(reader, &finding);
}

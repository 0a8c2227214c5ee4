/* on KIND [from LIST] [to LIST] [nth N]: ACTION [may miss] */
#include "scenario/parser.h"

#include <string.h>

/* Where the trigger's words end: at the first one that ends with a colon, which is taken off. */
static enum error find_colon(struct parser *p, size_t *end)
{
    for (size_t i = p->at; i < p->words.count; i++) {
        struct word *word = &p->words.list[i];
        if (word->text[word->size - 1] != ':')
            continue;
        *end = i + (--word->size > 0);
        if (!word->size) {
            memmove(word, word + 1, (p->words.count - i - 1) * sizeof *word);
            p->words.count--;
        }
        return OK;
    }
    return fail_at(
        p, (struct word){peek_word(p).text, 0},
        "on: want a colon before the action, such as 'on request to n2 nth 3: crash n2'");
}

static enum error parse_message_kind(struct parser *p, enum message_kind *kind)
{
    const char *names[MESSAGE_KINDS + 1] = {NULL};
    struct word word = next_word(p);
    for (unsigned i = 0; i < MESSAGE_KINDS; i++) {
        names[i] = message_name((enum message_kind)i);
        *kind = (enum message_kind)i;
        if (!word_is(word, names[i]))
            continue;
        if (i == MESSAGE_LEASE && !p->plan->settings.leases)
            return fail_at(p, word, "there are messages of leases under 'ownership lease' alone");
        return OK;
    }
    return fail_choice(p, "on", word, names);
}

/* KIND [from LIST] [to LIST] [nth N] */
static enum error parse_trigger(struct parser *p, const struct statement *statement,
                                struct message_trigger *trigger)
{
    static const char *const words[] = {"from", "to", "nth", NULL};
    uint64_t nth = 1;
    enum error error = parse_message_kind(p, &trigger->kind);
    if (!error && accept_word(p, "from"))
        error = parse_nodes(p, "from", LIST_ALL, &trigger->from);
    if (!error && accept_word(p, "to"))
        error = parse_nodes(p, "to", LIST_ALL, &trigger->to);
    if (!error && accept_word(p, "nth"))
        error = parse_number(p, "nth", 1, UINT32_MAX, &nth);
    trigger->nth = (uint32_t)nth;
    return error ? error : end_of_line(p, statement->form, words);
}

/* Takes `may miss` from the end of the line, since every action may have it here. */
static void take_may_miss(struct parser *p)
{
    const struct word *list = p->words.list;
    size_t end = p->words.count;
    if (end < p->at + 2 || !word_is(list[end - 2], "may") || !word_is(list[end - 1], "miss"))
        return;
    p->miss = list[end - 1];
    p->words.count -= 2;
}

/* An action, with a setting among them, but nothing that moves the cursor or is judged at it. */
static enum error parse_triggered(struct parser *p)
{
    struct word name = peek_word(p);
    const struct statement *statement = find_statement(name);
    if (!name.size)
        return fail_at(p, name, "on: want an action, such as 'on request to n2: crash n2'");
    if (statement && !statement->fill)
        return fail_at(p, name, "'%s' can't stand under 'on'", shown(name).text);
    return parse_statement(p);
}

enum error parse_on_message(struct parser *p, const struct statement *statement, struct word name)
{
    size_t end = 0, count;
    struct message_trigger trigger = {.nth = 0};
    if (p->repeat.period_ns)
        return fail_at(p, name, "'on' can't stand under 'every'");
    enum error error = find_colon(p, &end);
    if (error)
        return error;
    count = p->words.count;
    p->words.count = end;
    error = parse_trigger(p, statement, &trigger);
    p->words.count = count;
    if (error)
        return error;
    p->trigger = trigger;
    p->trigger_word = name;
    take_may_miss(p);
    return parse_triggered(p);
}

/* The table of statements, the cursor, and the actions that are no requests. */
#include "scenario/parser.h"

#include "base/duration.h"
#include "base/memory.h"
#include "base/number.h"

#include <stdio.h>

static enum error parse_at(struct parser *p, const struct statement *statement, struct word name);
static enum error parse_wait(struct parser *p, const struct statement *statement, struct word name);
static enum error parse_every(struct parser *p, const struct statement *statement,
                              struct word name);
static enum error parse_action(struct parser *p, const struct statement *statement,
                               struct word name);
static enum error fill_connect(struct parser *p, const struct statement *statement,
                               struct action *action);
static enum error fill_fault(struct parser *p, const struct statement *statement,
                             struct action *action);
static enum error fill_rolling(struct parser *p, const struct statement *statement,
                               struct action *action);
static enum error fill_cut(struct parser *p, const struct statement *statement,
                           struct action *action);
static enum error fill_partition(struct parser *p, const struct statement *statement,
                                 struct action *action);
static enum error fill_heal(struct parser *p, const struct statement *statement,
                            struct action *action);

#define KEYWORDS(...)                                                                              \
    .keywords = (const char *const[])                                                              \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }
#define CURSOR(word, function, text)                                                               \
    {                                                                                              \
        .name = (word), .parse = (function), .begins = true, .form = (text), KEYWORDS(NULL)        \
    }
#define ACTION(word, function, a_kind, text, ...)                                                  \
    {                                                                                              \
        .name = (word), .parse = parse_action, .fill = (function), .kind = ACTION_##a_kind,        \
        .begins = true, .form = (text), KEYWORDS(__VA_ARGS__)                                      \
    }
#define EXPECTATION(word, function, text, ...)                                                     \
    {                                                                                              \
        .name = (word), .parse = (function), .form = (text), KEYWORDS(__VA_ARGS__)                 \
    }

static const struct statement statements[] = {
    CURSOR("at", parse_at, "at 5s [ACTION]"),
    CURSOR("wait", parse_wait, "wait 5s [ACTION]"),
    CURSOR("every", parse_every, "every 1s ACTION until 10s"),
    CURSOR("on", parse_on_message, "on request [from n1] [to n2] [nth 3]: ACTION [may miss]"),
    ACTION("connect", fill_connect, CONNECT, "connect [n1,n2]", NULL),
    ACTION("request", fill_request, REQUEST, "request 1 2 3 [from n1] [as a] [timeout 100ms]",
           "from", "as", "timeout"),
    ACTION(
        "clients", fill_clients, CLIENTS,
        "clients 16 from each ids 1..100 [zipf 1.1] [until 20s] [think 5ms] [timeout 1s] [retry 3 "
        "[backoff 50ms..2s]]",
        "from", "ids", "zipf", "until", "think", "timeout", "retry", "backoff"),
    ACTION("requests", fill_requests, REQUESTS,
           "requests 500/s from any ids 1..100 [zipf 1.1] [until 20s] [timeout 1s]", "from", "ids",
           "zipf", "until", "timeout"),
    ACTION("crash", fill_fault, CRASH, "crash n2 [silently] [for 2s] [may miss]", "silently", "for",
           "may", "miss"),
    ACTION("restart", fill_fault, RESTART, "restart n2 [may miss]", "may", "miss"),
    ACTION("freeze", fill_fault, FREEZE, "freeze n2 [for 3s] [may miss]", "for", "may", "miss"),
    ACTION("thaw", fill_fault, THAW, "thaw n2 [may miss]", "may", "miss"),
    ACTION("leave", fill_fault, LEAVE, "leave n2 [may miss]", "may", "miss"),
    ACTION("join", fill_fault, JOIN, "join n2 [may miss]", "may", "miss"),
    ACTION("rolling", fill_rolling, ROLLING, "rolling restart all [pause 2s] [may miss]", "restart",
           "pause", "may", "miss"),
    ACTION("cut", fill_cut, CUT, "cut n1 -> n2 [for 1s] [may miss]", "for", "may", "miss", "->",
           "<->"),
    ACTION("partition", fill_partition, PARTITION, "partition n1,n2 | n3 [for 5s] [may miss]",
           "for", "may", "miss", "|"),
    ACTION("chaos", fill_chaos, CHAOS, "chaos crash 0.2/s for 1s..3s [until 40s] [may miss]", "for",
           "until", "may", "miss"),
    ACTION("heal", fill_heal, HEAL, "heal [may miss]", "may", "miss"),
    EXPECTATION("expect", parse_expect, "expect a ok", NULL),
    EXPECTATION("always", parse_always,
                "always one-worker, always members n1,n2 on all [from 3s to 5s]", "from", "to",
                "on"),
    EXPECTATION("sometimes", parse_sometimes,
                "sometimes duplicate, sometimes worker 7 on n2, sometimes each worker 7", "on",
                "from", "to", "each"),
    EXPECTATION("eventually", parse_eventually, "eventually one-worker within 6s", "within", "on"),
};

enum { STATEMENTS = sizeof statements / sizeof *statements };

const struct statement *find_statement(struct word name)
{
    for (size_t i = 0; i < STATEMENTS; i++)
        if (word_is(name, statements[i].name))
            return &statements[i];
    return NULL;
}

/* What people call it who come from other tools, and from no misspelling. */
static const struct {
    const char *theirs, *ours;
} other_names[] = {
    {"after", "wait"},     {"ask", "request"},    {"assert", "expect"},   {"bounce", "restart"},
    {"call", "request"},   {"check", "expect"},   {"client", "clients"},  {"continue", "thaw"},
    {"delay", "latency"},  {"disconnect", "cut"}, {"drop", "loss"},       {"get", "request"},
    {"isolate", "cut"},    {"kill", "crash"},     {"pause", "freeze"},    {"reboot", "restart"},
    {"repair", "heal"},    {"repeat", "every"},   {"resume", "thaw"},     {"send", "request"},
    {"shutdown", "leave"}, {"sleep", "wait"},     {"split", "partition"}, {"start", "restart"},
    {"stop", "leave"},     {"suspend", "freeze"}, {"unfreeze", "thaw"},
};

static enum error fail_statement(struct parser *p, struct word name)
{
    for (size_t i = 0; i < sizeof other_names / sizeof *other_names; i++)
        if (word_is(name, other_names[i].theirs))
            return fail_at(p, name, "'%s' is no statement; did you mean '%s'?", shown(name).text,
                           other_names[i].ours);
    if (word_is(name, "cluster"))
        return fail_at(p, name, "'cluster' is no statement; a cluster file goes with --cluster");
    const char *names[STATEMENTS + SETTINGS_COUNT + 1] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < STATEMENTS; i++)
        names[count++] = statements[i].name;
    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        names[count++] = settings_table[i].name;
    return fail_at(p, name, "'%s' is no statement%s", shown(name).text, hint(p, name, names).text);
}

enum error parse_statement(struct parser *p)
{
    struct word name = next_word(p);
    const struct setting *setting = find_setting(name);
    if (setting)
        return parse_setting(p, setting, name);
    const struct statement *statement = find_statement(name);
    if (!statement)
        return fail_statement(p, name);
    if (statement->begins)
        begin_run(p);
    return statement->parse(p, statement, name);
}

void begin_run(struct parser *p)
{
    if (!p->begun_line)
        p->begun_line = p->source.line.number;
}

/* ---- the cursor ------------------------------------------------------------------------------ */

static enum error set_cursor(struct parser *p, struct word name, struct word value, int64_t t_ns)
{
    if (t_ns < p->cursor_ns)
        return fail_value(p, "at", value, "the cursor is past that time already");
    if (t_ns > DURATION_MAX_NS)
        return fail_at(p, name, "a run lasts 10^9 seconds at most");
    p->cursor_ns = t_ns;
    p->timed = true;
    return more_words(p) ? parse_statement(p) : OK;
}

static enum error fail_nested(struct parser *p, struct word name)
{
    return fail_at(p, name, "'%s' can't stand after 'at', 'wait' or 'every'", shown(name).text);
}

static enum error parse_at(struct parser *p, const struct statement *statement, struct word name)
{
    int64_t t_ns = 0;
    if (p->timed || p->repeat.period_ns)
        return fail_nested(p, name);
    struct word value = peek_word(p);
    enum error error = parse_duration(p, statement->name, &t_ns);
    return error ? error : set_cursor(p, name, value, t_ns);
}

static enum error parse_wait(struct parser *p, const struct statement *statement, struct word name)
{
    int64_t span_ns = 0;
    if (p->timed || p->repeat.period_ns)
        return fail_nested(p, name);
    struct word value = peek_word(p);
    enum error error = parse_duration(p, statement->name, &span_ns);
    return error ? error : set_cursor(p, name, value, p->cursor_ns + span_ns);
}

/* Takes `until T` from the end of the line, or from before `may miss` there, since it belongs to
 * `every` and not to the action in between. */
static enum error take_until(struct parser *p)
{
    struct word *list = p->words.list;
    size_t end = p->words.count, start = p->at;
    if (end >= start + 2 && word_is(list[end - 2], "may") && word_is(list[end - 1], "miss"))
        end -= 2;
    if (end < start + 2 || !word_is(list[end - 2], "until")) {
        p->at = p->words.count;
        enum error error = parse_no_until(p, "every", &p->repeat.until_ns);
        p->at = start;
        return error;
    }
    p->at = end - 1;
    enum error error = parse_until(p, &p->repeat.until_ns);
    p->at = start;
    p->until = (struct word){
        list[end - 2].text, (size_t)(list[end - 1].text + list[end - 1].size - list[end - 2].text)};
    memmove(list + end - 2, list + end, (p->words.count - end) * sizeof *list);
    p->words.count -= 2;
    return error;
}

static enum error parse_every(struct parser *p, const struct statement *statement, struct word name)
{
    if (p->repeat.period_ns)
        return fail_at(p, name, "'every' can't stand under 'every'");
    enum error error = parse_span(p, statement->name, &p->repeat.period_ns);
    if (error)
        return error;
    if (!more_words(p))
        return fail_at(p, peek_word(p), "every: want an action, such as 'every 1s request 1'");
    error = take_until(p);
    if (error)
        return error;
    if (!more_words(p))
        return fail_at(p, peek_word(p), "every: want an action, such as 'every 1s request 1'");
    return parse_statement(p);
}

/* ---- actions in general ---------------------------------------------------------------------- */

struct action action_at(const struct parser *p, enum action_kind kind, struct word name)
{
    bool of_text = !p->source.option;
    return (struct action){
        .kind = kind,
        .line = p->source.line.number,
        .column = of_text ? lex_column(&p->source.line, name.text) : 0,
        .at_ns = p->cursor_ns,
        .period_ns = p->repeat.period_ns,
        .until_ns = p->repeat.until_ns,
        .initial = p->begun_line == 0,
        .trigger = p->trigger,
        .may_miss = p->miss.size > 0,
    };
}

const char *text_from(struct parser *p, struct word first)
{
    struct word last = p->miss.size ? p->miss : p->words.list[p->words.count - 1];
    const char *end = last.text + last.size;
    if (!p->until.text || p->until.text >= end)
        return arena_copy(p->plan->arena, first.text, (size_t)(end - first.text));
    /* Without the `until` of `every`, which stands before `may miss`. */
    const char *rest = p->until.text + p->until.size;
    size_t before = (size_t)(p->until.text - first.text), after = (size_t)(last.text - rest);
    while (before && (first.text[before - 1] == ' ' || first.text[before - 1] == '\t'))
        before--;
    char *text = arena_take(p->plan->arena, before + after + last.size + 1);
    if (!text)
        return NULL;
    memcpy(text, first.text, before);
    memcpy(text + before, rest, after + last.size);
    text[before + after + last.size] = '\0';
    return text;
}

uint64_t times_done(const struct parser *p)
{
    const struct repeat *repeat = &p->repeat;
    if (!repeat->period_ns)
        return 1;
    int64_t last_ns = min_i64(repeat->until_ns - 1, p->end_ns);
    int64_t span_ns = last_ns - p->cursor_ns;
    return span_ns <= 0 ? 1 : (uint64_t)(span_ns / repeat->period_ns) + 1;
}

enum error check_end(struct parser *p, struct word name, int64_t t_ns)
{
    char line[24];
    if (t_ns <= p->end_ns)
        return OK;
    snprintf(line, sizeof line, "line %u", p->end_line);
    return fail_at(p, name, "this can't come about: it is at %s, and the run ends at %s (%s)",
                   duration_plain(t_ns).text, duration_plain(p->end_ns).text,
                   p->end_option ? p->end_option : line);
}

enum error add_action(struct parser *p, struct action *action, struct word name)
{
    struct plan *plan = p->plan;
    if (plan->actions_count == PARSE_ACTIONS_MAX) {
        p->stopped = true;
        return fail_at(p, name, "a scenario has %u actions at most", PARSE_ACTIONS_MAX);
    }
    enum error error = action->initial ? OK : check_end(p, name, action->at_ns);
    if (error)
        return error;
    action->text = text_from(p, p->trigger.nth ? p->trigger_word : name);
    if (!action->text || memory_reserve((void **)&plan->actions, &p->actions_capacity,
                                        plan->actions_count + 1, sizeof *plan->actions))
        return ERROR_MEMORY;
    plan->actions[plan->actions_count++] = *action;
    if (p->source.option)
        p->override_actions++;
    else if (action->initial)
        p->initial_actions++;
    return OK;
}

static enum error parse_action(struct parser *p, const struct statement *statement,
                               struct word name)
{
    bool once = statement->kind == ACTION_CLIENTS || statement->kind == ACTION_REQUESTS ||
                statement->kind == ACTION_CHAOS;
    if (once && (p->repeat.period_ns || p->trigger.nth))
        return fail_at(p, name, "'%s' can't stand under '%s'", statement->name,
                       p->trigger.nth ? "on" : "every");
    struct action action = action_at(p, statement->kind, name);
    enum error error = statement->fill(p, statement, &action);
    if (!error)
        error = end_of_line(p, statement->form, statement->keywords);
    return error ? error : add_action(p, &action, name);
}

/* ---- actions --------------------------------------------------------------------------------- */

static enum error fill_connect(struct parser *p, const struct statement *statement,
                               struct action *action)
{
    return more_words(p) ? parse_nodes(p, statement->name, LIST_ACTION, &action->nodes)
                         : all_nodes(p, &action->nodes);
}

/* [for D], where it is among the keywords */
enum error parse_for(struct parser *p, const char *const *keywords, struct action *action)
{
    bool lasts = false;
    for (size_t i = 0; keywords[i]; i++)
        lasts = lasts || strcmp(keywords[i], "for") == 0;
    return lasts && accept_word(p, "for") ? parse_span(p, "for", &action->for_ns) : OK;
}

/* [may miss] */
enum error parse_may_miss(struct parser *p, struct action *action)
{
    if (!accept_word(p, "may"))
        return OK;
    action->may_miss = accept_word(p, "miss");
    return action->may_miss ? OK : fail_at(p, peek_word(p), "want 'may miss'");
}

/* [for D] [may miss] */
static enum error fill_fault_end(struct parser *p, const struct statement *statement,
                                 struct action *action)
{
    enum error error = parse_for(p, statement->keywords, action);
    return error ? error : parse_may_miss(p, action);
}

static enum error fill_fault(struct parser *p, const struct statement *statement,
                             struct action *action)
{
    enum error error = parse_nodes(p, statement->name, LIST_ACTION, &action->nodes);
    if (error)
        return error;
    action->silently = statement->kind == ACTION_CRASH && accept_word(p, "silently");
    return fill_fault_end(p, statement, action);
}

/* rolling restart LIST [pause D] */
static enum error fill_rolling(struct parser *p, const struct statement *statement,
                               struct action *action)
{
    static const char *const words[] = {"restart", NULL};
    struct word word = next_word(p);
    if (!word_is(word, "restart"))
        return fail_choice(p, statement->name, word, words);
    enum error error = parse_nodes(p, "rolling restart", LIST_ACTION, &action->nodes);
    if (!error && accept_word(p, "pause"))
        error = parse_duration(p, "pause", &action->pause_ns);
    return error ? error : fill_fault_end(p, statement, action);
}

static enum error fill_cut(struct parser *p, const struct statement *statement,
                           struct action *action)
{
    enum error error = parse_link(p, statement->name, &action->as.link);
    return error ? error : fill_fault_end(p, statement, action);
}

/* No node is in two of the groups. A group that is known only when it happens has `others` as the
 * one other. */
static enum error check_groups(struct parser *p, uint32_t count)
{
    if (node_set_begin(p))
        return ERROR_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        const struct group *group = &p->groups[i];
        bool late = group->nodes.any || group->nodes.owner;
        if (late && !(i == 0 && count == 2 && p->groups[1].nodes.others))
            return fail_at(p, group->word, "partition: '%s' has 'others' as the other group",
                           shown(group->word).text);
        for (uint32_t k = 0; k < group->nodes.count; k++)
            if (!node_set_add(p, group->nodes.nodes[k]))
                return fail_at(p, group->word, "partition: n%u is in two groups",
                               group->nodes.nodes[k] + 1);
    }
    return OK;
}

/* Names the nodes of a last group `others`. */
static enum error name_last_group(struct parser *p, uint32_t count)
{
    struct group *last = &p->groups[count - 1];
    struct node_list before = {0};
    for (uint32_t i = 0; i + 1 < count; i++) {
        if (p->groups[i].nodes.others)
            return fail_at(p, p->groups[i].word, "partition: 'others' is the last group");
        before.count += p->groups[i].nodes.count;
        before.any = before.any || !p->groups[i].nodes.count;
    }
    if (!last->nodes.others || before.any)
        return OK;
    before.nodes = arena_take(p->plan->arena, before.count * sizeof *before.nodes);
    if (!before.nodes)
        return ERROR_MEMORY;
    for (uint32_t i = 0, at = 0; i + 1 < count; at += p->groups[i++].nodes.count)
        memcpy(before.nodes + at, p->groups[i].nodes.nodes,
               p->groups[i].nodes.count * sizeof *before.nodes);
    return name_others(p, last->word, &before, &last->nodes);
}

static enum error fill_partition(struct parser *p, const struct statement *statement,
                                 struct action *action)
{
    uint32_t count = 0;
    enum error error;
    do {
        if (memory_reserve((void **)&p->groups, &p->groups_capacity, count + 1, sizeof *p->groups))
            return ERROR_MEMORY;
        struct group *group = &p->groups[count++];
        group->word = peek_word(p);
        error = parse_nodes(p, statement->name, LIST_ANY | LIST_OWNER | LIST_OTHERS, &group->nodes);
    } while (!error && accept_word(p, "|"));
    if (!error && count < 2)
        error =
            fail_value(p, "partition", peek_word(p), "want two groups or more, such as n1,n2 | n3");
    if (!error)
        error = name_last_group(p, count);
    if (!error)
        error = check_groups(p, count);
    if (error)
        return error;
    struct node_list *groups = arena_take(p->plan->arena, count * sizeof *groups);
    if (!groups)
        return ERROR_MEMORY;
    for (uint32_t i = 0; i < count; i++)
        groups[i] = p->groups[i].nodes;
    action->as.partition.groups = groups;
    action->as.partition.count = count;
    return fill_fault_end(p, statement, action);
}

static enum error fill_heal(struct parser *p, const struct statement *statement,
                            struct action *action)
{
    return fill_fault_end(p, statement, action);
}

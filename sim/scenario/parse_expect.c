/* What should hold: expectations of replies, of the cluster at the cursor, of the whole run. */
#include "scenario/parser.h"

#include "base/memory.h"

#include <stdio.h>

/* ---- at the cursor --------------------------------------------------------------------------- */

/* [on NODE] */
static enum error parse_on(struct parser *p, struct expectation *e)
{
    return accept_word(p, "on") ? parse_node(p, "on", &e->node) : OK;
}

static enum error parse_workers(struct parser *p, struct expectation *e, struct word word)
{
    (void)word;
    e->kind = EXPECT_WORKERS;
    e->compare = COMPARE_EQUAL;
    enum error error = parse_number(p, "workers", 0, UINT64_MAX, &e->count);
    return error ? error : parse_on(p, e);
}

static enum error parse_worker(struct parser *p, struct expectation *e, struct word word)
{
    (void)word;
    e->kind = EXPECT_WORKER;
    enum error error = parse_id(p, "worker", &e->id);
    return error ? error : parse_on(p, e);
}

static enum error parse_no(struct parser *p, struct expectation *e, struct word word)
{
    (void)word;
    struct word worker = next_word(p);
    if (word_is(worker, "workers"))
        return fail_at(p, worker, "want 'no worker ID', or 'workers 0' for none at all");
    if (!word_is(worker, "worker"))
        return fail_value(p, "no", worker, "want 'worker' and an id, as in: expect no worker 7");
    enum error error = parse_worker(p, e, worker);
    e->kind = EXPECT_NO_WORKER;
    return error;
}

static enum error parse_members(struct parser *p, struct expectation *e, struct word word)
{
    (void)word;
    e->kind = EXPECT_MEMBERS;
    enum error error = parse_nodes(p, "members", LIST_ALL, &e->members);
    if (error)
        return error;
    struct word on = next_word(p);
    if (!word_is(on, "on"))
        return fail_value(p, "members", on,
                          "want 'on' and a node, as in: expect members n1,n2 on n1");
    struct word nodes = peek_word(p);
    error = parse_nodes(p, "on", LIST_ALL | LIST_OTHERS, &e->on);
    if (!error)
        error = name_others(p, nodes, &e->members, &e->on);
    if (!error && e->on.count == 1)
        e->node = e->on.nodes[0];
    return error;
}

static enum error parse_owner(struct parser *p, struct expectation *e, struct word word)
{
    (void)word;
    e->kind = EXPECT_OWNER;
    enum error error = parse_id(p, "owner", &e->id);
    return error ? error : parse_node(p, "owner", &e->node);
}

/* ---- of replies ------------------------------------------------------------------------------ */

static enum error parse_other(struct parser *p, struct expectation *e, enum expectation_kind kind)
{
    struct word word = next_word(p);
    uint32_t others = 0;
    e->kind = kind;
    if (word.size == 0)
        return fail_at(p, word, "want the name of another reply");
    enum error error = find_replies(p, word, &e->other, &others);
    if (error || others == 0 || e->replies == 0)
        return error;
    if (e->other == e->reply && others == e->replies)
        return fail_at(p, word, "'%s' is compared with itself", shown(word).text);
    if (others == e->replies)
        return OK;
    return fail_at(p, word, "'%s' is %u replies, and what it is compared with %u", shown(word).text,
                   others, e->replies);
}

/* fails [timeout] [within 50ms] */
static enum error parse_fails(struct parser *p, struct expectation *e)
{
    struct word word = peek_word(p);
    const struct counted *failure = find_counted(counted_failures, word);
    e->kind = EXPECT_REPLY_FAILS;
    e->outcome = OUTCOME_VALUE;
    if (failure) {
        next_word(p);
        e->outcome = (enum outcome)(failure->total - TOTAL_OUTCOME);
    } else if (more_words(p) && !word_is(word, "within")) {
        const char *names[COUNTED_MAX];
        counted_names(counted_failures, names, 0);
        return fail_choice(p, "fails", word, names);
    }
    return accept_word(p, "within") ? parse_span(p, "within", &e->bound_ns) : OK;
}

static enum error parse_not_from(struct parser *p, struct expectation *e)
{
    struct word word = next_word(p);
    e->kind = EXPECT_REPLY_NOT_FROM;
    if (!word_is(word, "from"))
        return fail_value(p, "not", word, "want 'from' and a node, as in: not from n2");
    return parse_node(p, "from", &e->node);
}

static enum error parse_verb(struct parser *p, struct expectation *e)
{
    static const char *const verbs[] = {"ok", "fails", "from", "not", "within", NULL};
    if (accept_word(p, "ok"))
        return OK;
    if (accept_word(p, "fails"))
        return parse_fails(p, e);
    if (accept_word(p, "not"))
        return parse_not_from(p, e);
    if (accept_word(p, "="))
        return parse_other(p, e, EXPECT_REPLY_SAME);
    if (accept_word(p, "!="))
        return parse_other(p, e, EXPECT_REPLY_OTHER);
    if (accept_word(p, "from")) {
        e->kind = EXPECT_REPLY_FROM;
        return parse_node(p, "from", &e->node);
    }
    if (accept_word(p, "within")) {
        e->kind = EXPECT_REPLY_WITHIN;
        return parse_span(p, "within", &e->bound_ns);
    }
    struct word word = next_word(p);
    static const char forms[] = "want ok, fails, from, not from, within, = or !=";
    if (word.size == 0)
        return fail_at(p, word, "%s", forms);
    return fail_at(p, word, "'%s': %s%s", shown(word).text, forms, hint(p, word, verbs).text);
}

static enum error parse_reply(struct parser *p, struct expectation *e, struct word word)
{
    e->kind = EXPECT_REPLY_OK;
    enum error error = find_replies(p, word, &e->reply, &e->replies);
    if (!error && p->plan->settings.trace != TRACE_ALL)
        error = fail_at(p, word, "'%s': single replies are judged under 'trace all' only",
                        shown(word).text);
    return error ? error : parse_verb(p, e);
}

/* ---- the statements -------------------------------------------------------------------------- */

/* What `expect` takes besides names of replies and what is counted; first the STATES. */
static const struct {
    const char *word;
    enum error (*parse)(struct parser *p, struct expectation *e, struct word word);
    const char *form;
} subjects[] = {
    {"workers", parse_workers, "expect workers 4 [on n2]"},
    {"worker", parse_worker, "expect worker 7 [on n2]"},
    {"no", parse_no, "expect no worker 7 [on n2]"},
    {"members", parse_members, "expect members n1,n2 on n1,n2"},
    {"owner", parse_owner, "expect owner 7 n2"},
    {"ok", parse_ok, "expect ok 99% [on n2] [id 7] [from 3s to 5s]"},
    {"latency", parse_latency, "expect latency p99 < 20ms [on n2] [id 7] [from 3s to 5s]"},
    {"duplicate-time", parse_duplicate_time,
     "expect duplicate-time < 2s [on n2] [id 7] [from 3s to 5s]"},
};

enum { SUBJECTS = sizeof subjects / sizeof *subjects, STATES = 5 };

/* Words of `expect` that are not its first one. */
static const char *const inner_words[] = {"on", "from", "within",     "fails", "not",
                                          "to", "id",   "one-worker", NULL};

bool means_something(struct word word)
{
    for (size_t i = 0; i < SUBJECTS; i++)
        if (word_is(word, subjects[i].word))
            return true;
    for (size_t i = 0; inner_words[i]; i++)
        if (word_is(word, inner_words[i]))
            return true;
    return find_counted(counted_numbers, word) || find_counted(counted_happenings, word);
}

/* Adds the expectation, and the action of judging it if that happens at the cursor. */
static enum error add_expectation(struct parser *p, struct expectation *e, struct word name,
                                  const char *form)
{
    static const char *const keywords[] = {"on", "within", "from", "to", "id", NULL};
    struct plan *plan = p->plan;
    bool at_cursor = expectation_scope(e->kind) == EXPECT_AT_CURSOR;
    if (p->repeat.period_ns && !at_cursor)
        return fail_at(p, name, "this is judged once, so it can't stand under 'every'");
    enum error error = end_of_line(p, form, keywords);
    if (error)
        return error;
    if (plan->expectations_count == PARSE_ACTIONS_MAX) {
        p->stopped = true;
        return fail_at(p, name, "a scenario has %u expectations at most", PARSE_ACTIONS_MAX);
    }
    e->text = text_from(p, name);
    if (!e->text || memory_reserve((void **)&plan->expectations, &p->expectations_capacity,
                                   plan->expectations_count + 1, sizeof *plan->expectations))
        return ERROR_MEMORY;
    struct action action = action_at(p, ACTION_EXPECT, name);
    action.as.expectation = (uint32_t)plan->expectations_count;
    plan->expectations[plan->expectations_count++] = *e;
    return at_cursor ? add_action(p, &action, name) : OK;
}

static struct expectation expectation_at(const struct parser *p, enum expectation_kind kind,
                                         struct word name)
{
    return (struct expectation){.kind = kind,
                                .line = p->source.line.number,
                                .column = lex_column(&p->source.line, name.text),
                                .node = NODE_NONE,
                                .of = {.node = NODE_NONE, .to_ns = TIME_NEVER}};
}

/* What is compared with something is neither the name of a reply nor counted. */
static enum error fail_uncounted(struct parser *p, struct word word, const char *const *names)
{
    char list[512];
    struct string_builder out = string_builder_over(list, sizeof list);
    for (size_t i = 0; counted_numbers[i].name; i++)
        if (is_counted(&counted_numbers[i]))
            string_builder_print(&out, "%s, ", counted_numbers[i].name);
    must(!out.failed);
    return fail_at(p, word,
                   "expect: '%s' is neither a reply that a line before this one names, nor is it "
                   "counted; these are: %slatency, duplicate-time%s",
                   shown(word).text, list, hint(p, word, names).text);
}

static enum error fail_subject(struct parser *p, struct word word)
{
    const char *names[COUNTED_MAX] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < SUBJECTS; i++)
        names[count++] = subjects[i].word;
    counted_names(counted_numbers, names, count);
    if (word.size == 0)
        return fail_at(p, word,
                       "expect: want what should hold, as in: expect a ok, expect workers 4, "
                       "expect errors 0");
    if (more_words(p) && strchr("<=>!", *peek_word(p).text))
        return fail_uncounted(p, word, names);
    return fail_at(p, word, "expect: no line before this one names a reply '%s'%s",
                   shown(word).text, hint(p, word, names).text);
}

enum error parse_expect(struct parser *p, const struct statement *statement, struct word name)
{
    struct expectation e = expectation_at(p, EXPECT_TOTAL, name);
    struct word word = next_word(p);
    const char *form = statement->form;
    enum error error = OK;
    size_t i = 0;
    while (i < SUBJECTS && !word_is(word, subjects[i].word))
        i++;
    if (i < SUBJECTS) {
        form = subjects[i].form;
        error = subjects[i].parse(p, &e, word);
    } else if (find_counted(counted_numbers, word)) {
        form = "expect errors 0 [on n2] [id 7] [from 3s to 5s]";
        error = parse_total(p, &e, word);
    } else if (names_replies(p, word)) {
        error = parse_reply(p, &e, word);
    } else {
        return fail_subject(p, word);
    }
    if (expectation_scope(e.kind) != EXPECT_OF_RUN)
        begin_run(p);
    return error ? error : add_expectation(p, &e, name, form);
}

/* ---- always, sometimes, eventually ----------------------------------------------------------- */

/* workers 4, worker 7, no worker 7, members LIST on LIST, owner 7 n2: the state of the cluster that
 * a later expectation of the run is about. False: the next word begins none. */
static bool parse_state(struct parser *p, struct expectation *e, const char **form,
                        enum error *error)
{
    size_t i = 0;
    while (i < STATES && !word_is(peek_word(p), subjects[i].word))
        i++;
    if (i == STATES)
        return false;
    *form = subjects[i].form + strlen("expect ");
    *error = subjects[i].parse(p, e, next_word(p));
    e->state = e->kind;
    return true;
}

static enum error add_state(struct parser *p, struct expectation *e, struct word name,
                            const char *form, const char *after)
{
    char whole[128];
    snprintf(whole, sizeof whole, "%.*s %s%s", (int)name.size, name.text, form, after);
    return add_expectation(p, e, name, whole);
}

/* A state at every instant, or at some instant, of a span of time. */
static enum error parse_over_time(struct parser *p, struct expectation *e, struct word name,
                                  enum expectation_kind kind, const char *form, enum error error)
{
    e->kind = kind;
    e->of.from_ns = p->cursor_ns;
    if (!error)
        error = parse_part(p, PART_SPAN, &e->of);
    if (!error)
        error = check_end(p, name, e->of.from_ns);
    return error ? error : add_state(p, e, name, form, " [from 3s to 5s]");
}

static enum error fail_condition(struct parser *p, const char *what, struct word word)
{
    static const char *const words[] = {"one-worker", "members", "workers", "worker",
                                        "no",         "owner",   NULL};
    static const char want[] =
        "want one-worker, members n1,n2 on all, workers 4, worker 7, no worker 7 or owner 7 n2";
    if (word.size == 0)
        return fail_at(p, word, "%s: %s", what, want);
    return fail_at(p, word, "%s '%s': %s%s", what, shown(word).text, want,
                   hint(p, word, words).text);
}

enum error parse_always(struct parser *p, const struct statement *statement, struct word name)
{
    struct expectation e = expectation_at(p, EXPECT_ALWAYS_ONE, name);
    const char *form;
    enum error error = OK;
    if (accept_word(p, "one-worker"))
        return add_expectation(p, &e, name, "always one-worker");
    if (parse_state(p, &e, &form, &error))
        return parse_over_time(p, &e, name, EXPECT_ALWAYS, form, error);
    return fail_condition(p, statement->name, next_word(p));
}

/* each worker 7, each owner 7: a state that names no node, since it is to be so with each. */
static enum error parse_each(struct parser *p, struct expectation *e, struct word name)
{
    static const char want[] = "want worker 7, no worker 7, workers 4 or owner 7";
    static const char *const words[] = {"worker", "no", "workers", "owner", NULL};
    struct word word = peek_word(p);
    const char *form = "each owner 7";
    enum error error = OK;
    if (accept_word(p, "owner")) {
        e->state = EXPECT_OWNER;
        error = parse_id(p, "owner", &e->id);
    } else if (word_is(word, "members") || !parse_state(p, e, &form, &error)) {
        word = next_word(p);
        if (word.size == 0)
            return fail_at(p, word, "each: %s", want);
        return fail_at(p, word, "each '%s': %s%s", shown(word).text, want,
                       hint(p, word, words).text);
    } else {
        form = e->state == EXPECT_WORKERS  ? "each workers 4"
               : e->state == EXPECT_WORKER ? "each worker 7"
                                           : "each no worker 7";
    }
    if (!error && e->node != NODE_NONE)
        return fail_at(p, word, "each: this is of every node, so it takes no 'on'");
    e->each = true;
    return parse_over_time(p, e, name, EXPECT_SOMETIMES_STATE, form, error);
}

static enum error fail_happening(struct parser *p, const char *what, struct word word)
{
    static const char want[] = "want duplicate, fallback, dropped, lost or a way to fail, such as "
                               "timeout; or a state, such as worker 7 on n2 or each worker 7";
    const char *names[COUNTED_MAX];
    counted_names(counted_happenings, names, 0);
    if (word.size == 0)
        return fail_at(p, word, "%s: %s", what, want);
    return fail_at(p, word, "%s '%s': %s%s", what, shown(word).text, want,
                   hint(p, word, names).text);
}

enum error parse_sometimes(struct parser *p, const struct statement *statement, struct word name)
{
    struct expectation e = expectation_at(p, EXPECT_SOMETIMES, name);
    const char *form;
    enum error error = OK;
    if (accept_word(p, "each"))
        return parse_each(p, &e, name);
    if (parse_state(p, &e, &form, &error))
        return parse_over_time(p, &e, name, EXPECT_SOMETIMES_STATE, form, error);
    struct word word = next_word(p);
    const struct counted *what = find_counted(counted_happenings, word);
    if (!what)
        return fail_happening(p, statement->name, word);
    e.total = what->total;
    return add_expectation(p, &e, name, "sometimes duplicate");
}

enum error parse_eventually(struct parser *p, const struct statement *statement, struct word name)
{
    struct expectation e = expectation_at(p, EXPECT_EVENTUALLY_ONE, name);
    const char *form = "one-worker";
    enum error error = OK;
    if (!accept_word(p, "one-worker")) {
        if (!parse_state(p, &e, &form, &error))
            return fail_condition(p, statement->name, next_word(p));
        e.kind = EXPECT_EVENTUALLY;
    }
    if (error)
        return error;
    struct word word = next_word(p);
    if (!word_is(word, "within"))
        return fail_value(p, statement->name, word,
                          "want 'within' and a duration, such as within 6s");
    error = parse_span(p, "within", &e.bound_ns);
    return error ? error : add_state(p, &e, name, form, " within 6s");
}

/* The requests that clients make: one by one, and as load. */
#include "scenario/parser.h"

#include "scenario/suggest.h"

/* Without `from`, the first node makes the request. */
static enum error default_from(struct parser *p, struct node_list *from)
{
    enum error error = all_nodes(p, from);
    from->count = 1;
    return error;
}

static enum error parse_from(struct parser *p, struct node_list *from)
{
    return parse_nodes(p, "from", LIST_ACTION, from);
}

static uint32_t places(const struct node_list *list)
{
    return list->any || list->owner ? 1 : list->count;
}

/* ---- request --------------------------------------------------------------------------------- */

static const char *const request_keywords[] = {"from", "as", "timeout", NULL};

/* Which of the keywords the word is, or NULL. */
static const char *request_keyword(struct word word)
{
    for (size_t i = 0; request_keywords[i]; i++)
        if (word_is(word, request_keywords[i]))
            return request_keywords[i];
    return NULL;
}

/* A word that stands among the ids and is none. */
static enum error fail_among_ids(struct parser *p, const struct statement *statement,
                                 struct word word)
{
    const char *meant = suggest(word.text, word.size, request_keywords);
    if (word_is(word, "on") || word_is(word, "at"))
        meant = "from";
    if (meant)
        return fail_at(p, word,
                       "'%s' makes no sense here; did you mean '%s'? An id of that name is "
                       "written \"%s\"",
                       shown(word).text, meant, shown(word).text);
    return fail_at(
        p, word, "'%s' makes no sense here; the form is: %s. An id of that name is written \"%s\"",
        shown(word).text, statement->form, shown(word).text);
}

/* Whether the word is nearly a keyword, with what goes with that keyword after it. */
static bool is_misspelt(const struct parser *p, struct word word)
{
    int64_t ns;
    const char *meant = suggest(word.text, word.size, request_keywords);
    struct word list = peek_word(p), first = list;
    if (!meant || word_quoted(word))
        return false;
    if (strcmp(meant, "timeout") == 0)
        return !value_duration(list, &ns);
    word_next_part(&list, &first);
    return strcmp(meant, "from") == 0 && is_language_word(first);
}

/* The ids up to the first keyword. */
static enum error parse_request_ids(struct parser *p, const struct statement *statement,
                                    struct action *action)
{
    struct word first = peek_word(p);
    enum error error = OK;
    p->ids_count = 0;
    if (!more_words(p) || request_keyword(first))
        return fail_at(p, first, "request: want an id, such as 7");
    while (!error && more_words(p) && !request_keyword(peek_word(p))) {
        struct word word = next_word(p);
        bool misspelt = word.text != first.text && is_misspelt(p, word);
        if (is_language_word(word) || misspelt)
            return fail_among_ids(p, statement, word);
        error = add_ids(p, word);
    }
    return error ? error : keep_ids(p, &action->as.request.ids, &action->as.request.count);
}

/* [from LIST] [as a] [timeout D], in any order; `*name` has no text where the replies are not
 * named. */
static enum error parse_request_end(struct parser *p, struct action *action, struct word *name)
{
    enum error error = OK;
    bool has_from = false;
    for (const char *keyword; !error && (keyword = request_keyword(peek_word(p)));) {
        struct word word = next_word(p);
        bool is_from = word_is(word, "from"), is_as = word_is(word, "as");
        if (is_from ? has_from : is_as ? name->text != NULL : action->as.request.timeout_ns != 0)
            return fail_at(p, word, "'%s' stands here twice", keyword);
        has_from = has_from || is_from;
        if (is_from)
            error = parse_from(p, &action->as.request.from);
        else if (is_as)
            *name = next_word(p);
        else
            error = parse_span(p, "timeout", &action->as.request.timeout_ns);
    }
    if (!error && !has_from)
        error = default_from(p, &action->as.request.from);
    return error;
}

enum error fill_request(struct parser *p, const struct statement *statement, struct action *action)
{
    struct word name = {NULL, 0};
    struct word ids = peek_word(p);
    action->as.request.reply = UINT32_MAX;
    enum error error = parse_request_ids(p, statement, action);
    if (!error)
        error = parse_request_end(p, action, &name);
    if (!error)
        error = end_of_line(p, statement->form, statement->keywords);
    if (error)
        return error;
    uint64_t asked = (uint64_t)places(&action->as.request.from) * action->as.request.count;
    if (asked > PARSE_ASKED_MAX)
        return fail_at(p, ids, "a line can make %u requests at most", PARSE_ASKED_MAX);
    if (!name.text)
        return OK;
    uint64_t times = times_done(p);
    if (times > PARSE_REPLIES_MAX || asked * times > PARSE_REPLIES_MAX)
        return fail_at(p, name, "a scenario can name %u replies at most", PARSE_REPLIES_MAX);
    action->as.request.replies = (uint32_t)asked;
    return name_replies(p, name, (uint32_t)(asked * times), &action->as.request.reply);
}

/* ---- clients and requests -------------------------------------------------------------------- */

enum {
    HAS_FROM = 1,
    HAS_IDS = 2,
    HAS_ZIPF = 4,
    HAS_UNTIL = 8,
    HAS_THINK = 16,
    HAS_TIMEOUT = 32,
    HAS_RETRY = 64,
    HAS_BACKOFF = 128,
    OF_CLIENTS = HAS_THINK | HAS_RETRY | HAS_BACKOFF
};

#define RETRIES_MAX 1000u /* that one request of a client has */

static const struct {
    const char *word;
    unsigned flag;
} load_options[] = {{"from", HAS_FROM},   {"ids", HAS_IDS},        {"zipf", HAS_ZIPF},
                    {"until", HAS_UNTIL}, {"think", HAS_THINK},    {"timeout", HAS_TIMEOUT},
                    {"retry", HAS_RETRY}, {"backoff", HAS_BACKOFF}};

/* The option's flag; 0: the word is none. */
static unsigned load_option(const struct action *action, struct word word)
{
    for (size_t i = 0; i < sizeof load_options / sizeof *load_options; i++)
        if (word_is(word, load_options[i].word) &&
            (!(load_options[i].flag & OF_CLIENTS) || action->kind == ACTION_CLIENTS))
            return load_options[i].flag;
    return 0;
}

static enum error parse_retry(struct parser *p, struct action *action)
{
    uint64_t retries = 0;
    enum error error = parse_number(p, "retry", 1, RETRIES_MAX, &retries);
    action->as.load.retries = (uint32_t)retries;
    return error;
}

/* 50ms..2s, or 50ms, which is always so long. */
static enum error parse_backoff(struct parser *p, struct action *action)
{
    struct word word = next_word(p), first = word, last = word;
    value_range(word, &first, &last);
    const char *why = value_duration(first, &action->as.load.backoff_least_ns);
    if (!why)
        why = value_duration(last, &action->as.load.backoff_most_ns);
    if (!why && action->as.load.backoff_least_ns == 0)
        why = "want a duration above zero, such as 50ms";
    if (!why && action->as.load.backoff_least_ns > action->as.load.backoff_most_ns)
        why = "the first end is above the second one";
    return why ? fail_value(p, "backoff", word, why) : OK;
}

static enum error parse_load_option(struct parser *p, struct action *action, unsigned flag)
{
    switch (flag) {
    case HAS_FROM:
        return parse_from(p, &action->as.load.from);
    case HAS_IDS:
        return parse_id_range(p, &action->as.load.ids);
    case HAS_ZIPF:
        return parse_zipf(p, &action->as.load.ids);
    case HAS_UNTIL:
        return parse_until(p, &action->as.load.until_ns);
    case HAS_TIMEOUT:
        return parse_span(p, "timeout", &action->as.load.timeout_ns);
    case HAS_RETRY:
        return parse_retry(p, action);
    case HAS_BACKOFF:
        return parse_backoff(p, action);
    default:
        return parse_duration(p, "think", &action->as.load.think_ns);
    }
}

/* from, ids and the other options, in any order. */
static enum error fill_load(struct parser *p, const struct statement *statement,
                            struct action *action)
{
    unsigned has = 0;
    struct word ids = {NULL, 0};
    for (unsigned flag; more_words(p) && (flag = load_option(action, peek_word(p))); has |= flag) {
        struct word word = next_word(p);
        if (has & flag)
            return fail_at(p, word, "'%s' stands here twice", shown(word).text);
        if (flag == HAS_IDS)
            ids = peek_word(p);
        enum error error = parse_load_option(p, action, flag);
        if (error)
            return error;
    }
    enum error error = end_of_line(p, statement->form, statement->keywords);
    if (!error && !(has & HAS_FROM))
        error = fail_at(p, peek_word(p), "%s: want 'from', such as 'from any'", statement->name);
    if (!error && !(has & HAS_IDS))
        error = fail_at(p, peek_word(p), "%s: want 'ids', such as 'ids 1..100'", statement->name);
    if (!error && (has & HAS_BACKOFF) && !(has & HAS_RETRY))
        error = fail_at(p, peek_word(p),
                        "clients: 'backoff' goes with 'retry', such as 'retry 3 backoff "
                        "50ms..2s'");
    if (!error && !(has & HAS_UNTIL))
        error = parse_no_until(p, statement->name, &action->as.load.until_ns);
    return error ? error : check_zipf(p, &action->as.load.ids, ids);
}

enum error fill_clients(struct parser *p, const struct statement *statement, struct action *action)
{
    uint64_t clients = 0;
    struct word number = peek_word(p);
    enum error error = parse_number(p, statement->name, 1, PARSE_ASKED_MAX, &clients);
    if (!error)
        error = fill_load(p, statement, action);
    if (error)
        return error;
    if (clients * places(&action->as.load.from) > PARSE_ASKED_MAX)
        return fail_at(p, number, "a line can have %u clients at most", PARSE_ASKED_MAX);
    action->as.load.clients = (uint32_t)clients;
    return OK;
}

/* 500/s, or 100/s..2000/s. */
static enum error parse_rate(struct parser *p, const char *what, struct action *action)
{
    struct word word = next_word(p), first = word, last;
    bool ramp = value_range(word, &first, &last);
    const char *why = value_rate(first, &action->as.load.per_1000_s);
    if (!why && ramp)
        why = value_rate(last, &action->as.load.to_per_1000_s);
    return why ? fail_value(p, what, word, why) : OK;
}

enum error fill_requests(struct parser *p, const struct statement *statement, struct action *action)
{
    enum error error = parse_rate(p, statement->name, action);
    if (!error)
        error = fill_load(p, statement, action);
    /* A ramp has to end somewhere. */
    if (!error && action->as.load.to_per_1000_s && action->as.load.until_ns == TIME_NEVER)
        action->as.load.until_ns = p->end_ns;
    return error;
}

/* The requests that clients make: one by one, and as load. */
#include "scenario/parser.h"

/* Without `from`, the first node makes the request. */
static enum error default_from(struct parser *p, struct node_list *from)
{
    enum error error = all_nodes(p, from);
    from->count = 1;
    return error;
}

static enum error parse_from(struct parser *p, struct node_list *from)
{
    return parse_nodes(p, "from", LIST_ALL | LIST_ANY | LIST_EACH, from);
}

static uint32_t places(const struct node_list *list)
{
    return list->any ? 1 : list->count;
}

static bool request_keyword(struct word word)
{
    return word_is(word, "from") || word_is(word, "as");
}

/* [from LIST] [as a], in either order; `*name` has no text where the replies are not named. */
static enum error parse_request_end(struct parser *p, struct node_list *from, struct word *name)
{
    enum error error = OK;
    bool has_from = false;
    while (!error && more_words(p) && request_keyword(peek_word(p))) {
        struct word keyword = next_word(p);
        bool is_as = word_is(keyword, "as");
        if (is_as ? name->text != NULL : has_from)
            return fail_at(p, keyword, "'%s' stands here twice", shown(keyword).text);
        if (is_as && p->repeat.period_ns)
            return fail_at(p, keyword,
                           "'as' can't stand under 'every': each time has other replies");
        has_from = has_from || !is_as;
        if (is_as)
            *name = next_word(p);
        else
            error = parse_from(p, from);
    }
    if (!error && !has_from)
        error = default_from(p, from);
    return error;
}

enum error fill_request(struct parser *p, const struct statement *statement, struct action *action)
{
    struct word name = {NULL, 0};
    struct word ids = peek_word(p);
    enum error error = OK;
    p->ids_count = 0;
    action->as.request.reply = UINT32_MAX;
    if (!more_words(p) || request_keyword(ids))
        return fail_at(p, ids, "request: want an id, such as 7");
    while (!error && more_words(p) && !request_keyword(peek_word(p)))
        error = add_ids(p, next_word(p));
    if (!error)
        error = keep_ids(p, &action->as.request.ids, &action->as.request.count);
    if (!error)
        error = parse_request_end(p, &action->as.request.from, &name);
    if (!error)
        error = end_of_line(p, statement->form, statement->keywords);
    if (error)
        return error;
    uint64_t asked = (uint64_t)places(&action->as.request.from) * action->as.request.count;
    if (asked > PARSE_ASKED_MAX)
        return fail_at(p, ids, "a line can make %u requests at most", PARSE_ASKED_MAX);
    return name.text ? name_replies(p, name, (uint32_t)asked, &action->as.request.reply) : OK;
}

enum { HAS_FROM = 1, HAS_IDS = 2, HAS_ZIPF = 4, HAS_UNTIL = 8, HAS_THINK = 16 };

static const struct {
    const char *word;
    unsigned flag;
} load_options[] = {{"from", HAS_FROM},
                    {"ids", HAS_IDS},
                    {"zipf", HAS_ZIPF},
                    {"until", HAS_UNTIL},
                    {"think", HAS_THINK}};

/* The option's flag; 0: the word is none. */
static unsigned load_option(const struct action *action, struct word word)
{
    for (size_t i = 0; i < sizeof load_options / sizeof *load_options; i++)
        if (word_is(word, load_options[i].word) &&
            (load_options[i].flag != HAS_THINK || action->kind == ACTION_CLIENTS))
            return load_options[i].flag;
    return 0;
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
    default:
        return parse_duration(p, "think", &action->as.load.think_ns);
    }
}

/* from, ids, zipf, until and think, in any order. */
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

enum error fill_requests(struct parser *p, const struct statement *statement, struct action *action)
{
    struct word word = next_word(p);
    const char *why = value_rate(word, &action->as.load.per_1000_s);
    return why ? fail_value(p, statement->name, word, why) : fill_load(p, statement, action);
}

/* Settings: before the first action for the whole run, and those that can change later. */
#include "scenario/parser.h"

#include "base/duration.h"

const struct setting *find_setting(struct word name)
{
    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        if (word_is(name, settings_table[i].name))
            return &settings_table[i];
    return NULL;
}

static enum error read_count(struct parser *p, const struct setting *setting, uint32_t *field)
{
    uint64_t number;
    enum error error = parse_number(p, setting->name, 1, setting->most, &number);
    if (!error)
        *field = (uint32_t)number;
    return error;
}

static enum error read_share(struct parser *p, const struct setting *setting, uint32_t *field)
{
    struct word word = next_word(p);
    const char *why = value_share(word, field);
    return why ? fail_value(p, setting->name, word, why) : OK;
}

/* The next word's place in the setting's words. */
static enum error read_choice(struct parser *p, const struct setting *setting, uint32_t *choice)
{
    struct word word = next_word(p);
    for (*choice = 0; setting->words[*choice]; ++*choice)
        if (word_is(word, setting->words[*choice]))
            return OK;
    return fail_choice(p, setting->name, word, setting->words);
}

static enum error read_life(struct parser *p, const struct setting *setting, struct settings *to)
{
    enum error error = parse_span(p, setting->name, &to->ttl_ns);
    to->ttl_jitter_ppb = 0;
    if (error || !accept_word(p, "jitter"))
        return error;
    struct word word = next_word(p);
    const char *why = value_share(word, &to->ttl_jitter_ppb);
    if (!why && to->ttl_jitter_ppb == 1000000000)
        why = "want a share below 100%: a worker has to live";
    return why ? fail_value(p, "jitter", word, why) : OK;
}

static enum error read_drift(struct parser *p, const struct setting *setting, uint32_t *field)
{
    struct word word = next_word(p);
    const char *why = value_drift(word, field);
    return why ? fail_value(p, setting->name, word, why) : OK;
}

static enum error read_memory(struct parser *p, const struct setting *setting, uint64_t *bytes)
{
    struct word word = next_word(p);
    if (!word_is(word, "memory"))
        return fail_value(p, setting->name, word,
                          "want 'memory' and how much of it, such as memory 8G");
    word = next_word(p);
    const char *why = value_bytes(word, bytes);
    return why ? fail_value(p, "limit memory", word, why) : OK;
}

/* Reads the value into its field of `to`. */
static enum error read_value(struct parser *p, const struct setting *setting, struct settings *to)
{
    void *field = (char *)to + setting->offset;
    uint32_t choice = 0;
    enum error error = OK;
    switch (setting->type) {
    case VALUE_COUNT:
        return read_count(p, setting, field);
    case VALUE_SEED:
        return parse_number(p, setting->name, 0, UINT64_MAX, field);
    case VALUE_DURATION:
        return parse_span(p, setting->name, field);
    case VALUE_LIFE:
        return read_life(p, setting, to);
    case VALUE_MEMORY:
        return read_memory(p, setting, field);
    case VALUE_NODES:
        return parse_nodes(p, setting->name, 0, field);
    case VALUE_SHARE:
        return read_share(p, setting, field);
    case VALUE_DRIFT:
        return read_drift(p, setting, field);
    case VALUE_DISTRIBUTION:
        return parse_distribution(p, setting->name, field);
    case VALUE_SWITCH:
        error = read_choice(p, setting, &choice);
        *(bool *)field = choice == 1;
        return error;
    case VALUE_ROUTE:
        error = read_choice(p, setting, &choice);
        *(enum route *)field = (enum route)choice;
        return error;
    case VALUE_FALLBACK:
        error = read_choice(p, setting, &choice);
        *(enum fallback *)field = (enum fallback)choice;
        return error;
    case VALUE_TRACE:
        error = read_choice(p, setting, &choice);
        *(enum trace_level *)field = (enum trace_level)choice;
        return error;
    case VALUE_CLOCK:
        break;
    }
    must(setting->type != VALUE_CLOCK);
    return OK;
}

/* Adds up what clocks jump: so far none has gone past its range. */
static enum error check_jump(struct parser *p, struct word word, int64_t jump_ns)
{
    uint64_t times = times_done(p);
    if (jump_ns && times > (uint64_t)((PARSE_JUMPS_MAX_NS - p->jumps_ns) / jump_ns))
        return fail_value(p, "clock", word,
                          "the clocks of a scenario jump 10^8 seconds at most, all together");
    p->jumps_ns += (int64_t)times * jump_ns;
    return OK;
}

static enum error read_clock(struct parser *p, struct action *action)
{
    enum error error = parse_nodes(p, "clock", LIST_ACTION, &action->nodes);
    if (error)
        return error;
    struct word word = next_word(p);
    action->as.clock.is_rate = word.size >= 3 && memcmp(word.text + word.size - 3, "ppm", 3) == 0;
    const char *why = action->as.clock.is_rate ? value_clock_rate(word, &action->as.clock.rate_ppm)
                                               : value_offset(word, &action->as.clock.jump_ns);
    if (!why && action->as.clock.jump_ns < 0)
        why = "a monotonic clock does not step back; it can run slow, as -200ppm, or jump forward";
    if (why)
        return fail_value(p, "clock", word, why);
    if (word_is(peek_word(p), "for") && !action->as.clock.is_rate)
        return fail_at(p, peek_word(p),
                       "clock: 'for' is for a rate: a clock that has jumped does not step back");
    return check_jump(p, word, action->as.clock.jump_ns);
}

/* [on NODES] [id IDS], in either order */
static enum error read_workers(struct parser *p, struct action *action)
{
    enum error error = OK;
    for (bool on = false, id = false; !error;) {
        struct word word = peek_word(p);
        if ((on && word_is(word, "on")) || (id && word_is(word, "id")))
            return fail_at(p, word, "'%s' stands here twice", shown(word).text);
        if (accept_word(p, "on")) {
            on = true;
            error = parse_nodes(p, "on", LIST_ACTION, &action->nodes);
        } else if (accept_word(p, "id")) {
            id = true;
            error = parse_id_set(p, &action->as.set.ids);
        } else {
            return OK;
        }
    }
    return error;
}

static enum error read_change(struct parser *p, const struct setting *setting,
                              struct action *action)
{
    enum error error = OK;
    struct settings values = {0};
    if (setting->type == VALUE_CLOCK)
        return read_clock(p, action);
    if (setting->type == VALUE_SEED)
        return parse_number(p, setting->name, 0, UINT64_MAX, &action->as.seed);
    action->as.set.some_links = setting->of_links && link_is_next(p);
    if (action->as.set.some_links)
        error = parse_link(p, setting->name, &action->as.set.link);
    if (!error)
        error = read_value(p, setting, &values);
    if (!error && setting->of_workers)
        error = read_workers(p, action);
    const void *field = (const char *)&values + setting->offset;
    if (setting->type == VALUE_DISTRIBUTION)
        action->as.set.distribution = *(const struct distribution *)field;
    else if (setting->type == VALUE_SHARE)
        action->as.set.ppb = *(const uint32_t *)field;
    else
        action->as.set.on = *(const bool *)field;
    return error;
}

/* [for D] */
static enum error read_for(struct parser *p, struct action *action)
{
    static const char *const keywords[] = {"for", NULL};
    struct word word = peek_word(p);
    if (action->initial && word_is(word, "for"))
        return fail_at(p, word,
                       "a setting before the first action holds from the start; for some time only "
                       "it is a change, which begins with its time, such as 'at 0s'");
    return parse_for(p, keywords, action);
}

/* The setting as an action: a change at the cursor, or, before the run, of some links, workers or
 * clocks. */
static enum error parse_change(struct parser *p, const struct setting *setting, struct word name)
{
    static const char *const keywords[] = {"min", "->", "<->", "on", "id", "for", NULL};
    struct action action = action_at(p, setting->action, name);
    enum error error = read_change(p, setting, &action);
    if (!error)
        error = read_for(p, &action);
    if (!error)
        error = end_of_line(p, setting->form, keywords);
    return error ? error : add_action(p, &action, name);
}

/* Whether the setting, whose value is next, is for some workers alone. */
static bool of_some_workers(const struct parser *p, const struct setting *setting)
{
    for (size_t i = p->at + 1; setting->of_workers && i < p->words.count; i++)
        if (word_is(p->words.list[i], "on") || word_is(p->words.list[i], "id"))
            return true;
    return false;
}

static enum error parse_initial(struct parser *p, const struct setting *setting, struct word name)
{
    static const char *const keywords[] = {"min", "jitter", "on", "id", NULL};
    struct setting_place *place = &p->settings[setting - settings_table];
    bool from_text = !p->source.option;
    if (from_text && place->text_line)
        return fail_at(p, name, "'%s' is set in line %u already", setting->name, place->text_line);

    struct settings unused = p->plan->settings;
    bool loses = from_text && place->order && place->source.option;
    if (from_text)
        place->text_line = p->source.line.number;
    if (!loses) {
        place->source = p->source;
        place->at = name.text;
        place->order = ++p->settings_made;
    }
    struct action for_some_time = {.initial = true};
    enum error error = read_value(p, setting, loses ? &unused : &p->plan->settings);
    if (!error && setting->later)
        error = read_for(p, &for_some_time);
    if (!error)
        error = end_of_line(p, setting->form, keywords);
    place->broken = place->broken || error;
    p->plan->settings_given |= UINT64_C(1) << (setting - settings_table);
    return error;
}

enum error parse_setting(struct parser *p, const struct setting *setting, struct word name)
{
    bool is_end = setting == &settings_table[SETTING_END];
    if (is_end && (p->timed || p->repeat.period_ns))
        return fail_at(p, name, "'end' has a line of its own, such as 'end 30s'");
    if (p->begun_line && !setting->later && !is_end)
        return fail_at(p, name,
                       "'%s' holds for the whole run: it must stand before the first action, in "
                       "line %u",
                       setting->name, p->begun_line);
    bool changes = p->begun_line && setting->later;
    if (changes || setting->type == VALUE_CLOCK || (setting->of_links && link_is_next(p)) ||
        of_some_workers(p, setting))
        return parse_change(p, setting, name);
    return parse_initial(p, setting, name);
}

/* Takes the value as the number of nodes, if it is one. */
static void take_nodes(struct parser *p, struct word value)
{
    uint64_t number;
    p->nodes_known = !value_number(value, &number) && number >= 1 && number <= NODES_MAX;
    if (p->nodes_known)
        p->nodes = (uint32_t)number;
}

static void take_end(struct parser *p, struct word value, uint32_t line, const char *option)
{
    int64_t ns;
    bool right = !value_duration(value, &ns) && ns > 0;
    p->end_known = true;
    p->end_ns = right ? ns : TIME_NEVER;
    p->end_line = line;
    p->end_option = option;
}

/* What stands first in the line, after blanks. */
static bool line_begins(const struct source_line *line, const char *word)
{
    size_t at = 0, size = strlen(word);
    while (at < line->size && (line->text[at] == ' ' || line->text[at] == '\t'))
        at++;
    return line->size - at >= size && memcmp(line->text + at, word, size) == 0;
}

/* Looks through the text for `nodes`, which stands before the first action, and `end`. */
static enum error find_lines(struct parser *p, const char *text, size_t size, bool nodes, bool end)
{
    struct lexer lexer;
    struct source_line line;
    struct lex_error bad;
    lex_begin(&lexer, text, size);
    while ((nodes || end) && lex_line(&lexer, &line)) {
        if (line.size > PARSE_LINE_MAX || (!nodes && !line_begins(&line, "end")))
            continue;
        enum error error = lex_words(&line, &p->words, &bad);
        if (error == ERROR_MEMORY)
            return error;
        if (error || !p->words.count)
            continue;
        struct word name = p->words.list[0];
        struct word value = p->words.count > 1 ? p->words.list[1] : (struct word){"", 0};
        const struct statement *statement = find_statement(name);
        if (statement && statement->begins)
            nodes = false;
        if (nodes && word_is(name, "nodes")) {
            take_nodes(p, value);
            nodes = false;
        }
        if (end && word_is(name, "end")) {
            take_end(p, value, line.number, NULL);
            end = false;
        }
    }
    return OK;
}

enum error find_ahead(struct parser *p, const struct override *overrides, size_t overrides_count,
                      const char *text, size_t size)
{
    bool nodes = false, end = false;
    p->nodes = p->plan->settings.nodes;
    p->nodes_known = true;
    for (size_t i = 0; i < overrides_count; i++) {
        struct word value = {overrides[i].value, strlen(overrides[i].value)};
        if (strcmp(overrides[i].key, "nodes") == 0) {
            take_nodes(p, value);
            nodes = true;
        }
        if (strcmp(overrides[i].key, "end") == 0) {
            take_end(p, value, 0, overrides[i].option);
            end = true;
        }
    }
    return find_lines(p, text, size, !nodes, !end);
}

#define LEASE_NODES_MAX 1000u
#define LEASE_MIN_NS    (10 * NS_PER_MS)
#define LEASE_MAX_NS    (3600 * NS_PER_S)

static enum error fail_setting(struct parser *p, enum setting_id id, const char *why)
{
    p->source = p->settings[id].source;
    return fail_at(p, (struct word){p->settings[id].at, 1}, "%s", why);
}

/* What leases ask of the other settings: a worker is where its lease is, so no request is tried on
 * its caller's own node. */
static enum error check_leases(struct parser *p)
{
    struct settings *settings = &p->plan->settings;
    const struct setting_place *places = p->settings;
    if (settings->lease_ns < LEASE_MIN_NS || settings->lease_ns > LEASE_MAX_NS)
        return fail_setting(p, SETTING_LEASE, "'lease' must be 10ms..1h");
    if (!settings->leases)
        return OK;
    if (!places[SETTING_FALLBACK].order)
        settings->fallback = FALLBACK_OWNER;
    else if (settings->fallback == FALLBACK_LOCAL)
        return fail_setting(p, SETTING_FALLBACK,
                            "'fallback local' is not for 'ownership lease': a worker lives where "
                            "its lease is alone; want owner or none");
    if (settings->route == ROUTE_SELF_FIRST)
        return fail_setting(
            p, SETTING_ROUTE,
            "'route self-first' is not for 'ownership lease': each caller would ask "
            "another node for the same lease; want another route");
    if (settings->nodes > LEASE_NODES_MAX)
        return fail_setting(
            p, SETTING_OWNERSHIP,
            "'ownership lease' is for 1000 nodes at the most: each asks all others");
    return OK;
}

enum error check_settings(struct parser *p)
{
    if (check_leases(p) == ERROR_MEMORY)
        return ERROR_MEMORY;
    const struct setting_place *heartbeat = &p->settings[SETTING_HEARTBEAT];
    const struct setting_place *suspect = &p->settings[SETTING_SUSPECT];
    const struct settings *settings = &p->plan->settings;
    if (heartbeat->broken || suspect->broken || settings->suspect_ns > settings->heartbeat_ns)
        return OK;
    const struct setting_place *last = heartbeat;
    bool option = heartbeat->source.option, other_option = suspect->source.option;
    if (option == other_option ? suspect->order > heartbeat->order : other_option)
        last = suspect;
    p->source = last->source;
    return fail_at(
        p, (struct word){last->at, 1}, "'suspect' (%s) must be longer than 'heartbeat' (%s)",
        duration_plain(settings->suspect_ns).text, duration_plain(settings->heartbeat_ns).text);
}

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
    case VALUE_SHARE:
        return read_share(p, setting, field);
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

static enum error read_clock(struct parser *p, struct action *action)
{
    enum error error = parse_nodes(p, "clock", LIST_ALL | LIST_ANY, &action->nodes);
    if (error)
        return error;
    struct word word = next_word(p);
    action->as.clock.is_rate = word.size >= 3 && memcmp(word.text + word.size - 3, "ppm", 3) == 0;
    const char *why = action->as.clock.is_rate ? value_clock_rate(word, &action->as.clock.rate_ppm)
                                               : value_offset(word, &action->as.clock.offset_ns);
    return why ? fail_value(p, "clock", word, why) : OK;
}

static enum error read_change(struct parser *p, const struct setting *setting,
                              struct action *action)
{
    if (setting->type == VALUE_CLOCK)
        return read_clock(p, action);
    action->as.set.some_links = setting->of_links && link_is_next(p);
    if (action->as.set.some_links) {
        enum error error = parse_link(p, setting->name, &action->as.set.link);
        if (error)
            return error;
    }
    struct settings values = {0};
    enum error error = read_value(p, setting, &values);
    const void *field = (const char *)&values + setting->offset;
    if (setting->type == VALUE_DISTRIBUTION)
        action->as.set.distribution = *(const struct distribution *)field;
    else if (setting->type == VALUE_SHARE)
        action->as.set.ppb = *(const uint32_t *)field;
    else
        action->as.set.on = *(const bool *)field;
    return error;
}

/* The setting as an action: a change at the cursor, or, before the run, of links and clocks. */
static enum error parse_change(struct parser *p, const struct setting *setting, struct word name)
{
    static const char *const keywords[] = {"min", "->", "<->", NULL};
    struct action action = action_at(p, setting->action, name);
    enum error error = read_change(p, setting, &action);
    if (!error)
        error = end_of_line(p, setting->form, keywords);
    return error ? error : add_action(p, &action, name);
}

static enum error parse_initial(struct parser *p, const struct setting *setting, struct word name)
{
    static const char *const keywords[] = {"min", NULL};
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
    enum error error = read_value(p, setting, loses ? &unused : &p->plan->settings);
    if (!error)
        error = end_of_line(p, setting->form, keywords);
    place->broken = place->broken || error;
    p->plan->settings_given |= UINT64_C(1) << (setting - settings_table);
    return error;
}

enum error parse_setting(struct parser *p, const struct setting *setting, struct word name)
{
    if (p->begun_line && !setting->later)
        return fail_at(p, name,
                       "'%s' holds for the whole run: it must stand before the first action, in "
                       "line %u",
                       setting->name, p->begun_line);
    if (p->begun_line || setting->type == VALUE_CLOCK || (setting->of_links && link_is_next(p)))
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

/* Looks through the lines before the first action. */
static enum error find_nodes_line(struct parser *p, const char *text, size_t size)
{
    struct lexer lexer;
    struct source_line line;
    struct word bad;
    lex_begin(&lexer, text, size);
    while (lex_line(&lexer, &line)) {
        enum error error =
            line.size > PARSE_LINE_MAX ? ERROR_TEXT : lex_words(&line, &p->words, &bad);
        if (error == ERROR_MEMORY)
            return error;
        if (error || !p->words.count)
            continue;
        struct word name = p->words.list[0];
        const struct statement *statement = find_statement(name);
        if (statement && statement->begins)
            return OK;
        if (word_is(name, "nodes")) {
            take_nodes(p, p->words.count > 1 ? p->words.list[1] : (struct word){"", 0});
            return OK;
        }
    }
    return OK;
}

enum error find_nodes(struct parser *p, const struct override *overrides, size_t overrides_count,
                      const char *text, size_t size)
{
    bool overridden = false;
    p->nodes = p->plan->settings.nodes;
    p->nodes_known = true;
    for (size_t i = 0; i < overrides_count; i++)
        if (strcmp(overrides[i].key, "nodes") == 0) {
            take_nodes(p, (struct word){overrides[i].value, strlen(overrides[i].value)});
            overridden = true;
        }
    return overridden ? OK : find_nodes_line(p, text, size);
}

enum error check_settings(struct parser *p)
{
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

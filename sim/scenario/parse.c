/* A scenario: the command line's settings, then all lines, then what holds only when all are
 * parsed.
 */
#include "scenario/parse.h"

#include "base/memory.h"
#include "scenario/parser.h"

static enum error parse_line(struct parser *p)
{
    p->timed = false;
    p->repeat = (struct repeat){0};
    p->until = (struct word){NULL, 0};
    p->trigger = (struct message_trigger){.nth = 0};
    p->miss = (struct word){NULL, 0};
    enum error error = parse_statement(p);
    return error == ERROR_TEXT && name_lost_replies(p) ? ERROR_MEMORY : error;
}

/* Reads an option of the command line as if "KEY VALUE" were a line. */
static enum error parse_override(struct parser *p, const struct override *override)
{
    size_t key = strlen(override->key), value = strlen(override->value);
    char *text = arena_take(p->plan->arena, key + value + 1);
    if (!text)
        return ERROR_MEMORY;
    memcpy(text, override->key, key);
    text[key] = ' ';
    memcpy(text + key + 1, override->value, value);
    p->source = (struct source){override->option, {text, key + 1 + value, 0}};

    struct word name = {text, key};
    struct lex_error bad = {text, "too long"};
    const struct setting *setting = find_setting(name);
    p->at = 1;
    enum error error = lex_words(&p->source.line, &p->words, &bad);
    if (error == ERROR_MEMORY)
        return error;
    if (error || p->source.line.size > PARSE_LINE_MAX)
        return fail_at(p, (struct word){bad.at, 0}, "%s",
                       bad.why ? bad.why : "no printable UTF-8 text");
    if (setting)
        return parse_setting(p, setting, name);
    const char *names[SETTINGS_COUNT + 1] = {NULL};
    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        names[i] = settings_table[i].name;
    return fail_at(p, name, "'%s' is no setting%s", shown(name).text, hint(p, name, names).text);
}

/* Swaps two neighbouring runs of actions, by turning round each and then both. */
static void turn_round(struct action *actions, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        struct action kept = actions[i];
        actions[i] = actions[count - 1 - i];
        actions[count - 1 - i] = kept;
    }
}

/* Puts the command line's settings of links and clocks after the text's own, so that they hold. */
static void override_last(struct parser *p)
{
    struct action *actions = p->plan->actions;
    if (!actions)
        return;
    turn_round(actions, p->override_actions);
    turn_round(actions + p->override_actions, p->initial_actions);
    turn_round(actions, p->override_actions + p->initial_actions);
}

static enum error parse_all(struct parser *p, const char *text, size_t size,
                            const struct override *overrides, size_t overrides_count)
{
    if (find_ahead(p, overrides, overrides_count, text, size <= PARSE_TEXT_MAX ? size : 0))
        return ERROR_MEMORY;
    for (size_t i = 0; i < overrides_count; i++)
        if (parse_override(p, &overrides[i]) == ERROR_MEMORY)
            return ERROR_MEMORY;
    if (parse_lines(p, "scenario", text, size, parse_line) == ERROR_MEMORY ||
        check_settings(p) == ERROR_MEMORY)
        return ERROR_MEMORY;
    enum error error = diagnostics_end(&p->diagnostics);
    if (error)
        return error;
    must(p->nodes == p->plan->settings.nodes);
    override_last(p);
    return build_zipfs(p);
}

enum error parse_scenario(struct plan *plan, const char *file, const char *text, size_t size,
                          const struct override *overrides, size_t overrides_count,
                          char **diagnostics)
{
    struct parser p;
    parser_init(&p, plan, file);
    *plan = (struct plan){.settings = settings_default(), .arena = arena_new()};
    enum error error = ERROR_MEMORY;
    if (plan->arena && (plan->file = arena_copy(plan->arena, file, strlen(file))))
        error = parse_all(&p, text, size, overrides, overrides_count);
    error = parser_close(&p, error, diagnostics);
    if (error)
        plan_close(plan);
    return error;
}

bool parse_begins_as_scenario(const char *text, size_t size)
{
    struct lexer lexer;
    struct source_line line;
    struct word_list words = {0};
    struct lex_error bad;
    lex_begin(&lexer, text, size);
    while (!words.count && lex_line(&lexer, &line))
        if (lex_words(&line, &words, &bad))
            break;
    bool begins = words.count && (find_setting(words.list[0]) || find_statement(words.list[0]));
    memory_free(words.list);
    return begins;
}

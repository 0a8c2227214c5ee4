/* Parses a cluster file line by line, with the parser of scenarios. Lines that contradict each
 * other are found as each comes, so that a diagnostic is about the later one. */
#include "net/config/cluster_file_reading.h"

#include "base/memory.h"
#include "base/number.h"
#include "node/id.h"

#include <stdio.h>
#include <stdlib.h>

struct cluster_file_statement {
    const char *name;
    enum error (*parse)(struct cluster_file_reading *r,
                        const struct cluster_file_statement *statement, struct word name);
    const char *form;
};

static enum error end_of(struct cluster_file_reading *r,
                         const struct cluster_file_statement *statement)
{
    static const char *const keywords[] = {"key", NULL};
    return end_of_line(&r->parser, statement->form, keywords);
}

/* For a statement that may stand in one line only. */
static enum error once(struct cluster_file_reading *r, struct word name, uint32_t *line)
{
    if (*line)
        return fail_at(&r->parser, name, "'%s' is set in line %u already", shown(name).text, *line);
    *line = r->parser.source.line.number;
    return OK;
}

/* ---- nodes and clients --------------------------------------------------------------------- */

static enum error read_key(struct parser *p, uint8_t *key)
{
    struct word word = next_word(p);
    if (key_from_hex(word.text, word.size, key))
        return OK;
    return fail_value(p, "key", word, "want the 64 hex digits that dpsim --keygen prints");
}

/* Each key is in one line only. */
static enum error check_key(struct cluster_file_reading *r, struct word at, const uint8_t *key)
{
    static const char form[] = "this is the key of '%s' in line %u; each has its own";
    const struct cluster_file *file = r->file;
    char name[16];
    for (node_id i = 0; i < CLUSTER_FILE_NODES_MAX; i++)
        if (file->node[i].has_key && memcmp(file->node[i].key, key, KEY_SIZE) == 0) {
            snprintf(name, sizeof name, "n%u", i + 1);
            return fail_at(&r->parser, at, form, name, r->node_lines[i]);
        }
    for (size_t i = 0; i < file->clients_count; i++)
        if (memcmp(file->clients[i].key, key, KEY_SIZE) == 0)
            return fail_at(&r->parser, at, form, file->clients[i].name, r->client_lines[i]);
    return OK;
}

/* No two nodes are at one place; each takes two ports. */
static enum error check_place(struct cluster_file_reading *r, struct word at,
                              const struct cluster_file_node *node)
{
    for (node_id i = 0; i < CLUSTER_FILE_NODES_MAX; i++) {
        const struct cluster_file_node *other = &r->file->node[i];
        if (!other->port || abs(other->port - node->port) > 1 ||
            strcmp(other->address, node->address) != 0)
            continue;
        if (other->port == node->port)
            return fail_at(&r->parser, at, "n%u, in line %u, is there already", i + 1,
                           r->node_lines[i]);
        return fail_at(&r->parser, at,
                       "a node uses the port after its own, too, and n%u, in line %u, is at %s:%u",
                       i + 1, r->node_lines[i], other->address, other->port);
    }
    return OK;
}

/* All nodes have keys, or none has, and is on loopback. */
static enum error check_keyed(struct cluster_file_reading *r, struct word name,
                              const struct cluster_file_node *node)
{
    const struct cluster_file_node *example = &r->file->node[r->example];
    if (example->port && example->has_key != node->has_key)
        return fail_at(&r->parser, name,
                       "%s has %s key, and n%u, in line %u, has %s: all nodes have keys, or none",
                       shown(name).text, node->has_key ? "a" : "no", r->example + 1,
                       r->node_lines[r->example], node->has_key ? "none" : "one");
    if (node->has_key || address_is_loopback(node->address))
        return OK;
    return fail_at(&r->parser, name,
                   "%s has no key: plain text is refused on any address but loopback; dpsim "
                   "--keygen %s makes a key",
                   shown(name).text, shown(name).text);
}

static enum error read_node(struct cluster_file_reading *r,
                            const struct cluster_file_statement *statement, struct word name,
                            struct cluster_file_node *node)
{
    struct parser *p = &r->parser;
    struct word place = next_word(p), key = {0};
    const char *why = address_parse(place, node->address, &node->port);
    if (why)
        return fail_value(p, "address", place, why);
    node->has_key = accept_word(p, "key");
    key = peek_word(p);
    enum error error = node->has_key ? read_key(p, node->key) : OK;
    if (!error)
        error = end_of(r, statement);
    if (!error && node->has_key)
        error = check_key(r, key, node->key);
    if (!error)
        error = check_place(r, place, node);
    return error ? error : check_keyed(r, name, node);
}

static enum error parse_node_line(struct cluster_file_reading *r,
                                  const struct cluster_file_statement *statement,
                                  struct word statement_name)
{
    (void)statement_name;
    struct parser *p = &r->parser;
    struct word name = next_word(p);
    struct cluster_file_node node = {.port = 0};
    node_id id;
    if (name.size == 0)
        return fail_at(p, name, "node: want its name, such as n1");
    if (!cluster_file_node_name(name.text, name.size, &id))
        return fail_at(p, name, "'%s' is no node: they are called n1, n2 and so on, up to n%u",
                       shown(name).text, CLUSTER_FILE_NODES_MAX);
    if (r->node_lines[id])
        return fail_at(p, name, "n%u has line %u already", id + 1, r->node_lines[id]);
    r->node_lines[id] = p->source.line.number;
    if (id + 1 > r->file->nodes) {
        r->file->nodes = id + 1;
        r->last = p->source;
        r->last_name = name;
    }
    enum error error = read_node(r, statement, name, &node);
    if (error)
        return error;
    if (!r->file->node[r->example].port)
        r->example = id;
    r->file->node[id] = node;
    return OK;
}

static enum error read_client(struct cluster_file_reading *r,
                              const struct cluster_file_statement *statement,
                              struct cluster_file_client *client)
{
    struct parser *p = &r->parser;
    struct word name = next_word(p), key;
    const char *why =
        name.size ? cluster_file_refuses_client_name(name.text, name.size) : "want a name";
    if (why)
        return fail_value(p, statement->name, name, why);
    for (size_t i = 0; i < r->file->clients_count; i++)
        if (word_is(name, r->file->clients[i].name))
            return fail_at(p, name, "'%s' has line %u already", shown(name).text,
                           r->client_lines[i]);
    memcpy(client->name, name.text, name.size);
    if (!accept_word(p, "key"))
        return fail_value(p, statement->name, peek_word(p), "want 'key' and its 64 hex digits");
    key = peek_word(p);
    enum error error = read_key(p, client->key);
    if (!error)
        error = end_of(r, statement);
    if (!error)
        error = check_key(r, key, client->key);
    if (error || r->client_name.text)
        return error;
    r->client = p->source;
    r->client_name = name;
    return OK;
}

static enum error parse_client(struct cluster_file_reading *r,
                               const struct cluster_file_statement *statement, struct word name)
{
    struct cluster_file *file = r->file;
    struct cluster_file_client client = {.drives = word_is(name, "driver")};
    if (file->clients_count == CLUSTER_FILE_CLIENTS_MAX) {
        r->parser.stopped = true;
        return fail_at(&r->parser, name, "more than %u clients and drivers",
                       CLUSTER_FILE_CLIENTS_MAX);
    }
    enum error error = read_client(r, statement, &client);
    if (!error)
        error = memory_reserve((void **)&file->clients, &r->clients_capacity,
                               file->clients_count + 1, sizeof client);
    if (error)
        return error;
    r->client_lines[file->clients_count] = r->parser.source.line.number;
    file->clients[file->clients_count++] = client;
    return OK;
}

/* ---- the rest ------------------------------------------------------------------------------ */

static enum error parse_cluster(struct cluster_file_reading *r,
                                const struct cluster_file_statement *statement, struct word name)
{
    enum error error = once(r, name, &r->cluster_line);
    if (error)
        return error;
    struct word word = next_word(&r->parser);
    if (!id_valid(word.text, word.size))
        return fail_value(&r->parser, statement->name, word,
                          "want a name of 1..63 bytes, such as shop");
    memcpy(r->file->name, word.text, word.size);
    return end_of(r, statement);
}

/* Whether it is the last word of its line, and `keep`. */
static bool keeps(struct cluster_file_reading *r, struct word word)
{
    return r->file->use > PROGRAM_LOADS && word_is(word, "keep") && !more_words(&r->parser) &&
           *r->file->command;
}

/* The words left as a command, with one space between. */
static enum error read_command(struct cluster_file_reading *r, struct word name)
{
    struct parser *p = &r->parser;
    char *to = memory_resize(NULL, p->source.line.size + 1);
    if (!to)
        return ERROR_MEMORY;
    r->file->command = to;
    *to = '\0';
    for (const char *space = ""; more_words(p); space = " ") {
        struct word word = next_word(p);
        if (memchr(word.text, '"', word.size) || memchr(word.text, '\'', word.size))
            return fail_at(p, word,
                           "'%s': no shell reads this, and quotes have no meaning: put the "
                           "command into a script",
                           shown(word).text);
        if (keeps(r, word))
            r->file->use = PROGRAM_KEPT;
        else
            to += sprintf(to, "%s%.*s", space, (int)word.size, word.text);
    }
    if (*r->file->command)
        return OK;
    return fail_at(p, peek_word(p), "%s command: want a program and its arguments",
                   shown(name).text);
}

/* A load or work line: one of them, in all. */
static enum error parse_program(struct cluster_file_reading *r,
                                const struct cluster_file_statement *statement, struct word name)
{
    static const char *const load[] = {"random", "command", NULL};
    static const char *const work[] = {"command", NULL};
    struct parser *p = &r->parser;
    bool loads = word_is(name, "load");
    enum error error = OK;
    if (r->file->use_line && r->loads != loads)
        return fail_at(p, name,
                       "a worker's value is loaded, or its turns are worked: line %u has the other",
                       r->file->use_line);
    error = once(r, name, &r->file->use_line);
    if (error)
        return error;
    r->loads = loads;
    if (loads && accept_word(p, "random"))
        return end_of(r, statement);
    if (!accept_word(p, "command"))
        return fail_choice(p, statement->name, next_word(p), loads ? load : work);
    r->file->use = loads ? PROGRAM_LOADS : PROGRAM_TURNS;
    return read_command(r, name);
}

static bool is_of_work(struct word name)
{
    return name.size > 4 && memcmp(name.text, "work", 4) == 0;
}

/* A limit is of the loads or of the turns, whichever the cluster has; see check_limits. */
static void note_limit(struct cluster_file_reading *r, struct word name)
{
    struct source *source = is_of_work(name) ? &r->work_limit : &r->load_limit;
    *source = r->parser.source;
    *(is_of_work(name) ? &r->work_limit_name : &r->load_limit_name) = name;
}

static enum error parse_limit(struct cluster_file_reading *r,
                              const struct cluster_file_statement *statement, struct word name)
{
    enum error error = once(r, name, &r->file->limit_line);
    note_limit(r, name);
    if (!error)
        error = parse_span(&r->parser, statement->name, &r->file->limit_ns);
    return error ? error : end_of(r, statement);
}

static enum error parse_at_once(struct cluster_file_reading *r,
                                const struct cluster_file_statement *statement, struct word name)
{
    uint64_t number = 0;
    enum error error = once(r, name, &r->at_once_line);
    note_limit(r, name);
    if (!error)
        error = parse_number(&r->parser, statement->name, 1, CLUSTER_FILE_AT_ONCE_MAX, &number);
    r->file->at_once = (uint32_t)number;
    return error ? error : end_of(r, statement);
}

static enum error parse_state(struct cluster_file_reading *r,
                              const struct cluster_file_statement *statement, struct word name)
{
    struct parser *p = &r->parser;
    enum error error = once(r, name, &r->state_line);
    if (error)
        return error;
    r->state = p->source;
    r->state_name = name;
    struct word path = next_word(p);
    if (!path.size || path.text[0] != '/' || path.size > CLUSTER_FILE_STATE_MAX)
        return fail_value(p, statement->name, path,
                          "want a directory's absolute path, such as /var/lib/dpsim");
    r->file->state = memory_resize(NULL, path.size + 1);
    if (!r->file->state)
        return ERROR_MEMORY;
    memcpy(r->file->state, path.text, path.size);
    r->file->state[path.size] = '\0';
    return end_of(r, statement);
}

static const struct cluster_file_statement statements[] = {
    {"cluster", parse_cluster, "cluster shop"},
    {"node", parse_node_line, "node n1 10.0.0.1:7400 key HEX"},
    {"client", parse_client, "client me key HEX"},
    {"driver", parse_client, "driver me key HEX"},
    {"load", parse_program, "load random"},
    {"load-limit", parse_limit, "load-limit 10s"},
    {"load-at-once", parse_at_once, "load-at-once 64"},
    {"work", parse_program, "work command PROGRAM"},
    {"work-limit", parse_limit, "work-limit 10s"},
    {"work-at-once", parse_at_once, "work-at-once 64"},
    {"state", parse_state, "state /var/lib/dpsim"},
};

enum { STATEMENTS = sizeof statements / sizeof *statements };

static enum error fail_statement(struct parser *p, struct word name)
{
    const char *names[STATEMENTS + SETTINGS_COUNT + 1];
    size_t count = 0;
    if (find_statement(name))
        return fail_at(p, name, "'%s' is for scenarios: it has no place in a cluster file",
                       shown(name).text);
    for (size_t i = 0; i < STATEMENTS; i++)
        names[count++] = statements[i].name;
    for (enum setting_id i = 0; i < SETTINGS_COUNT; i++)
        if (!cluster_file_refuses(i))
            names[count++] = settings_table[i].name;
    names[count] = NULL;
    return fail_at(p, name, "'%s' is no statement of a cluster file%s", shown(name).text,
                   hint(p, name, names).text);
}

static enum error parse_line(struct parser *p)
{
    struct cluster_file_reading *r = container_of(p, struct cluster_file_reading, parser);
    struct word name = next_word(p);
    for (size_t i = 0; i < STATEMENTS; i++)
        if (word_is(name, statements[i].name))
            return statements[i].parse(r, &statements[i], name);
    const struct setting *setting = find_setting(name);
    if (!setting)
        return fail_statement(p, name);
    const char *why = cluster_file_refuses((enum setting_id)(setting - settings_table));
    if (setting == &settings_table[SETTING_RETRY])
        r->file->retry_line = p->source.line.number;
    return why ? fail_at(p, name, "'%s' %s", setting->name, why) : parse_setting(p, setting, name);
}

/* ---- the whole ----------------------------------------------------------------------------- */

static enum error parse_all(struct cluster_file_reading *r, const char *text, size_t size)
{
    struct parser *p = &r->parser;
    struct cluster_file *file = r->file;
    file->node = memory_zeroed(CLUSTER_FILE_NODES_MAX * sizeof *file->node);
    enum error error = ERROR_MEMORY;
    if (file->node)
        error = parse_lines(p, "cluster file", text, size, parse_line);
    if (!error && !p->stopped)
        error = cluster_file_check(r);
    if (error == ERROR_MEMORY)
        return error;
    error = diagnostics_end(&p->diagnostics);
    if (error)
        return error;
    file->keyed = file->node[0].has_key;
    file->settings = r->plan.settings;
    file->settings.nodes = file->nodes;
    if (!file->limit_line && file->use <= PROGRAM_LOADS) /* after the ttl it answers nobody */
        file->limit_ns = min_i64(file->limit_ns, file->settings.ttl_ns);
    return OK;
}

enum error cluster_file_parse(struct cluster_file *file, const char *name, const char *text,
                              size_t size, char **diagnostics)
{
    struct cluster_file_reading r = {.plan = {.settings = settings_default()}, .file = file};
    *file =
        (struct cluster_file){.limit_ns = CLUSTER_FILE_LIMIT_NS, .at_once = CLUSTER_FILE_AT_ONCE};
    r.plan.settings.fail_ttl_ns = CLUSTER_FILE_FAIL_TTL_NS;
    parser_init(&r.parser, &r.plan, name);
    r.parser.words.plain = true;
    enum error error = parse_all(&r, text, size);
    error = parser_close(&r.parser, error, diagnostics);
    if (error)
        cluster_file_close(file);
    return error;
}

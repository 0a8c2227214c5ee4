/* What the files of the parser share: the place in the text, and the diagnostics.
 *
 * A function that parses takes its words with next_word. It returns OK; or ERROR_TEXT, after it has
 * added a diagnostic; or ERROR_MEMORY. The first error of a line ends the parsing of that line. */
#ifndef SCENARIO_PARSER_H
#define SCENARIO_PARSER_H

#include "base/arena.h"
#include "base/hash_map.h"
#include "scenario/diagnostic.h"
#include "scenario/lexer.h"
#include "scenario/parse.h"
#include "scenario/settings.h"
#include "scenario/value.h"

/* Bounds on what a few words can ask for, so that a small text can't take much memory or time. */
#define PARSE_IDS_A_LINE_MAX 100000u   /* ids that a line names, ranges expanded */
#define PARSE_IDS_MAX        1000000u  /* ids that the whole text names */
#define PARSE_ASKED_MAX      10000000u /* requests that one line makes at once, and clients */
#define PARSE_REPLIES_MAX    1000000u  /* named replies in the whole text */
#define PARSE_OTHERS_MAX     10000000u /* nodes that `others` stands for in the whole text */
#define PARSE_PROFILES_MAX   64u       /* files of durations that the whole text reads */
#define PARSE_JUMPS_MAX_NS                                                                         \
    (DURATION_MAX_NS / 10)       /* that clocks jump, all together: with the                       \
                                    longest run it is below TIME_NEVER */
#define PARSE_ZIPF_MAX 10000000u /* ids of all different Zipf distributions together */

/* A name given by `as`. */
struct given_name {
    struct word name;
    uint32_t first; /* in plan.replies */
    uint32_t count; /* 0: its line has an error, so that nothing is known of it */
    uint32_t line;
};

/* A file of durations that was read. */
struct profile {
    const char *path;
    const struct empirical *durations;
};

/* A group of a partition. */
struct group {
    struct node_list nodes;
    struct word word;
};

/* How often an action is done; period 0: once. */
struct repeat {
    int64_t period_ns;
    int64_t until_ns;
};

/* Where a setting is made. */
struct setting_place {
    struct source source; /* of the value that counts: an option of the command line wins */
    const char *at;
    uint32_t text_line; /* 0: not in the text */
    uint32_t order;     /* higher for a later one; 0: not made */
    bool broken;        /* its line has an error */
};

struct parser {
    struct plan *plan;
    struct diagnostics diagnostics;

    struct source source; /* of the words */
    struct word_list words;
    size_t at; /* index of the next word */

    uint32_t begun_line; /* of the first action; 0: there was none */
    int64_t cursor_ns;
    bool timed; /* this line has an `at` or `wait` */
    struct repeat repeat;
    struct message_trigger trigger; /* of `on` on this line; nth 0: there is none */
    struct word trigger_word;       /* `on` */
    struct word miss;               /* `miss` of `may miss` at its end; or empty */
    struct word until; /* the `until` and the time of `every`, taken out of the words; or empty */
    bool stopped;      /* a bound of the whole text is passed: parsing ends */

    /* `end`, known likewise: it may stand anywhere. */
    bool end_known;         /* there is one, right or wrong */
    int64_t end_ns;         /* TIME_NEVER if there is none, or a wrong one */
    uint32_t end_line;      /* in the text, if no option sets it: */
    const char *end_option; /* as given */

    int64_t jumps_ns; /* that clocks jump, all together, so far */

    uint32_t nodes;   /* plan.settings.nodes, known before the first line is parsed */
    bool nodes_known; /* else its setting is wrong, and no node is too high */
    struct setting_place settings[SETTINGS_COUNT];
    uint32_t settings_made;

    /* Memory that is used again from line to line. */
    node_id *list;
    size_t list_capacity;
    uint32_t *stamps; /* a node is in the list being parsed if its stamp is `stamp` */
    uint32_t stamp;
    struct text *ids;
    size_t ids_count;
    size_t ids_capacity;
    size_t ids_in_all;
    struct group *groups;
    size_t groups_capacity;

    uint32_t others_named; /* nodes, so far */

    struct profile profiles[PARSE_PROFILES_MAX];
    size_t profiles_count;

    node_id *all; /* every node, shared by all lists that have them all */

    struct given_name *names;
    size_t names_count;
    size_t names_capacity;
    struct hash_map names_map;

    /* plan.actions begins with the changes of links and clocks that are made before the run: first
     * the command line's, then the text's. */
    size_t override_actions;
    size_t initial_actions;

    size_t actions_capacity;
    size_t expectations_capacity;
    size_t replies_capacity;
    size_t zipfs_capacity;
    struct hash_map zipfs_map;
    uint64_t zipf_ids;
};

/* ---- parser.c: any text made of lines ------------------------------------------------------- */

/* Where only words and settings are parsed, the plan needs nothing but its settings. */
void parser_init(struct parser *p, struct plan *plan, const char *file);

/* Frees all memory of the parser and returns `error`, the outcome of parsing. If that is ERROR_TEXT
 * `*diagnostics` gets the diagnostics, to be freed with memory_free; else NULL. */
enum error parser_close(struct parser *p, enum error error, char **diagnostics);

/* Calls `parse_line` for every line that has words. `kind` is what the text is in messages, as
 * "scenario". OK: all lines were parsed; what is wrong in them is in the diagnostics. ERROR_TEXT:
 * the text as a whole can't be parsed. */
enum error parse_lines(struct parser *p, const char *kind, const char *text, size_t size,
                       enum error (*parse_line)(struct parser *p));

/* Whether the line has words left. */
bool more_words(const struct parser *p);

/* The next word; at the end of the line an empty one, as often as it is called. */
struct word next_word(struct parser *p);
struct word peek_word(const struct parser *p);

/* Takes the next word if it is `text`. */
bool accept_word(struct parser *p, const char *text);

/* Adds a diagnostic about what stands at `at`. Returns ERROR_TEXT, or ERROR_MEMORY. */
__attribute__((format(printf, 3, 4))) enum error fail_at(struct parser *p, struct word at,
                                                         const char *format, ...);

/* The same about the whole text. */
__attribute__((format(printf, 2, 3))) enum error fail_text(struct parser *p, const char *format,
                                                           ...);

/* The same about a value: "ttl '5': want a unit", or "ttl: want a unit" where there is none. */
enum error fail_value(struct parser *p, const char *what, struct word at, const char *why);

/* The same about a word that is none of `words` (ended by NULL): "route 'modul': want modulo or
 * ring; did you mean 'modulo'?" */
enum error fail_choice(struct parser *p, const char *what, struct word at,
                       const char *const *words);

/* "; did you mean 'ttl'?", or "" where no word of `words` is near or no diagnostic is kept any
 * more. */
struct hint {
    char text[64];
};
struct hint hint(const struct parser *p, struct word word, const char *const *words);

/* Fails if there are words left. `form` is the statement's form; `keywords` could have stood there.
 */
enum error end_of_line(struct parser *p, const char *form, const char *const *keywords);

/* ---- parse_values.c: the next word as a value; `what` names it in diagnostics ---------------- */

/* A whole number of least..most. */
enum error parse_number(struct parser *p, const char *what, uint64_t least, uint64_t most,
                        uint64_t *number);
enum error parse_duration(struct parser *p, const char *what, int64_t *ns); /* may be 0 */
enum error parse_span(struct parser *p, const char *what, int64_t *ns);     /* above 0 */
enum error parse_distribution(struct parser *p, const char *what,
                              struct distribution *distribution);

/* The next word as an absolute time that is after the cursor. */
enum error parse_until(struct parser *p, int64_t *until_ns);

/* Where the line has no `until`: sets *until_ns to TIME_NEVER, or fails if the run has no end. */
enum error parse_no_until(struct parser *p, const char *what, int64_t *until_ns);

/* ---- parse_nodes.c --------------------------------------------------------------------------- */

/* What a list may be besides nodes by name. */
enum {
    LIST_ALL = 1,    /* all, each */
    LIST_ANY = 2,    /* any */
    LIST_OWNER = 4,  /* owner 7 */
    LIST_OTHERS = 8, /* others: see name_others */
    LIST_ACTION = LIST_ALL | LIST_ANY | LIST_OWNER
};

/* The next words as one node; as a list, of what `allowed` (LIST_…) permits; as a link A -> B or A
 * <-> B. `what` names it in diagnostics. */
enum error parse_node(struct parser *p, const char *what, node_id *node);
enum error parse_nodes(struct parser *p, const char *what, unsigned allowed,
                       struct node_list *list);
enum error parse_link(struct parser *p, const char *what, struct link_set *link);

/* If `list`, which stands at `word`, is `others`: names all nodes that are not in `before`, if
 * those are known by name, else leaves it as it is. */
enum error name_others(struct parser *p, struct word word, const struct node_list *before,
                       struct node_list *list);

/* All nodes of the run by name: one array, which all lists of all nodes share. ERROR_MEMORY, or OK.
 */
enum error all_nodes(struct parser *p, struct node_list *list);

/* Whether the next words are meant as a link. */
bool link_is_next(const struct parser *p);

/* Begins a new set of nodes. ERROR_MEMORY, or OK. */
enum error node_set_begin(struct parser *p);

/* Adds the node to the set. False: it was in it already. */
bool node_set_add(struct parser *p, node_id node);

/* ---- parse_ids.c ----------------------------------------------------------------------------- */

/* Adds the ids of the word (one, a range, or several parted by commas) to p->ids. */
enum error add_ids(struct parser *p, struct word word);

/* Moves p->ids to the plan: `*ids` and `*count`. */
enum error keep_ids(struct parser *p, struct text **ids, uint32_t *count);

/* The next word as ids to draw from. */
enum error parse_id_range(struct parser *p, struct id_range *ids);

/* The next word as a set of ids. */
enum error parse_id_set(struct parser *p, struct id_set *set);

/* Whether the word is written like a node, known or not: n1, n2, … */
bool is_node_name(struct word word);

/* Whether the word has a meaning, so that as an id it has to be quoted. */
bool is_language_word(struct word word);

/* The next word as one id. */
enum error parse_id(struct parser *p, const char *what, struct text *id);

/* The next word as the exponent of a Zipf distribution over `ids`. */
enum error parse_zipf(struct parser *p, struct id_range *ids);

/* Whether such a distribution over `ids`, which stand at `at`, is within the bounds; if so, notes
 * it. */
enum error check_zipf(struct parser *p, const struct id_range *ids, struct word at);

/* Builds the tables of all distributions noted. ERROR_MEMORY, or OK. */
enum error build_zipfs(struct parser *p);

/* ---- parse_replies.c ------------------------------------------------------------------------- */

/* Names `count` replies. */
enum error name_replies(struct parser *p, struct word name, uint32_t count, uint32_t *first);

/* The line that was to name replies has an error: takes them for named, so that no later line fails
 * for it. ERROR_MEMORY, or OK. */
enum error name_lost_replies(struct parser *p);

/* Whether an earlier line gave that name, or the part of `word` before a dot. */
bool names_replies(const struct parser *p, struct word word);

/* The replies that `word` names, "a" or "a.2". `*count` is 0 where the line that names them has an
 * error. */
enum error find_replies(struct parser *p, struct word word, uint32_t *first, uint32_t *count);

/* ---- parse_settings.c ------------------------------------------------------------------------ */

/* The setting of that name; NULL if there is none. */
const struct setting *find_setting(struct word name);

/* Parses a line that begins with the name of a setting. */
enum error parse_setting(struct parser *p, const struct setting *setting, struct word name);

/* Finds how many nodes there are, which may stand after nodes are named, and when the run ends,
 * which may stand anywhere. ERROR_MEMORY, or OK. */
enum error find_ahead(struct parser *p, const struct override *overrides, size_t overrides_count,
                      const char *text, size_t size);

/* What must hold between settings, when all are made. */
enum error check_settings(struct parser *p);

/* ---- parse_actions.c ------------------------------------------------------------------------- */

struct statement {
    const char *name;
    enum error (*parse)(struct parser *p, const struct statement *statement, struct word name);
    enum error (*fill)(struct parser *p, const struct statement *statement, struct action *action);
    enum action_kind kind; /* of the action that `fill` fills, where it is not NULL */
    bool begins;           /* settings must stand before it */
    const char *form;
    const char *const *keywords; /* what may stand in it besides values, ended by NULL */
};

/* The statement of that name which is no setting; NULL if there is none. */
const struct statement *find_statement(struct word name);

/* Parses the words of a line, from the name of a statement on. */
enum error parse_statement(struct parser *p);

/* [for D], where `for` is among the keywords (ended by NULL). */
enum error parse_for(struct parser *p, const char *const *keywords, struct action *action);

/* [may miss] */
enum error parse_may_miss(struct parser *p, struct action *action);

/* An action that begins with `name`, at the cursor, repeated as the line says. */
struct action action_at(const struct parser *p, enum action_kind kind, struct word name);

/* Adds the action, whose text is the words from `name` to the last one. */
enum error add_action(struct parser *p, struct action *action, struct word name);

/* The words from `first` to the last one of the line, as a text of the plan; NULL without memory.
 */
const char *text_from(struct parser *p, struct word first);

/* How often an action at the cursor that the line repeats so is done; 1 if it does not. */
uint64_t times_done(const struct parser *p);

/* Fails if the run has ended by the time t_ns, at which what begins with `name` would come about.
 */
enum error check_end(struct parser *p, struct word name, int64_t t_ns);

/* No setting of the whole run may stand after this line. */
void begin_run(struct parser *p);

/* ---- parse_requests.c ------------------------------------------------------------------------ */

enum error fill_request(struct parser *p, const struct statement *statement, struct action *action);
enum error fill_clients(struct parser *p, const struct statement *statement, struct action *action);
enum error fill_requests(struct parser *p, const struct statement *statement,
                         struct action *action);

/* ---- parse_triggers.c ------------------------------------------------------------------------ */

enum error parse_on_message(struct parser *p, const struct statement *statement, struct word name);

/* ---- parse_chaos.c --------------------------------------------------------------------------- */

enum error fill_chaos(struct parser *p, const struct statement *statement, struct action *action);

/* ---- parse_counted.c ------------------------------------------------------------------------- */

/* A word that stands for a number of the run. */
struct counted {
    const char *name;
    uint32_t total; /* enum total */
};

#define COUNTED_MAX 32u /* words of one table, with all that `expect` takes besides */

/* Tables, ended by an entry without a name. */
extern const struct counted counted_numbers[];    /* what can be compared with a number */
extern const struct counted counted_happenings[]; /* what `sometimes` takes */
extern const struct counted counted_failures[];   /* how a request fails */

/* Whether the entry counts: that of being answered, which is an outcome, but no failure, does not.
 */
bool is_counted(const struct counted *entry);

/* The table's entry of that name, or NULL. */
const struct counted *find_counted(const struct counted *table, struct word word);

/* Puts the table's names, and a NULL, into `names`, from `count` on; returns how many there are
 * then. */
size_t counted_names(const struct counted *table, const char **names, size_t count);

/* What parse_part can parse. */
enum { PART_NODE = 1, PART_ID = 2, PART_SPAN = 4 };

/* [on n2] [id 7] [from 3s [to 5s]], in any order, of which `allowed` can stand here. */
enum error parse_part(struct parser *p, unsigned allowed, struct expectation_part *part);

/* What follows `word`, which begins an expectation of the whole run or a part of it. */
enum error parse_total(struct parser *p, struct expectation *e, struct word word);
enum error parse_ok(struct parser *p, struct expectation *e, struct word word);
enum error parse_latency(struct parser *p, struct expectation *e, struct word word);
enum error parse_duplicate_time(struct parser *p, struct expectation *e, struct word word);

/* ---- parse_expect.c -------------------------------------------------------------------------- */

enum error parse_expect(struct parser *p, const struct statement *statement, struct word name);
enum error parse_always(struct parser *p, const struct statement *statement, struct word name);
enum error parse_sometimes(struct parser *p, const struct statement *statement, struct word name);
enum error parse_eventually(struct parser *p, const struct statement *statement, struct word name);

/* Whether the word has a meaning in `expect`, so that it can't name replies. */
bool means_something(struct word word);

#endif

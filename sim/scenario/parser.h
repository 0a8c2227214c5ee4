/* What the files of the parser share: where it is in the text, and how each tells what is wrong.
 *
 * A function that reads takes its words with next_word and returns OK, ERROR_TEXT after a
 * diagnostic, or ERROR_MEMORY. The first error of a line ends the reading of that line. */
#ifndef SCENARIO_PARSER_H
#define SCENARIO_PARSER_H

#include "base/arena.h"
#include "base/table.h"
#include "scenario/diagnostic.h"
#include "scenario/lexer.h"
#include "scenario/parse.h"
#include "scenario/settings.h"
#include "scenario/value.h"

/* Bounds on what few words can ask for, so that a small text can't take much memory or time. */
#define PARSE_IDS_A_LINE_MAX 100000u   /* ids that a line has by name, ranges expanded */
#define PARSE_IDS_MAX        1000000u  /* the same in the whole text */
#define PARSE_ASKED_MAX      10000000u /* requests that one line makes at once, and clients */
#define PARSE_REPLIES_MAX    1000000u  /* named replies in the whole text */
#define PARSE_ZIPF_MAX                                                                             \
    10000000u /* ids under Zipf distributions, all different distributions together */

/* A name given by `as`. */
struct given_name {
    struct word name;
    uint32_t first; /* in plan.replies */
    uint32_t count; /* 0: its line has an error, so that nothing is known of it */
    uint32_t line;
};

/* How often an action is done; period 0: once. */
struct repeat {
    int64_t period_ns;
    int64_t until_ns;
};

/* Where a setting was made. */
struct setting_place {
    struct source source; /* of what holds: an option of the command line wins */
    const char *at;
    uint32_t text_line; /* 0: not in the text */
    uint32_t order;     /* a later one's is higher; 0: not made */
    bool broken;
};

struct parser {
    struct plan *plan;
    struct diagnostics diagnostics;

    struct source source; /* of the words */
    struct word_list words;
    size_t at; /* the next of the words */

    uint32_t begun_line; /* of the first action; 0: there was none */
    int64_t cursor_ns;
    bool timed; /* this line has an `at` or `wait` */
    struct repeat repeat;
    bool stopped; /* a bound of the whole text is passed: reading on makes no sense */

    uint32_t nodes;   /* plan.settings.nodes, known before the first line is read */
    bool nodes_known; /* else its setting is wrong, and no node is too high */
    struct setting_place settings[SETTINGS_COUNT];
    uint32_t settings_made;

    /* Memory used again from line to line. */
    node_id *list;
    size_t list_capacity;
    uint32_t *stamps; /* a node is in the list being read if its stamp is `stamp` */
    uint32_t stamp;
    struct text *ids;
    size_t ids_count;
    size_t ids_capacity;
    size_t ids_in_all;

    struct node_list *groups;
    size_t groups_capacity;

    node_id *all; /* every node, for all lists that have them all */

    struct given_name *names;
    size_t names_count;
    size_t names_capacity;
    struct table names_table;

    size_t override_actions; /* the first so many of plan.actions are the command line's */
    size_t initial_actions;  /* so many after them are the text's initial ones */
    size_t actions_capacity;
    size_t expectations_capacity;
    size_t replies_capacity;
    size_t zipfs_capacity;
    struct table zipfs_map;
    uint64_t zipf_ids;
};

/* ---- parse.c: any text of lines -------------------------------------------------------------- */

/* For words and settings the plan needs no more than settings. Closing leaves the diagnostics. */
void parser_init(struct parser *p, struct plan *plan, const char *file);
void parser_close(struct parser *p);

/* Takes the text apart, a `kind` of text, as "scenario", and calls `parse_line` for every line that
 * has words. ERROR_TEXT: the text as a whole can't be read; of lines the diagnostics tell. */
enum error parse_lines(struct parser *p, const char *kind, const char *text, size_t size,
                       enum error (*parse_line)(struct parser *p));

/* Complains of the whole text. ERROR_TEXT. */
__attribute__((format(printf, 2, 3))) enum error fail_text(struct parser *p, const char *format,
                                                           ...);

/* ---- parse_words.c: words, diagnostics, and common phrases ------------------------------------
 */

bool more_words(const struct parser *p);

/* The next word; at the end of the line an empty one, as often as asked. */
struct word next_word(struct parser *p);
struct word peek_word(const struct parser *p);

/* Takes the next word if it is `text`. */
bool accept_word(struct parser *p, const char *text);

/* Complains of what stands at `at`. ERROR_TEXT. */
__attribute__((format(printf, 3, 4))) enum error fail_at(struct parser *p, struct word at,
                                                         const char *format, ...);

/* Complains of a value: "ttl '5': want a unit", or "ttl: want a unit" where there is none. */
enum error fail_value(struct parser *p, const char *what, struct word at, const char *why);

/* Complains of a word that is none of `words`; `what` as in "'modul' is no route". */
enum error fail_choice(struct parser *p, const char *what, struct word at,
                       const char *const *words);

/* "; did you mean 'ttl'?" or nothing (nor where no diagnostic is told any more). */
struct hint {
    char text[64];
};
struct hint hint(const struct parser *p, struct word word, const char *const *words);

/* The words left make no sense, if there are any. `keywords` could have stood there. */
enum error end_of_line(struct parser *p, const char *form, const char *const *keywords);

/* The next word as a value; `what` names it in diagnostics. */
enum error parse_number(struct parser *p, const char *what, uint64_t least, uint64_t most,
                        uint64_t *number);
enum error parse_duration(struct parser *p, const char *what, int64_t *ns); /* may be 0 */
enum error parse_span(struct parser *p, const char *what, int64_t *ns);     /* above 0 */
enum error parse_distribution(struct parser *p, const char *what, struct distribution *distribution);

/* The next word as an absolute time that is after the cursor. */
enum error parse_until(struct parser *p, int64_t *until_ns);

/* Nobody said until when: right only where the run has an end. */
enum error no_until(struct parser *p, const char *what, int64_t *until_ns);

/* ---- parse_nodes.c --------------------------------------------------------------------------- */

/* What a list may be besides nodes by name. */
enum { LIST_ALL = 1, LIST_ANY = 2, LIST_EACH = 4 };

enum error parse_node(struct parser *p, const char *what, node_id *node);
enum error parse_nodes(struct parser *p, const char *what, unsigned allowed,
                       struct node_list *list);
enum error parse_link(struct parser *p, const char *what, struct link_set *link);
enum error all_nodes(struct parser *p, struct node_list *list);

/* Whether the next words are meant as a link. */
bool link_is_next(const struct parser *p);

/* Begins a new set of nodes; then whether this one is in it already, and puts it in. ERROR_MEMORY
 * from the first alone. */
enum error node_set_begin(struct parser *p);
bool node_set_add(struct parser *p, node_id node);

/* ---- parse_ids.c ----------------------------------------------------------------------------- */

/* Adds the ids of the word (one, a range, or several parted by commas) to p->ids. */
enum error add_ids(struct parser *p, struct word word);

/* Moves p->ids to the plan: `*ids` and `*count`. */
enum error keep_ids(struct parser *p, struct text **ids, uint32_t *count);

/* The next word as ids to draw from. */
enum error parse_id_range(struct parser *p, struct id_range *ids);

/* The next word as one id. */
enum error parse_id(struct parser *p, const char *what, struct text *id);

/* The next word as the exponent of a Zipf distribution over `ids`; when all of `ids` is known,
 * whether such a distribution may be (or else what is wrong `at` its ids); and, when the whole text
 * is right, all tables.
 */
enum error parse_zipf(struct parser *p, struct id_range *ids);
enum error check_zipf(struct parser *p, const struct id_range *ids, struct word at);
enum error build_zipfs(struct parser *p);

/* ---- parse_replies.c ------------------------------------------------------------------------- */

/* Names `count` replies. */
enum error name_replies(struct parser *p, struct word name, uint32_t count, uint32_t *first);

/* The line that was to name replies has an error: they are taken for named. */
enum error name_lost_replies(struct parser *p);

/* Whether an earlier line gave that name, or the part of `word` before a dot. */
bool names_replies(const struct parser *p, struct word word);

/* The replies that `word` names, "a" or "a.2"; `*count` is 0 where nothing can be said of them. */
enum error find_replies(struct parser *p, struct word word, uint32_t *first, uint32_t *count);

/* ---- parse_settings.c ------------------------------------------------------------------------ */

/* The setting of that name; NULL if there is none. */
const struct setting *find_setting(struct word name);

/* Reads a line that begins with the name of a setting. */
enum error parse_setting(struct parser *p, const struct setting *setting, struct word name);

/* Finds how many nodes there are, which may be said after nodes are named. ERROR_MEMORY or OK. */
enum error find_nodes(struct parser *p, const struct override *overrides, size_t overrides_count,
                      const char *text, size_t size);

/* What must hold between settings, when all are made. */
enum error check_settings(struct parser *p);

/* ---- parse_actions.c ------------------------------------------------------------------------- */

struct statement {
    const char *name;
    enum error (*parse)(struct parser *p, const struct statement *statement, struct word name);
    enum error (*fill)(struct parser *p, const struct statement *statement, struct action *action);
    enum action_kind kind; /* where `fill` is not NULL, and what it fills */
    bool begins;           /* settings must stand before it */
    const char *form;
    const char *const *keywords; /* what may stand in it besides values, NULL-ended */
};

/* The statement of that name which is no setting; NULL if there is none. */
const struct statement *find_statement(struct word name);

/* Reads the words of a line, from the name of a statement on. */
enum error parse_statement(struct parser *p);

/* An action that begins with `name`, at the cursor, repeated as the line says. */
struct action action_at(const struct parser *p, enum action_kind kind, struct word name);

/* Adds the action, whose text is the words from `name` to the last one. */
enum error add_action(struct parser *p, struct action *action, struct word name);

/* The words from `first` to the last one of the line, as a text of the plan; NULL without memory.
 */
const char *text_from(struct parser *p, struct word first);

/* Settings end here. */
void begin_run(struct parser *p);

/* ---- parse_requests.c ------------------------------------------------------------------------ */

enum error fill_request(struct parser *p, const struct statement *statement, struct action *action);
enum error fill_clients(struct parser *p, const struct statement *statement, struct action *action);
enum error fill_requests(struct parser *p, const struct statement *statement,
                         struct action *action);

/* ---- parse_expect.c -------------------------------------------------------------------------- */

enum error parse_expect(struct parser *p, const struct statement *statement, struct word name);
enum error parse_always(struct parser *p, const struct statement *statement, struct word name);
enum error parse_sometimes(struct parser *p, const struct statement *statement, struct word name);
enum error parse_eventually(struct parser *p, const struct statement *statement, struct word name);

/* Whether the word has a meaning in `expect`, so that it can't name replies. */
bool means_something(struct word word);

#endif

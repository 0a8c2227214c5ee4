/* What a row of the table of options says: for the parsing, for --help, dpsim(1) and the shells,
 * and for finding out which command the options given mean. */
#ifndef CLI_OPTION_TABLE_H
#define CLI_OPTION_TABLE_H

#include "base/string_builder.h"
#include "cli/options.h"

/* The groups of --help, in their order. */
#define OPTION_GROUPS(X)                                                                           \
    X(RUN, "The run")                                                                              \
    X(OUTPUT, "What it prints and writes")                                                         \
    X(SEARCH, "Many runs")                                                                         \
    X(NET, "Real processes")                                                                       \
    X(HELP, "Help")

enum option_group {
#define X(name, text) OPTION_GROUP_##name,
    OPTION_GROUPS(X)
#undef X
        OPTION_GROUPS_COUNT
};

/* What an argument is, for completion. */
enum argument_kind {
    ARGUMENT_OWN,
    ARGUMENT_FILE,
    ARGUMENT_SETTING,
    ARGUMENT_TOPIC,
    ARGUMENT_PAGE,
    ARGUMENT_SHELL
};

/* A set of modes. */
#define IN_MODE(name)     (1u << MODE_##name)
#define IN_MODES_OF_RUNS  (IN_MODE(RUN) | IN_MODE(NET) | IN_MODE(DRIVE))
#define IN_MODES_OF_SEEDS (IN_MODE(SWEEP) | IN_MODE(COMPARE))
#define IN_ALL_MODES      ((1u << MODES_COUNT) - 1)

struct parsing; /* of option_take.h */

struct option_row {
    char letter;          /* 0: it has no short form */
    const char *name;     /* without the dashes */
    const char *argument; /* NULL: it takes none; in brackets: it may be left out */
    const char *does;     /* a few words without a full stop, for people */
    void (*take)(struct parsing *parsing, const struct option_row *row, const char *argument);
    size_t field; /* offset in struct options of what `take` sets, if it is one of those that set a
                     field */
    enum option_group group;
    enum argument_kind kind;
    unsigned modes;    /* which understand it */
    unsigned needed;   /* which can't do without it */
    const char *alone; /* why it does not go with what other modes understand, as "runs nothing" */
    const char *hint;  /* what may have been meant instead */
    bool rare;         /* in dpsim(1), but neither in --help nor completed */
};

#define OPTIONS_MOST 64u

/* The options given, each once, in the order in which they first came. */
struct options_given {
    const struct option_row *rows[OPTIONS_MOST];
    size_t count;
};

/* Ends with a row without a name. */
extern const struct option_row option_table[];

/* Adds to `why` that the word, without its dashes, is no option: the beginning of several, or of
 * none. */
void options_refuse_name(const char *word, struct string_builder *why);

/* Finds out which mode the options given mean, and adds to `why` what is wrong with them: that two
 * have no effect together, or that one is missing. Returns whether nothing is. */
bool options_mode(const struct options_given *given, enum mode *mode, struct string_builder *why);

/* Adds to `why` what is wrong with the options of this mode: words that it does not take, outputs
 * that have no room. Returns whether nothing is. */
bool options_check(const struct options *options, const struct options_given *given,
                   struct string_builder *why);

const char *mode_usage(enum mode mode);
const char *mode_does(enum mode mode);

#endif

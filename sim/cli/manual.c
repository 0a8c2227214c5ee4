#include "cli/manual.h"

#include "cli/document.h"
#include "cli/help.h"
#include "cli/manual_texts.h"
#include "scenario/suggest.h"

#include <string.h>

#define TOPICS_MOST 32u
#define TOPIC_SIZE  32u

/* A topic of --help, and the page of section 5 that has the same text; NULL: none. */
static const struct section_page {
    const char *name;
    const char *topic;
    const char *text;
    const char *section; /* of the text; NULL: all of it */
    const char *is;
} pages[] = {
    {"scenario", "language", manual_text_language, NULL, "the language of dpsim's scenarios"},
    {"trace", "trace", manual_text_trace, "the trace",
     "the trace of a run of dpsim, as JSON lines"},
    {"cluster", "cluster", manual_text_cluster, "the cluster",
     "the cluster file of dpsim \\-\\-net"},
    {NULL, "json", manual_text_trace, "the summary", NULL},
};

enum { PAGES = sizeof pages / sizeof *pages };

/* ---- topics -------------------------------------------------------------------------------- */

struct topics {
    char words[TOPICS_MOST][TOPIC_SIZE];
    const char *list[TOPICS_MOST + 1]; /* ends with NULL */
    size_t count;
};

static void add_topic(void *context, const char *word)
{
    struct topics *topics = context;
    if (topics->count >= TOPICS_MOST || strlen(word) < 4) /* "A first …", "How …", "The …" */
        return;
    snprintf(topics->words[topics->count], TOPIC_SIZE, "%s", word);
    topics->list[topics->count] = topics->words[topics->count];
    topics->count++;
}

static void gather_topics(struct topics *topics)
{
    topics->count = 0;
    memset(topics->list, 0, sizeof topics->list);
    for (size_t i = 0; i < PAGES; i++)
        add_topic(topics, pages[i].topic);
    document_sections(manual_text_language, add_topic, topics);
}

void manual_topics(struct string_builder *out)
{
    struct topics topics;
    gather_topics(&topics);
    for (size_t i = 0; i < topics.count; i++)
        string_builder_print(out, " %s", topics.list[i]);
}

void manual_pages(struct string_builder *out)
{
    for (size_t i = 0; i < PAGES; i++)
        if (pages[i].name)
            string_builder_print(out, " %s", pages[i].name);
}

const char *manual_suggest(const char *topic)
{
    static struct topics topics;
    gather_topics(&topics);
    return suggest(topic, strlen(topic), topics.list);
}

/* One of several is as good a word for them: `lease` for `leases`. */
static bool is_topic(const char *word, const char *topic)
{
    size_t size = strlen(word);
    return strncmp(word, topic, size) == 0 && (!topic[size] || strcmp(topic + size, "s") == 0);
}

bool manual_help(const char *topic, FILE *out)
{
    struct topics topics;
    for (size_t i = 0; i < PAGES; i++)
        if (strcmp(topic, pages[i].topic) == 0 ||
            (pages[i].name && strcmp(topic, pages[i].name) == 0))
            return document_print(pages[i].text, pages[i].section, out);
    gather_topics(&topics);
    for (size_t i = PAGES; i < topics.count; i++)
        if (is_topic(topic, topics.list[i]))
            return document_print(manual_text_language, topics.list[i], out);
    return false;
}

/* ---- pages --------------------------------------------------------------------------------- */

static void print_row(const struct option_row *row, FILE *out)
{
    fputs(".TP\n", out);
    if (row->letter)
        fprintf(out, "\\fB\\-%c\\fR, ", row->letter);
    fprintf(out, "\\fB\\-\\-");
    document_roff(row->name, out);
    fputs("\\fR", out);
    if (row->argument)
        fprintf(out, " \\fI%s\\fR", row->argument);
    fputc('\n', out);
    document_roff_lines(row->does, out);
}

static void print_head(const char *name, int section, const char *is, FILE *out)
{
    fprintf(out, ".TH %s %d " DPSIM_DATE " \"dpsim " DPSIM_VERSION "\" \"%s\"\n.SH NAME\n", name,
            section, section == 1 ? "User Commands" : "File Formats");
    for (const char *c = name; *c; c++)
        fputc(*c >= 'A' && *c <= 'Z' ? *c + ('a' - 'A') : *c, out);
    fprintf(out, " \\- %s\n", is);
}

static void print_see_also(const char *but, FILE *out)
{
    const char *comma = "";
    fputs(".SH SEE ALSO\n", out);
    if (but) {
        fputs(".BR dpsim (1)", out);
        comma = ",\n";
    }
    for (size_t i = 0; i < PAGES; i++) {
        if (!pages[i].name || (but && strcmp(but, pages[i].name) == 0))
            continue;
        fprintf(out, "%s.BR dpsim\\-%s (5)", comma, pages[i].name);
        comma = ",\n";
    }
    fputc('\n', out);
}

static void print_synopsis(FILE *out)
{
    fputs(".SH SYNOPSIS\n", out);
    for (enum mode mode = 0; mode < MODE_PROCESS; mode++) {
        fputs(mode ? ".br\n.B dpsim\n" : ".B dpsim\n", out);
        document_roff_lines(mode_usage(mode), out);
    }
}

static void print_statuses(FILE *out)
{
    fputs(".SH EXIT STATUS\n", out);
    for (const struct help_status *status = help_statuses; status->text; status++) {
        fprintf(out, ".TP\n.B %d\n", status->number);
        document_roff_lines(status->text, out);
    }
}

static void print_command(const struct option_row *rows, FILE *out)
{
    print_head("DPSIM", 1, "simulate a cluster with one worker per id", out);
    print_synopsis(out);
    fputs(".SH DESCRIPTION\n", out);
    document_roff_lines(help_about, out);
    fputs(".SH OPTIONS\n", out);
    for (enum option_group group = 0; group < OPTION_GROUPS_COUNT; group++) {
        fprintf(out, ".SS %s\n", help_group_name(group));
        for (const struct option_row *row = rows; row->name; row++)
            if (row->group == group)
                print_row(row, out);
    }
    print_statuses(out);
    fputs(".SH SUMMARY AS JSON\n", out);
    document_man(manual_text_trace, "the summary", out);
    fputs(".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nIf set and not empty, nothing is coloured.\n"
          ".TP\n.B TERM\nIf it is\n.IR dumb ,\nnothing is coloured, and no progress is shown.\n"
          ".SH EXAMPLES\n",
          out);
    for (const struct help_example *example = help_examples; example->command; example++) {
        fputs(".TP\n.B ", out);
        document_roff_lines(example->command, out);
        document_roff_lines(example->does, out);
    }
    print_see_also(NULL, out);
}

bool manual_page(const char *name, const struct option_row *rows, FILE *out)
{
    char upper[64];
    if (!name) {
        print_command(rows, out);
        return true;
    }
    for (size_t i = 0; i < PAGES; i++) {
        const struct section_page *page = &pages[i];
        if (!page->name || strcmp(name, page->name) != 0)
            continue;
        snprintf(upper, sizeof upper, "DPSIM-%s", page->name);
        for (char *c = upper; *c; c++)
            *c = *c >= 'a' && *c <= 'z' ? (char)(*c - ('a' - 'A')) : *c;
        print_head(upper, 5, page->is, out);
        fputs(".SH DESCRIPTION\n", out);
        document_man(page->text, page->section, out);
        print_see_also(name, out);
        return true;
    }
    return false;
}

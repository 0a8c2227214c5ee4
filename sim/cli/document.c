#include "cli/document.h"

#include "base/string_builder.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define COLUMNS      78 /* of 80, so that no terminal breaks a line */
#define TABLE_COLUMN 28
#define ROFF_COLUMNS 70 /* before dashes are escaped */
#define CELLS_MOST   8u
#define WORD_SIZE    32u

enum document_block { BLOCK_NONE, BLOCK_PARAGRAPH, BLOCK_ITEM };

/* How the blocks of a text are printed: for a terminal or in roff. */
struct form {
    void (*heading)(unsigned level, const char *text, FILE *out);
    void (*paragraph)(const char *text, bool is_first, FILE *out); /* below a heading */
    void (*item)(const char *text, FILE *out);
    void (*row)(const char *head, const char *text, FILE *out);
    void (*code)(const char *line, FILE *out);
    void (*code_edge)(bool begins, bool is_first, FILE *out);
    void (*list_end)(FILE *out); /* after items or rows */
    bool titles_itself;          /* what prints a section has a heading of its own for it */
};

/* ---- lines --------------------------------------------------------------------------------- */

/* A text between its lines: what is gathered of a block. */
struct document_walk {
    const struct form *form;
    const char *section;    /* NULL: all */
    unsigned section_level; /* of the last heading that could begin or end it */
    FILE *out;
    enum document_block block; /* which is in `text` */
    struct string_builder text;
    char head[CELLS_MOST][WORD_SIZE]; /* the table's, as far as it has one */
    size_t head_count;
    bool in_code, in_section, in_list, below_heading, any;
    bool in_preamble; /* of the whole text: only its first paragraph is for users */
};

/* Whether a link begins here: [words](where). */
static bool is_link(const char *text, size_t size)
{
    const char *end = memchr(text, ']', size);
    return end && end + 1 < text + size && end[1] == '(';
}

/* Adds a text without what Markdown marks it up with: what is code stays as it is. */
static void add_inline(struct string_builder *to, const char *text, size_t size)
{
    bool code = false;
    for (size_t i = 0; i < size; i++) {
        bool pair = i + 1 < size;
        if (text[i] == '`') {
            code = !code;
        } else if (text[i] == '\\' && pair && (text[i + 1] == '|' || !code)) {
            string_builder_add_char(to, text[++i]);
        } else if (!code && text[i] == '*' && pair && text[i + 1] == '*') {
            i++;
        } else if (!code && text[i] == ']' && pair && text[i + 1] == '(') {
            while (i < size && text[i] != ')')
                i++;
        } else if (code || text[i] != '[' || !is_link(text + i, size - i)) {
            string_builder_add_char(to, text[i]);
        }
    }
}

static void flush(struct document_walk *walk)
{
    struct string_builder text = {0};
    if (walk->text.text)
        add_inline(&text, walk->text.text, walk->text.size);
    if (text.text && walk->block == BLOCK_PARAGRAPH && walk->in_section)
        walk->form->paragraph(text.text, walk->below_heading, walk->out);
    else if (text.text && walk->block == BLOCK_ITEM && walk->in_section)
        walk->form->item(text.text, walk->out);
    walk->in_list |= walk->block == BLOCK_ITEM && walk->in_section;
    if (walk->in_preamble && walk->block != BLOCK_NONE)
        walk->in_section = false;
    string_builder_close(&text);
    string_builder_close(&walk->text);
    walk->below_heading &= walk->block == BLOCK_NONE;
    walk->block = BLOCK_NONE;
}

/* Whether the heading begins with the word, which ends there. */
static bool is_section(const char *heading, const char *word)
{
    size_t size = strlen(word);
    return strncasecmp(heading, word, size) == 0 && !isalnum((unsigned char)heading[size]);
}

static void take_heading(struct document_walk *walk, const char *line, size_t size)
{
    struct string_builder text = {0};
    unsigned level = (unsigned)strspn(line, "#");
    flush(walk);
    walk->head_count = 0;
    add_inline(&text, line + level + 1, size - level - 1);
    bool title = level == 1;
    if (walk->section && (!walk->in_section || level <= walk->section_level)) {
        walk->in_section = !title && text.text && is_section(text.text, walk->section);
        walk->section_level = level;
    }
    if (walk->in_preamble && level == 2) {
        walk->in_preamble = false;
        walk->in_section = true;
    }
    walk->any |= walk->in_section;
    bool own = walk->section && level == walk->section_level && walk->form->titles_itself;
    if (walk->in_section && !title && !own && text.text)
        walk->form->heading(level, text.text, walk->out);
    walk->below_heading = true;
    string_builder_close(&text);
}

/* The cells between the bars of a table's row; a bar in it stands as \|. Returns their number. */
static size_t split(const char *line, size_t size, struct string_builder *cells)
{
    size_t count = 0, from = 1;
    for (size_t i = 1; i < size && count < CELLS_MOST; i++) {
        if (line[i] != '|' || line[i - 1] == '\\')
            continue;
        size_t to = i;
        while (from < to && line[from] == ' ')
            from++;
        while (to > from && line[to - 1] == ' ')
            to--;
        cells[count] = (struct string_builder){0};
        add_inline(&cells[count++], line + from, to - from);
        from = i + 1;
    }
    return count;
}

static const char *cell_text(const struct string_builder *cell)
{
    return cell->text ? cell->text : "";
}

/* The first cell is the head; of the others each but the last is named by its column. */
static void print_row(struct document_walk *walk, const struct string_builder *cells, size_t count)
{
    struct string_builder text = {0};
    for (size_t i = 1; i < count; i++) {
        if (!*cell_text(&cells[i]))
            continue;
        if (text.size)
            string_builder_add(&text, "; ");
        if (i + 1 < count && i < walk->head_count)
            string_builder_print(&text, "%s: ", walk->head[i]);
        string_builder_add(&text, cell_text(&cells[i]));
    }
    walk->form->row(cell_text(&cells[0]), cell_text(&text), walk->out);
    walk->in_list = true;
    walk->below_heading = false;
    string_builder_close(&text);
}

static void take_row(struct document_walk *walk, const char *line, size_t size)
{
    struct string_builder cells[CELLS_MOST];
    flush(walk);
    if (size > 2 && line[1] == '-')
        return;
    size_t count = split(line, size, cells);
    if (!walk->head_count) {
        walk->head_count = count;
        for (size_t i = 0; i < count; i++)
            snprintf(walk->head[i], WORD_SIZE, "%s", cell_text(&cells[i]));
    } else if (walk->in_section && count) {
        print_row(walk, cells, count);
    }
    for (size_t i = 0; i < count; i++)
        string_builder_close(&cells[i]);
}

static void take_words(struct document_walk *walk, const char *line, size_t size)
{
    bool item = line[0] == '-' && line[1] == ' ';
    if (item)
        flush(walk);
    if (walk->block == BLOCK_NONE)
        walk->block = item ? BLOCK_ITEM : BLOCK_PARAGRAPH;
    else
        string_builder_add_char(&walk->text, ' ');
    while (size && *line == ' ')
        line++, size--;
    string_builder_add_bytes(&walk->text, line + (item ? 2 : 0), size - (item ? 2 : 0));
}

static void take_line(struct document_walk *walk, const char *line, size_t size)
{
    bool fence = size >= 3 && strncmp(line, "```", 3) == 0;
    if (fence) {
        flush(walk);
        walk->in_code = !walk->in_code;
        if (walk->in_section)
            walk->form->code_edge(walk->in_code, walk->below_heading, walk->out);
        walk->below_heading = false;
    } else if (walk->in_code) {
        char copy[512];
        snprintf(copy, sizeof copy, "%.*s", (int)size, line);
        if (walk->in_section)
            walk->form->code(copy, walk->out);
    } else if (size == 0) {
        flush(walk);
        walk->head_count = 0;
        if (walk->in_list)
            walk->form->list_end(walk->out);
        walk->in_list = false;
    } else if (line[0] == '#') {
        take_heading(walk, line, size);
    } else if (line[0] == '|') {
        take_row(walk, line, size);
    } else {
        take_words(walk, line, size);
    }
}

static bool walk_text(const struct form *form, const char *markdown, const char *section, FILE *out)
{
    struct document_walk walk = {.form = form,
                                 .section = section,
                                 .out = out,
                                 .in_section = !section,
                                 .any = !section,
                                 .in_preamble = !section};
    while (*markdown) {
        size_t size = strcspn(markdown, "\n");
        take_line(&walk, markdown, size);
        markdown += size + (markdown[size] == '\n');
    }
    flush(&walk);
    return walk.any;
}

void document_sections(const char *markdown, void (*take)(void *context, const char *word),
                       void *context)
{
    for (const char *at = markdown; (at = strstr(at, "\n##")); at++) {
        char word[WORD_SIZE];
        size_t size = 0;
        const char *name = at + 1 + strspn(at + 1, "#") + 1;
        while (size + 1 < sizeof word &&
               (isalnum((unsigned char)name[size]) || name[size] == '-')) { /* as Hand-over */
            word[size] = (char)tolower((unsigned char)name[size]);
            size++;
        }
        word[size] = '\0';
        take(context, word);
    }
}

/* ---- for a terminal ------------------------------------------------------------------------ */

/* Characters, which are columns here. */
static int width(const char *bytes, int size)
{
    int columns = 0;
    for (int i = 0; i < size; i++)
        columns += ((unsigned char)bytes[i] & 0xc0) != 0x80;
    return columns;
}

void document_wrap(const char *words, int at, int column, FILE *out)
{
    bool fresh = true;
    while (*words) {
        int size = (int)strcspn(words, " "), columns = width(words, size);
        if (!fresh && at + 1 + columns > COLUMNS) {
            fprintf(out, "\n%*s", column, "");
            at = column;
        } else if (!fresh) {
            fputc(' ', out);
            at++;
        }
        fwrite(words, 1, (size_t)size, out);
        at += columns;
        fresh = false;
        words += size + (words[size] == ' ');
    }
    fputc('\n', out);
}

void document_head(const char *head, const char *text, int column, FILE *out)
{
    int at = 2 + width(head, (int)strlen(head));
    fprintf(out, "  %s", head);
    if (at + 2 > column) {
        fputc('\n', out);
        at = 0;
    }
    fprintf(out, "%*s", column - at, "");
    document_wrap(text, column, column, out);
}

static void plain_heading(unsigned level, const char *text, FILE *out)
{
    fputc('\n', out);
    for (; *text; text++)
        fputc(level == 2 ? toupper((unsigned char)*text) : *text, out);
    fputs("\n\n", out);
}

static void plain_paragraph(const char *text, bool is_first, FILE *out)
{
    (void)is_first;
    document_wrap(text, 0, 0, out);
    fputc('\n', out);
}

static void plain_item(const char *text, FILE *out)
{
    fputs("- ", out);
    document_wrap(text, 2, 2, out);
}

static void plain_row(const char *head, const char *text, FILE *out)
{
    document_head(head, text, TABLE_COLUMN, out);
}

static void plain_code(const char *line, FILE *out)
{
    fprintf(out, *line ? "    %s\n" : "%s\n", line);
}

static void plain_code_edge(bool begins, bool is_first, FILE *out)
{
    (void)is_first;
    fputs(begins ? "" : "\n", out);
}

static void plain_list_end(FILE *out)
{
    fputc('\n', out);
}

bool document_print(const char *markdown, const char *section, FILE *out)
{
    static const struct form form = {.heading = plain_heading,
                                     .paragraph = plain_paragraph,
                                     .item = plain_item,
                                     .row = plain_row,
                                     .code = plain_code,
                                     .code_edge = plain_code_edge,
                                     .list_end = plain_list_end};
    return walk_text(&form, markdown, section, out);
}

/* ---- roff ---------------------------------------------------------------------------------- */

static void roff_bytes(const char *text, size_t size, FILE *out)
{
    if (size && (*text == '.' || *text == '\''))
        fputs("\\&", out);
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '-')
            fputs("\\-", out);
        else if (text[i] == '\\')
            fputs("\\e", out);
        else
            fputc(text[i], out);
    }
}

void document_roff(const char *text, FILE *out)
{
    roff_bytes(text, strlen(text), out);
}

void document_roff_lines(const char *text, FILE *out)
{
    size_t at = 0;
    while (*text) {
        size_t size = strcspn(text, " ");
        bool breaks = at && at + size > ROFF_COLUMNS;
        if (at)
            fputc(breaks ? '\n' : ' ', out);
        roff_bytes(text, size, out);
        at = (breaks ? 0 : at) + size + 1;
        text += size + (text[size] == ' ');
    }
    fputc('\n', out);
}

static void roff_heading(unsigned level, const char *text, FILE *out)
{
    fputs(level == 2 ? ".SH " : ".SS ", out);
    for (; *text; text++)
        fputc(level == 2 ? toupper((unsigned char)*text) : *text, out);
    fputc('\n', out);
}

static void roff_paragraph(const char *text, bool is_first, FILE *out)
{
    fputs(is_first ? "" : ".PP\n", out);
    document_roff_lines(text, out);
}

static void roff_item(const char *text, FILE *out)
{
    fputs(".IP \\(bu 2\n", out);
    document_roff_lines(text, out);
}

static void roff_row(const char *head, const char *text, FILE *out)
{
    fputs(".TP\n\\fB", out);
    document_roff(head, out);
    fputs("\\fR\n", out);
    document_roff_lines(*text ? text : " ", out);
}

static void roff_code(const char *line, FILE *out)
{
    if (*line)
        document_roff(line, out);
    fputc('\n', out);
}

static void roff_code_edge(bool begins, bool is_first, FILE *out)
{
    if (begins && !is_first)
        fputs(".PP\n", out);
    fputs(begins ? ".RS 4\n.nf\n" : ".fi\n.RE\n", out);
}

static void roff_list_end(FILE *out)
{
    (void)out;
}

bool document_man(const char *markdown, const char *section, FILE *out)
{
    static const struct form form = {.heading = roff_heading,
                                     .paragraph = roff_paragraph,
                                     .item = roff_item,
                                     .row = roff_row,
                                     .code = roff_code,
                                     .code_edge = roff_code_edge,
                                     .list_end = roff_list_end,
                                     .titles_itself = true};
    return walk_text(&form, markdown, section, out);
}

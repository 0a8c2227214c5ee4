/* A README as text for a terminal, or as the body of a man page: one source for people who read it
 * here, there or in the repository. It knows the Markdown that READMEs of this project use:
 * headings, paragraphs, lists, tables, fenced blocks, `code`, **bold** and [links](of). */
#ifndef CLI_DOCUMENT_H
#define CLI_DOCUMENT_H

#include "base/base.h"

#include <stdio.h>

/* Prints the text but for its title and, of what stands before the first heading below it, all but
 * the first paragraph: the rest is about the repository. Or, if `section` is not NULL, prints the
 * part below the heading which begins with that word, whatever its case. Returns whether there is
 * any. */
bool document_print(const char *markdown, const char *section, FILE *out);

/* Likewise, in roff. */
bool document_man(const char *markdown, const char *section, FILE *out);

/* Text for roff: a dash is a dash, a backslash is itself, and no line begins with a command. As
 * part of a line; and as lines of its own, broken between words. */
void document_roff(const char *text, FILE *out);
void document_roff_lines(const char *text, FILE *out);

/* Prints words from column `at` on, each further line from column `column` on, in 78 columns. */
void document_wrap(const char *words, int at, int column, FILE *out);

/* Prints a head and its text beside it, from that column on, or below where the head is too long.
 */
void document_head(const char *head, const char *text, int column, FILE *out);

/* The first words of the headings below the title, in lower case: calls `take` for each. */
void document_sections(const char *markdown, void (*take)(void *context, const char *word),
                       void *context);

#endif

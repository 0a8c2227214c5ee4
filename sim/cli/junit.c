#include "cli/junit.h"

#include "base/duration.h"
#include "base/utf8.h"
#include "cli/outputs.h"
#include "cli/report.h"

#include <inttypes.h>
#include <string.h>

#define CASES_IN_MEMORY (UINT32_C(1) << 20) /* bytes */

/* What a character of XML 1.0 is, besides those of one byte. */
static bool is_character(uint32_t c)
{
    return c >= ' ' && c != 0xfffe && c != 0xffff;
}

static void add_ascii(struct string_builder *xml, char c)
{
    switch (c) {
    case '&':
        string_builder_add(xml, "&amp;");
        break;
    case '<':
        string_builder_add(xml, "&lt;");
        break;
    case '>':
        string_builder_add(xml, "&gt;");
        break;
    case '"':
        string_builder_add(xml, "&quot;");
        break;
    case '\t':
    case '\n':
        string_builder_print(xml, "&#%d;", c);
        break;
    default:
        if (c >= ' ' && c <= '~')
            string_builder_add_char(xml, c);
        else
            string_builder_print(xml, "\\x%02x", (unsigned char)c);
        break;
    }
}

static void add_text(struct string_builder *xml, const char *text)
{
    size_t left = strlen(text);
    while (left) {
        uint32_t character = 0;
        size_t size = utf8_next(text, left, &character);
        if (size > 1 && is_character(character)) {
            string_builder_add_bytes(xml, text, size);
        } else {
            size = 1;
            add_ascii(xml, *text);
        }
        text += size;
        left -= size;
    }
}

static void add_attribute(struct string_builder *xml, const char *name, const char *value)
{
    string_builder_print(xml, " %s=\"", name);
    add_text(xml, value);
    string_builder_add(xml, "\"");
}

static void add_time(struct string_builder *xml, int64_t ns)
{
    int64_t us = (ns > 0 ? ns : 0) / NS_PER_US;
    string_builder_print(xml, " time=\"%" PRId64 ".%06" PRId64 "\"", us / 1000000, us % 1000000);
}

enum status junit_open(struct junit *junit, const char *file)
{
    *junit = (struct junit){.file = file};
    enum status status = output_open(&junit->out, file);
    if (status)
        return status;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"dpsim\">\n", junit->out);
    return STATUS_HELD;
}

/* Moves the cases so far to the file. */
static void spool(struct junit *junit)
{
    struct string_builder *cases = &junit->cases;
    if (cases->failed || cases->size < CASES_IN_MEMORY)
        return;
    if (!junit->spool && !(junit->spool = tmpfile()))
        cases->failed = true;
    else if (fwrite(cases->text, 1, cases->size, junit->spool) != cases->size)
        cases->failed = true;
    cases->size = 0;
}

/* Copies what was moved there to the report. */
static void unspool(struct junit *junit)
{
    char bytes[16384];
    size_t size;
    if (!junit->spool)
        return;
    rewind(junit->spool);
    while ((size = fread(bytes, 1, sizeof bytes, junit->spool)))
        fwrite(bytes, 1, size, junit->out);
}

static void close_spool(struct junit *junit)
{
    if (junit->spool)
        fclose(junit->spool);
    junit->spool = NULL;
}

void junit_add(struct junit *junit, const struct junit_case *test)
{
    static const char *const elements[] = {
        [JUNIT_FAILED] = "failure", [JUNIT_ERROR] = "error", [JUNIT_SKIPPED] = "skipped"};
    spool(junit);
    struct string_builder *xml = &junit->cases;
    const char *element = elements[test->result];
    junit->counts[test->result]++;
    string_builder_add(xml, "    <testcase");
    add_attribute(xml, "classname", test->group);
    add_attribute(xml, "name", test->name);
    add_time(xml, test->time_ns);
    if (!element) {
        string_builder_add(xml, "/>\n");
        return;
    }
    string_builder_print(xml, ">\n      <%s", element);
    add_attribute(xml, "message", test->why ? test->why : "");
    if (test->more) {
        string_builder_add(xml, ">");
        add_text(xml, test->more);
        string_builder_print(xml, "</%s>\n    </testcase>\n", element);
    } else {
        string_builder_add(xml, "/>\n    </testcase>\n");
    }
}

void junit_end_suite(struct junit *junit, const char *name, int64_t time_ns)
{
    struct string_builder head = {0};
    uint64_t tests = 0;
    for (size_t i = 0; i < JUNIT_RESULTS_COUNT; i++)
        tests += junit->counts[i];
    string_builder_add(&head, "  <testsuite");
    add_attribute(&head, "name", name);
    string_builder_print(&head,
                         " tests=\"%" PRIu64 "\" failures=\"%" PRIu64 "\" errors=\"%" PRIu64
                         "\" skipped=\"%" PRIu64 "\"",
                         tests, junit->counts[JUNIT_FAILED], junit->counts[JUNIT_ERROR],
                         junit->counts[JUNIT_SKIPPED]);
    add_time(&head, time_ns);
    if (!head.failed && !junit->cases.failed) {
        fprintf(junit->out, "%s>\n", head.text);
        unspool(junit);
        fprintf(junit->out, "%s  </testsuite>\n", junit->cases.size ? junit->cases.text : "");
    }
    close_spool(junit);
    junit->no_memory |= head.failed || junit->cases.failed;
    string_builder_close(&head);
    string_builder_close(&junit->cases);
    memset(junit->counts, 0, sizeof junit->counts);
}

enum status junit_close(struct junit *junit)
{
    string_builder_close(&junit->cases);
    close_spool(junit);
    fputs("</testsuites>\n", junit->out);
    enum status status = output_close(junit->out, junit->file, OUTPUT_DOCUMENT);
    return junit->no_memory ? report(STATUS_FAILED, junit->file, "out of memory") : status;
}

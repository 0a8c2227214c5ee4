#include "support/parsed.h"

#include "base/memory.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#define SETTINGS_MAX 16u

static enum error parse(const char *text, const char *const *settings, struct plan *plan,
                        char **diagnostics)
{
    struct override overrides[SETTINGS_MAX] = {{NULL, NULL, NULL}};
    char options[SETTINGS_MAX][128], keys[SETTINGS_MAX][128];
    size_t count = 0;
    for (; settings && settings[count]; count++) {
        const char *sign = strchr(settings[count], '=');
        must(count < SETTINGS_MAX && sign && strlen(settings[count]) < 100);
        snprintf(options[count], sizeof options[count], "--set %s", settings[count]);
        snprintf(keys[count], sizeof keys[count], "%.*s", (int)(sign - settings[count]),
                 settings[count]);
        overrides[count] = (struct override){options[count], keys[count], sign + 1};
    }
    return parse_scenario(plan, "x.txt", text, strlen(text), overrides, count, diagnostics);
}

struct plan parsed_with(const char *text, const char *const *settings)
{
    struct plan plan;
    char *diagnostics = NULL;
    enum error error = parse(text, settings, &plan, &diagnostics);
    CU_ASSERT_EQUAL(error, OK);
    if (error == ERROR_TEXT)
        printf("\n%s", diagnostics);
    memory_free(diagnostics);
    return error ? (struct plan){.actions = NULL} : plan;
}

struct plan parsed(const char *text)
{
    return parsed_with(text, NULL);
}

const char *diagnostics_about(const char *text, const char *const *settings)
{
    static char kept[1 << 16];
    struct plan plan;
    char *diagnostics = NULL;
    enum error error = parse(text, settings, &plan, &diagnostics);
    if (error == OK)
        plan_close(&plan);
    snprintf(kept, sizeof kept, "%s", diagnostics ? diagnostics : "");
    memory_free(diagnostics);
    return kept;
}

/* Line number `line` of `text`, without its end. */
static void line_of(const char *text, uint32_t line, char *to, size_t size)
{
    while (--line && strchr(text, '\n'))
        text = strchr(text, '\n') + 1;
    snprintf(to, size, "%.*s", (int)strcspn(text, "\r\n"), text);
}

void diagnostic_equals(const char *got, const char *text, uint32_t line, uint32_t column,
                       const char *words)
{
    char source[512], caret[512], wanted[2048];
    line_of(text, line, source, sizeof source);
    for (uint32_t i = 0; i + 1 < column; i++)
        caret[i] = i < strlen(source) && source[i] == '\t' ? '\t' : ' ';
    caret[column - 1] = '\0';
    snprintf(wanted, sizeof wanted, "x.txt:%u:%u: error: %s\n%5u | %s\n      | %s^\n", line, column,
             words, line, source, caret);
    if (strcmp(got, wanted) != 0)
        printf("\nwanted:\n%sgot:\n%s", wanted, got);
    CU_ASSERT_STRING_EQUAL(got, wanted);
}

void diagnostic_is(const char *text, uint32_t line, uint32_t column, const char *words)
{
    diagnostic_equals(diagnostics_about(text, NULL), text, line, column, words);
}

void diagnostics_are(const struct wrong *wrong, size_t count)
{
    for (size_t i = 0; i < count; i++)
        diagnostic_is(wrong[i].text, wrong[i].line, wrong[i].column, wrong[i].words);
}

size_t times_in(const char *part, const char *text)
{
    size_t times = 0;
    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        times++;
    return times;
}

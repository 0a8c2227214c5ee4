#include "cli/report.h"

#include "base/memory.h"
#include "base/string_builder.h"

#include <errno.h>
#include <string.h>

static char first[1024];

/* A longer line is cut between two characters. */
static void keep(const char *message)
{
    struct string_builder line = string_builder_over(first, sizeof first);
    string_builder_add_bytes(&line, message, strcspn(message, "\n"));
}

enum status report(enum status status, const char *what, const char *why)
{
    static char last[2 * sizeof first];
    char message[sizeof last];
    snprintf(message, sizeof message, "%s: %s", what, why);
    if (strcmp(message, last) != 0)
        fprintf(stderr, "dpsim: %s: %s\n", what, why);
    memcpy(last, message, sizeof last);
    if (!*first)
        keep(message);
    return status;
}

enum status report_unread(const char *file)
{
    return report(errno == ENOMEM ? STATUS_FAILED : STATUS_WRONG, file, strerror(errno));
}

enum status report_unparsed(enum error error, const char *file, char *diagnostics)
{
    if (error == ERROR_MEMORY)
        return report(STATUS_FAILED, file, "out of memory");
    fputs(diagnostics, stderr);
    if (!*first)
        keep(diagnostics);
    memory_free(diagnostics);
    return STATUS_WRONG;
}

const char *report_first(void)
{
    return first;
}

void report_forget(void)
{
    *first = '\0';
}

#include "cli/report.h"

#include "base/memory.h"

#include <errno.h>
#include <string.h>

enum status report(enum status status, const char *what, const char *why)
{
    fprintf(stderr, "dpsim: %s: %s\n", what, why);
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
    memory_free(diagnostics);
    return STATUS_WRONG;
}

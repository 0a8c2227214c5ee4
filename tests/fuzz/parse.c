/* libFuzzer's way into the parser: any text makes a plan, or diagnostics with their places, and
 * nothing leaks. */
#include "scenario/parse.h"
#include "base/memory.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct plan plan;
    char *diagnostics = NULL;
    enum error error =
        parse_scenario(&plan, "fuzz", (const char *)bytes, size, NULL, 0, &diagnostics);
    if (error == OK)
        plan_close(&plan);
    if (error != ERROR_TEXT)
        return 0;
    must(strncmp(diagnostics, "fuzz:", strlen("fuzz:")) == 0);
    memory_free(diagnostics);
    return 0;
}

/* libFuzzer's door to the parser: any text makes a plan or placed complaints, and leaks nothing. */
#include "scenario/parse.h"
#include "core/memory.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct plan plan;
    char *complaints = NULL;
    enum error error =
        parse_scenario(&plan, "fuzz", (const char *)bytes, size, NULL, 0, &complaints);
    if (error == OK)
        plan_close(&plan);
    if (error != ERROR_TEXT)
        return 0;
    must(strncmp(complaints, "fuzz:", strlen("fuzz:")) == 0);
    memory_free(complaints);
    return 0;
}

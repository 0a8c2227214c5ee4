/* libFuzzer's way into the parser: any text makes a plan, or diagnostics with their places, and
 * nothing leaks. A plan that is printed makes the same text again when it is parsed. */
#include "scenario/parse.h"
#include "base/memory.h"
#include "scenario/plan_printer.h"

#include <stdlib.h>
#include <string.h>

#define ACTIONS_PRINTED 64u /* of larger plans nothing is printed */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* To be freed. */
static char *printed(const struct plan *plan)
{
    const struct action *actions[ACTIONS_PRINTED];
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    must(out);
    for (size_t i = 0; i < plan->actions_count; i++)
        actions[i] = &plan->actions[i];
    must(!plan_print(out, plan, actions, plan->actions_count));
    fclose(out);
    return text;
}

static void print_and_parse(const struct plan *plan)
{
    struct plan again;
    char *diagnostics = NULL, *first = printed(plan);
    enum error error = parse_scenario(&again, "fuzz", first, strlen(first), NULL, 0, &diagnostics);
    if (error)
        fprintf(stderr, "%s\n%s\n", first, diagnostics);
    must(!error);
    char *second = printed(&again);
    if (strcmp(first, second) != 0)
        fprintf(stderr, "%s\n%s\n", first, second);
    must(strcmp(first, second) == 0);
    free(first);
    free(second);
    plan_close(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct plan plan;
    char *diagnostics = NULL;
    enum error error =
        parse_scenario(&plan, "fuzz", (const char *)bytes, size, NULL, 0, &diagnostics);
    if (error == OK && plan.actions_count <= ACTIONS_PRINTED)
        print_and_parse(&plan);
    if (error == OK)
        plan_close(&plan);
    if (error != ERROR_TEXT)
        return 0;
    must(strncmp(diagnostics, "fuzz:", strlen("fuzz:")) == 0);
    memory_free(diagnostics);
    return 0;
}

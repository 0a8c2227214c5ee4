#include "support/net_loading.h"

#include "support/suite.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#define PATIENCE_MS 100000 /* a busy machine takes its time, and valgrind */

static void (*log_lines)(void *context, const struct text *id, const char *line);

void loading_log(void (*log)(void *context, const struct text *id, const char *line))
{
    log_lines = log;
}

static void open_loader(struct loading *loading, const char *command, enum loader_kind kind,
                        uint32_t at_once)
{
    struct loader_setup setup = {.kind = kind,
                                 .command = command,
                                 .node = "n1",
                                 .at_once = at_once,
                                 .limit_ns = LOADING_LIMIT_NS,
                                 .size_max = LOADING_SIZE_MAX,
                                 .log = log_lines};
    struct failure failure = {0};
    loading->started = 0;
    loading->loader = loader_new(&setup, &failure);
    if (!loading->loader)
        fprintf(stderr, "loader_new: %s\n", failure.text);
    must(loading->loader);
}

void loading_open(struct loading *loading, const char *script, const char *arguments,
                  uint32_t at_once)
{
    char command[400];
    scripts_open(&loading->scripts, script);
    snprintf(command, sizeof command, "%s%s", loading->scripts.path, arguments);
    open_loader(loading, command, LOADER_OF_VALUES, at_once);
}

void loading_open_command(struct loading *loading, const char *command, uint32_t at_once)
{
    scripts_open(&loading->scripts, "");
    open_loader(loading, command, LOADER_OF_VALUES, at_once);
}

void loading_open_turns(struct loading *loading, const char *script, enum loader_kind kind,
                        uint32_t at_once)
{
    scripts_open(&loading->scripts, script);
    open_loader(loading, loading->scripts.path, kind, at_once);
}

void loading_close(struct loading *loading)
{
    loader_delete(loading->loader);
    scripts_close(&loading->scripts);
}

void loading_start_until(struct loading *loading, const char *id, int64_t until_ns)
{
    struct text text = text_borrow(id, strlen(id));
    struct worker_ref worker = {.slot = 7, .number = ++loading->started};
    struct loader_task task = {
        .worker = worker, .id = &text, .until_ns = until_ns, .ends_ns = until_ns};
    must(loader_start(loading->loader, &task, LOADING_NOW_NS) == OK);
}

void loading_start_turn(struct loading *loading, uint64_t worker, const char *id,
                        const char *payload, int64_t until_ns)
{
    struct text text = text_borrow(id, strlen(id)), demand = {0};
    struct text more = text_borrow(payload, payload ? strlen(payload) : 0);
    if (payload)
        must(demand_make(&demand, &text, &more) == OK);
    struct loader_task task = {.worker = {.slot = 7, .number = worker},
                               .id = &text,
                               .until_ns = until_ns,
                               .ends_ns = TIME_NEVER,
                               .demand = &demand,
                               .token = "t1",
                               .try = 1};
    must(loader_start(loading->loader, &task, LOADING_NOW_NS) == OK);
    text_clear(&demand);
}

void loading_start(struct loading *loading, const char *id)
{
    loading_start_until(loading, id, LOADING_UNTIL_NS);
}

struct loaded loading_await(struct loading *loading)
{
    struct loaded loaded = {.failure.error = ERROR_IO};
    struct pollfd watched = {.fd = loader_fd(loading->loader), .events = POLLIN};
    while (!loader_take(loading->loader, LOADING_NOW_NS, &loaded)) {
        int ready = poll(&watched, 1, PATIENCE_MS);
        CU_ASSERT_EQUAL(ready, 1);
        if (ready != 1)
            return loaded;
    }
    CU_ASSERT_EQUAL(loaded.worker.slot, 7);
    text_clear(&loaded.id);
    return loaded;
}

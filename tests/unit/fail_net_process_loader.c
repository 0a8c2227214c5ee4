/* The loader without memory: it says so, and owes no more and no less than it promised. */
#include "net/process/loader.h"

#include "support/memory_fail.h"
#include "support/suite.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/* Prints enough for the output's buffer to grow. */
#define COMMAND "head -c 20000"

static const char long_id[] = "/dev/../dev/../dev/zero";

/* One load from beginning to end. OK: it has loaded. */
static enum error load_once(void)
{
    struct loader_setup setup = {
        .command = COMMAND, .node = "n1", .at_once = 2, .limit_ns = NS_PER_S, .size_max = 100000};
    struct failure failure = {0};
    struct loader *loader = loader_new(&setup, &failure);
    if (!loader) {
        CU_ASSERT_STRING_EQUAL(failure.text, "out of memory");
        return ERROR_MEMORY;
    }
    struct text id = text_borrow(long_id, strlen(long_id));
    struct loader_task task = {
        .worker.number = 1, .id = &id, .until_ns = NS_PER_S, .ends_ns = NS_PER_S};
    enum error error = loader_start(loader, &task, 0);
    struct loaded loaded;
    struct pollfd watched = {.fd = loader_fd(loader), .events = POLLIN};
    if (error == OK) {
        while (!loader_take(loader, 0, &loaded) && poll(&watched, 1, 100000) == 1)
            ;
        error = loaded.failure.error;
        CU_ASSERT_STRING_EQUAL(loaded.failure.text, loaded.failure.error ? "out of memory" : "");
        text_clear(&loaded.value);
        text_clear(&loaded.id);
    }
    CU_ASSERT_FALSE(loader_take(loader, 0, &loaded));
    loader_delete(loader);
    return error;
}

static void a_load_without_memory_fails_in_an_orderly_way(void)
{
    for (long nth = 1;; nth++) {
        memory_fail_at(nth, false);
        enum error error = load_once();
        bool over = memory_fail_calls() < nth;
        memory_fail_at(0, false);
        CU_ASSERT_EQUAL(memory_fail_blocks(), 0);
        CU_ASSERT_EQUAL(error, over ? OK : ERROR_MEMORY);
        if (over || nth == 30)
            break;
    }
}

static void a_start_without_memory_owes_nothing(void)
{
    struct loader_setup setup = {
        .command = "echo", .node = "n1", .at_once = 1, .limit_ns = NS_PER_S, .size_max = 100};
    struct failure failure = {0};
    struct loader *loader = loader_new(&setup, &failure);
    struct text id = text_borrow("42", 2);
    struct loaded loaded;
    memory_fail_at(1, true);
    struct loader_task task = {.id = &id, .until_ns = 1, .ends_ns = 1};
    CU_ASSERT_EQUAL(loader_start(loader, &task, 0), ERROR_MEMORY);
    memory_fail_at(0, false);
    CU_ASSERT_EQUAL(loader_wake_ns(loader), TIME_NEVER);
    CU_ASSERT_FALSE(loader_take(loader, 1, &loaded));
    loader_delete(loader);
}

/* Every start fails for want of a descriptor, each for an id too long for a text to have inside. */
static void starts_that_fail_leave_nothing_behind(void)
{
    struct loader_setup setup = {
        .command = "echo", .node = "n1", .at_once = 1, .limit_ns = NS_PER_S, .size_max = 100};
    struct failure failure = {0};
    struct rlimit before;
    struct loader *loader = loader_new(&setup, &failure);
    CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit none = {.rlim_cur = 3, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
    for (uint64_t number = 1; number <= 3; number++) {
        char name[40];
        int size = snprintf(name, sizeof name, "an-id-that-is-rather-long-%d", (int)number);
        struct text id = text_borrow(name, (size_t)size);
        struct loader_task task = {
            .worker.number = number, .id = &id, .until_ns = NS_PER_S, .ends_ns = NS_PER_S};
        struct loaded loaded = {.failure.error = OK};
        CU_ASSERT_EQUAL(loader_start(loader, &task, 0), OK);
        CU_ASSERT_TRUE(loader_take(loader, 0, &loaded));
        CU_ASSERT_STRING_EQUAL(loaded.failure.text, "Too many open files");
        text_clear(&loaded.id);
    }
    setrlimit(RLIMIT_NOFILE, &before);
    loader_delete(loader);
    CU_ASSERT_EQUAL(memory_fail_blocks(), 0);
}

SUITE(net_loader, TEST(a_load_without_memory_fails_in_an_orderly_way),
      TEST(a_start_without_memory_owes_nothing), TEST(starts_that_fail_leave_nothing_behind));

/* Distributions from a file: what is read, and what is said of a wrong one. */
#include "scenario/profile.h"

#include "support/parsed.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A file with this text in a folder of its own. */
struct file {
    char folder[32];
    char name[64];
};

static struct file file_with(const char *text, size_t size)
{
    struct file file = {.folder = "/tmp/dpsim-XXXXXX"};
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(file.folder));
    snprintf(file.name, sizeof file.name, "%s/profile", file.folder);
    FILE *out = fopen(file.name, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    CU_ASSERT_EQUAL(fwrite(text, 1, size, out), size);
    fclose(out);
    return file;
}

static void file_remove(const struct file *file)
{
    unlink(file->name);
    rmdir(file->folder);
}

static void the_durations_are_sorted_and_drawn_alike(void)
{
    struct plan plan = parsed("latency from tests/scenario/latencies.profile");
    const struct distribution *latency = &plan.settings.latency;
    CU_ASSERT_EQUAL_FATAL(latency->kind, DISTRIBUTION_EMPIRICAL);
    CU_ASSERT_EQUAL_FATAL(latency->empirical->count, 4);
    CU_ASSERT_EQUAL(latency->least_ns, 1500000);
    CU_ASSERT_EQUAL(latency->most_ns, 4 * NS_PER_MS);
    CU_ASSERT_EQUAL(distribution_least(latency), 1500000);
    CU_ASSERT_EQUAL(distribution_draw(latency, 0), 1500000);
    CU_ASSERT_EQUAL(distribution_draw(latency, (UINT64_C(1) << 62) - 1), 1500000);
    CU_ASSERT_EQUAL(distribution_draw(latency, UINT64_C(1) << 62), 2 * NS_PER_MS);
    CU_ASSERT_EQUAL(distribution_draw(latency, UINT64_C(3) << 62), 4 * NS_PER_MS);
    CU_ASSERT_EQUAL(distribution_draw(latency, UINT64_MAX), 4 * NS_PER_MS);
    plan_close(&plan);
}

static void a_file_named_twice_is_read_once_wherever_it_is_used(void)
{
    struct plan plan = parsed("load from tests/scenario/latencies.profile\n"
                              "work from \"tests/scenario/latencies.profile\" on n2\n");
    CU_ASSERT_PTR_EQUAL(plan.settings.load.empirical,
                        plan.actions[0].as.set.distribution.empirical);
    plan_close(&plan);
}

static void a_relative_name_is_relative_to_the_scenario(void)
{
    struct file file = file_with("3ms\n", 4);
    char scenario[64], *diagnostics;
    struct plan plan;
    static const char text[] = "load from profile";
    snprintf(scenario, sizeof scenario, "%s/x.txt", file.folder);
    CU_ASSERT_EQUAL_FATAL(
        parse_scenario(&plan, scenario, text, sizeof text - 1, NULL, 0, &diagnostics), OK);
    CU_ASSERT_EQUAL(plan.settings.load.least_ns, 3 * NS_PER_MS);
    CU_ASSERT_STRING_EQUAL(plan.settings.load.empirical->file, "profile");
    plan_close(&plan);
    file_remove(&file);
}

/* What is said of a file with this text, without the file's name. */
static void refused(const char *text, size_t size, const char *why)
{
    struct file file = file_with(text, size);
    struct arena *arena = arena_new();
    struct empirical profile;
    struct failure failure;
    CU_ASSERT_EQUAL(profile_read(&profile, arena, file.name, &failure), ERROR_TEXT);
    CU_ASSERT_STRING_EQUAL(failure.text + strlen(file.name), why);
    arena_delete(arena);
    file_remove(&file);
}

static void what_is_wrong_in_a_file_has_its_line(void)
{
    refused("", 0, ": want a duration in each line, such as 5ms");
    refused("# 5ms\n\n", 7, ": want a duration in each line, such as 5ms");
    refused("5ms\n7\n", 6, ":2: '7': want a unit: ns, us, ms, s, m or h, such as 5s");
    refused("5ms 6ms\n", 8, ":1: '5ms': want one duration a line, such as 5ms");
    refused("5ms\n\xff\n", 6, ":2: '': neither printable UTF-8 nor a space or a tab");
}

static void a_file_is_bounded(void)
{
    size_t size = PROFILE_SIZE_MAX + 1;
    char *text = malloc(size);
    memset(text, '\n', size);
    refused(text, size, ": larger than 16777216 bytes");
    free(text);
}

static void what_is_no_file_gets_a_diagnostic(void)
{
    static const struct wrong wrong[] = {
        {"load from nosuch", 1, 11, "load: nosuch: No such file or directory"},
        {"load from /dev/zero", 1, 11, "load: /dev/zero: no regular file"},
        {"load from -", 1, 11, "load: ./-: No such file or directory"},
        {"load from", 1, 10, "load: want a file, as in: from profile.txt"},
        {"load from \"a\\\\b\"", 1, 11, "load: the name of a file has no quotes and no '\\' here"},
    };
    DIAGNOSTICS_ARE(wrong);
}

SUITE(scenario_profile, TEST(the_durations_are_sorted_and_drawn_alike),
      TEST(a_file_named_twice_is_read_once_wherever_it_is_used),
      TEST(a_relative_name_is_relative_to_the_scenario), TEST(what_is_wrong_in_a_file_has_its_line),
      TEST(a_file_is_bounded), TEST(what_is_no_file_gets_a_diagnostic));

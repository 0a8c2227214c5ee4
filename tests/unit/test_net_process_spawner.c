/* Orders to a spawner and its reports come back from their bytes as they were, nothing else is one,
 * and who sends something else is hung up on. */
#include "net/process/spawner.h"

#include "net/process/reap.h"
#include "net/wire/codec.h"
#include "support/suite.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SLOTS 4u

static char frame[SPAWN_FRAME_SIZE];
static struct spawn_order order;
static struct spawn_report report;

static size_t order_frame(struct spawn_order from)
{
    struct string_builder bytes = string_builder_over(frame, sizeof frame);
    spawn_order_write(&bytes, &from);
    CU_ASSERT_FALSE(bytes.failed);
    return bytes.size;
}

static size_t report_frame(struct spawn_report from)
{
    struct string_builder bytes = string_builder_over(frame, sizeof frame);
    spawn_report_write(&bytes, &from);
    CU_ASSERT_FALSE(bytes.failed);
    return bytes.size;
}

static void orders_and_reports_come_back_as_they_were(void)
{
    struct spawn_order longest = {.kind = SPAWN_START, .slot = SLOTS - 1};
    memset(longest.id, 'x', ID_SIZE_MAX);
    size_t size = order_frame(longest);
    CU_ASSERT_TRUE_FATAL(spawn_order_read(&order, frame, size, SLOTS));
    CU_ASSERT_TRUE(order.kind == SPAWN_START && order.slot == SLOTS - 1);
    CU_ASSERT_STRING_EQUAL(order.id, longest.id);
    size = order_frame((struct spawn_order){.kind = SPAWN_KILL, .slot = 2});
    CU_ASSERT_TRUE_FATAL(spawn_order_read(&order, frame, size, SLOTS));
    CU_ASSERT_TRUE(order.kind == SPAWN_KILL && order.slot == 2);
    size = report_frame(
        (struct spawn_report){.kind = SPAWN_ENDED, .slot = SLOTS - 1, .value = INT32_MAX});
    CU_ASSERT_TRUE_FATAL(spawn_report_read(&report, frame, size, SLOTS));
    CU_ASSERT_TRUE(report.kind == SPAWN_ENDED && report.slot == SLOTS - 1);
    CU_ASSERT_EQUAL(report.value, INT32_MAX);
}

static void what_is_cut_short_too_long_or_of_another_version_is_none(void)
{
    size_t whole = order_frame((struct spawn_order){.kind = SPAWN_START, .id = "42"});
    for (size_t size = 0; size <= whole + 1; size++)
        CU_ASSERT_EQUAL(spawn_order_read(&order, frame, size, SLOTS), size == whole);
    frame[1]++;
    CU_ASSERT_FALSE(spawn_order_read(&order, frame, whole, SLOTS));
    whole = report_frame((struct spawn_report){.kind = SPAWN_STARTED, .value = 1});
    for (size_t size = 0; size <= whole + 1; size++)
        CU_ASSERT_EQUAL(spawn_report_read(&report, frame, size, SLOTS), size == whole);
    frame[1]++;
    CU_ASSERT_FALSE(spawn_report_read(&report, frame, whole, SLOTS));
}

static void what_is_out_of_bounds_is_none(void)
{
    struct spawn_order bad = {.kind = SPAWN_KILL, .slot = SLOTS};
    CU_ASSERT_FALSE(spawn_order_read(&order, frame, order_frame(bad), SLOTS));
    bad = (struct spawn_order){.kind = SPAWN_START, .id = "a\tb"}; /* no id */
    CU_ASSERT_FALSE(spawn_order_read(&order, frame, order_frame(bad), SLOTS));
    bad = (struct spawn_order){.kind = SPAWN_ORDERS};
    CU_ASSERT_FALSE(spawn_order_read(&order, frame, order_frame(bad), SLOTS));
    struct spawn_report wrong = {.kind = SPAWN_ENDED, .slot = SLOTS};
    CU_ASSERT_FALSE(spawn_report_read(&report, frame, report_frame(wrong), SLOTS));
    wrong = (struct spawn_report){.kind = SPAWN_STARTED, .value = -1};
    CU_ASSERT_FALSE(spawn_report_read(&report, frame, report_frame(wrong), SLOTS));
    wrong = (struct spawn_report){.kind = SPAWN_REPORTS};
    CU_ASSERT_FALSE(spawn_report_read(&report, frame, report_frame(wrong), SLOTS));
}

static void a_report_that_is_none_is_told_from_a_spawner_that_has_gone(void)
{
    int ends[2];
    CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    size_t size = report_frame((struct spawn_report){.kind = SPAWN_ENDED, .slot = 1, .value = 3});
    CU_ASSERT_TRUE(send(ends[1], frame, size, 0) > 0 && send(ends[1], "?", 1, 0) > 0);
    CU_ASSERT_EQUAL(spawner_receive(ends[0], &report, SLOTS), OK);
    CU_ASSERT_TRUE(report.kind == SPAWN_ENDED && report.slot == 1 && report.value == 3);
    CU_ASSERT_TRUE(spawner_receive(ends[0], &report, SLOTS) == ERROR_IO && errno == EPROTO);
    CU_ASSERT_TRUE(spawner_receive(ends[0], &report, SLOTS) == ERROR_IO && errno == EAGAIN);
    close(ends[1]);
    CU_ASSERT_TRUE(spawner_receive(ends[0], &report, SLOTS) == ERROR_IO && errno == ECONNRESET);
    close(ends[0]);
}

static void a_spawner_ends_on_an_order_that_is_none(void)
{
    struct program_command command;
    struct failure failure = {0};
    struct spawned programs[SLOTS] = {0};
    pid_t spawner;
    int end;
    char byte;
    CU_ASSERT_EQUAL_FATAL(program_command_init(&command, "true", &failure), OK);
    struct spawner_setup setup = {
        .command = &command, .node = "n1", .programs = programs, .slots = SLOTS};
    CU_ASSERT_EQUAL_FATAL(spawner_fork(&setup, &spawner, &end), OK);
    CU_ASSERT_EQUAL(send(end, "?", 1, 0), 1);
    CU_ASSERT_EQUAL(recv(end, &byte, 1, 0), 0);
    int status = reap(spawner);
    CU_ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    close(end);
    program_command_close(&command);
}

SUITE(net_spawner, TEST(orders_and_reports_come_back_as_they_were),
      TEST(what_is_cut_short_too_long_or_of_another_version_is_none),
      TEST(what_is_out_of_bounds_is_none),
      TEST(a_report_that_is_none_is_told_from_a_spawner_that_has_gone),
      TEST(a_spawner_ends_on_an_order_that_is_none));

/* What the loader does about time, about many at once, and about processes that die. */
#include "net/process/loader.h"

#include "support/net_loading.h"
#include "support/suite.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Says who it is, who its parent is, and who its child is, which it waits for. */
static const char family[] = "sleep 1000 & echo $! > child.new; mv child.new child\n"
                             "echo $PPID > parent; echo $$ > pid; wait";

static struct loaded take_at(struct loading *loading, int64_t now_ns)
{
    struct loaded loaded = {.failure.error = OK};
    CU_ASSERT_TRUE(loader_take(loading->loader, now_ns, &loaded));
    return loaded;
}

static void check_failed(const struct loaded *loaded, uint64_t number, const char *why)
{
    CU_ASSERT_NOT_EQUAL(loaded->failure.error, OK);
    CU_ASSERT_EQUAL(loaded->worker.number, number);
    CU_ASSERT_STRING_EQUAL(loaded->failure.text, why);
}

/* The spawner, when there is but one loader. */
static int only_child(void)
{
    char path[64];
    int child = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *file = fopen(path, "r");
    must(file && fscanf(file, "%d", &child) == 1);
    fclose(file);
    return child;
}

/* Kills the spawner, and waits until the loader can see it: the process counts as ended as soon as
 * its first thread has, and its end of the socket may be open for a moment more. */
static void lose_the_spawner(struct loading *loading)
{
    struct pollfd watched = {.fd = loader_fd(loading->loader), .events = POLLIN};
    kill(only_child(), SIGKILL);
    CU_ASSERT_EQUAL(poll(&watched, 1, 100000), 1);
}

static void check_time_limit(int64_t until_ns, int64_t limit_ns)
{
    struct loading loading;
    struct loaded loaded;
    loading_open(&loading, family, "", 1);
    loading_start_until(&loading, "42", until_ns);
    int child = scripts_number(&loading.scripts, "child");
    int pid = scripts_number(&loading.scripts, "pid");
    CU_ASSERT_FALSE(loader_take(loading.loader, LOADING_NOW_NS, &loaded)); /* it was started */
    CU_ASSERT_EQUAL(loader_wake_ns(loading.loader), limit_ns);
    CU_ASSERT_FALSE(loader_take(loading.loader, limit_ns - 1, &loaded));
    loaded = take_at(&loading, limit_ns);
    check_failed(&loaded, 1, "it had not ended at its time limit");
    CU_ASSERT_TRUE(process_ends(pid));
    CU_ASSERT_TRUE(process_ends(child));
    CU_ASSERT_EQUAL(loader_wake_ns(loading.loader), TIME_NEVER);
    CU_ASSERT_FALSE(loader_take(loading.loader, limit_ns, &loaded));
    loading_close(&loading);
}

static void a_program_and_all_it_started_is_killed_at_its_limit(void)
{
    check_time_limit(LOADING_UNTIL_NS, LOADING_NOW_NS + LOADING_LIMIT_NS);
    check_time_limit(LOADING_NOW_NS + 5, LOADING_NOW_NS + 5);
    check_time_limit(TIME_NEVER, LOADING_NOW_NS + LOADING_LIMIT_NS);
}

/* Starts one in a session of its own, whose parent ends, and which starts another one so; $2 is
 * the file that has the number of the last. */
#define FAR                                                                                        \
    "far() { setsid setsid sh -c 'setsid sleep 1000 & echo $! > '$1'.new; "                        \
    "mv '$1'.new '$1'; exec sleep 1000' & }\n"

static void what_leaves_its_session_ends_with_its_program_alone(void)
{
    struct loading loading;
    struct loaded loaded;
    loading_open(&loading, FAR "(far far.$1); wait; until [ -e go ]; do sleep 0.01; done", "", 2);
    loading_start_until(&loading, "a", LOADING_NOW_NS + 5);
    loading_start(&loading, "b");
    int a = scripts_number(&loading.scripts, "far.a"),
        b = scripts_number(&loading.scripts, "far.b");
    check_failed(&(struct loaded[]){take_at(&loading, LOADING_NOW_NS + 5)}[0], 1,
                 "it had not ended at its time limit");
    CU_ASSERT_TRUE(process_ends(a));
    CU_ASSERT_EQUAL(kill(b, 0), 0);
    CU_ASSERT_FALSE(loader_take(loading.loader, LOADING_NOW_NS + 5, &loaded));
    scripts_touch(&loading.scripts, "go");
    loaded = loading_await(&loading);
    CU_ASSERT_EQUAL(loaded.failure.error, OK);
    CU_ASSERT_TRUE(process_ends(b)); /* as a rule it has gone before the end is told */
    loading_close(&loading);
}

static void a_load_due_already_is_not_run(void)
{
    struct loading loading;
    loading_open(&loading, ": > ran", "", 1);
    loading_start_until(&loading, "42", LOADING_NOW_NS);
    CU_ASSERT_EQUAL(loader_wake_ns(loading.loader), 0);
    struct loaded loaded = take_at(&loading, LOADING_NOW_NS);
    check_failed(&loaded, 1, "its turn had not come at its time limit");
    loading_start(&loading, "43");
    loaded = loading_await(&loading);
    CU_ASSERT_EQUAL(loaded.failure.error, OK);
    loading_close(&loading);
}

static void one_whose_deadline_comes_while_it_waits_is_never_run(void)
{
    struct loading loading;
    struct loaded loaded;
    loading_open(&loading, ": > ran.$1; until [ -e go ]; do sleep 0.01; done", "", 1);
    loading_start(&loading, "a");
    loading_start(&loading, "b");
    loading_start_until(&loading, "c", LOADING_NOW_NS + 9);
    CU_ASSERT_EQUAL(loader_wake_ns(loading.loader), LOADING_NOW_NS + 9);
    CU_ASSERT_FALSE(loader_take(loading.loader, LOADING_NOW_NS + 8, &loaded));
    loaded = take_at(&loading, LOADING_NOW_NS + 9);
    check_failed(&loaded, 3, "its turn had not come at its time limit");
    scripts_touch(&loading.scripts, "go");
    for (uint64_t number = 1; number <= 2; number++) {
        loaded = loading_await(&loading);
        CU_ASSERT_EQUAL(loaded.failure.error, OK);
        CU_ASSERT_EQUAL(loaded.worker.number, number);
    }
    CU_ASSERT_TRUE(scripts_has(&loading.scripts, "ran.b"));
    CU_ASSERT_FALSE(scripts_has(&loading.scripts, "ran.c"));
    loading_close(&loading);
}

static void those_that_wait_are_run_in_the_order_of_coming(void)
{
    struct loading loading;
    loading_open(&loading, "echo $1 >> order", "", 1);
    for (int i = 0; i < 6; i++)
        loading_start(&loading, (const char *[]){"f", "b", "d", "a", "c", "e"}[i]);
    for (uint64_t number = 1; number <= 6; number++)
        CU_ASSERT_EQUAL(loading_await(&loading).worker.number, number);
    char order[32];
    scripts_read(&loading.scripts, "order", order, sizeof order);
    CU_ASSERT_STRING_EQUAL(order, "f\nb\nd\na\nc\ne\n");
    loading_close(&loading);
}

static void no_more_run_at_once_than_may(void)
{
    struct loading loading;
    loading_open(&loading,
                 "mkdir in.$1; set -- $1 in.*; [ $# -le 3 ] || : > over\n"
                 "sleep 0.01; rmdir in.$1",
                 "", 2);
    for (int i = 0; i < 10; i++)
        loading_start(&loading, (const char[]){(char)('a' + i), '\0'});
    for (int i = 0; i < 10; i++)
        CU_ASSERT_EQUAL(loading_await(&loading).failure.error, OK);
    CU_ASSERT_FALSE(scripts_has(&loading.scripts, "over"));
    loading_close(&loading);
}

static void as_many_run_at_once_as_may(void)
{
    struct loading loading;
    loading_open(&loading, ": > $1; until [ -e a ] && [ -e b ] && [ -e c ]; do sleep 0.01; done",
                 "", 3);
    loading_start(&loading, "a");
    loading_start(&loading, "b");
    loading_start(&loading, "c");
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(loading_await(&loading).failure.error, OK);
    loading_close(&loading);
}

/* Takes so many that must have loaded, each once, each with its own value. */
static void check_all_loaded(struct loading *loading, int many)
{
    bool seen[301] = {false};
    must(many <= 300);
    for (int i = 1; i <= many; i++) {
        struct loaded loaded = loading_await(loading);
        char wanted[32];
        int size = snprintf(wanted, sizeof wanted, "value of -- %d", (int)loaded.worker.number);
        struct text value = text_borrow(wanted, (size_t)size);
        CU_ASSERT_TRUE(!loaded.failure.error && text_equal(&loaded.value, &value));
        must(loaded.worker.number <= (uint64_t)many);
        CU_ASSERT_FALSE(seen[loaded.worker.number]);
        seen[loaded.worker.number] = true;
        text_clear(&loaded.value);
    }
}

/* The least room that the kernel gives to the loader's end of the socket, the one that there is. */
static void narrow_the_socket(void)
{
    int least = 1, found = 0;
    for (int fd = 3; fd < 1000; fd++) {
        int type = 0;
        socklen_t size = sizeof type;
        if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) || type != SOCK_SEQPACKET)
            continue;
        must(!setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &least, sizeof least));
        found++;
    }
    CU_ASSERT_EQUAL(found, 1);
}

/* Many loads at once. While the spawner is stopped, its socket has no room for all. */
static void a_spawner_that_is_behind_gets_its_orders_later(void)
{
    enum { MANY = 100 };
    struct loading loading;
    struct loaded loaded;
    loading_open_command(&loading, "/bin/echo value of", MANY);
    int before = descriptors();
    int spawner = only_child();
    narrow_the_socket();
    CU_ASSERT_TRUE(process_stops(spawner));
    for (int i = 1; i <= MANY; i++) {
        char id[16];
        snprintf(id, sizeof id, "%d", i);
        loading_start(&loading, id);
    }
    CU_ASSERT_FALSE(loader_take(loading.loader, LOADING_NOW_NS, &loaded));
    int under_way = descriptors() - before;
    CU_ASSERT_TRUE(under_way > 0 && under_way < 2 * MANY);
    kill(spawner, SIGCONT);
    check_all_loaded(&loading, MANY);
    CU_ASSERT_EQUAL(descriptors(), before);
    loading_close(&loading);
}

/* As by `kill -STOP $PPID`: at the time limit of a program it goes on, and starts the next one. */
static void a_spawner_that_is_stopped_holds_up_no_answer(void)
{
    struct loading loading;
    loading_open(&loading,
                 "[ $1 = 43 ] && exit 0\nsleep 1000 & echo $! > child; echo $PPID > parent; wait",
                 "", 1);
    loading_start(&loading, "42");
    int child = scripts_number(&loading.scripts, "child");
    CU_ASSERT_TRUE(process_stops(scripts_number(&loading.scripts, "parent")));
    struct loaded loaded = take_at(&loading, LOADING_UNTIL_NS);
    check_failed(&loaded, 1, "it had not ended at its time limit");
    loading_start(&loading, "43");
    CU_ASSERT_EQUAL(loading_await(&loading).failure.error, OK);
    CU_ASSERT_TRUE(process_ends(child));
    loading_close(&loading);
}

static char logged[256];

static void note_line(void *context, const struct text *id, const char *line)
{
    (void)context;
    if (!id)
        snprintf(logged, sizeof logged, "%s", line);
}

/* Long before the time limit of the program that it does not start. */
static void a_spawner_that_is_stopped_goes_on_within_a_second_and_is_logged(void)
{
    struct loading loading;
    struct loaded loaded;
    loading_log(note_line);
    loading_open(&loading, "", "", 1);
    CU_ASSERT_EQUAL(loader_wake_ns(loading.loader), TIME_NEVER);
    CU_ASSERT_TRUE(process_stops(only_child()));
    loading_start(&loading, "42");
    int64_t wake_ns = loader_wake_ns(loading.loader);
    CU_ASSERT_EQUAL(wake_ns, LOADING_NOW_NS + NS_PER_S);
    CU_ASSERT_FALSE(loader_take(loading.loader, wake_ns - 1, &loaded));
    CU_ASSERT_STRING_EQUAL(logged, "");
    if (loader_take(loading.loader, wake_ns, &loaded))
        text_clear(&loaded.id);
    else
        loaded = loading_await(&loading);
    CU_ASSERT_EQUAL(loaded.failure.error, OK);
    CU_ASSERT_STRING_EQUAL(logged, "the process that starts programs was stopped: it goes on");
    loading_close(&loading);
    loading_log(NULL);
}

/* What ran fails and is killed, with all that it started; what waits is run by the next one. */
static void a_spawner_that_is_killed_is_started_again(void)
{
    struct loading loading;
    loading_open(&loading,
                 "[ $1 = 42 ] || exit 0\nsleep 1000 & echo $! > child; echo $$ > pid;"
                 "echo $PPID > parent; wait",
                 "", 1);
    loading_start(&loading, "42");
    loading_start(&loading, "43");
    int child = scripts_number(&loading.scripts, "child");
    int pid = scripts_number(&loading.scripts, "pid");
    kill(scripts_number(&loading.scripts, "parent"), SIGKILL);
    struct loaded loaded = loading_await(&loading);
    check_failed(&loaded, 1, "the process that started its program was killed");
    CU_ASSERT_TRUE(process_ends(pid));
    CU_ASSERT_TRUE(process_ends(child));
    loaded = loading_await(&loading);
    CU_ASSERT_EQUAL(loaded.worker.number, 2);
    CU_ASSERT_EQUAL(loaded.failure.error, OK);
    loading_close(&loading);
}

static void a_start_that_finds_the_spawner_gone_waits_for_the_next(void)
{
    struct loading loading;
    loading_open(&loading, "echo $PPID > parent", "", 1);
    loading_start(&loading, "42");
    CU_ASSERT_EQUAL(loading_await(&loading).failure.error, OK);
    int spawner = scripts_number(&loading.scripts, "parent");
    lose_the_spawner(&loading);
    loading_start(&loading, "43");
    CU_ASSERT_EQUAL(loading_await(&loading).failure.error, OK);
    CU_ASSERT_NOT_EQUAL(only_child(), spawner);
    loading_close(&loading);
}

/* One that is killed over and over is not started over and over. */
static void the_next_spawner_is_started_after_a_pause(void)
{
    struct loading loading;
    struct loaded loaded;
    loading_open(&loading, "exit 0", "", 1);
    lose_the_spawner(&loading);
    loading_start(&loading, "42");
    CU_ASSERT_EQUAL(loading_await(&loading).failure.error, OK);
    lose_the_spawner(&loading);
    loading_start(&loading, "43");
    CU_ASSERT_FALSE(loader_take(loading.loader, LOADING_NOW_NS, &loaded));
    CU_ASSERT_EQUAL(loader_wake_ns(loading.loader), LOADING_NOW_NS + LOADER_RESTART_NS);
    CU_ASSERT_FALSE(loader_take(loading.loader, LOADING_NOW_NS + LOADER_RESTART_NS - 1, &loaded));
    CU_ASSERT_FALSE(loader_take(loading.loader, LOADING_NOW_NS + LOADER_RESTART_NS, &loaded));
    CU_ASSERT_EQUAL(loading_await(&loading).failure.error, OK);
    loading_close(&loading);
}

static void the_spawner_ignores_signals_of_a_terminal(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
    struct loading loading;
    loading_open(&loading, "echo $PPID > parent", "", 1);
    loading_start(&loading, "42");
    CU_ASSERT_EQUAL(loading_await(&loading).failure.error, OK);
    int spawner = scripts_number(&loading.scripts, "parent");
    CU_ASSERT_NOT_EQUAL(getpgid(spawner), getpgrp());
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        kill(spawner, signals[i]);
    loading_start(&loading, "43");
    CU_ASSERT_EQUAL(loading_await(&loading).failure.error, OK);
    loading_close(&loading);
}

static void deleting_the_loader_kills_what_runs(void)
{
    struct loading loading;
    loading_open(&loading, family, "", 1);
    loading_start(&loading, "42");
    loading_start(&loading, "an-id-that-waits-and-is-rather-long");
    int child = scripts_number(&loading.scripts, "child");
    int pid = scripts_number(&loading.scripts, "pid");
    int spawner = scripts_number(&loading.scripts, "parent");
    loading_close(&loading);
    CU_ASSERT_TRUE(process_ends(pid));
    CU_ASSERT_TRUE(process_ends(child));
    CU_ASSERT_TRUE(process_ends(spawner));
}

/* A node's loader, whose program runs, in a process of its own. */
static struct loader *node_loader(const char *script)
{
    struct loader_setup setup = {
        .command = script, .node = "n1", .at_once = 1, .limit_ns = NS_PER_S, .size_max = 100};
    struct failure failure = {0};
    struct loader *loader = loader_new(&setup, &failure);
    struct text id = text_borrow("42", 2);
    struct loader_task task = {.id = &id, .until_ns = NS_PER_S, .ends_ns = NS_PER_S};
    must(loader && loader_start(loader, &task, 0) == OK);
    return loader;
}

static void nothing_is_left_when_the_node_is_killed(void)
{
    struct scripts scripts;
    char script[sizeof FAR + sizeof family + 16];
    snprintf(script, sizeof script, "%sfar far\n%s", FAR, family);
    scripts_open(&scripts, script);
    pid_t node = fork();
    if (node == 0) {
        node_loader(scripts.path);
        for (;;)
            pause();
    }
    int child = scripts_number(&scripts, "child");
    int pid = scripts_number(&scripts, "pid");
    int spawner = scripts_number(&scripts, "parent");
    CU_ASSERT_TRUE(child > 0 && pid > 0 && spawner > 0);
    int far = scripts_number(&scripts, "far");
    kill(node, SIGKILL);
    waitpid(node, NULL, 0);
    CU_ASSERT_TRUE(process_ends(far));
    CU_ASSERT_TRUE(process_ends(pid));
    CU_ASSERT_TRUE(process_ends(child));
    CU_ASSERT_TRUE(process_ends(spawner));
    scripts_close(&scripts);
}

/* Its spawner is killed, and it ends before it has looked again. Its status: what is left then, 1
 * and 2; 4: there never was anything. */
static _Noreturn void end_after_the_spawner(const struct scripts *scripts)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    struct loader *loader = node_loader(scripts->path);
    int child = scripts_number(scripts, "child"), far = scripts_number(scripts, "far");
    if (child <= 0 || far <= 0 || kill(far, 0))
        _exit(4);
    kill(scripts_number(scripts, "parent"), SIGKILL);
    loader_delete(loader);
    _exit((kill(child, 0) == 0 ? 1 : 0) + (kill(far, 0) == 0 ? 2 : 0));
}

static void nothing_is_left_when_the_node_ends_just_after_its_spawner(void)
{
    struct scripts scripts;
    char script[sizeof FAR + sizeof family + 16];
    int status = -1;
    snprintf(script, sizeof script, "%sfar far\n%s", FAR, family);
    scripts_open(&scripts, script);
    pid_t node = fork();
    if (node == 0)
        end_after_the_spawner(&scripts);
    CU_ASSERT_TRUE(process_ends(node));
    kill(node, SIGKILL);
    CU_ASSERT_TRUE(waitpid(node, &status, 0) == node && WIFEXITED(status));
    CU_ASSERT_EQUAL(WEXITSTATUS(status), 0);
    scripts_close(&scripts);
}

/* By the name of a pipe that this process has, inheritable, while it makes a loader. */
static void neither_spawner_nor_program_has_a_descriptor_of_the_node(void)
{
    struct loading loading;
    int ends[2];
    char link[64], name[64] = "", script[256];
    must(pipe(ends) == 0);
    snprintf(link, sizeof link, "/proc/self/fd/%d", ends[0]);
    must(readlink(link, name, sizeof name - 1) > 0);
    snprintf(script, sizeof script, "ls -l /proc/$PPID/fd /proc/$$/fd > list; grep -cF '%s' list",
             name);
    loading_open(&loading, script, "", 1);
    loading_start(&loading, "42");
    struct loaded loaded = loading_await(&loading);
    check_failed(&loaded, 1, "exit status 1"); /* grep has found none */
    char list[1000];
    scripts_read(&loading.scripts, "list", list, sizeof list);
    CU_ASSERT_PTR_NOT_NULL(strstr(list, "/dev/null"));
    close(ends[0]);
    close(ends[1]);
    loading_close(&loading);
}

static void no_descriptor_is_left_over(void)
{
    int before = descriptors();
    struct loading loading;
    loading_open(&loading, "[ $1 = good ] || sleep 1000", "", 2);
    int between = descriptors();
    for (int i = 0; i < 5; i++) {
        loading_start(&loading, "good");
        CU_ASSERT_EQUAL(loading_await(&loading).failure.error, OK);
        loading_start_until(&loading, "slow", LOADING_NOW_NS + 1);
        CU_ASSERT_NOT_EQUAL(take_at(&loading, LOADING_NOW_NS + 1).failure.error, OK);
    }
    CU_ASSERT_EQUAL(descriptors(), between);
    loading_start(&loading, "slow");
    loading_close(&loading);
    CU_ASSERT_EQUAL(descriptors(), before);
}

SUITE(net_loader_limits, TEST(a_program_and_all_it_started_is_killed_at_its_limit),
      TEST(what_leaves_its_session_ends_with_its_program_alone),
      TEST(a_load_due_already_is_not_run),
      TEST(one_whose_deadline_comes_while_it_waits_is_never_run),
      TEST(those_that_wait_are_run_in_the_order_of_coming), TEST(no_more_run_at_once_than_may),
      TEST(as_many_run_at_once_as_may), TEST(a_spawner_that_is_behind_gets_its_orders_later),
      TEST(a_spawner_that_is_stopped_holds_up_no_answer),
      TEST(a_spawner_that_is_stopped_goes_on_within_a_second_and_is_logged),
      TEST(a_spawner_that_is_killed_is_started_again),
      TEST(a_start_that_finds_the_spawner_gone_waits_for_the_next),
      TEST(the_next_spawner_is_started_after_a_pause),
      TEST(the_spawner_ignores_signals_of_a_terminal), TEST(deleting_the_loader_kills_what_runs),
      TEST(nothing_is_left_when_the_node_is_killed),
      TEST(nothing_is_left_when_the_node_ends_just_after_its_spawner),
      TEST(neither_spawner_nor_program_has_a_descriptor_of_the_node),
      TEST(no_descriptor_is_left_over));

#include "net/process/epoch_file.h"

#include "net/process/reap.h"
#include "support/suite.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* n2 of the cluster shop, in a directory of the test's own. */
static char directory[64];
static struct cluster_file cluster;
static struct failure failure;

static void begin(void)
{
    snprintf(directory, sizeof directory, "/tmp/dpsim-epoch-XXXXXX");
    must(mkdtemp(directory) != NULL);
    cluster = (struct cluster_file){.name = "shop", .nodes = 3, .state = directory};
    failure = (struct failure){0};
}

static void end(void)
{
    epoch_file_remove_all(&cluster);
    CU_ASSERT_NOT_EQUAL(access(directory, F_OK), 0);
}

static const char *path(const char *name)
{
    static char path[96];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static void put(const char *text)
{
    FILE *out = fopen(path("n2.lease"), "w");
    must(out != NULL && fputs(text, out) >= 0 && fclose(out) == 0);
}

static enum error open_and_close(struct epoch_file *file)
{
    enum error error = epoch_file_open(file, &cluster, 1, &failure);
    epoch_file_close(file);
    return error;
}

/* What the node is told instead of a start. */
static bool is_refused(const char *why)
{
    struct epoch_file file;
    failure = (struct failure){0};
    return open_and_close(&file) == ERROR_IO && strstr(failure.text, why);
}

static void what_is_kept_is_there_in_the_next_life(void)
{
    struct epoch_file file;
    begin();
    CU_ASSERT_EQUAL(epoch_file_open(&file, &cluster, 1, &failure), OK);
    CU_ASSERT_TRUE(file.is_new && file.epoch == 0);
    CU_ASSERT_EQUAL(epoch_file_keep(&file, 7, &failure), OK);
    CU_ASSERT_EQUAL(epoch_file_keep(&file, INT32_MAX, &failure), OK);
    epoch_file_close(&file);
    CU_ASSERT_EQUAL(open_and_close(&file), OK);
    CU_ASSERT_TRUE(!file.is_new && file.epoch == INT32_MAX);
    end();
}

static void another_node_or_cluster_is_refused(void)
{
    struct epoch_file file;
    begin();
    CU_ASSERT_EQUAL(open_and_close(&file), OK);
    snprintf(cluster.name, sizeof cluster.name, "ship");
    CU_ASSERT_TRUE(is_refused("is of n2 of the cluster shop"));
    snprintf(cluster.name, sizeof cluster.name, "shop");
    char other[96];
    snprintf(other, sizeof other, "%s", path("n3.lease"));
    must(!rename(path("n2.lease"), other));
    CU_ASSERT_EQUAL(epoch_file_open(&file, &cluster, 2, &failure), ERROR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(failure.text, "is of n2"));
    end();
}

static void a_file_that_was_changed_is_corrupt(void)
{
    struct epoch_file file;
    char line[256];
    begin();
    must(!epoch_file_open(&file, &cluster, 1, &failure) && !epoch_file_keep(&file, 7, &failure));
    epoch_file_close(&file);
    FILE *in = fopen(path("n2.lease"), "r");
    must(in != NULL && fgets(line, sizeof line, in) != NULL);
    fclose(in);
    size_t size = strlen(line);
    for (size_t i = 0; i < size; i++) {
        line[i] ^= 1;
        put(line);
        CU_ASSERT_TRUE(is_refused("is corrupt"));
        line[i] ^= 1;
    }
    for (size_t less = 1; less <= size; less++) {
        char was = line[size - less];
        line[size - less] = '\0';
        put(line);
        CU_ASSERT_TRUE(is_refused("is corrupt"));
        line[size - less] = was;
    }
    put(line);
    CU_ASSERT_EQUAL(open_and_close(&file), OK);
    CU_ASSERT_EQUAL(file.epoch, 7);
    end();
}

static void an_epoch_that_was_never_reached_is_refused(void)
{
    begin();
    put("dpsim-lease 1 cluster shop node n2 epoch 2147483648 by hand\n");
    CU_ASSERT_TRUE(is_refused("says epoch 2147483648"));
    end();
}

static void a_lost_file_may_be_written_anew_by_hand(void)
{
    struct epoch_file file;
    begin();
    for (int twice = 0; twice < 2; twice++) { /* the second time it has its hash */
        if (!twice)
            put("dpsim-lease 1 cluster shop node n2 epoch 7 by hand\n");
        CU_ASSERT_EQUAL(open_and_close(&file), OK);
        CU_ASSERT_TRUE(!file.is_new && file.epoch == 7);
    }
    static const char *const others[] = {
        "dpsim-lease 1 cluster shop node n2 epoch 7 by hand",
        "dpsim-lease 1 cluster shop node n2 epoch 7 by hand\n\n",
        "dpsim-lease 1 cluster shop node n2 epoch 07 by hand\n",
        "dpsim-lease 1 cluster shop node n2 epoch 7 hash by hand\n",
        "dpsim-lease 1 cluster shop node n2 epoch 7\n",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        put(others[i]);
        CU_ASSERT_TRUE(is_refused("is corrupt"));
    }
    put("dpsim-lease 1 cluster shop node n3 epoch 7 by hand\n");
    CU_ASSERT_TRUE(is_refused("is of n3"));
    end();
}

static void what_is_no_file_is_not_waited_for(void)
{
    begin();
    must(!mkfifo(path("n2.lease"), 0600));
    CU_ASSERT_TRUE(is_refused("not a regular file"));
    must(!unlink(path("n2.lease")));
    end();
}

static void where_nothing_can_be_kept_no_node_starts(void)
{
    struct epoch_file file;
    begin();
    must(!symlink("/dev/full", path("n2.lease.new")));
    CU_ASSERT_TRUE(is_refused("can't be kept: n2.lease in its state directory: No space left"));
    must(!unlink(path("n2.lease.new")) && !mkdir(path("n2.lease.new"), 0777));
    CU_ASSERT_TRUE(is_refused("can't be kept"));
    must(!rmdir(path("n2.lease.new")) && !mkdir(path("n2.lease"), 0777));
    CU_ASSERT_TRUE(is_refused("can't be read"));
    must(!rmdir(path("n2.lease")));
    cluster.state = (char *)"/nowhere/at/all";
    CU_ASSERT_TRUE(is_refused("its state directory /nowhere/at/all: No such file"));
    cluster.state = directory;
    CU_ASSERT_EQUAL(open_and_close(&file), OK);
    end();
}

static void what_can_t_be_kept_leaves_what_was(void)
{
    struct epoch_file file;
    begin();
    must(!epoch_file_open(&file, &cluster, 1, &failure) && !epoch_file_keep(&file, 7, &failure));
    must(!symlink("/dev/full", path("n2.lease.new")));
    CU_ASSERT_EQUAL(epoch_file_keep(&file, 8, &failure), ERROR_IO);
    CU_ASSERT_EQUAL(file.epoch, 7);
    epoch_file_close(&file);
    must(!unlink(path("n2.lease.new")));
    CU_ASSERT_EQUAL(open_and_close(&file), OK);
    CU_ASSERT_EQUAL(file.epoch, 7);
    end();
}

/* Opens it, and has it until the pipe is closed. */
static _Noreturn void be_another(int ready, int wait)
{
    struct epoch_file file;
    char byte = (char)epoch_file_open(&file, &cluster, 1, &failure);
    must(write(ready, &byte, 1) == 1);
    _exit(read(wait, &byte, 1) != 0);
}

static void one_process_at_a_time_has_the_file(void)
{
    struct epoch_file file;
    int ready[2], wait[2];
    char byte = 1;
    begin();
    must(!pipe(ready) && !pipe(wait));
    pid_t other = fork();
    if (other == 0) {
        close(wait[1]);
        be_another(ready[1], wait[0]);
    }
    close(ready[1]); /* so that the read ends if the other does */
    CU_ASSERT_TRUE(read(ready[0], &byte, 1) == 1 && byte == OK);
    char why[64];
    snprintf(why, sizeof why, "another n2, process %d, has its epochs", (int)other);
    CU_ASSERT_TRUE(is_refused(why));
    CU_ASSERT_EQUAL(epoch_file_open(&file, &cluster, 2, &failure), OK); /* one of n3's own */
    epoch_file_close(&file);
    close(wait[1]);
    reap(other);
    CU_ASSERT_EQUAL(open_and_close(&file), OK);
    close(ready[0]);
    close(wait[0]);
    end();
}

SUITE(net_epoch_file, TEST(what_is_kept_is_there_in_the_next_life),
      TEST(another_node_or_cluster_is_refused), TEST(a_file_that_was_changed_is_corrupt),
      TEST(an_epoch_that_was_never_reached_is_refused),
      TEST(a_lost_file_may_be_written_anew_by_hand), TEST(what_is_no_file_is_not_waited_for),
      TEST(where_nothing_can_be_kept_no_node_starts), TEST(what_can_t_be_kept_leaves_what_was),
      TEST(one_process_at_a_time_has_the_file));

/* The cluster file without memory: at every allocation it gives up in an orderly way. */
#include "net/config/cluster_file.h"

#include "base/memory.h"
#include "support/memory_fail.h"
#include "support/suite.h"

#define A "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"
#define B "1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b"

static const char right[] = "cluster shop\nnode n1 10.0.0.1:7400 key " A "\nclient me key " B
                            "\nttl 30s\nload command a b c d e f g h i j k l m n o p q r s t\n";
static const char wrong[] = "clster shop\nnode n3 x\nload command 'a\nclient me key " B "\nttl 5\n";

static enum error try_to_parse(const char *text)
{
    struct cluster_file cluster_file;
    char *diagnostics = NULL;
    enum error error = cluster_file_parse(&cluster_file, "x.txt", text, strlen(text), &diagnostics);
    if (error == OK)
        cluster_file_close(&cluster_file);
    CU_ASSERT_TRUE((error == ERROR_TEXT) == (diagnostics != NULL));
    memory_free(diagnostics);
    return error;
}

static void a_cluster_file_without_memory_leaves_nothing(void)
{
    CU_ASSERT_TRUE(memory_fail_each(try_to_parse, right, OK, false) >= 4);
    CU_ASSERT_TRUE(memory_fail_each(try_to_parse, right, OK, true) >= 4);
    CU_ASSERT_TRUE(memory_fail_each(try_to_parse, wrong, ERROR_TEXT, false) >= 4);
    CU_ASSERT_TRUE(memory_fail_each(try_to_parse, wrong, ERROR_TEXT, true) >= 4);
}

SUITE(net_cluster_file, TEST(a_cluster_file_without_memory_leaves_nothing));

/* What becomes of a file that could not be written whole. */
#include "base/file_text.h"

#include "support/suite.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Writes some of the file by that name, which the disk has then, and discards it. */
static void write_half(const char *name)
{
    FILE *out = fopen(name, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    fputs("half of it", out);
    CU_ASSERT_EQUAL(fflush(out), 0);
    errno = ENOSPC;
    file_discard(out, name);
    CU_ASSERT_EQUAL(errno, ENOSPC);
    fclose(out);
}

static void what_is_discarded_is_gone_and_behind_a_link_it_is_empty(void)
{
    char folder[] = "/tmp/dpsim-unit-XXXXXX", file[64], link[64];
    struct stat status;
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    snprintf(file, sizeof file, "%s/file", folder);
    snprintf(link, sizeof link, "%s/link", folder);
    write_half(file);
    CU_ASSERT_EQUAL(lstat(file, &status), -1);
    CU_ASSERT_EQUAL_FATAL(symlink("file", link), 0);
    write_half(link);
    CU_ASSERT_EQUAL(lstat(link, &status), 0);
    CU_ASSERT_EQUAL(stat(file, &status), 0);
    CU_ASSERT_EQUAL(status.st_size, 0);
    unlink(link);
    unlink(file);
    rmdir(folder);
}

SUITE(base_file_text, TEST(what_is_discarded_is_gone_and_behind_a_link_it_is_empty));

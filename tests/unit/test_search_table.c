#include "search/table.h"
#include "support/suite.h"

#include <stdlib.h>

/* A table of one name, a number, and two pairs, as it is printed in parts of `most` characters. */
static char *printed(size_t most)
{
    static const char *const cells[][6] = {{"route", "passed", "ok", "95 %", "loads", "95 %"},
                                           {"jump", "50/50", "100%", "±0%", "60", "±0"}};
    struct table table = {.columns = 6};
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    for (size_t row = 0; row < 2; row++)
        for (size_t column = 0; column < 6; column++)
            table_add(&table, "%s", cells[row][column]);
    table_print_parts(&table, out, 1, 2, most);
    fclose(out);
    table_close(&table);
    return text;
}

static void a_table_that_fits_is_printed_whole(void)
{
    char *text = printed(40);
    CU_ASSERT_STRING_EQUAL(text, "route  passed    ok  95 %  loads  95 %\n"
                                 "jump    50/50  100%   ±0%     60    ±0\n");
    free(text);
    text = printed(38);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "loads"));
    CU_ASSERT_PTR_NULL(strstr(text, "\n\n"));
    free(text);
}

static void a_wider_one_is_printed_in_parts_each_with_the_first_columns(void)
{
    static const char parts[] = "route  passed    ok  95 %\n"
                                "jump    50/50  100%   ±0%\n"
                                "\n"
                                "route  passed  loads  95 %\n"
                                "jump    50/50     60    ±0\n";
    char *text = printed(37);
    CU_ASSERT_STRING_EQUAL(text, parts);
    free(text);
    /* A pair is not torn apart, however narrow it has to be. */
    text = printed(1);
    CU_ASSERT_STRING_EQUAL(text, parts);
    free(text);
}

SUITE(search_table, TEST(a_table_that_fits_is_printed_whole),
      TEST(a_wider_one_is_printed_in_parts_each_with_the_first_columns));

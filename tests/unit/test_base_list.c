/* Links in lists. */
#include "base/list.h"
#include "support/suite.h"

struct item {
    char name;
    struct list_link link;
};

/* Whether the list has these, forwards and backwards. */
static bool is(const struct list *list, const char *names)
{
    size_t count = 0;
    list_each (link, list) {
        if (container_of(link, struct item, link)->name != names[count++])
            return false;
    }
    if (names[count])
        return false;
    for (struct list_link *link = list_last(list); link; link = list_previous(list, link))
        if (container_of(link, struct item, link)->name != names[--count])
            return false;
    return count == 0;
}

static void zeros_are_an_empty_list(void)
{
    struct list list = {0};
    struct item a = {.name = 'a'};
    CU_ASSERT_TRUE(list_empty(&list));
    CU_ASSERT_TRUE(is(&list, ""));
    list_remove(&a.link);
    CU_ASSERT_FALSE(list_linked(&a.link));
    list_add_last(&list, &a.link);
    CU_ASSERT_TRUE(list_linked(&a.link));
    CU_ASSERT_TRUE(is(&list, "a"));
}

static void links_come_in_the_order_in_which_they_were_put(void)
{
    struct list list = {0};
    struct item a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'}, d = {.name = 'd'};
    list_add_first(&list, &b.link);
    list_add_last(&list, &d.link);
    list_add_first(&list, &a.link);
    list_add_after(&list, &c.link, &b.link);
    CU_ASSERT_TRUE(is(&list, "abcd"));
    list_remove(&c.link);
    CU_ASSERT_TRUE(is(&list, "abd"));
    list_remove(&a.link);
    list_remove(&d.link);
    list_add_after(&list, &c.link, NULL);
    CU_ASSERT_TRUE(is(&list, "cb"));
    list_remove(&b.link);
    list_remove(&c.link);
    CU_ASSERT_TRUE(list_empty(&list));
}

static void each_goes_on_when_its_link_is_removed(void)
{
    struct list list = {0};
    struct item items[5] = {{.name = 'a'}, {.name = 'b'}, {.name = 'c'}, {.name = 'd'}, {'e', {0}}};
    for (int i = 0; i < 5; i++)
        list_add_last(&list, &items[i].link);
    list_each (link, &list) {
        if (container_of(link, struct item, link)->name % 2)
            list_remove(link);
    }
    CU_ASSERT_TRUE(is(&list, "bd"));
}

SUITE(base_list, TEST(zeros_are_an_empty_list),
      TEST(links_come_in_the_order_in_which_they_were_put),
      TEST(each_goes_on_when_its_link_is_removed));

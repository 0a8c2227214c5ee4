#include "trace/hash.h"

#include "support/suite.h"

static struct record numbered(uint64_t number)
{
    struct record record = record_of(RECORD_SERVE);
    record.t_ns = (int64_t)number * 1000;
    record.number = number;
    return record;
}

static struct hash_value hash_of(const struct record *records, size_t count, size_t asked_each)
{
    struct hash hash;
    hash_init(&hash);
    for (size_t i = 0; i < count; i++) {
        hash_add(&hash, &records[i]);
        if (asked_each && i % asked_each == 0)
            hash_value(&hash);
    }
    return hash_value(&hash);
}

static bool same(struct hash_value a, struct hash_value b)
{
    return strcmp(a.hex, b.hex) == 0;
}

static void the_hash_of_nothing_is_known(void)
{
    CU_ASSERT_STRING_EQUAL(hash_of(NULL, 0, 0).hex, "5b995b5919153111a5564a8799f57e3d");
}

static void asking_for_it_changes_nothing(void)
{
    struct record records[200];
    for (size_t i = 0; i < 200; i++)
        records[i] = numbered(i);
    struct hash_value whole = hash_of(records, 200, 0);
    CU_ASSERT_TRUE(same(whole, hash_of(records, 200, 1)));
    CU_ASSERT_TRUE(same(whole, hash_of(records, 200, 7)));
    CU_ASSERT_TRUE(same(whole, hash_of(records, 200, 64)));
    CU_ASSERT_FALSE(same(whole, hash_of(records, 199, 0)));
}

/* Whether another record in place of the first one, with each byte changed in turn, has another
 * hash: all do but those of which `left_out` says so. */
static void try_each_byte(enum record_kind kind, bool (*left_out)(size_t at))
{
    struct record two[] = {numbered(1), numbered(2)};
    two[0].kind = (uint8_t)kind;
    struct hash_value value = hash_of(two, 2, 0);
    for (size_t i = 0; i < sizeof *two; i++) {
        if (i == offsetof(struct record, kind))
            continue;
        ((char *)two)[i] ^= 1;
        CU_ASSERT_EQUAL(same(value, hash_of(two, 2, 0)), left_out(i));
        ((char *)two)[i] ^= 1;
    }
}

static bool none_is(size_t at)
{
    (void)at;
    return false;
}

static bool line_is(size_t at)
{
    return at >= offsetof(struct record, line) && at < offsetof(struct record, epoch);
}

/* A message has an id at the most, whose last byte says how long it is. */
static bool what_no_message_has_is(size_t at)
{
    return at >= offsetof(struct record, id) && at / 8 != offsetof(struct record, id) / 8 + 1;
}

static void each_field_counts(void)
{
    try_each_byte(RECORD_VIEW, none_is);
    try_each_byte(RECORD_VIOLATION, line_is);
    try_each_byte(RECORD_RECV, what_no_message_has_is);
    struct record one = numbered(1), other = one;
    one.kind = other.kind = RECORD_RECV;
    one.id = text_borrow("7", 1);
    other.id = text_borrow("8", 1);
    CU_ASSERT_FALSE(same(hash_of(&one, 1, 0), hash_of(&other, 1, 0)));
    other.id = (struct text){0};
    CU_ASSERT_FALSE(same(hash_of(&one, 1, 0), hash_of(&other, 1, 0)));
}

static void the_order_counts(void)
{
    struct record two[] = {numbered(1), numbered(2)}, turned[] = {numbered(2), numbered(1)};
    struct hash_value value = hash_of(two, 2, 0);
    CU_ASSERT_FALSE(same(value, hash_of(turned, 2, 0)));
    two[0].step = 1;
    CU_ASSERT_FALSE(same(value, hash_of(two, 2, 0)));
}

/* What is a record's last field, and what is its only one. */
static void each_use_of_the_rest_counts(void)
{
    struct record plain = numbered(0), other;
    struct hash_value value = hash_of(&plain, 1, 0);
    other = plain;
    other.amount = 1;
    CU_ASSERT_FALSE(same(value, hash_of(&other, 1, 0)));
    other = plain;
    other.id = text_borrow("x", 1);
    struct hash_value of_id = hash_of(&other, 1, 0);
    other = plain;
    other.value = text_borrow("x", 1);
    CU_ASSERT_FALSE(same(value, hash_of(&other, 1, 0)));
    CU_ASSERT_FALSE(same(of_id, hash_of(&other, 1, 0)));
    CU_ASSERT_FALSE(same(value, of_id));
}

static void a_fault_in_other_words_is_the_same(void)
{
    static const enum record_kind kinds[] = {RECORD_FAULT, RECORD_SET, RECORD_START};
    for (int i = 0; i < 3; i++) {
        struct record one = record_of(kinds[i]), other = one;
        one.id = other.id = text_borrow("data", 4);
        one.value = text_borrow("crash any for 1s", 16);
        other.value = text_borrow("crash n2 for 1s may miss", 24);
        CU_ASSERT_EQUAL(same(hash_of(&one, 1, 0), hash_of(&other, 1, 0)), kinds[i] != RECORD_START);
        other.value = one.value;
        other.id = text_borrow("date", 4);
        CU_ASSERT_FALSE(same(hash_of(&one, 1, 0), hash_of(&other, 1, 0)));
    }
}

static void a_request_is_the_same_whatever_asks_for_it(void)
{
    struct record one = record_of(RECORD_REQUEST), other = one;
    one.id = other.id = text_borrow("7", 1);
    one.number = 3;
    one.gap_ns = 7;
    CU_ASSERT_TRUE(same(hash_of(&one, 1, 0), hash_of(&other, 1, 0)));
    other.request = 5;
    CU_ASSERT_FALSE(same(hash_of(&one, 1, 0), hash_of(&other, 1, 0)));
}

static void a_long_text_counts_by_its_bytes_and_not_by_its_place(void)
{
    char here[] = "a value of more than fifteen bytes",
         there[] = "a value of more than fifteen bytes";
    struct record records[] = {numbered(1), numbered(2), numbered(3)};
    records[1].value = text_borrow(here, strlen(here));
    struct hash_value value = hash_of(records, 3, 0);
    records[1].value = text_borrow(there, strlen(there));
    CU_ASSERT_TRUE(same(value, hash_of(records, 3, 0)));
    there[20] = 'X';
    CU_ASSERT_FALSE(same(value, hash_of(records, 3, 0)));
    there[20] = here[20];
    records[1].id = records[1].value;
    records[1].value = (struct text){0};
    CU_ASSERT_FALSE(same(value, hash_of(records, 3, 0)));
}

static void a_text_of_megabytes_is_hashed(void)
{
    static char bytes[1 << 20];
    struct record records[] = {numbered(1), numbered(2)};
    records[0].value = text_borrow(bytes, sizeof bytes);
    struct hash_value value = hash_of(records, 2, 0);
    bytes[sizeof bytes - 1] = 1;
    CU_ASSERT_FALSE(same(value, hash_of(records, 2, 0)));
}

static void parts_count_by_what_they_have_and_by_their_order(void)
{
    struct hash one, other, none;
    hash_init(&one);
    hash_init(&other);
    hash_init(&none);
    struct record record = numbered(1);
    hash_add(&one, &record);
    struct hash first = none, second = none, longer = none;
    hash_join(&first, &one);
    hash_join(&first, &other);
    hash_join(&second, &other);
    hash_join(&second, &one);
    hash_join(&longer, &one);
    CU_ASSERT_FALSE(same(hash_value(&first), hash_value(&second)));
    CU_ASSERT_FALSE(same(hash_value(&first), hash_value(&longer)));
}

SUITE(trace_hash, TEST(parts_count_by_what_they_have_and_by_their_order),
      TEST(the_hash_of_nothing_is_known), TEST(asking_for_it_changes_nothing),
      TEST(each_field_counts), TEST(the_order_counts), TEST(each_use_of_the_rest_counts),
      TEST(a_long_text_counts_by_its_bytes_and_not_by_its_place),
      TEST(a_fault_in_other_words_is_the_same), TEST(a_request_is_the_same_whatever_asks_for_it),
      TEST(a_text_of_megabytes_is_hashed));

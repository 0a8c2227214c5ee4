/* Records as bytes: they come back as they were, nobody believes what no node can have recorded,
 * and a queue of them gives whole records in their order. */
#include "net/process/record_bytes.h"

#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

#define LONG_MAX_SIZE (1u << 20)

enum { NODES = 3, SLOTS = 8, NODE = 1 };

static char long_bytes[LONG_MAX_SIZE];

/* Record `number`: its value is of `size` bytes. */
static struct record some_record(uint64_t number, size_t size)
{
    struct record record = record_of(RECORD_VALUE);
    if (!long_bytes[0])
        memset(long_bytes, 'x', sizeof long_bytes);
    record.node = NODE;
    record.t_ns = record.clock_ns = (int64_t)number;
    record.worker = NODE + 1 + NODES * number;
    record.id = text_borrow(long_bytes, number % 64);
    record.value = text_borrow(long_bytes, size);
    return record;
}

static void a_record_is_the_same_when_it_is_back(void)
{
    static const size_t sizes[] = {0, 1, 14, 15, 16, 17, 23, 24, 25, LONG_MAX_SIZE};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct record record = some_record(i, sizes[i]), back;
        struct string_builder bytes = {0};
        record_bytes_put(&bytes, &record);
        CU_ASSERT_TRUE(bytes.size < record_bytes_most(&record));
        struct byte_reader reader = byte_reader_over(bytes.text, bytes.size);
        record_bytes_get(&reader, &back);
        CU_ASSERT_TRUE(byte_reader_done(&reader));
        CU_ASSERT_TRUE(text_equal(&back.value, &record.value));
        CU_ASSERT_EQUAL(memcmp(&back, &record, offsetof(struct record, id)), 0);
        string_builder_close(&bytes);
    }
}

/* Every field as large as it may be; and with one that is larger. */
static void a_record_has_room_whatever_is_in_it_and_its_fields_have_bounds(void)
{
    struct record largest = some_record(62, LONG_MAX_SIZE);
    largest.t_ns = largest.clock_ns = largest.amount = TIME_NEVER - 1;
    largest.kind = RECORD_KINDS - 1;
    largest.code = UINT8_MAX;
    largest.epoch = UINT32_MAX;
    largest.message = MESSAGE_KINDS - 1;
    largest.why = WHYS_COUNT - 1;
    largest.request = largest.number = largest.worker = UINT64_MAX;
    largest.node = largest.peer = NODE_NONE - 1;
    for (int i = 0; i < 7; i++) {
        struct record record = largest, back;
        struct string_builder bytes = {0};
        record.t_ns += i == 1;
        record.t_ns = i == 2 ? -1 : record.t_ns;
        record.kind = (uint8_t)(record.kind + (i == 3));
        record.message = (uint8_t)(record.message + (i == 4));
        record.why = (uint8_t)(record.why + (i == 5));
        record.amount += i == 6;
        record_bytes_put(&bytes, &record);
        CU_ASSERT_TRUE(bytes.size < record_bytes_most(&record));
        struct byte_reader reader = byte_reader_over(bytes.text, bytes.size);
        record_bytes_get(&reader, &back);
        CU_ASSERT_EQUAL(byte_reader_done(&reader), i == 0);
        CU_ASSERT_TRUE(i || memcmp(&back, &record, offsetof(struct record, id)) == 0);
        string_builder_close(&bytes);
    }
}

static bool reads(const char *bytes, size_t size)
{
    char *block = malloc(size + 1);
    struct record record;
    must(block != NULL);
    memcpy(block, bytes, size);
    struct byte_reader reader = byte_reader_over(block, size);
    record_bytes_get(&reader, &record);
    free(block);
    return byte_reader_done(&reader);
}

static void bytes_that_are_no_record_are_found(void)
{
    struct record record = some_record(40, 100);
    struct string_builder bytes = {0};
    record_bytes_put(&bytes, &record);
    for (size_t less = 0; less < bytes.size; less++)
        CU_ASSERT_FALSE(reads(bytes.text, less));
    CU_ASSERT_TRUE(reads(bytes.text, bytes.size));
    bytes.text[bytes.size - 101]++; /* the size of its value */
    CU_ASSERT_FALSE(reads(bytes.text, bytes.size));
    string_builder_close(&bytes);
}

static bool sound_with(struct record record)
{
    return record_is_sound(&record, NODES, SLOTS, NODE);
}

static struct record way(enum record_kind kind, node_id node, node_id peer)
{
    struct record record = record_of(kind);
    record.node = node;
    record.peer = peer;
    record.code = kind == RECORD_FAIL || kind == RECORD_ROUTE;
    record.number = record.worker = NODE + 1 + NODES; /* of its own giving out */
    return record;
}

static void a_record_is_its_node_s_own(void)
{
    for (int kind = 0; kind < 256; kind++)
        for (node_id node = 0; node <= NODES; node++) {
            bool late = kind == RECORD_LEASE || kind == RECORD_HANDED || kind == RECORD_MOVED;
            bool good = (kind < RECORD_FAULT || late) &&
                        (kind == RECORD_DROP ? node < NODES : node == NODE);
            CU_ASSERT_EQUAL(sound_with(way((enum record_kind)kind, node, NODE)), good);
        }
    CU_ASSERT_FALSE(sound_with(way(RECORD_DROP, 0, 2)));
    CU_ASSERT_FALSE(sound_with(way(RECORD_DROP, 0, NODE_NONE)));
    CU_ASSERT_TRUE(sound_with(way(RECORD_DROP, NODE, 2)));
    CU_ASSERT_FALSE(sound_with(way(RECORD_DROP, NODE, NODES)));
}

static void a_peer_is_one_of_the_cluster(void)
{
    static const enum record_kind kinds[] = {RECORD_SEND, RECORD_RECV, RECORD_ROUTE, RECORD_REPLY};
    for (int i = 0; i < 4; i++) {
        CU_ASSERT_TRUE(sound_with(way(kinds[i], NODE, NODES - 1)));
        CU_ASSERT_FALSE(sound_with(way(kinds[i], NODE, NODES)));
        CU_ASSERT_FALSE(sound_with(way(kinds[i], NODE, NODE_NONE)));
    }
    CU_ASSERT_TRUE(sound_with(way(RECORD_SERVE, NODE, NODE_NONE)));
    CU_ASSERT_FALSE(sound_with(way(RECORD_SERVE, NODE, NODES)));
}

static void what_a_node_gives_out_bears_its_name(void)
{
    static const enum record_kind kinds[] = {RECORD_START, RECORD_LOAD,   RECORD_VALUE,
                                             RECORD_SERVE, RECORD_EXPIRE, RECORD_LOST};
    for (int i = 0; i < 6; i++) {
        struct record record = way(kinds[i], NODE, 0);
        record.worker = NODE + 2;
        CU_ASSERT_FALSE(sound_with(record));
        record.worker = 0;
        CU_ASSERT_FALSE(sound_with(record));
    }
    struct record send = way(RECORD_SEND, NODE, 0);
    send.number = NODE + 2;
    CU_ASSERT_FALSE(sound_with(send));
    struct record recv = way(RECORD_RECV, NODE, 0);
    recv.number = NODE + 2;
    CU_ASSERT_TRUE(sound_with(recv));
}

static void a_lease_is_of_a_slot_that_there_is(void)
{
    struct record record = way(RECORD_LEASE, NODE, NODE_NONE);
    record.number = SLOTS - 1;
    CU_ASSERT_TRUE(sound_with(record));
    record.number = SLOTS;
    CU_ASSERT_FALSE(sound_with(record));
}

static void so_are_all_that_are_renewed_together(void)
{
    struct record record = way(RECORD_LEASE, NODE, NODE_NONE);
    record.number = SLOTS - 3;
    record.code = LEASE_RENEWED;
    record.value = text_borrow("\1", 1); /* SLOTS - 1 */
    CU_ASSERT_TRUE(sound_with(record));
    record.value = text_borrow("\2", 1);
    CU_ASSERT_FALSE(sound_with(record));
    record.value = text_borrow("\1\200", 2); /* cut off */
    CU_ASSERT_FALSE(sound_with(record));
    record.value = text_borrow("\1", 1);
    record.code = LEASE_WON; /* one at a time */
    CU_ASSERT_FALSE(sound_with(record));
}

static void codes_have_their_bounds(void)
{
    static const struct {
        enum record_kind kind;
        unsigned codes;
        unsigned least;
    } bounds[] = {{RECORD_DOWN, DOWN_LEAVE + 1, 0},
                  {RECORD_DROP, DROPS_COUNT, 0},
                  {RECORD_FAIL, OUTCOMES_COUNT, 1},
                  {RECORD_ROUTE, 3, 1},
                  {RECORD_START, 3, 0},
                  {RECORD_SERVE, 3, 0},
                  {RECORD_VALUE, 2, 0},
                  {RECORD_LOST, DOWN_LEASE + 1, 0},
                  {RECORD_LEASE, LEASE_HOWS_COUNT, 0},
                  {RECORD_EXPIRE, 1, 0}};
    for (int i = 0; i < 10; i++)
        for (unsigned code = 0; code < 256; code++) {
            struct record record = way(bounds[i].kind, NODE, 0);
            record.code = (uint8_t)code;
            CU_ASSERT_EQUAL(sound_with(record), code >= bounds[i].least && code < bounds[i].codes);
        }
    struct record serve = way(RECORD_SERVE, NODE, 0), route = way(RECORD_ROUTE, NODE, 0);
    serve.why = route.why = 1;
    CU_ASSERT_TRUE(sound_with(serve));
    CU_ASSERT_TRUE(sound_with(route));
    serve.why = route.why = 2;
    CU_ASSERT_FALSE(sound_with(serve));
    CU_ASSERT_TRUE(sound_with(route));
    struct record reply = way(RECORD_REPLY, NODE, 0);
    reply.why = 1;
    CU_ASSERT_FALSE(sound_with(reply));
}

/* ---- a queue ------------------------------------------------------------------------------- */

/* The records of a piece are `first`, `first` + 1 and so on. */
static void check_piece(const struct record_piece *piece, uint64_t first)
{
    struct byte_reader reader = byte_reader_over(piece->bytes, piece->size);
    for (uint64_t i = 0; i < piece->records; i++) {
        struct record back;
        record_bytes_get(&reader, &back);
        CU_ASSERT_EQUAL(back.t_ns, (int64_t)(first + i));
    }
    CU_ASSERT_TRUE(byte_reader_done(&reader));
}

static void records_leave_a_queue_whole_and_in_their_order(void)
{
    struct record_queue queue = {0};
    uint64_t added = 0, taken = 0;
    for (size_t round = 0; round < 200; round++) {
        for (size_t i = 0; i < 1 + round % 7; i++, added++) {
            struct record record = some_record(added, 50 * (added % 13));
            CU_ASSERT_EQUAL_FATAL(record_queue_add(&queue, &record), OK);
        }
        struct record_piece piece = {.last_ns = -1};
        record_queue_take(&queue, 900, &piece);
        check_piece(&piece, taken);
        taken += piece.records;
        CU_ASSERT_EQUAL(piece.last_ns, (int64_t)taken - 1);
        CU_ASSERT_TRUE(piece.size >= 900 || record_queue_size(&queue) == 0);
    }
    struct record_piece rest = {.last_ns = -1};
    record_queue_take(&queue, SIZE_MAX, &rest);
    check_piece(&rest, taken);
    CU_ASSERT_EQUAL(taken + rest.records, added);
    record_queue_close(&queue);
}

static void an_empty_queue_gives_an_empty_piece(void)
{
    struct record_queue queue = {0};
    struct record record = some_record(5, 100);
    struct record_piece piece = {.last_ns = 7};
    CU_ASSERT_EQUAL_FATAL(record_queue_add(&queue, &record), OK);
    record_queue_clear(&queue);
    record_queue_take(&queue, SIZE_MAX, &piece);
    CU_ASSERT_EQUAL(piece.size, 0);
    CU_ASSERT_EQUAL(piece.records, 0);
    CU_ASSERT_EQUAL(piece.last_ns, 7);
    record_queue_close(&queue);
}

static void a_queue_holds_no_more_than_its_bound(void)
{
    struct record_queue queue = {0};
    struct record record = some_record(1, LONG_MAX_SIZE);
    size_t count = 0;
    while (record_queue_size(&queue) + record_bytes_most(&record) <= RECORD_QUEUE_MAX) {
        CU_ASSERT_EQUAL_FATAL(record_queue_add(&queue, &record), OK);
        count++;
    }
    CU_ASSERT_EQUAL(count, RECORD_QUEUE_MAX / LONG_MAX_SIZE - 1);
    size_t size = record_queue_size(&queue);
    CU_ASSERT_EQUAL(record_queue_add(&queue, &record), ERROR_FULL);
    CU_ASSERT_EQUAL(record_queue_size(&queue), size);
    struct record_piece piece;
    record_queue_take(&queue, 1, &piece);
    CU_ASSERT_EQUAL(piece.records, 1);
    CU_ASSERT_EQUAL(record_queue_add(&queue, &record), OK);
    record_queue_close(&queue);
}

SUITE(net_record_bytes, TEST(a_record_is_the_same_when_it_is_back),
      TEST(a_record_has_room_whatever_is_in_it_and_its_fields_have_bounds),
      TEST(bytes_that_are_no_record_are_found), TEST(a_record_is_its_node_s_own),
      TEST(what_a_node_gives_out_bears_its_name), TEST(a_peer_is_one_of_the_cluster),
      TEST(a_lease_is_of_a_slot_that_there_is), TEST(so_are_all_that_are_renewed_together),
      TEST(codes_have_their_bounds), TEST(records_leave_a_queue_whole_and_in_their_order),
      TEST(an_empty_queue_gives_an_empty_piece), TEST(a_queue_holds_no_more_than_its_bound));

/* Records as bytes: they come back as they were, nobody believes what no node can have recorded,
 * and a queue of them gives whole records in their order. */
#include "net/process/record_bytes.h"

#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

#define LONG_MAX_SIZE (1u << 20)

enum { NODES = 3, NODE = 1 };

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
        size_t size = record_bytes_size(&record);
        unsigned char *bytes = malloc(size);
        must(bytes != NULL);
        CU_ASSERT_EQUAL(size % 8, 0);
        record_bytes_write(&record, bytes);
        CU_ASSERT_EQUAL(record_bytes_read(bytes, size, &back), size);
        CU_ASSERT_TRUE(text_equal(&back.value, &record.value));
        text_detach(&back.id), text_detach(&back.value);
        text_detach(&record.id), text_detach(&record.value);
        CU_ASSERT_EQUAL(memcmp(&back, &record, sizeof back), 0);
        CU_ASSERT_EQUAL(record_bytes_read(bytes, size - 1, &back), 0);
        free(bytes);
    }
}

static void bytes_that_are_no_record_are_found(void)
{
    struct record record = some_record(40, 100), back;
    size_t size = record_bytes_size(&record);
    unsigned char bytes[512];
    must(size <= sizeof bytes);
    for (size_t less = 0; less < size; less++) {
        unsigned char *block = malloc(less + 1);
        must(block != NULL);
        record_bytes_write(&record, bytes);
        memcpy(block, bytes, less);
        CU_ASSERT_EQUAL(record_bytes_read(block, less, &back), 0);
        free(block);
    }
    for (unsigned mark = 0; mark < 256; mark++) { /* the size of a text within itself */
        record = some_record(1, 1);
        record.value.as.small[15] = (char)mark;
        memcpy(bytes, &record, sizeof record);
        CU_ASSERT_EQUAL(record_bytes_read(bytes, sizeof record, &back),
                        mark <= TEXT_SMALL_MAX ? sizeof record : 0);
    }
}

static bool sound_with(struct record record)
{
    return record_is_sound(&record, NODES, NODE);
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
            bool good = kind < RECORD_FAULT && (kind == RECORD_DROP ? node < NODES : node == NODE);
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

static void codes_times_and_messages_have_their_bounds(void)
{
    static const struct {
        enum record_kind kind;
        unsigned codes;
        unsigned least;
    } bounds[] = {{RECORD_DOWN, DOWN_LEAVE + 1, 0},
                  {RECORD_DROP, DROPS_COUNT, 0},
                  {RECORD_FAIL, OUTCOMES_COUNT, 1},
                  {RECORD_ROUTE, 3, 1},
                  {RECORD_START, 2, 0},
                  {RECORD_SERVE, 3, 0},
                  {RECORD_LOST, DOWN_LEAVE + 1, 0},
                  {RECORD_EXPIRE, 1, 0}};
    for (int i = 0; i < 8; i++)
        for (unsigned code = 0; code < 256; code++) {
            struct record record = way(bounds[i].kind, NODE, 0);
            record.code = (uint8_t)code;
            CU_ASSERT_EQUAL(sound_with(record), code >= bounds[i].least && code < bounds[i].codes);
        }
    for (unsigned kind = 0; kind < 256; kind++) {
        struct record record = way(RECORD_SEND, NODE, 0);
        record.message = (uint8_t)kind;
        CU_ASSERT_EQUAL(sound_with(record), kind < MESSAGE_KINDS);
    }
    static const int64_t times_ns[] = {INT64_MIN,      -TIME_NEVER, 1 - TIME_NEVER,
                                       TIME_NEVER - 1, TIME_NEVER,  INT64_MAX};
    for (int i = 0; i < 6; i++) {
        struct record t = way(RECORD_SERVE, NODE, 0), clock = t, amount = t;
        t.t_ns = clock.clock_ns = amount.amount = times_ns[i];
        bool good = i == 2 || i == 3;
        CU_ASSERT_EQUAL(sound_with(t), good);
        CU_ASSERT_EQUAL(sound_with(clock), good);
        CU_ASSERT_EQUAL(sound_with(amount), good);
    }
    struct record step = way(RECORD_SERVE, NODE, 0);
    step.step = 1;
    CU_ASSERT_FALSE(sound_with(step));
}

/* ---- a queue ------------------------------------------------------------------------------- */

/* The records of a piece are `first`, `first` + 1 and so on, each behind its size. */
static void check_piece(const struct record_piece *piece, uint64_t first)
{
    size_t at = 0;
    for (uint64_t i = 0; i < piece->records; i++) {
        uint64_t size;
        struct record back;
        memcpy(&size, piece->bytes + at, sizeof size);
        at += sizeof size;
        CU_ASSERT_EQUAL_FATAL(record_bytes_read(piece->bytes + at, size, &back), size);
        CU_ASSERT_EQUAL(back.t_ns, (int64_t)(first + i));
        at += size;
    }
    CU_ASSERT_EQUAL(at, piece->size);
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
    size_t each = sizeof(uint64_t) + record_bytes_size(&record), count = RECORD_QUEUE_MAX / each;
    for (size_t i = 0; i < count; i++)
        CU_ASSERT_EQUAL_FATAL(record_queue_add(&queue, &record), OK);
    CU_ASSERT_EQUAL(record_queue_add(&queue, &record), ERROR_FULL);
    CU_ASSERT_EQUAL(record_queue_size(&queue), count * each);
    struct record_piece piece;
    record_queue_take(&queue, 1, &piece);
    CU_ASSERT_EQUAL(piece.records, 1);
    CU_ASSERT_EQUAL(record_queue_add(&queue, &record), OK);
    record_queue_close(&queue);
}

SUITE(net_record_bytes, TEST(a_record_is_the_same_when_it_is_back),
      TEST(bytes_that_are_no_record_are_found), TEST(a_record_is_its_node_s_own),
      TEST(what_a_node_gives_out_bears_its_name), TEST(a_peer_is_one_of_the_cluster),
      TEST(codes_times_and_messages_have_their_bounds),
      TEST(records_leave_a_queue_whole_and_in_their_order),
      TEST(an_empty_queue_gives_an_empty_piece), TEST(a_queue_holds_no_more_than_its_bound));

/* The ring in which a node's records outlive it. */
#include "net/process/shared_ring.h"

#include "net/process/record_bytes.h"

#include "base/monotonic.h"
#include "base/random.h"
#include "support/suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LONG_MAX_SIZE (1u << 20)
#define PATIENCE_NS   (100 * NS_PER_S) /* a busy machine takes its time, and valgrind */

enum { NODES = 3, NODE = 1 };

static struct shared_ring *ring;
static int descriptor;
static char long_bytes[LONG_MAX_SIZE];

static void begin(void)
{
    CU_ASSERT_EQUAL_FATAL(shared_ring_make(&ring, &descriptor, 1), OK);
    for (size_t i = 0; i < LONG_MAX_SIZE && !long_bytes[i]; i++)
        long_bytes[i] = (char)('a' + i % 26);
}

static void end(void)
{
    shared_ring_close(ring);
    close(descriptor);
}

/* Record `number`: its value is of `size` bytes. */
static struct record some_record(uint64_t number, size_t size)
{
    struct record record = record_of(RECORD_VALUE);
    record.node = NODE;
    record.t_ns = record.clock_ns = (int64_t)number;
    record.worker = NODE + 1 + NODES * number;
    record.id = text_borrow(long_bytes, number % 64);
    record.value = text_borrow(long_bytes, size);
    return record;
}

static size_t size_of(uint64_t number)
{
    uint64_t bits = random_mix(number);
    return (size_t)random_below(bits, number % 10 == 0 ? LONG_MAX_SIZE : 40);
}

/* What was read: record after record from `next` on, each as it was written. */
struct reading {
    uint64_t next;
    bool wrong;
};

static void take(void *context, const struct record *record)
{
    struct reading *reading = context;
    struct record written = some_record(reading->next, size_of(reading->next));
    reading->wrong |= record->worker != written.worker || record->t_ns != written.t_ns ||
                      record->kind != RECORD_VALUE || record->node != NODE ||
                      !text_equal(&record->id, &written.id) ||
                      !text_equal(&record->value, &written.value) ||
                      !record_is_sound(record, NODES, 0, NODE);
    reading->next++;
}

static bool read_on(struct reading *reading, size_t most)
{
    return shared_ring_read(ring, shared_ring_gauges(ring).at, most, take, reading);
}

static void write_records(struct shared_ring_writer *writer, uint64_t first, uint64_t end_number)
{
    for (uint64_t number = first; number < end_number; number++) {
        struct record record = some_record(number, size_of(number));
        shared_ring_write(writer, &record);
    }
}

/* ---- one after the other ------------------------------------------------------------------- */

static void nothing_is_read_before_it_is_committed(void)
{
    begin();
    struct shared_ring_writer writer = {.ring = ring};
    struct reading reading = {.next = 1};
    struct gauges gauges = {.steps = 1, .workers = 7};
    write_records(&writer, 1, 4);
    CU_ASSERT_EQUAL(shared_ring_gauges(ring).at, 0);
    CU_ASSERT_TRUE(read_on(&reading, SIZE_MAX));
    CU_ASSERT_EQUAL(reading.next, 1);
    shared_ring_commit(&writer, &gauges);
    write_records(&writer, 4, 6);
    CU_ASSERT_EQUAL(shared_ring_gauges(ring).workers, 7);
    CU_ASSERT_TRUE(read_on(&reading, SIZE_MAX));
    CU_ASSERT_EQUAL(reading.next, 4);
    gauges = (struct gauges){.steps = 2};
    shared_ring_commit(&writer, &gauges);
    CU_ASSERT_EQUAL(shared_ring_gauges(ring).steps, 2);
    CU_ASSERT_TRUE(read_on(&reading, SIZE_MAX));
    CU_ASSERT_EQUAL(reading.next, 6);
    CU_ASSERT_FALSE(reading.wrong);
    end();
}

static void the_ring_goes_round_with_texts_of_every_length(void)
{
    begin();
    struct shared_ring_writer writer = {.ring = ring};
    struct reading reading = {.next = 1};
    struct gauges gauges = {0};
    for (uint64_t first = 1; writer.at < 5 * ring->size; first += 30) {
        write_records(&writer, first, first + 30);
        shared_ring_commit(&writer, &gauges);
        CU_ASSERT_TRUE(read_on(&reading, SIZE_MAX));
        CU_ASSERT_EQUAL_FATAL(reading.next, first + 30);
    }
    CU_ASSERT_FALSE(reading.wrong);
    CU_ASSERT_EQUAL(atomic_load(&ring->read_so_far), writer.at);
    end();
}

static void reading_stops_after_about_as_much_as_was_wanted(void)
{
    begin();
    struct shared_ring_writer writer = {.ring = ring};
    struct reading reading = {.next = 1};
    struct gauges gauges = {0};
    write_records(&writer, 1, 10);
    shared_ring_commit(&writer, &gauges);
    for (uint64_t next = 2; next <= 10; next++) {
        CU_ASSERT_TRUE(read_on(&reading, 1));
        CU_ASSERT_EQUAL(reading.next, next);
    }
    CU_ASSERT_TRUE(read_on(&reading, 0));
    CU_ASSERT_EQUAL(reading.next, 10);
    end();
}

/* What is written where the writer says that it is not full never has to wait: it would for ever,
 * as nobody reads. */
static void a_ring_is_full_when_a_record_would_have_to_wait(void)
{
    begin();
    struct shared_ring_writer writer = {.ring = ring};
    struct reading reading = {.next = 1};
    struct gauges gauges = {0};
    uint64_t number = 1;
    for (; !shared_ring_is_full(&writer, LONG_MAX_SIZE + 64); number++)
        write_records(&writer, number, number + 1);
    CU_ASSERT_TRUE(writer.at <= ring->size && writer.at > ring->size - 2 * LONG_MAX_SIZE - 1000);
    while (!shared_ring_is_full(&writer, 128)) {
        struct record record = some_record(number, 0);
        record.id = text_borrow("", 0);
        shared_ring_write(&writer, &record);
    }
    CU_ASSERT_TRUE(shared_ring_is_full(&writer, 128));
    CU_ASSERT_TRUE(writer.at <= ring->size);
    shared_ring_commit(&writer, &gauges);
    CU_ASSERT_TRUE(read_on(&reading, 2000)); /* some are read, and there is room for as many */
    CU_ASSERT_FALSE(shared_ring_is_full(&writer, 128));
    CU_ASSERT_TRUE(shared_ring_is_full(&writer, LONG_MAX_SIZE));
    end();
}

static void a_ring_is_opened_by_its_descriptor_alone(void)
{
    begin();
    struct shared_ring *other;
    CU_ASSERT_EQUAL_FATAL(shared_ring_open(&other, descriptor), OK);
    CU_ASSERT_EQUAL(other->size, ring->size);
    struct shared_ring_writer writer = {.ring = other};
    struct reading reading = {.next = 1};
    struct gauges gauges = {0};
    write_records(&writer, 1, 20);
    shared_ring_commit(&writer, &gauges);
    CU_ASSERT_TRUE(read_on(&reading, SIZE_MAX));
    CU_ASSERT_EQUAL(reading.next, 20);
    shared_ring_close(other);
    int pipes[2];
    CU_ASSERT_EQUAL_FATAL(pipe(pipes), 0);
    CU_ASSERT_EQUAL(shared_ring_open(&other, pipes[0]), ERROR_IO);
    close(pipes[0]);
    CU_ASSERT_EQUAL(shared_ring_open(&other, pipes[0]), ERROR_IO);
    close(pipes[1]);
    end();
}

/* ---- two processes ------------------------------------------------------------------------- */

/* The child writes steps of ten records, which the gauges tell of, for ever or `steps` of them. */
static pid_t start_writer(uint64_t steps)
{
    pid_t pid = fork();
    must(pid >= 0);
    if (pid)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct shared_ring_writer writer = {.ring = ring};
    for (uint64_t step = 0; step < steps; step++) {
        uint64_t first = 1 + 10 * step;
        write_records(&writer, first, first + 10);
        struct gauges gauges = {.steps = step + 1,
                                .workers = first + 9,
                                .next_worker = first + 10,
                                .watermark_ns = (int64_t)first + 9};
        shared_ring_commit(&writer, &gauges);
    }
    _exit(0);
}

static bool fit(const struct gauges *gauges)
{
    return gauges->workers == 10 * gauges->steps &&
           gauges->next_worker == (gauges->steps ? 10 * gauges->steps + 1 : 0) &&
           gauges->watermark_ns == 10 * (int64_t)gauges->steps;
}

static void a_slow_reader_is_waited_for_and_gets_all(void)
{
    begin();
    struct reading reading = {.next = 1};
    bool whole = true;
    pid_t pid = start_writer(40);
    for (int status, ended = 0; !ended;) {
        ended = waitpid(pid, &status, WNOHANG) == pid;
        struct gauges gauges = shared_ring_gauges(ring);
        whole = whole && fit(&gauges) && shared_ring_read(ring, gauges.at, 300000, take, &reading);
        if (ended)
            CU_ASSERT_EQUAL(status, 0);
    }
    CU_ASSERT_TRUE(read_on(&reading, SIZE_MAX));
    CU_ASSERT_EQUAL(reading.next, 401);
    CU_ASSERT_FALSE(reading.wrong);
    CU_ASSERT_TRUE(whole && shared_ring_gauges(ring).at > 2 * ring->size);
    end();
}

/* Of what a killed process leaves, whole steps are seen, and the gauges are those of the last one;
 * unless the ring is full, when the writer shows what there is. */
static void check_killed_after(uint64_t records)
{
    begin();
    struct reading reading = {.next = 1};
    pid_t pid = start_writer(UINT64_MAX / 20);
    int64_t end_ns = monotonic_ns() + PATIENCE_NS;
    while (reading.next <= records && read_on(&reading, SIZE_MAX) && monotonic_ns() < end_ns)
        ;
    CU_ASSERT_TRUE(reading.next > records);
    kill(pid, SIGKILL);
    CU_ASSERT_EQUAL(waitpid(pid, NULL, 0), pid);
    struct gauges gauges = shared_ring_gauges(ring);
    CU_ASSERT_TRUE(fit(&gauges));
    CU_ASSERT_TRUE(read_on(&reading, SIZE_MAX));
    CU_ASSERT_FALSE(reading.wrong);
    CU_ASSERT_TRUE(reading.next - 1 >= gauges.workers && reading.next - 1 < gauges.workers + 10);
    CU_ASSERT_EQUAL(atomic_load(&ring->read_so_far), gauges.at);
    end();
}

static void what_a_killed_process_showed_is_whole(void)
{
    for (uint64_t records = 0; records < 1200; records += 150)
        check_killed_after(records);
}

static void counted(void *context, const struct record *record)
{
    struct reading *reading = context;
    reading->next += record->kind == RECORD_VALUE;
}

/* Small records, so that the ring is never full: then all that is seen are whole steps. */
static void a_process_killed_in_a_step_shows_nothing_of_it(void)
{
    for (int life = 0; life < 20; life++) {
        begin();
        pid_t pid = fork();
        must(pid >= 0);
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            struct shared_ring_writer writer = {.ring = ring};
            for (uint64_t step = 0; !shared_ring_is_full(&writer, 4096); step++) {
                struct gauges gauges = {.workers = 8 * (step + 1)};
                for (uint64_t i = 1; i <= 8; i++)
                    write_records(&writer, 11, 12);
                shared_ring_commit(&writer, &gauges);
            }
            pause();
        }
        int64_t end_ns = monotonic_ns() + PATIENCE_NS;
        while (shared_ring_gauges(ring).workers < 100 * (uint64_t)life && monotonic_ns() < end_ns)
            ;
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        struct gauges gauges = shared_ring_gauges(ring);
        CU_ASSERT_TRUE(gauges.workers >= 100 * (uint64_t)life);
        struct reading count = {0};
        CU_ASSERT_TRUE(shared_ring_read(ring, gauges.at, SIZE_MAX, counted, &count));
        CU_ASSERT_EQUAL(count.next, gauges.workers);
        end();
    }
}

/* ---- what is no record --------------------------------------------------------------------- */

static void ignore(void *context, const struct record *record)
{
    (void)context;
    record_is_sound(record, NODES, 0, NODE);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < text_size(&record->value); i++)
        sum += (unsigned char)text_bytes(&record->value)[i];
    must(sum <= 255u * (uint64_t)text_size(&record->value));
}

static void broken_memory_is_found_and_does_no_harm(void)
{
    for (uint64_t seed = 1; seed <= 300; seed++) {
        begin();
        struct shared_ring_writer writer = {.ring = ring};
        struct gauges gauges = {0};
        write_records(&writer, 1, 10);
        shared_ring_commit(&writer, &gauges);
        for (uint64_t i = 0; i < 4; i++) {
            uint64_t bits = random_draw(random_mix(seed), i);
            ring->bytes[random_below(bits, writer.at)] = (unsigned char)bits;
        }
        shared_ring_read(ring, writer.at, SIZE_MAX, ignore, NULL);
        end();
    }
    begin();
    memset(ring->bytes, 0xff, 4096);
    CU_ASSERT_FALSE(shared_ring_read(ring, 4096, SIZE_MAX, ignore, NULL));
    CU_ASSERT_FALSE(shared_ring_read(ring, ring->size + 8, SIZE_MAX, ignore, NULL));
    end();
}

static void a_record_that_ends_beyond_what_is_shown_is_none(void)
{
    begin();
    struct shared_ring_writer writer = {.ring = ring};
    write_records(&writer, 1, 2);
    CU_ASSERT_FALSE(shared_ring_read(ring, writer.at - 4, SIZE_MAX, ignore, NULL));
    CU_ASSERT_EQUAL(atomic_load(&ring->read_so_far), 0);
    CU_ASSERT_TRUE(shared_ring_read(ring, writer.at, SIZE_MAX, ignore, NULL));
    end();
}

static void counts_that_no_writer_has_are_found(void)
{
    begin();
    struct shared_ring_writer writer = {.ring = ring};
    write_records(&writer, 1, 2);
    memset(ring->bytes + ring->size - 8, 0xee, 8);
    for (uint64_t off = 1; off < 4; off++) {
        atomic_store(&ring->read_so_far, ring->size - off);
        CU_ASSERT_FALSE(shared_ring_read(ring, ring->size, SIZE_MAX, ignore, NULL));
    }
    atomic_store(&ring->read_so_far, 2 * ring->size);
    CU_ASSERT_FALSE(shared_ring_read(ring, ring->size, SIZE_MAX, ignore, NULL));
    end();
}

static void gauges_come_back_and_broken_ones_stop_the_reader(void)
{
    begin();
    struct shared_ring_writer writer = {.ring = ring};
    struct gauges gauges = {.steps = UINT64_MAX, .watermark_ns = TIME_NEVER, .joined = 1};
    struct string_builder bytes = {0};
    gauges.counts = true;
    memset(&gauges.tally.totals, 0xff, offsetof(struct totals, malformed));
    write_records(&writer, 1, 2);
    shared_ring_commit(&writer, &gauges);
    struct gauges back = shared_ring_gauges(ring);
    CU_ASSERT_EQUAL(back.at, writer.at);
    CU_ASSERT_EQUAL(back.steps, UINT64_MAX);
    CU_ASSERT_EQUAL(back.watermark_ns, TIME_NEVER);
    CU_ASSERT_EQUAL(
        memcmp(&back.tally.totals, &gauges.tally.totals, offsetof(struct totals, malformed)), 0);
    gauges_write(&bytes, &gauges);
    for (size_t size = 0; size < bytes.size; size++) {
        struct byte_reader reader = byte_reader_over(bytes.text, size);
        gauges_read(&reader, &back);
        CU_ASSERT_FALSE(byte_reader_done(&reader));
    }
    string_builder_close(&bytes);
    ring->report.gauges[1].size = UINT32_MAX; /* of the first commit */
    CU_ASSERT_FALSE(shared_ring_read(ring, shared_ring_gauges(ring).at, SIZE_MAX, ignore, NULL));
    end();
}

static void a_process_reads_what_it_is_to_be(void)
{
    begin();
    struct process_setup setup = {.node = 7, .joins = true, .parent = INT32_MAX}, back;
    struct failure failure = {0};
    CU_ASSERT_EQUAL(shared_ring_setup(ring, &back, &failure), ERROR_TEXT);
    char words[64];
    snprintf(words, sizeof words, "its parent speaks version 0, not %u", CODEC_VERSION);
    CU_ASSERT_STRING_EQUAL(failure.text, words);
    shared_ring_set_up(ring, &setup);
    CU_ASSERT_EQUAL(shared_ring_setup(ring, &back, &failure), OK);
    CU_ASSERT_TRUE(back.node == 7 && back.joins && back.parent == INT32_MAX);
    ring->setup.size--;
    CU_ASSERT_EQUAL(shared_ring_setup(ring, &back, &failure), ERROR_TEXT);
    end();
}

static void memory_that_cannot_be_mapped_is_no_ring(void)
{
    struct shared_ring *none;
    int none_descriptor;
    CU_ASSERT_EQUAL(shared_ring_make(&none, &none_descriptor, (size_t)1 << 47), ERROR_IO);
    CU_ASSERT_PTR_NULL(none);
}

SUITE(net_shared_ring, TEST(nothing_is_read_before_it_is_committed),
      TEST(the_ring_goes_round_with_texts_of_every_length),
      TEST(reading_stops_after_about_as_much_as_was_wanted),
      TEST(a_ring_is_full_when_a_record_would_have_to_wait),
      TEST(a_ring_is_opened_by_its_descriptor_alone),
      TEST(a_slow_reader_is_waited_for_and_gets_all), TEST(what_a_killed_process_showed_is_whole),
      TEST(a_process_killed_in_a_step_shows_nothing_of_it),
      TEST(broken_memory_is_found_and_does_no_harm),
      TEST(a_record_that_ends_beyond_what_is_shown_is_none),
      TEST(counts_that_no_writer_has_are_found),
      TEST(gauges_come_back_and_broken_ones_stop_the_reader),
      TEST(a_process_reads_what_it_is_to_be), TEST(memory_that_cannot_be_mapped_is_no_ring));

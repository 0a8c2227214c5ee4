#include "net/process/shared_ring.h"

#include "base/number.h"
#include "net/process/record_bytes.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A record lies behind its size, filled up to a multiple of that. */
#define WORD         sizeof(uint32_t)
#define PADDED(size) (((size) + WORD - 1) & ~(WORD - 1))

/* ---- what is encoded ----------------------------------------------------------------------- */

static struct string_builder writer_of(struct shared_bytes *shared)
{
    return string_builder_over(shared->bytes, sizeof shared->bytes);
}

static void finish(struct shared_bytes *shared, const struct string_builder *bytes)
{
    must(!bytes->failed);
    shared->size = (uint32_t)bytes->size;
}

/* Of a copy: the other process may be broken. */
static struct byte_reader reader_of(const struct shared_bytes *copy)
{
    return byte_reader_over(copy->bytes, min_size(copy->size, sizeof copy->bytes));
}

void shared_ring_set_up(struct shared_ring *ring, const struct process_setup *setup)
{
    struct string_builder bytes = writer_of(&ring->setup);
    varint_put(&bytes, CODEC_VERSION);
    process_setup_write(&bytes, setup);
    finish(&ring->setup, &bytes);
}

enum error shared_ring_setup(const struct shared_ring *ring, struct process_setup *setup,
                             struct failure *failure)
{
    struct byte_reader reader = reader_of(&ring->setup);
    unsigned version = (unsigned)varint_get(&reader, UINT32_MAX);
    process_setup_read(&reader, setup);
    if (version != CODEC_VERSION)
        return failure_set(failure, ERROR_TEXT, "its parent speaks version %u, not %u", version,
                           CODEC_VERSION);
    if (!byte_reader_done(&reader))
        return failure_set(failure, ERROR_TEXT, "what its parent says can't be read");
    return OK;
}

/* ---- making -------------------------------------------------------------------------------- */

static enum error map(struct shared_ring **ring, int descriptor, size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    *ring = memory == MAP_FAILED ? NULL : memory;
    return *ring ? OK : ERROR_IO;
}

enum error shared_ring_make(struct shared_ring **ring, int *descriptor, size_t ring_size)
{
    size_t size = SHARED_RING_SIZE_MIN;
    while (size < ring_size)
        size *= 2;
    *descriptor = memfd_create("dpsim-node", MFD_CLOEXEC);
    if (*descriptor < 0)
        return ERROR_IO;
    if (ftruncate(*descriptor, (off_t)(sizeof **ring + size)) ||
        map(ring, *descriptor, sizeof **ring + size)) {
        int why = errno;
        close(*descriptor);
        errno = why;
        return ERROR_IO;
    }
    (*ring)->size = size;
    return OK;
}

enum error shared_ring_open(struct shared_ring **ring, int descriptor)
{
    struct stat stat;
    if (fstat(descriptor, &stat))
        return ERROR_IO;
    if ((size_t)stat.st_size < sizeof **ring + SHARED_RING_SIZE_MIN) {
        errno = EINVAL;
        return ERROR_IO;
    }
    if (map(ring, descriptor, (size_t)stat.st_size))
        return ERROR_IO;
    if ((*ring)->size == (size_t)stat.st_size - sizeof **ring)
        return OK;
    shared_ring_close(*ring);
    errno = EINVAL;
    return ERROR_IO;
}

void shared_ring_close(struct shared_ring *ring)
{
    munmap(ring, sizeof *ring + ring->size);
}

void shared_ring_fail(struct shared_ring *ring, const char *why)
{
    strncpy(ring->report.failure, why, sizeof ring->report.failure - 1);
    atomic_store(&ring->report.state, SHARED_RING_FAILED);
}

/* ---- the node's side ----------------------------------------------------------------------- */

/* Bytes up to the ring's end are skipped by a word of zeros where a record does not fit there. */
static size_t room_needed(const struct shared_ring_writer *writer, size_t most)
{
    size_t left = writer->ring->size - (writer->at & (writer->ring->size - 1));
    size_t needed = WORD + PADDED(most);
    return needed > left ? left + needed : needed;
}

bool shared_ring_is_full(struct shared_ring_writer *writer, size_t more)
{
    size_t needed = room_needed(writer, RECORD_BYTES_FIXED + more);
    if (writer->ring->size - (writer->at - writer->read_seen) >= needed)
        return false;
    writer->read_seen = atomic_load_explicit(&writer->ring->read_so_far, memory_order_acquire);
    return writer->ring->size - (writer->at - writer->read_seen) < needed;
}

/* The reader is slower than the node: it is shown what was written, and waited for. */
static void await_room(struct shared_ring_writer *writer, size_t more)
{
    static const struct timespec pause = {.tv_nsec = 100 * NS_PER_US};
    struct gauges gauges = shared_ring_gauges(writer->ring);
    shared_ring_commit(writer, &gauges);
    while (shared_ring_is_full(writer, more))
        nanosleep(&pause, NULL);
}

void shared_ring_write(struct shared_ring_writer *writer, const struct record *record)
{
    struct shared_ring *ring = writer->ring;
    size_t most = record_bytes_most(record);
    if (shared_ring_is_full(writer, most - RECORD_BYTES_FIXED))
        await_room(writer, most - RECORD_BYTES_FIXED);
    size_t at = writer->at & (ring->size - 1);
    if (WORD + PADDED(most) > ring->size - at) {
        memset(ring->bytes + at, 0, WORD);
        writer->at += ring->size - at;
        at = 0;
    }
    struct string_builder bytes = string_builder_over((char *)ring->bytes + at + WORD, most);
    record_bytes_put(&bytes, record);
    must(!bytes.failed);
    uint32_t size = (uint32_t)bytes.size;
    memcpy(ring->bytes + at, &size, sizeof size);
    writer->at += WORD + PADDED(bytes.size);
}

void shared_ring_commit(struct shared_ring_writer *writer, const struct gauges *gauges)
{
    struct node_report *report = &writer->ring->report;
    uint64_t next = atomic_load_explicit(&report->commits, memory_order_relaxed) + 1;
    struct gauges now = *gauges;
    now.at = writer->at;
    /* Whoever sees this pair change sees the commit before, which took it out of use. */
    atomic_thread_fence(memory_order_release);
    struct string_builder bytes = writer_of(&report->gauges[next & 1]);
    gauges_write(&bytes, &now);
    finish(&report->gauges[next & 1], &bytes);
    atomic_store_explicit(&report->commits, next, memory_order_release);
}

struct gauges shared_ring_gauges(const struct shared_ring *ring)
{
    const struct node_report *report = &ring->report;
    struct shared_bytes copy;
    struct gauges gauges = {0};
    uint64_t seen;
    do {
        seen = atomic_load_explicit(&report->commits, memory_order_acquire);
        copy = report->gauges[seen & 1];
        atomic_thread_fence(memory_order_acquire);
        /* Else it may be half another one: the pair was written to. */
    } while (atomic_load_explicit(&report->commits, memory_order_relaxed) != seen);
    if (seen == 0)
        return gauges;
    struct byte_reader reader = reader_of(&copy);
    gauges_read(&reader, &gauges);
    return byte_reader_done(&reader) ? gauges : (struct gauges){.at = UINT64_MAX};
}

/* ---- the parent's side --------------------------------------------------------------------- */

bool shared_ring_read(struct shared_ring *ring, uint64_t end, size_t most,
                      void (*take)(void *context, const struct record *record), void *context)
{
    uint64_t at = atomic_load_explicit(&ring->read_so_far, memory_order_relaxed);
    uint64_t stop = end - at > most ? at + most : end;
    if (end - at > ring->size || at % WORD)
        return false;
    while (at < stop) {
        size_t place = at & (ring->size - 1);
        uint32_t size;
        struct record record;
        memcpy(&size, ring->bytes + place, sizeof size);
        if (size == 0) {
            at += ring->size - place;
            continue;
        }
        uint64_t taken = WORD + PADDED((uint64_t)size);
        if (taken > end - at || taken > ring->size - place)
            return false;
        struct byte_reader reader = byte_reader_over(ring->bytes + place + WORD, size);
        record_bytes_get(&reader, &record);
        if (!byte_reader_done(&reader))
            return false;
        take(context, &record);
        at += taken;
        atomic_store_explicit(&ring->read_so_far, at, memory_order_release);
    }
    atomic_store_explicit(&ring->read_so_far, at, memory_order_release);
    return true;
}

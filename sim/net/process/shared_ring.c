#include "net/process/shared_ring.h"

#include "net/process/record_bytes.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

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

/* ---- the node's side ----------------------------------------------------------------------- */

/* Bytes up to the ring's end are skipped by a word of zeros where a record does not fit there. */
static size_t room_needed(const struct shared_ring_writer *writer, size_t size)
{
    size_t left = writer->ring->size - (writer->at & (writer->ring->size - 1));
    return sizeof(uint64_t) + size > left ? left + sizeof(uint64_t) + size
                                          : sizeof(uint64_t) + size;
}

bool shared_ring_is_full(struct shared_ring_writer *writer, size_t more)
{
    size_t needed = room_needed(writer, sizeof(struct record) + more);
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
    uint64_t size = record_bytes_size(record);
    if (shared_ring_is_full(writer, size - sizeof *record))
        await_room(writer, size - sizeof *record);
    size_t at = writer->at & (ring->size - 1);
    if (sizeof size + size > ring->size - at) {
        memset(ring->bytes + at, 0, sizeof size);
        writer->at += ring->size - at;
        at = 0;
    }
    memcpy(ring->bytes + at, &size, sizeof size);
    record_bytes_write(record, ring->bytes + at + sizeof size);
    writer->at += sizeof size + size;
}

void shared_ring_commit(struct shared_ring_writer *writer, const struct gauges *gauges)
{
    struct node_report *report = &writer->ring->report;
    uint64_t next = atomic_load_explicit(&report->commits, memory_order_relaxed) + 1;
    /* Whoever sees this pair change sees the commit before, which took it out of use. */
    atomic_thread_fence(memory_order_release);
    report->gauges[next & 1] = *gauges;
    report->gauges[next & 1].at = writer->at;
    atomic_store_explicit(&report->commits, next, memory_order_release);
}

struct gauges shared_ring_gauges(const struct shared_ring *ring)
{
    const struct node_report *report = &ring->report;
    for (;;) {
        uint64_t seen = atomic_load_explicit(&report->commits, memory_order_acquire);
        struct gauges gauges = report->gauges[seen & 1];
        atomic_thread_fence(memory_order_acquire);
        if (atomic_load_explicit(&report->commits, memory_order_relaxed) == seen)
            return gauges; /* else it may be half another one: the pair was written to */
    }
}

/* ---- the parent's side --------------------------------------------------------------------- */

bool shared_ring_read(struct shared_ring *ring, uint64_t end, size_t most,
                      void (*take)(void *context, const struct record *record), void *context)
{
    uint64_t at = atomic_load_explicit(&ring->read_so_far, memory_order_relaxed);
    uint64_t stop = end - at > most ? at + most : end;
    if (end - at > ring->size || at % sizeof at)
        return false;
    while (at < stop) {
        size_t place = at & (ring->size - 1);
        uint64_t size;
        struct record record;
        memcpy(&size, ring->bytes + place, sizeof size);
        if (size == 0) {
            at += ring->size - place;
            continue;
        }
        if (end - at < sizeof size || size > end - at - sizeof size ||
            size > ring->size - place - sizeof size ||
            record_bytes_read(ring->bytes + place + sizeof size, size, &record) != size)
            return false;
        take(context, &record);
        at += sizeof size + size;
        atomic_store_explicit(&ring->read_so_far, at, memory_order_release);
    }
    atomic_store_explicit(&ring->read_so_far, at, memory_order_release);
    return true;
}

#include "net/process/shared_ring.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- records as bytes ---------------------------------------------------------------------- */

/* A record lies as it is in memory, its long texts behind it, each block filled up to 8 bytes. */
#define PADDED(size) (((size) + 7u) & ~(size_t)7u)

static size_t long_size(const struct text *text)
{
    return text_is_large(text) ? text->as.large.size : 0;
}

size_t record_flat_size(const struct record *record)
{
    return sizeof *record + PADDED(long_size(&record->id)) + PADDED(long_size(&record->value));
}

static unsigned char *put_long(unsigned char *to, const struct text *text)
{
    size_t size = long_size(text);
    if (size)
        memcpy(to, text->as.large.bytes, size);
    memset(to + size, 0, PADDED(size) - size);
    return to + PADDED(size);
}

void record_flatten(const struct record *record, unsigned char *to)
{
    struct record flat = *record;
    unsigned char *next = to + sizeof flat;
    if (text_is_large(&flat.id))
        flat.id.as.large.bytes = NULL;
    if (text_is_large(&flat.value))
        flat.value.as.large.bytes = NULL;
    memcpy(to, &flat, sizeof flat);
    next = put_long(next, &record->id);
    put_long(next, &record->value);
}

/* The text, if it is long, begins at *at. */
static bool take_long(struct text *text, const unsigned char **at, const unsigned char *end)
{
    if (!text_is_large(text)) {
        struct text short_one = *text;
        if (text_size(text) > TEXT_SMALL_MAX)
            return false;
        *text = text_borrow(short_one.as.small, text_size(&short_one)); /* the rest zero */
        return true;
    }
    size_t size = text->as.large.size;
    if (size <= TEXT_SMALL_MAX || size > (1u << 21) || PADDED(size) > (size_t)(end - *at))
        return false;
    *text = text_borrow((const char *)*at, size);
    *at += PADDED(size);
    return true;
}

size_t record_unflatten(const unsigned char *bytes, size_t size, struct record *record)
{
    const unsigned char *at = bytes + sizeof *record;
    if (size < sizeof *record)
        return 0;
    memcpy(record, bytes, sizeof *record);
    if (!take_long(&record->id, &at, bytes + size) || !take_long(&record->value, &at, bytes + size))
        return 0;
    return (size_t)(at - bytes);
}

static unsigned codes_of(const struct record *record)
{
    switch (record->kind) {
    case RECORD_DOWN:
        return DOWN_LEAVE + 1;
    case RECORD_DROP:
        return DROPS_COUNT;
    case RECORD_FAIL:
        return OUTCOMES_COUNT;
    case RECORD_ROUTE:
        return 3;
    case RECORD_START:
    case RECORD_FROZEN:
    case RECORD_THAWED:
        return 2;
    default:
        return 1;
    }
}

/* What a node gives out itself bears its name. */
static bool numbers_are_its_own(const struct record *record, uint32_t nodes, node_id node)
{
    bool of_worker = record->kind == RECORD_START || record->kind == RECORD_LOAD ||
                     record->kind == RECORD_VALUE || record->kind == RECORD_LOAD_FAILED ||
                     record->kind == RECORD_SERVE || record->kind == RECORD_EXPIRE ||
                     record->kind == RECORD_LOST;
    if (of_worker && (!record->worker || number_owner(record->worker, nodes) != node))
        return false;
    return record->kind != RECORD_SEND ||
           (record->number && number_owner(record->number, nodes) == node);
}

bool record_is_sound(const struct record *record, uint32_t nodes, node_id node)
{
    bool drops = record->kind == RECORD_DROP; /* a message of another node may be dropped here */
    bool peer = record->peer == NODE_NONE || record->peer < nodes;
    bool own = drops ? record->node < nodes && record->peer < nodes &&
                           (record->node == node || record->peer == node)
                     : record->node == node;
    bool to_peer = record->kind == RECORD_SEND || record->kind == RECORD_RECV ||
                   record->kind == RECORD_ROUTE || record->kind == RECORD_REPLY;
    return record->kind < RECORD_FAULT && own && peer && !(to_peer && record->peer == NODE_NONE) &&
           record->code < codes_of(record) &&
           (record->code || (record->kind != RECORD_FAIL && record->kind != RECORD_ROUTE)) &&
           numbers_are_its_own(record, nodes, node) && record->message < MESSAGE_KINDS &&
           record->step == 0 && record->t_ns > -TIME_NEVER && record->t_ns < TIME_NEVER &&
           record->clock_ns > -TIME_NEVER && record->clock_ns < TIME_NEVER &&
           record->amount > -TIME_NEVER && record->amount < TIME_NEVER;
}

/* ---- making -------------------------------------------------------------------------------- */

static enum error map(struct shared_ring **shared_ring, int descriptor, size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    *shared_ring = memory;
    return memory == MAP_FAILED ? ERROR_IO : OK;
}

enum error shared_ring_make(struct shared_ring **shared_ring, int *descriptor, size_t ring_size)
{
    size_t size = SHARED_RING_RING_MIN;
    while (size < ring_size)
        size *= 2;
    *descriptor = memfd_create("dpsim-node", MFD_CLOEXEC);
    if (*descriptor < 0)
        return ERROR_IO;
    if (ftruncate(*descriptor, (off_t)(sizeof **shared_ring + size)) ||
        map(shared_ring, *descriptor, sizeof **shared_ring + size)) {
        int why = errno;
        close(*descriptor);
        errno = why;
        return ERROR_IO;
    }
    (*shared_ring)->size = size;
    return OK;
}

enum error shared_ring_open(struct shared_ring **shared_ring, int descriptor)
{
    struct stat stat;
    if (fstat(descriptor, &stat))
        return ERROR_IO;
    if ((size_t)stat.st_size < sizeof **shared_ring + SHARED_RING_RING_MIN) {
        errno = EINVAL;
        return ERROR_IO;
    }
    if (map(shared_ring, descriptor, (size_t)stat.st_size))
        return ERROR_IO;
    if ((*shared_ring)->size == (size_t)stat.st_size - sizeof **shared_ring)
        return OK;
    shared_ring_close(*shared_ring);
    errno = EINVAL;
    return ERROR_IO;
}

void shared_ring_close(struct shared_ring *shared_ring)
{
    munmap(shared_ring, sizeof *shared_ring + shared_ring->size);
}

/* ---- the node's side ----------------------------------------------------------------------- */

/* Bytes up to the ring's end are skipped by a word of zeros where a record does not fit there. */
static size_t room_needed(const struct shared_ring_writer *writer, size_t size)
{
    size_t left = writer->shared_ring->size - (writer->at & (writer->shared_ring->size - 1));
    return sizeof(uint64_t) + size > left ? left + sizeof(uint64_t) + size
                                          : sizeof(uint64_t) + size;
}

bool shared_ring_is_full(struct shared_ring_writer *writer, size_t more)
{
    size_t needed = room_needed(writer, sizeof(struct record) + more);
    if (writer->shared_ring->size - (writer->at - writer->read_seen) >= needed)
        return false;
    writer->read_seen =
        atomic_load_explicit(&writer->shared_ring->read_so_far, memory_order_acquire);
    return writer->shared_ring->size - (writer->at - writer->read_seen) < needed;
}

/* The reader is slower than the node: what there is is shown to it, and it is waited for. */
static void await_room(struct shared_ring_writer *writer, size_t more)
{
    static const struct timespec pause = {.tv_nsec = 100 * NS_PER_US};
    struct gauges gauges = shared_ring_gauges(writer->shared_ring);
    shared_ring_commit(writer, &gauges);
    while (shared_ring_is_full(writer, more))
        nanosleep(&pause, NULL);
}

void shared_ring_write(struct shared_ring_writer *writer, const struct record *record)
{
    struct shared_ring *shared_ring = writer->shared_ring;
    uint64_t size = record_flat_size(record);
    if (shared_ring_is_full(writer, size - sizeof *record))
        await_room(writer, size - sizeof *record);
    size_t at = writer->at & (shared_ring->size - 1);
    if (sizeof size + size > shared_ring->size - at) {
        memset(shared_ring->ring + at, 0, sizeof size);
        writer->at += shared_ring->size - at;
        at = 0;
    }
    memcpy(shared_ring->ring + at, &size, sizeof size);
    record_flatten(record, shared_ring->ring + at + sizeof size);
    writer->at += sizeof size + size;
}

void shared_ring_commit(struct shared_ring_writer *writer, const struct gauges *gauges)
{
    struct node_report *report = &writer->shared_ring->report;
    uint64_t next = atomic_load_explicit(&report->commits, memory_order_relaxed) + 1;
    /* Whoever sees this pair change sees the commit before, which took it out of use. */
    atomic_thread_fence(memory_order_release);
    report->gauges[next & 1] = *gauges;
    report->gauges[next & 1].at = writer->at;
    atomic_store_explicit(&report->commits, next, memory_order_release);
}

struct gauges shared_ring_gauges(const struct shared_ring *shared_ring)
{
    const struct node_report *report = &shared_ring->report;
    for (;;) {
        uint64_t seen = atomic_load_explicit(&report->commits, memory_order_acquire);
        struct gauges gauges = report->gauges[seen & 1];
        atomic_thread_fence(memory_order_acquire);
        if (atomic_load_explicit(&report->commits, memory_order_relaxed) == seen)
            return gauges; /* else it may be half another one: the pair was written to */
    }
}

/* ---- the parent's side --------------------------------------------------------------------- */

bool shared_ring_read(struct shared_ring *shared_ring, uint64_t end, size_t most,
                      void (*take)(void *context, const struct record *record), void *context)
{
    uint64_t at = atomic_load_explicit(&shared_ring->read_so_far, memory_order_relaxed);
    uint64_t stop = end - at > most ? at + most : end;
    if (end - at > shared_ring->size || at % sizeof at)
        return false;
    while (at < stop) {
        size_t place = at & (shared_ring->size - 1);
        uint64_t size;
        struct record record;
        memcpy(&size, shared_ring->ring + place, sizeof size);
        if (size == 0) {
            at += shared_ring->size - place;
            continue;
        }
        if (end - at < sizeof size || size > end - at - sizeof size ||
            size > shared_ring->size - place - sizeof size ||
            record_unflatten(shared_ring->ring + place + sizeof size, size, &record) != size)
            return false;
        take(context, &record);
        at += sizeof size + size;
        atomic_store_explicit(&shared_ring->read_so_far, at, memory_order_release);
    }
    atomic_store_explicit(&shared_ring->read_so_far, at, memory_order_release);
    return true;
}

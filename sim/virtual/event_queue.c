#include "virtual/event_queue.h"

#include "base/memory.h"

/* What decides, next to each other: a comparison touches no slot. */
struct queue_key {
    unsigned __int128 place; /* at_ns, then step << 48 | class << 40 | source */
    uint64_t number;
    uint32_t slot;
};

#define QUEUE_FIRST_CAPACITY 16u

void envelope_clear(struct envelope *envelope)
{
    if (envelope_is_local(envelope))
        text_clear(&envelope->as.local.text);
    else
        message_clear(&envelope->as.message);
}

void queue_init(struct queue *queue)
{
    *queue = (struct queue){0};
}

void queue_close(struct queue *queue)
{
    while (queue->count) {
        struct envelope envelope = queue_pop(queue);
        envelope_clear(&envelope);
    }
    memory_free(queue->heap);
    memory_free(queue->slots);
    memory_free(queue->free_slots);
}

static struct queue_key key_of(const struct envelope *envelope, uint32_t slot)
{
    const struct message *message = &envelope->as.message;
    uint64_t class = envelope_is_local(envelope);
    uint64_t order = (uint64_t)message->step << 48 | class << 40 | message->from;
    must(envelope->at_ns >= 0);
    return (struct queue_key){
        .place = (unsigned __int128)envelope->at_ns << 64 | order,
        .number = message->number,
        .slot = slot,
    };
}

static inline bool before(const struct queue_key *a, const struct queue_key *b)
{
    return a->place < b->place || (a->place == b->place && a->number < b->number);
}

static enum error grow(struct queue *queue)
{
    uint32_t capacity = queue->capacity ? queue->capacity * 2 : QUEUE_FIRST_CAPACITY;
    void *heap = memory_resize(queue->heap, capacity * sizeof *queue->heap);
    if (heap)
        queue->heap = heap;
    void *slots = memory_resize(queue->slots, capacity * sizeof *queue->slots);
    if (slots)
        queue->slots = slots;
    void *free_slots = memory_resize(queue->free_slots, capacity * sizeof *queue->free_slots);
    if (free_slots)
        queue->free_slots = free_slots;
    if (!heap || !slots || !free_slots)
        return ERROR_MEMORY;
    for (uint32_t slot = queue->capacity; slot < capacity; slot++)
        queue->free_slots[slot] = slot;
    queue->capacity = capacity;
    return OK;
}

static void sift_up(struct queue *queue, uint32_t at, struct queue_key key)
{
    while (at > 0) {
        uint32_t parent = (at - 1) / 4;
        if (!before(&key, &queue->heap[parent]))
            break;
        queue->heap[at] = queue->heap[parent];
        at = parent;
    }
    queue->heap[at] = key;
}

/* Four children a parent: half the levels of a binary heap, and the four share cache lines. */
static void sift_down(struct queue *queue, uint32_t at, struct queue_key key)
{
    for (;;) {
        uint32_t first = 4 * at + 1;
        if (first >= queue->count)
            break;
        uint32_t last = first + 4 < queue->count ? first + 4 : queue->count;
        uint32_t least = first;
        for (uint32_t child = first + 1; child < last; child++)
            if (before(&queue->heap[child], &queue->heap[least]))
                least = child;
        if (!before(&queue->heap[least], &key))
            break;
        queue->heap[at] = queue->heap[least];
        at = least;
    }
    queue->heap[at] = key;
}

enum error queue_push(struct queue *queue, const struct envelope *envelope)
{
    if (queue->count == queue->capacity && grow(queue))
        return ERROR_MEMORY;
    uint32_t slot = queue->free_slots[queue->count];
    queue->slots[slot] = *envelope;
    queue->count++;
    queue->lively += envelope_is_lively(envelope);
    queue->messages += !envelope_is_local(envelope);
    sift_up(queue, queue->count - 1, key_of(envelope, slot));
    return OK;
}

const struct envelope *queue_first(const struct queue *queue)
{
    return queue->count ? &queue->slots[queue->heap[0].slot] : NULL;
}

int64_t queue_first_ns(const struct queue *queue)
{
    return queue->count ? (int64_t)(queue->heap[0].place >> 64) : TIME_NEVER;
}

struct envelope queue_pop(struct queue *queue)
{
    must(queue->count > 0);
    uint32_t slot = queue->heap[0].slot;
    queue->count--;
    queue->free_slots[queue->count] = slot;
    if (queue->count)
        sift_down(queue, 0, queue->heap[queue->count]);
    const struct envelope *first = &queue->slots[slot];
    queue->lively -= envelope_is_lively(first);
    queue->messages -= !envelope_is_local(first);
    return *first;
}

enum error queue_strike(struct queue *queue,
                        bool (*picks)(void *context, const struct envelope *envelope),
                        void (*take)(void *context, struct envelope *envelope), void *context)
{
    struct queue kept;
    queue_init(&kept);
    while (queue->count) {
        struct envelope envelope = queue_pop(queue);
        if (picks(context, &envelope)) {
            take(context, &envelope);
        } else if (queue_push(&kept, &envelope)) {
            envelope_clear(&envelope);
            queue_close(&kept);
            return ERROR_MEMORY;
        }
    }
    queue_close(queue);
    *queue = kept;
    return OK;
}

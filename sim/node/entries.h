/* What proposers and acceptors of leases say to each other.
 *
 * A MESSAGE_LEASE carries any number of entries, each about one slot: so all that one node has to
 * say to another one in a step is one message, however many slots it is about. Entries that differ
 * in their slot alone, as those of leases that are renewed together do, are a group there: it is
 * written once, with its slots, so that a slot more costs a byte or two. */
#ifndef NODE_ENTRIES_H
#define NODE_ENTRIES_H

#include "node/ballot.h"

#include "base/byte_reader.h"
#include "base/varint.h"

enum entry_kind {
    ENTRY_PREPARE,  /* to an acceptor: ballot; other: the lease that it renews, or none */
    ENTRY_ACCEPT,   /* likewise, and token */
    ENTRY_RELEASE,  /* likewise: ballot is given up */
    ENTRY_PROMISE,  /* to the proposer of ballot; other: the live lease here, of the same owner, or
                       none; token: the highest one that was accepted here */
    ENTRY_ACCEPTED, /* likewise: ballot has the lease here */
    ENTRY_REFUSED,  /* likewise: it has not; other: what is promised here, or none if another
                       lease is live */
    ENTRY_KINDS
};

/* Of a message's code: what its entries are. */
#define LEASE_ASKS    1u /* PREPARE, ACCEPT, RELEASE: to acceptors */
#define LEASE_ANSWERS 2u /* PROMISE, ACCEPTED, REFUSED: an acceptor's */

struct entry {
    enum entry_kind kind;
    uint32_t slot;
    struct ballot ballot;
    struct ballot other;
    struct token token;
};

/* So many bytes of entries are in one message at the most: what is more goes in further ones. */
#define ENTRIES_SIZE_MAX (32u << 10)

/* Of one entry: its kind and slot, how many further slots there are, two ballots, and a token. */
#define ENTRY_SIZE_MAX (11u * VARINT_SIZE_MAX)

/* Entries that differ in their slot alone. */
struct entry_group {
    struct entry entry; /* with the last slot */
    uint32_t first;     /* slot */
    uint32_t further;   /* so many more, … */
    uint32_t size;      /* … in so many bytes */
    uint32_t capacity;
    unsigned char *bytes;
};

/* Entries to be sent. Zeros: none. */
struct entries {
    struct entry_group *groups;
    size_t count; /* of groups; those behind have no more than room for their bytes */
    size_t capacity;
    size_t size; /* bytes at the most */
    bool failed; /* there was no memory for one */
};

/* The number of its group, for entries_add_alike, until they are cleared. */
uint32_t entries_add(struct entries *entries, const struct entry *entry);

/* For entries_add_alike: what takes more than a byte. */
void entries_add_far(struct entries *entries, struct entry_group *group, uint32_t slot);

/* Adds what the entry of that group that came last says, about a later slot. */
static inline void entries_add_alike(struct entries *entries, uint32_t number, uint32_t slot)
{
    struct entry_group *group = &entries->groups[number];
    uint32_t between = slot - group->entry.slot - 1;
    if (between >= 0x80 || group->size == group->capacity) {
        entries_add_far(entries, group, slot);
        return;
    }
    group->bytes[group->size++] = (unsigned char)between;
    group->further++;
    group->entry.slot = slot;
    entries->size++;
}

/* Adds what `entry` says, about its slot, and then about as many further ones as bytes list, the
 * last of which is this. */
void entries_add_all(struct entries *entries, const struct entry *entry, uint32_t further,
                     uint32_t last, const unsigned char *bytes, uint32_t size);

/* Whether a message with these has room for `count` groups of that many bytes of further slots. */
static inline bool entries_have_room(const struct entries *entries, uint32_t count, size_t size)
{
    return entries->size + count * (ENTRY_SIZE_MAX + size) <= ENTRIES_SIZE_MAX;
}

/* Whether a message with these has no room for one more. */
static inline bool entries_are_full(const struct entries *entries)
{
    return entries->size + ENTRY_SIZE_MAX > ENTRIES_SIZE_MAX;
}

/* As bytes, at the end of these: RELEASEs first, since what is given up is older than what is asked
 * in the same step, then group by group in the order in which they began. */
void entries_put(const struct entries *entries, struct string_builder *bytes);

/* Empties them, and keeps the memory of a few groups. */
void entries_clear(struct entries *entries);
void entries_close(struct entries *entries);

/* Takes entries off bytes: of a cluster of so many nodes and slots. */
struct entries_reader {
    struct byte_reader bytes;
    uint32_t nodes;
    uint32_t slots;
    uint32_t left;      /* slots of the group to come */
    bool begins;        /* `entry` is the first one of its group */
    struct entry entry; /* of the group, with the slot that came last */
};

struct entries_reader entries_reader_over(const struct text *bytes, uint32_t nodes, uint32_t slots);

/* The next group: for entries_next. */
bool entries_next_group(struct entries_reader *reader);

/* Makes reader->entry the next one. False: there is none, or it is not sound (bytes.failed). */
static inline bool entries_next(struct entries_reader *reader)
{
    reader->begins = !reader->left;
    if (reader->begins)
        return entries_next_group(reader);
    uint64_t further = varint_get(&reader->bytes, reader->slots);
    uint64_t slot = reader->entry.slot + 1 + further;
    if (reader->bytes.failed || slot >= reader->slots) {
        byte_reader_fail(&reader->bytes);
        reader->left = 0;
        return false;
    }
    reader->entry.slot = (uint32_t)slot;
    reader->left--;
    return true;
}

/* Whether these bytes come next. */
static inline bool entries_begin_with(const struct entries_reader *reader,
                                      const unsigned char *bytes, uint32_t size)
{
    return (size_t)(reader->bytes.end - reader->bytes.at) >= size &&
           memcmp(reader->bytes.at, bytes, size) == 0;
}

/* Leaves out the further slots of the group that has begun, which are these bytes. */
static inline void entries_skip(struct entries_reader *reader, uint32_t size)
{
    reader->bytes.at += size;
    reader->left = 0;
}

#endif

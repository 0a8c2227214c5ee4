/* What one node hands over to another one, as bytes: the text of a MESSAGE_HAND_OVER.
 *
 * See handover.h for who says what when. What comes over a network may be anything: what is not
 * sound is taken for the end. */
#ifndef NODE_PARCEL_H
#define NODE_PARCEL_H

#include "base/string_builder.h"
#include "base/text.h"
#include "base/varint.h"
#include "node/ballot.h"

#define GIVE_MOST   (1u << 20)  /* bytes of the workers of a GIVE, or one worker */
#define NAMES_MOST  (32u << 10) /* bytes of the ids that a GIVE names */
#define LIVES_MOST  (16u << 10) /* bytes of lives: of two thousand nodes that leave at a time */
#define PARCEL_MOST (GIVE_MOST + NAMES_MOST + LIVES_MOST + (1u << 10)) /* of any */

/* Of a MESSAGE_HAND_OVER's code. */
enum parcel_kind {
    PARCEL_OFFER, /* old owner to new: it has something; a byte: that may have come to itself since
                     its last GIVE, else that one named it if it was whole */
    PARCEL_TAKE,  /* new owner to old: what it has got, and asks for */
    PARCEL_GIVE,  /* old owner to new: workers */
    PARCEL_READY, /* likewise: what could not be answered in whole now can be; nothing else */
    PARCEL_PASS,  /* likewise: a request that waited for one of them */
    PARCEL_GONE,  /* from one that leaves, and has given all: the lives of those to whom */
    PARCEL_KINDS
};

/* A TAKE. */
struct parcel_take {
    uint64_t got;      /* the serial of the last GIVE whose workers it has */
    uint64_t stamp_ns; /* its clock now */
    uint64_t view;     /* the hash of its view */
    bool knows;        /* it keeps what the GIVEs up to that one named, by this view */
};

/* How much of what there is a GIVE has. */
enum parcel_extent {
    PARCEL_PART, /* there are more workers that could move now, or more ids to name */
    PARCEL_ALL,  /* there are none, but by another view there may be */
    PARCEL_WHOLE /* by the view there are none but those named as to come, and nothing else is on
                    its way from or to the sender */
};

/* The head of a GIVE. Workers and the ids that it names follow. */
struct parcel_give {
    uint64_t serial;   /* above that of every GIVE before with other ones; 0: it has none */
    uint64_t stamp_ns; /* of the TAKE that it answers */
    uint64_t view;     /* likewise */
    enum parcel_extent extent;
    bool adds;  /* what the GIVEs before named by the view counts; else it is named once more */
    bool mixed; /* others may know more of what was the sender's: all are to be asked, … */
    struct text leaving; /* … and these lives; borrowed from the bytes */
    uint64_t strayed_ns; /* 1 + for so long what it gave by earlier views has been where it went;
                            0: longer than matters */
};

/* A worker that moves, or the id of one that is busy yet, or was and has ended. */
struct parcel_worker {
    struct text id;
    struct text value;  /* borrowed from the bytes; none of a failed one */
    uint64_t number;    /* 0: no worker, but its id */
    bool to_come;       /* of an id: it is busy; else it was, and does not come */
    uint64_t rest_ns;   /* how long it lived yet when this was sent */
    struct token token; /* of the lease that it lived under; zeros without leases */
    bool failed;        /* its load did */
};

/* A PASS. */
struct parcel_pass {
    struct text asked; /* the id or, with `payload`, the demand; borrowed from the bytes */
    bool payload;
    uint32_t caller; /* whose request it is */
    uint8_t try;
    uint8_t hops; /* so often it was passed on */
    uint64_t request;
    uint64_t budget_ns; /* how long its caller still waits */
};

void parcel_put_pass(struct string_builder *bytes, const struct parcel_pass *pass);
bool parcel_get_pass(const struct text *bytes, uint32_t nodes, struct parcel_pass *pass);

void parcel_put_take(struct string_builder *bytes, const struct parcel_take *take);
bool parcel_get_take(const struct text *bytes, struct parcel_take *take);

/* The head, then each worker or id. */
void parcel_put_give(struct string_builder *bytes, const struct parcel_give *give);
void parcel_put_worker(struct string_builder *bytes, const struct parcel_worker *worker);

/* Lives of nodes: the bytes are those of a GONE, and of the text of a GIVE. False: there is none
 * more, or it is not sound. */
void parcel_put_life(struct string_builder *bytes, uint32_t node, uint32_t incarnation);
bool parcel_next_life(struct byte_reader *reader, uint32_t nodes, uint32_t *node,
                      uint32_t *incarnation);

/* Starts reading a GIVE; false: it is not sound. parcel_next gives the workers, false at the end.
 */
bool parcel_get_give(const struct text *bytes, struct byte_reader *reader,
                     struct parcel_give *give);
bool parcel_next(struct byte_reader *reader, struct parcel_worker *worker);

#endif

/* What a node knows while workers move: what is under way between it and each other node, which
 * views were its own until lately, and for which ids it holds requests. Used by handover.c,
 * giver.c, taker.c and newcomer.c only; handover.h says how they work together. */
#ifndef NODE_HANDOVER_STATE_H
#define NODE_HANDOVER_STATE_H

#include "node/handover.h"
#include "node/parcel.h"

#define PASTS 8u /* views before the present one that are remembered */

/* Times are in the time in which the node ran: a pause of its own, short of `suspect`, ends no wait
 * and makes no view older. Only what goes into a parcel is its clock's. */

/* What is under way between this node and another one. */
struct neighbour {
    /* As the old owner of what is the other one's. */
    struct text give;    /* the last GIVE with workers or names, until a TAKE says that it came */
    uint64_t serial;     /* its */
    uint64_t acked;      /* of those that came the highest, as far as TAKEs say */
    uint32_t give_life;  /* the incarnation that it is for */
    uint32_t give_epoch; /* of the view by which it was made */
    bool give_moves;     /* it has workers */
    bool names_lost;     /* what was named to it, and what it knows, may differ */
    struct string_builder withdrawn; /* those that were named to it and have ended, as in a GIVE */
    int64_t given_ns;                /* when the last such one was made; 0: none was */
    bool offers;                     /* there is something, and no TAKE came since */
    bool carries;         /* likewise, something that came here after it was asked last, perhaps */
    bool asks;            /* its last TAKE could not be answered in whole */
    int64_t offer_ns;     /* when it is offered again … */
    int64_t offer_end_ns; /* … and no longer */
    int64_t give_end_ns;  /* until then its TAKE is waited for */
    /* As the new owner. */
    uint64_t got; /* the serial of the last GIVE whose workers are here … */
    uint32_t got_life;
    uint64_t names;   /* which what it has named by this node's view has, see awaited; 0: none */
    uint32_t whole;   /* 1 + the epoch of the view by which its last GIVE was whole; 0: none was */
    int64_t whole_ns; /* what was asked then, on the clock */
    bool offered;     /* it has something that could come, … */
    bool owes;        /* … and was not whole since: not in an answer to a TAKE … */
    int64_t owes_ns;  /* … of this time, on the clock, or later */
    bool takes;       /* a whole GIVE is waited for */
    int64_t asked_ns; /* its last TAKE was sent, on the clock; and the last that it answered */
    int64_t answered_ns;
    int64_t take_ns;     /* when it is sent again … */
    int64_t take_end_ns; /* … and no longer */
    int64_t named_ns; /* another one says that it may have workers: until then it is asked, though
                         it is not heard, … */
    uint32_t named_life; /* … in this incarnation */
    int64_t told_ns; /* its request was held in vain, and it was told this node's owner of the id,
                        for the first time in this view; 0: it was not, … */
    bool differs;    /* … and asks again: its view is another one than this node's. Both are
                        forgotten when its heartbeat says that it is the same */
};

/* A view that was this node's until lately. */
struct past {
    struct view view; /* bits == NULL: none yet */
    int64_t end_ns;
};

/* An id for which requests are held, or whose worker is known to come. */
struct awaited {
    struct text id;
    struct list_link in_fresh;
    struct list requests; /* struct pending */
    uint32_t count;
    uint32_t slot;
    node_id from;      /* NODE_NONE: this node's view is to follow that of a caller */
    node_id back_from; /* its owner, which has passed a request back; NODE_NONE: none has */
    uint64_t names;    /* neighbour.names of the GIVE that said it will come; 0: none did */
    int64_t end_ns;    /* of the wait for the view */
};

struct handover {
    struct view last; /* the view that pasts were last brought up to; of no epoch */
    bool alone;       /* it was that of a node that was never told to connect */
    uint32_t epoch;
    uint32_t tag_epoch; /* 1 + the epoch of the view whose tag this is */
    uint16_t tag;
    int64_t epoch_ns;   /* it began then, on the clock */
    int64_t gave_ns;    /* workers that this node gave came last by the present view, … */
    int64_t strayed_ns; /* … and by an earlier one; INT64_MIN: none did */
    int64_t stirred_ns; /* others may have given each other workers by earlier views until then, on
                           the clock: who was asked before knows nothing of it */
    bool changed;       /* in this step: all that is held is to be looked at */
    struct list fresh;  /* struct awaited: those alone to which a request came in this step */
    struct past pasts[PASTS];
    uint32_t next_past;
    struct neighbour *neighbours; /* by node; made when first needed */
    int64_t awaited_end_ns;       /* until then it knew lately that something was to come */
    int64_t unknown_end_ns; /* until then there were others of late, too many or before it joined */
    struct pool_map awaited;
    struct pool_map newcomers; /* see newcomer.h */
    struct list carried;       /* of them: those that wait for a view; without leases */
    uint64_t serials;
    uint64_t names;       /* given out to neighbours */
    int64_t loads_end_ns; /* a node that leaves finishes loads until then; else TIME_NEVER */
    int64_t due_ns;
};

/* NULL when there is no memory: then nothing moves. */
struct neighbour *handover_neighbour(struct node *node, node_id peer);

/* handover_run_due is to be called at this time, or before. */
void handover_due_at(struct node *node, int64_t at_ns);

/* Sends the text, which stays the caller's. */
void handover_send(struct node *node, node_id peer, enum parcel_kind kind, const struct text *text);

/* Closes the builder. The text is empty where there is no memory for it: as if it were lost. */
struct text handover_text(struct string_builder *bytes);

/* The same for equal views on all nodes. */
uint64_t handover_view_hash(const struct view *view);

node_id handover_owner_by(const struct node *node, const struct view *view, const struct text *id);

/* Both views are of equally many nodes; `epoch` is not copied. */
void handover_copy_view(struct view *to, const struct view *from);

/* The view was this node's until now: it counts as lately for config.suspect_ns. */
void handover_remember(struct node *node, const struct view *view);

/* The views of lately count as such for config.suspect_ns from now. */
void handover_prolong_pasts(struct node *node);

/* Whether the id was this node's in a view of lately. */
bool handover_was_own(const struct node *node, const struct text *id);

/* Another node says that these may have workers that are this node's: see parcel_put_life. */
void handover_note_named(struct node *node, const struct text *lives);

/* Whether the peer can be asked: it is heard, or was named lately by another one. */
bool handover_may_ask(const struct node *node, node_id peer);

/* Whether nothing more is to be asked of the peer: it is gone, or its GIVE was whole by the present
 * view, and no worker can have come to it from a third node since it was asked. */
bool handover_is_settled(const struct node *node, node_id peer);

/* Workers that were given came, by the view of this epoch of the node's own. */
void handover_gave(struct node *node, uint32_t epoch);

/* Two changes at a time, or one before this node joined: others may have seen them in another
 * order, and in views that were never this node's. Then any member may have what comes here. */
bool handover_changes_overlap(const struct node *node);

/* Who may have the worker of an id that is this node's; NODE_NONE: nobody. */
node_id handover_former_owner(const struct node *node, const struct text *id);

#endif

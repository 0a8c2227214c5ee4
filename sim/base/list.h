/* A doubly linked list whose links lie in its members: adding and removing need no memory and no
 * search.
 *
 *     struct letter { struct list_link in_mailbox; ... };
 *     list_add_last(&worker->mailbox, &letter->in_mailbox);
 *     list_each(link, &worker->mailbox)
 *         read(container_of(link, struct letter, in_mailbox));
 *
 * Zeros are an empty list and a link that is in no list, so zeroed memory needs no preparation.
 * The list is a ring closed by `ends`, which is why a link leaves it without knowing which list it
 * is in, and why a list that has had a member must stay at its address.
 *
 * One-way chains that only grow at the front (an arena's chunks) need none of this. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include "base/base.h"

struct list_link {
    struct list_link *next; /* NULL: in no list */
    struct list_link *previous;
};

struct list {
    struct list_link ends; /* next: the first; previous: the last */
};

/* The first member's link, or NULL. */
static inline struct list_link *list_first(const struct list *list)
{
    return list->ends.next == &list->ends ? NULL : list->ends.next;
}

/* The last member's link, or NULL. */
static inline struct list_link *list_last(const struct list *list)
{
    return list->ends.previous == &list->ends ? NULL : list->ends.previous;
}

/* What comes after a member of this list, or NULL. */
static inline struct list_link *list_next(const struct list *list, const struct list_link *link)
{
    return link->next == &list->ends ? NULL : link->next;
}

/* What comes before a member of this list, or NULL. */
static inline struct list_link *list_previous(const struct list *list, const struct list_link *link)
{
    return link->previous == &list->ends ? NULL : link->previous;
}

static inline bool list_empty(const struct list *list)
{
    return !list_first(list);
}

/* Whether it is in a list. */
static inline bool list_linked(const struct list_link *link)
{
    return link->next != NULL;
}

/* Adds the link, which is in no list, behind `after`, a member; NULL: as the first. */
static inline void list_add_after(struct list *list, struct list_link *link,
                                  struct list_link *after)
{
    must(!link->next);
    if (!list->ends.next)
        list->ends = (struct list_link){&list->ends, &list->ends};
    if (!after)
        after = &list->ends;
    *link = (struct list_link){.next = after->next, .previous = after};
    link->next->previous = link;
    after->next = link;
}

static inline void list_add_first(struct list *list, struct list_link *link)
{
    list_add_after(list, link, NULL);
}

static inline void list_add_last(struct list *list, struct list_link *link)
{
    list_add_after(list, link, list_last(list));
}

/* Takes it out of the list that it is in, if it is in one. */
static inline void list_remove(struct list_link *link)
{
    if (!link->next)
        return;
    link->previous->next = link->next;
    link->next->previous = link->previous;
    *link = (struct list_link){NULL, NULL};
}

/* Each member's link, from the first on. The body may remove `link` itself, no other member. */
#define list_each(link, list)                                                                      \
    for (struct list_link *link = list_first(list), *link##_next;                                  \
         link && (link##_next = list_next(list, link), true); link = link##_next)

#endif

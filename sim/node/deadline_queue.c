#include "node/deadline_queue.h"

static struct due *due_of(struct list_link *link)
{
    return link ? container_of(link, struct due, link) : NULL;
}

/* Makes `child` the first one of `parent`. */
static void adopt(struct due *parent, struct due *child)
{
    struct due *first = parent->child;
    child->link =
        (struct list_link){.next = first ? &first->link : NULL, .previous = &parent->link};
    if (first)
        first->link.previous = &child->link;
    parent->child = child;
}

/* Of two roots the later one becomes the other's child; of equals the second one. */
static struct due *meld(struct due *one, struct due *other)
{
    if (!one || !other)
        return one ? one : other;
    struct due *root = other->at_ns < one->at_ns ? other : one;
    adopt(root, root == one ? other : one);
    return root;
}

/* Merges the siblings from `first` on into one heap: in pairs, then the pairs from the last to the
 * first. */
static struct due *meld_siblings(struct due *first)
{
    struct due *pairs = NULL, *root = NULL;
    while (first) {
        struct due *second = due_of(first->link.next);
        struct due *rest = second ? due_of(second->link.next) : NULL;
        struct due *pair = meld(first, second);
        pair->link.next = pairs ? &pairs->link : NULL;
        pairs = pair;
        first = rest;
    }
    while (pairs) {
        struct due *rest = due_of(pairs->link.next);
        root = meld(pairs, root);
        pairs = rest;
    }
    return root;
}

static void set_root(struct due *top, struct due *root)
{
    top->child = root;
    if (root)
        root->link = (struct list_link){.next = NULL, .previous = &top->link};
}

/* A child's own children take its place. */
void deadline_queue_remove_from_heap(struct due *due)
{
    struct due *before = due_of(due->link.previous), *after = due_of(due->link.next);
    struct due *root = meld_siblings(due->child);
    if (root) {
        root->link.next = due->link.next;
        root->link.previous = due->link.previous;
        if (after)
            after->link.previous = &root->link;
    } else if (after) {
        after->link.previous = due->link.previous;
    }
    struct due *instead = root ? root : after;
    if (before->child == due)
        before->child = instead;
    else
        before->link.next = instead ? &instead->link : NULL;
    due->link = (struct list_link){NULL, NULL};
    due->child = NULL;
}

void deadline_queue_init(struct deadline_queue *queue)
{
    struct list_link *ends = &queue->ends.link;
    *queue = (struct deadline_queue){.ends = {.link = {ends, ends}, .at_ns = TIME_NEVER}};
}

void deadline_queue_add(struct deadline_queue *queue, struct due *due, int64_t at_ns)
{
    struct due *ends = &queue->ends, *last = container_of(ends->link.previous, struct due, link);
    must(!deadline_queue_has(due));
    due->at_ns = at_ns;
    if (last != ends && last->at_ns > at_ns) {
        due->child = NULL;
        set_root(&queue->top, meld(queue->top.child, due));
        return;
    }
    due->child = due;
    due->link = (struct list_link){.next = &ends->link, .previous = &last->link};
    last->link.next = ends->link.previous = &due->link;
}

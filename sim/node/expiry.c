#include "node/expiry.h"

void expiry_init(struct expiry *expiry)
{
    expiry->ends =
        (struct due){.next = &expiry->ends, .previous = &expiry->ends, .at_ns = TIME_NEVER};
}

void expiry_add(struct expiry *expiry, struct due *due, int64_t at_ns)
{
    must(!due->next);
    struct due *before = expiry->ends.previous;
    while (before != &expiry->ends && before->at_ns > at_ns)
        before = before->previous;
    due->at_ns = at_ns;
    due->previous = before;
    due->next = before->next;
    before->next->previous = due;
    before->next = due;
}

void expiry_remove(struct due *due)
{
    if (!due->next)
        return;
    due->previous->next = due->next;
    due->next->previous = due->previous;
    due->next = NULL;
    due->previous = NULL;
}

#include "node/expiry.h"

void expiry_add(struct expiry *expiry, struct due *due, int64_t at_ns)
{
    struct list_link *before = list_last(&expiry->list);
    while (before && container_of(before, struct due, link)->at_ns > at_ns)
        before = list_previous(&expiry->list, before);
    due->at_ns = at_ns;
    list_add_after(&expiry->list, &due->link, before);
}

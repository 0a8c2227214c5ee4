#include "cluster/schedule.h"

#include "core/memory.h"

enum error schedule_init(struct schedule *schedule, uint32_t nodes)
{
    schedule->leaves = 1;
    while (schedule->leaves < nodes)
        schedule->leaves *= 2;
    schedule->first_ns = memory_resize(NULL, 2 * schedule->leaves * sizeof *schedule->first_ns);
    if (!schedule->first_ns)
        return ERROR_MEMORY;
    for (uint32_t i = 0; i < 2 * schedule->leaves; i++)
        schedule->first_ns[i] = TIME_NEVER;
    return OK;
}

void schedule_close(struct schedule *schedule)
{
    memory_free(schedule->first_ns);
}

void schedule_set(struct schedule *schedule, node_id node, int64_t at_ns)
{
    int64_t *first_ns = schedule->first_ns;
    uint32_t i = schedule->leaves + node;
    first_ns[i] = at_ns;
    for (i /= 2; i > 0; i /= 2) {
        int64_t left = first_ns[2 * i], right = first_ns[2 * i + 1];
        int64_t least = left < right ? left : right;
        if (first_ns[i] == least)
            return;
        first_ns[i] = least;
    }
}

/* Steps over every half that has nothing before end_ns. */
uint32_t schedule_before(const struct schedule *schedule, int64_t end_ns, node_id *nodes)
{
    uint32_t found = 0, i = 1;
    for (;;) {
        if (schedule->first_ns[i] < end_ns) {
            if (i < schedule->leaves) {
                i *= 2;
                continue;
            }
            nodes[found++] = i - schedule->leaves;
        }
        while (i & 1) { /* up from right halves */
            if (i == 1)
                return found;
            i /= 2;
        }
        i++;
    }
}

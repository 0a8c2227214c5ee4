#include "virtual/tournament.h"

#include "base/memory.h"

enum error tournament_init(struct tournament *tournament, uint32_t nodes)
{
    tournament->leaves = 1;
    while (tournament->leaves < nodes)
        tournament->leaves *= 2;
    tournament->first_ns =
        memory_resize(NULL, 2 * tournament->leaves * sizeof *tournament->first_ns);
    if (!tournament->first_ns)
        return ERROR_MEMORY;
    for (uint32_t i = 0; i < 2 * tournament->leaves; i++)
        tournament->first_ns[i] = TIME_NEVER;
    return OK;
}

void tournament_close(struct tournament *tournament)
{
    memory_free(tournament->first_ns);
}

void tournament_set(struct tournament *tournament, node_id node, int64_t at_ns)
{
    int64_t *first_ns = tournament->first_ns;
    uint32_t i = tournament->leaves + node;
    first_ns[i] = at_ns;
    for (i /= 2; i > 0; i /= 2) {
        int64_t left = first_ns[2 * i], right = first_ns[2 * i + 1];
        int64_t least = left < right ? left : right;
        if (first_ns[i] == least)
            return;
        first_ns[i] = least;
    }
}

/* So few are looked at one by one. */
#define FEW_LEAVES 8u

/* Steps over every half that has nothing before end_ns. */
uint32_t tournament_before(const struct tournament *tournament, int64_t end_ns, node_id *nodes)
{
    uint32_t found = 0, i = 1;
    if (tournament->leaves <= FEW_LEAVES) {
        for (node_id node = 0; node < tournament->leaves; node++)
            if (tournament->first_ns[tournament->leaves + node] < end_ns)
                nodes[found++] = node;
        return found;
    }
    for (;;) {
        if (tournament->first_ns[i] < end_ns) {
            if (i < tournament->leaves) {
                i *= 2;
                continue;
            }
            nodes[found++] = i - tournament->leaves;
        }
        while (i & 1) { /* up from right halves */
            if (i == 1)
                return found;
            i /= 2;
        }
        i++;
    }
}

#include "virtual/sharing.h"

/* Whether an event takes less time where windows are shared. */
static bool shared_is_quicker(const struct sharing *sharing)
{
    return (__int128)sharing->shared.ns * sharing->alone.events <
           (__int128)sharing->alone.ns * sharing->shared.events;
}

bool sharing_pays(const struct sharing *sharing)
{
    if (sharing->window < 2 * SHARING_TRIED)
        return sharing->window < SHARING_TRIED;
    return shared_is_quicker(sharing);
}

bool sharing_measures(const struct sharing *sharing)
{
    return sharing->window < 2 * SHARING_TRIED && sharing->window % SHARING_TRIED;
}

static void begin_period(struct sharing *sharing)
{
    sharing->window = 0;
    sharing->alone.ns /= 2;
    sharing->alone.events /= 2;
    sharing->shared.ns /= 2;
    sharing->shared.events /= 2;
}

void sharing_note(struct sharing *sharing, int64_t took_ns, uint64_t events)
{
    if (sharing_measures(sharing) && sharing->window < SHARING_TRIED) {
        sharing->shared.ns += took_ns;
        sharing->shared.events += events;
    } else if (sharing_measures(sharing)) {
        sharing->alone.ns += took_ns;
        sharing->alone.events += events;
    }
    if (++sharing->window == SHARING_PERIOD)
        begin_period(sharing);
}

#include "viz/draw/look.h"

void look_fit(struct look *look, int64_t end_ns)
{
    int64_t span = end_ns > NS_PER_MS ? end_ns : NS_PER_MS;
    look->t0_ns = -span / 60;
    look->t1_ns = span + span / 30;
}

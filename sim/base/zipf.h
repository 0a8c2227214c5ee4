/* The Zipf distribution: item k of 0..count-1 has a weight of (k + 1)^-s, to a few millionths of
 * it.
 *
 * Computed in integers only. It takes 12 to 16 bytes an item, never changes, and is shared by all
 * that draw from it. */
#ifndef BASE_ZIPF_H
#define BASE_ZIPF_H

#include "base/base.h"

struct zipf;

/* `count`: 1..10^7, s_ppm = s * 10^6: 0..10^7. NULL when there is no memory. */
struct zipf *zipf_new(uint64_t count, uint32_t s_ppm);

/* NULL: nothing to do. */
void zipf_delete(struct zipf *zipf);

/* The item for 64 uniform bits. */
uint64_t zipf_draw(const struct zipf *zipf, uint64_t bits);

#endif

#include "check/fingerprint.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

struct fingerprint fingerprint_of_long(const struct text *text)
{
    XXH128_hash_t hash = XXH3_128bits(text_bytes(text), text_size(text));
    return (struct fingerprint){{hash.low64, hash.high64}};
}

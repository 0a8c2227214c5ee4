/* What texts are compared by: a short one by itself, a long one by its 128-bit hash (XXH3). */
#ifndef CHECK_FINGERPRINT_H
#define CHECK_FINGERPRINT_H

#include "base/text.h"

struct fingerprint {
    uint64_t words[2];
};

/* For fingerprint_of. */
struct fingerprint fingerprint_of_long(const struct text *text);

static inline struct fingerprint fingerprint_of(const struct text *text)
{
    struct fingerprint print;
    if (text_is_large(text))
        return fingerprint_of_long(text);
    memcpy(&print, text, sizeof print);
    return print;
}

static inline bool fingerprint_equal(struct fingerprint a, struct fingerprint b)
{
    return a.words[0] == b.words[0] && a.words[1] == b.words[1];
}

#endif

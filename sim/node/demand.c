#include "node/demand.h"

#include "base/number.h"

enum error demand_make(struct text *demand, const struct text *id, const struct text *payload)
{
    static const struct text nul = {.as.small[15] = 1};
    const struct text *parts[] = {id, &nul, payload};
    return text_join(demand, parts, 3);
}

/* Of the NUL, or of the end. */
static uint32_t nul_at(const struct text *demand)
{
    uint32_t size = text_size(demand);
    const char *nul = memchr(text_bytes(demand), '\0', min_size(size, ID_SIZE_MAX + 1));
    return nul ? (uint32_t)(nul - text_bytes(demand)) : size;
}

struct text demand_id(const struct text *demand)
{
    return text_borrow(text_bytes(demand), nul_at(demand));
}

struct text demand_payload(const struct text *demand)
{
    uint32_t at = nul_at(demand), size = text_size(demand);
    return at < size ? text_borrow(text_bytes(demand) + at + 1, size - at - 1) : (struct text){0};
}

bool demand_valid(const struct text *demand)
{
    uint32_t at = nul_at(demand);
    return at + 1 < text_size(demand) && id_valid(text_bytes(demand), at);
}

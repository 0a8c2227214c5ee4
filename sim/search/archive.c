#include "search/archive.h"

#include "base/memory.h"
#include "base/number.h"
#include "base/random.h"

void archive_close(struct archive *archive)
{
    memory_free(archive->states);
    memory_free(archive->weights);
    hash_map_close(&archive->by_state);
    *archive = (struct archive){0};
}

/* ---- weights: Fenwick, "A new data structure for cumulative frequency tables", 1994 --------- */

static uint64_t weight_of(uint64_t visits)
{
    return (UINT64_C(1) << 32) / (visits + 1);
}

static void add_weight(struct archive *archive, size_t index, uint64_t weight)
{
    for (size_t i = index + 1; i <= archive->count; i += i & -i)
        archive->weights[i - 1] += weight;
}

/* The sum of the first `count` weights. */
static uint64_t sum_of(const struct archive *archive, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = count; i; i -= i & -i)
        sum += archive->weights[i - 1];
    return sum;
}

/* The new last one: what its place in the tree sums up has come before it. */
static void append_weight(struct archive *archive, uint64_t weight)
{
    size_t i = archive->count, low = i & -i;
    archive->weights[i - 1] = weight + sum_of(archive, i - 1) - sum_of(archive, i - low);
}

/* The state in which the sum of weights passes `rest`. */
static size_t find_weight(const struct archive *archive, uint64_t rest)
{
    size_t at = 0, step = 1;
    while (step * 2 <= archive->count)
        step *= 2;
    for (; step; step /= 2)
        if (at + step <= archive->count && archive->weights[at + step - 1] <= rest) {
            at += step;
            rest -= archive->weights[at - 1];
        }
    return at;
}

/* ---- states -------------------------------------------------------------------------------- */

static inline bool same(const void *states, uint32_t slot, const void *state)
{
    return ((const struct archived *)states)[slot].state == *(const uint64_t *)state;
}

static void count_visit(struct archive *archive, size_t index)
{
    struct archived *archived = &archive->states[index];
    uint64_t before = weight_of(archived->visits);
    if (archived->visits == UINT32_MAX)
        return;
    archived->visits++;
    add_weight(archive, index, weight_of(archived->visits) - before); /* modulo 2^64 */
}

/* The part of the way that ends before at_ns. */
static struct way way_until(const struct way *way, int64_t at_ns)
{
    struct way part = *way;
    while (part.count > 1 && part.steps[part.count - 1].at_ns >= at_ns)
        part.count--;
    return part;
}

/* The number of the feature that field `field` of these is. */
static uint32_t feature_of(uint64_t fields, uint32_t field)
{
    return 4 * field + (uint32_t)(fields >> 2 * field & 3);
}

static void count_fields(struct archive *archive, uint64_t fields)
{
    for (uint32_t field = 0; field < FEATURES / 4; field++)
        archive->features[feature_of(fields, field)].visits++;
}

static void note_fields(struct archive *archive, uint64_t fields, uint32_t slot)
{
    for (uint32_t field = 0; field < FEATURES / 4; field++) {
        struct feature *feature = &archive->features[feature_of(fields, field)];
        feature->states[feature->count++ % FEATURE_STATES_MOST] = slot;
    }
}

static enum error append(struct archive *archive, const struct archived *archived, uint64_t fields)
{
    uint32_t slot = (uint32_t)archive->count;
    if (memory_reserve((void **)&archive->states, &archive->capacity, slot + 1,
                       sizeof *archive->states) ||
        memory_reserve((void **)&archive->weights, &archive->weights_capacity, slot + 1,
                       sizeof *archive->weights) ||
        hash_map_add(&archive->by_state, random_mix(archived->state), slot))
        return ERROR_MEMORY;
    archive->states[archive->count++] = *archived;
    append_weight(archive, weight_of(archived->visits));
    note_fields(archive, fields, slot);
    return OK;
}

static enum error add_one(struct archive *archive, const struct way *way,
                          const struct abstract_visit *visit)
{
    struct archived found = {.state = visit->state,
                             .at_ns = visit->at_ns,
                             .visits = 1,
                             .way = way_until(way, visit->at_ns)};
    uint32_t slot = hash_map_find(&archive->by_state, random_mix(visit->state), same,
                                  archive->states, &visit->state);
    count_fields(archive, visit->fields);
    if (slot == HASH_MAP_NONE)
        return archive->count < ARCHIVE_MOST ? append(archive, &found, visit->fields) : OK;
    struct archived *known = &archive->states[slot];
    bool shorter = found.way.count < known->way.count ||
                   (found.way.count == known->way.count && found.at_ns < known->at_ns);
    if (shorter) {
        known->way = found.way;
        known->at_ns = found.at_ns;
    }
    count_visit(archive, slot);
    return OK;
}

enum error archive_add(struct archive *archive, const struct way *way,
                       const struct abstract_visit *visits, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (add_one(archive, way, &visits[i]))
            return ERROR_MEMORY;
    return OK;
}

const struct archived *archive_draw(struct archive *archive, uint64_t bits)
{
    must(archive->count > 0);
    uint64_t total = sum_of(archive, archive->count);
    size_t index = find_weight(archive, random_below(bits, total));
    must(index < archive->count);
    count_visit(archive, index);
    return &archive->states[index];
}

static const struct feature *draw_feature(const struct archive *archive, uint64_t bits)
{
    uint64_t total = 0, rest;
    const struct feature *feature = archive->features;
    for (uint32_t i = 0; i < FEATURES; i++)
        total += feature[i].count ? weight_of(feature[i].visits) : 0;
    for (rest = random_below(bits, total);; feature++) {
        uint64_t weight = feature->count ? weight_of(feature->visits) : 0;
        if (rest < weight)
            return feature;
        rest -= weight;
    }
}

static const struct archived *draw_state(const struct archive *archive,
                                         const struct feature *feature, uint64_t bits)
{
    uint32_t kept = min_u32(feature->count, FEATURE_STATES_MOST);
    return &archive->states[feature->states[random_below(bits, kept)]];
}

const struct archived *archive_draw_by_field(struct archive *archive, uint64_t bits)
{
    must(archive->count > 0);
    const struct feature *feature = draw_feature(archive, bits);
    const struct archived *one = draw_state(archive, feature, random_mix(bits + 1));
    const struct archived *other = draw_state(archive, feature, random_mix(bits + 2));
    const struct archived *sooner = other->at_ns < one->at_ns ? other : one;
    count_visit(archive, (size_t)(sooner - archive->states));
    return sooner;
}

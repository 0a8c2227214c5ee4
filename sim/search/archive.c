#include "search/archive.h"

#include "base/bits.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/random.h"

void archive_close(struct archive *archive)
{
    memory_free(archive->states);
    hash_map_close(&archive->by_state);
    *archive = (struct archive){0};
}

/* ---- states -------------------------------------------------------------------------------- */

static inline bool same(const void *states, uint32_t slot, const void *state)
{
    return ((const struct archived *)states)[slot].state == *(const uint64_t *)state;
}

/* The part of the way that ends before at_ns. */
static struct way way_until(const struct way *way, int64_t at_ns)
{
    struct way part = *way;
    while (part.count > 1 && part.steps[part.count - 1].at_ns >= at_ns)
        part.count--;
    return part;
}

static void note_features(struct archive *archive, const uint64_t *features, uint32_t slot)
{
    for (uint32_t i = 0; i < ABSTRACT_FEATURES; i++) {
        struct feature *feature = &archive->features[i];
        if (bits_has(features, i))
            feature->states[feature->count++ % FEATURE_STATES_MOST] = slot;
    }
}

static enum error append(struct archive *archive, const struct archived *archived,
                         const uint64_t *features)
{
    uint32_t slot = (uint32_t)archive->count;
    if (memory_reserve((void **)&archive->states, &archive->capacity, slot + 1,
                       sizeof *archive->states) ||
        hash_map_add(&archive->by_state, hash_map_number(archived->state), slot))
        return ERROR_MEMORY;
    archive->states[archive->count++] = *archived;
    note_features(archive, features, slot);
    return OK;
}

static enum error add_one(struct archive *archive, const struct way *way,
                          const struct abstract_visit *visit)
{
    struct archived found = {
        .state = visit->state, .at_ns = visit->at_ns, .way = way_until(way, visit->at_ns)};
    uint32_t slot = hash_map_find(&archive->by_state, hash_map_number(visit->state), same,
                                  archive->states, &visit->state);
    if (slot == HASH_MAP_NONE)
        return archive->count < ARCHIVE_MOST ? append(archive, &found, visit->features) : OK;
    struct archived *known = &archive->states[slot];
    if (found.way.count < known->way.count ||
        (found.way.count == known->way.count && found.at_ns < known->at_ns))
        *known = found;
    return OK;
}

/* Each feature once, in however many of its states the run had it. */
static void count_chance(struct archive *archive, const struct abstract_visit *visits,
                         uint32_t count)
{
    uint64_t reached[ABSTRACT_WORDS] = {0};
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t word = 0; word < ABSTRACT_WORDS; word++)
            reached[word] |= visits[i].features[word];
    for (uint32_t i = 0; i < ABSTRACT_FEATURES; i++) {
        struct feature *feature = &archive->features[i];
        feature->runs += bits_has(reached, i);
        feature->root += feature->runs == (feature->root + 1) * (feature->root + 1);
    }
}

enum error archive_add(struct archive *archive, const struct way *way,
                       const struct abstract_visit *visits, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (add_one(archive, way, &visits[i]))
            return ERROR_MEMORY;
    if (way->count == 1)
        count_chance(archive, visits, count);
    return OK;
}

/* ---- what to go on from -------------------------------------------------------------------- */

static uint64_t weight_of(const struct feature *feature)
{
    return feature->count ? (UINT64_C(1) << 32) / (feature->root + 1) : 0;
}

static const struct feature *draw_feature(const struct archive *archive, uint64_t bits)
{
    const struct feature *feature = archive->features;
    uint64_t total = 0;
    for (uint32_t i = 0; i < ABSTRACT_FEATURES; i++)
        total += weight_of(&feature[i]);
    uint64_t rest = random_below(bits, total);
    for (; rest >= weight_of(feature); feature++)
        rest -= weight_of(feature);
    return feature;
}

static const struct archived *draw_state(const struct archive *archive,
                                         const struct feature *feature, uint64_t bits)
{
    uint32_t kept = min_u32(feature->count, FEATURE_STATES_MOST);
    return &archive->states[feature->states[random_below(bits, kept)]];
}

const struct archived *archive_draw(const struct archive *archive, uint64_t bits)
{
    must(archive->count > 0);
    const struct feature *feature = draw_feature(archive, bits);
    const struct archived *one = draw_state(archive, feature, random_mix(bits + 1));
    const struct archived *other = draw_state(archive, feature, random_mix(bits + 2));
    return other->at_ns < one->at_ns ? other : one;
}

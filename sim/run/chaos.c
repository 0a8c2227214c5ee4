#include "run/chaos.h"

#include "base/duration.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/random.h"
#include "base/string_builder.h"

#include <string.h>

/* Draws by each further seed are numbered from here on: an earlier seed can come back. */
#define SEED_SHIFT 32u

void chaos_close(struct chaos *chaos)
{
    memory_free(chaos->begun);
}

enum error chaos_begin(struct chaos *chaos, struct queued_action *queued)
{
    if (memory_reserve((void **)&chaos->begun, &chaos->capacity, chaos->count + 1,
                       sizeof *chaos->begun))
        return ERROR_MEMORY;
    queued->repeat = chaos->seeds << SEED_SHIFT;
    chaos->begun[chaos->count++] = *queued;
    return OK;
}

void chaos_draw_anew(struct chaos *chaos)
{
    chaos->seeds++;
    for (size_t i = 0; i < chaos->count; i++)
        chaos->begun[i].repeat = chaos->seeds << SEED_SHIFT;
}

bool chaos_is_void(const struct chaos *chaos, const struct queued_action *queued)
{
    return queued->repeat && queued->repeat >> SEED_SHIFT != chaos->seeds;
}

/* What is drawn for a strike. */
enum drawn { DRAWN_GAP, DRAWN_SPAN, DRAWN_WAY, DRAWN_SIDE };

static uint64_t draw(struct target_search search, enum drawn drawn, uint64_t which)
{
    uint64_t key = random_key(search.seed, PURPOSE_CHAOS, search.key);
    return random_draw(random_mix(random_mix(key ^ (uint64_t)drawn) ^ which), search.repeat);
}

/* Times are in whole microseconds, spans in whole milliseconds where they are that long: a person
 * reads them. */
static int64_t whole(int64_t ns, int64_t unit_ns)
{
    return ns < unit_ns ? ns : ns / unit_ns * unit_ns;
}

int64_t chaos_gap_ns(const struct action *chaos, struct target_search search)
{
    __int128 mean_ns = (__int128)1000 * NS_PER_S / chaos->as.chaos.per_1000_s;
    struct distribution gaps = {
        .kind = DISTRIBUTION_EXPONENTIAL, .least_ns = 1, .scale_ns = max_i64((int64_t)mean_ns, 1)};
    int64_t gap_ns = distribution_draw(&gaps, draw(search, DRAWN_GAP, 0));
    return whole(min_i64(gap_ns, TIME_NEVER), NS_PER_US);
}

static int64_t span_ns(const struct action *chaos, struct target_search search)
{
    int64_t least_ns = chaos->as.chaos.for_least_ns, most_ns = chaos->as.chaos.for_most_ns;
    uint64_t width = (uint64_t)(most_ns - least_ns) + 1;
    int64_t drawn_ns = least_ns + (int64_t)random_below(draw(search, DRAWN_SPAN, 0), width);
    return max_i64(whole(drawn_ns, NS_PER_MS), least_ns);
}

/* ---- which nodes --------------------------------------------------------------------------- */

/* Two groups of nodes, each with one node at least. */
static enum error draw_groups(struct action *strike, struct target_search search,
                              struct arena *arena)
{
    struct node_list *groups = arena_take(arena, 2 * sizeof *groups);
    node_id *nodes = arena_take(arena, 2 * search.nodes * sizeof *nodes);
    if (!groups || !nodes)
        return ERROR_MEMORY;
    groups[0] = (struct node_list){.nodes = nodes};
    groups[1] = (struct node_list){.nodes = nodes + search.nodes};
    /* One node is on either side for sure: the first, and another one that is drawn. */
    uint64_t bits = draw(search, DRAWN_WAY, 0);
    node_id other = 1 + (node_id)random_below(bits, search.nodes - 1);
    for (node_id node = 0; node < search.nodes; node++) {
        bool second = node == other || (node && draw(search, DRAWN_SIDE, node) >> 63);
        struct node_list *group = &groups[second];
        group->nodes[group->count++] = node;
    }
    strike->as.partition.groups = groups;
    strike->as.partition.count = 2;
    return OK;
}

static struct link_set any_link(bool both)
{
    return (struct link_set){.from = {.any = true}, .to = {.any = true}, .both = both};
}

/* The strike with lists that say `any`. */
static enum error fill(struct action *strike, const struct action *chaos,
                       struct target_search search, struct arena *arena)
{
    switch (strike->kind) {
    case ACTION_CUT:
        strike->as.link = any_link(draw(search, DRAWN_WAY, 0) >> 63);
        return OK;
    case ACTION_PARTITION:
        return draw_groups(strike, search, arena);
    case ACTION_LATENCY:
    case ACTION_LOSS:
        strike->as.set.some_links = true;
        strike->as.set.link = any_link(false);
        if (strike->kind == ACTION_LATENCY)
            strike->as.set.distribution = chaos->as.chaos.distribution;
        else
            strike->as.set.ppb = chaos->as.chaos.ppb;
        return OK;
    default:
        strike->nodes.any = true;
        return OK;
    }
}

static bool has_somebody(const struct action *strike)
{
    switch (strike->kind) {
    case ACTION_CUT:
        return strike->as.link.to.count;
    case ACTION_PARTITION:
        return true;
    case ACTION_LATENCY:
    case ACTION_LOSS:
        return strike->as.set.link.to.count;
    default:
        return strike->nodes.count;
    }
}

/* ---- its text ------------------------------------------------------------------------------ */

static void add_nodes(struct string_builder *text, const struct node_list *nodes)
{
    for (uint32_t i = 0; i < nodes->count; i++)
        string_builder_print(text, "%sn%u", i ? "," : " ", nodes->nodes[i] + 1);
}

static void add_link(struct string_builder *text, const struct link_set *link)
{
    add_nodes(text, &link->from);
    string_builder_add(text, link->both ? " <->" : " ->");
    add_nodes(text, &link->to);
}

static void add_words(struct string_builder *text, const struct action *strike,
                      const struct action *chaos)
{
    switch (strike->kind) {
    case ACTION_CUT:
        string_builder_add(text, "cut");
        add_link(text, &strike->as.link);
        break;
    case ACTION_PARTITION:
        string_builder_add(text, "partition");
        add_nodes(text, &strike->as.partition.groups[0]);
        string_builder_add(text, " |");
        add_nodes(text, &strike->as.partition.groups[1]);
        break;
    case ACTION_LATENCY:
    case ACTION_LOSS:
        string_builder_add(text, strike->kind == ACTION_LOSS ? "loss" : "latency");
        add_link(text, &strike->as.set.link);
        string_builder_print(text, " %s", chaos->as.chaos.value);
        break;
    default:
        string_builder_add(text, strike->kind == ACTION_CRASH ? "crash" : "freeze");
        add_nodes(text, &strike->nodes);
        break;
    }
    string_builder_print(text, " for %s%s", duration_plain(strike->for_ns).text,
                         strike->may_miss ? " may miss" : "");
}

static const char *text_of(const struct action *strike, const struct action *chaos,
                           struct arena *arena)
{
    struct string_builder text = {0};
    add_words(&text, strike, chaos);
    char *kept = text.failed ? NULL : arena_copy(arena, text.text, text.size);
    string_builder_close(&text);
    return kept;
}

enum error chaos_strike(const struct action *chaos, struct target_search search, int64_t now_ns,
                        struct arena *arena, const struct action **strike)
{
    enum action_group group = action_group(chaos->as.chaos.kind);
    struct action drawn = {.kind = chaos->as.chaos.kind,
                           .line = chaos->line,
                           .column = chaos->column,
                           .at_ns = now_ns,
                           .for_ns = span_ns(chaos, search),
                           .may_miss = group != ACTS_ON_SETTING,
                           .is_drawn = true};
    *strike = NULL;
    if (fill(&drawn, chaos, search, arena))
        return ERROR_MEMORY;
    const struct action *resolved = targets_resolve(search, &drawn, arena);
    struct action *kept = resolved ? arena_take(arena, sizeof *kept) : NULL;
    if (!kept)
        return ERROR_MEMORY;
    if (!has_somebody(resolved))
        return OK;
    *kept = *resolved;
    kept->text = text_of(resolved, chaos, arena);
    *strike = kept;
    return kept->text ? OK : ERROR_MEMORY;
}

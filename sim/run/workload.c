#include "run/workload.h"

#include "base/random.h"

#include <stdio.h>

/* Client number `number`, closed loop. */
static struct client client_closed(const struct workload *workload, uint64_t number)
{
    uint64_t subject = random_mix(workload->key ^ random_mix(number));
    return (struct client){
        .action = workload->action,
        .id_key = random_key(workload->seed, PURPOSE_CLIENT_ID, subject),
        .gap_key = random_key(workload->seed, PURPOSE_ARRIVAL, subject),
    };
}

/* The open source at a node, when the action's rate is spread over `count` of them. */
static struct client client_open(const struct workload *workload, node_id node, uint32_t count)
{
    struct client client = client_closed(workload, node);
    __int128 thousand_s = (__int128)1000 * NS_PER_S * count;
    __int128 mean_ns = thousand_s / workload->action->as.load.per_1000_s;
    client.mean_gap_ns = mean_ns < 1 ? 1 : mean_ns > TIME_NEVER ? TIME_NEVER : (int64_t)mean_ns;
    return client;
}

static void spread_clients(const struct workload *workload,
                           void (*add)(void *context, node_id node, struct client client),
                           void *context)
{
    const struct node_list *from = &workload->action->as.load.from;
    uint32_t each = workload->action->as.load.clients;
    uint64_t key = random_key(workload->seed, PURPOSE_ANY_NODE, workload->key);
    uint64_t count = (uint64_t)each * (from->any ? 1 : from->count);
    for (uint64_t i = 0; i < count; i++) {
        node_id node = from->any ? (node_id)random_below(random_draw(key, i), workload->nodes)
                                 : from->nodes[i / each];
        add(context, node, client_closed(workload, i));
    }
}

/* Requests that come at random and go to nodes at random are, at each node, requests that come at
 * random at its share of the rate: so each node can make its own. */
static void spread_sources(const struct workload *workload,
                           void (*add)(void *context, node_id node, struct client client),
                           void *context)
{
    const struct node_list *from = &workload->action->as.load.from;
    uint32_t count = from->any ? workload->nodes : from->count;
    for (uint32_t i = 0; i < count; i++) {
        node_id node = from->any ? i : from->nodes[i];
        add(context, node, client_open(workload, node, count));
    }
}

void workload_spread(const struct workload *workload,
                     void (*add)(void *context, node_id node, struct client client), void *context)
{
    if (workload->action->kind == ACTION_CLIENTS)
        spread_clients(workload, add, context);
    else
        spread_sources(workload, add, context);
}

bool workload_may_be_at(const struct workload *workload, node_id node)
{
    const struct node_list *from = &workload->action->as.load.from;
    for (uint32_t i = 0; i < from->count; i++)
        if (from->nodes[i] == node)
            return true;
    return from->any;
}

static struct text text_of_number(char digits[CLIENT_DIGITS], uint64_t number)
{
    size_t at = CLIENT_DIGITS;
    do
        digits[--at] = (char)('0' + number % 10);
    while (number /= 10);
    return text_borrow(digits + at, CLIENT_DIGITS - at);
}

struct text client_next_id(struct client *client)
{
    const struct id_range *ids = &client->action->as.load.ids;
    uint64_t bits = random_draw(client->id_key, client->ids++);
    uint64_t rank = ids->zipf ? zipf_draw(ids->zipf, bits) : random_below(bits, ids->count);
    return ids->texts ? ids->texts[rank] : text_of_number(client->digits, ids->first + rank);
}

struct text value_made(uint64_t bits, node_id maker, char room[VALUE_SIZE])
{
    unsigned number = (unsigned)random_below(bits, 1000) + 1;
    int size = snprintf(room, VALUE_SIZE, "%u from n%u", number, maker + 1u);
    return text_borrow(room, (size_t)size);
}

int64_t client_next_gap_ns(struct client *client)
{
    struct distribution distribution = {
        .kind = DISTRIBUTION_EXPONENTIAL, .least_ns = 1, .scale_ns = client->mean_gap_ns};
    return distribution_draw(&distribution, random_draw(client->gap_key, client->gaps++));
}

uint64_t request_tag(const struct action *action, uint64_t repeat, uint32_t from, uint32_t id)
{
    if (action->as.request.reply == UINT32_MAX)
        return TAG_NONE;
    return action->as.request.reply + repeat * action->as.request.replies +
           (uint64_t)from * action->as.request.count + id;
}

#include "run/workload.h"

#include "base/random.h"

#include <stdio.h>

void client_set_seed(struct client *client, uint64_t seed)
{
    client->id_key = random_key(seed, PURPOSE_CLIENT_ID, client->subject);
    client->gap_key = random_key(seed, PURPOSE_ARRIVAL, client->subject);
}

/* Client number `number`, closed loop. */
static struct client client_closed(const struct workload *workload, uint64_t number)
{
    struct client client = {.action = workload->action,
                            .subject = random_mix(workload->key ^ random_mix(number))};
    client_set_seed(&client, workload->seed);
    return client;
}

/* The open source at a node, when the action's rate is spread over `count` of them. */
static struct client client_open(const struct workload *workload, node_id node, uint32_t count)
{
    const struct action *action = workload->action;
    struct client client = client_closed(workload, node);
    uint64_t most = max_u64(action->as.load.per_1000_s, action->as.load.to_per_1000_s);
    __int128 mean_ns = (__int128)1000 * NS_PER_S * count / most;
    client.mean_gap_ns = mean_ns < 1 ? 1 : mean_ns > TIME_NEVER ? TIME_NEVER : (int64_t)mean_ns;
    client.from_ns = workload->from_ns;
    if (action->as.load.to_per_1000_s)
        client.span_ns = max_i64(action->as.load.until_ns - action->at_ns, 1);
    return client;
}

static void spread_clients(const struct workload *workload,
                           void (*add)(void *context, node_id node, struct client client),
                           void *context)
{
    const struct node_list *from = &workload->from;
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
    const struct node_list *from = &workload->from;
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
    const struct node_list *from = &workload->from;
    for (uint32_t i = 0; i < from->count; i++)
        if (from->nodes[i] == node)
            return true;
    return from->any;
}

static struct text digits_of(char digits[NUMBER_DIGITS], uint64_t number)
{
    if (number <= UINT32_MAX)
        return text_of_number((uint32_t)number);
    size_t at = number_digits(digits, number);
    return text_borrow(digits + at, NUMBER_DIGITS - at);
}

struct text client_next_id(struct client *client)
{
    const struct id_range *ids = &client->action->as.load.ids;
    if (!client->retries_now) {
        uint64_t bits = random_draw(client->id_key, client->ids++);
        client->rank = ids->zipf ? zipf_draw(ids->zipf, bits) : random_below(bits, ids->count);
    }
    client->retries_now = false;
    return ids->texts ? ids->texts[client->rank]
                      : digits_of(client->digits, ids->first + client->rank);
}

/* The wait before retry number `retry`: drawn from the least to the least doubled so often, neither
 * above the most (exponential back-off with jitter). */
static int64_t draw_backoff_ns(struct client *client, uint32_t retry)
{
    int64_t least_ns = client->action->as.load.backoff_least_ns, longest_ns = least_ns;
    int64_t most_ns = client->action->as.load.backoff_most_ns;
    for (uint32_t i = 0; i < retry && longest_ns < most_ns; i++)
        longest_ns = longest_ns > most_ns / 2 ? most_ns : longest_ns * 2;
    longest_ns = min_i64(longest_ns, most_ns);
    least_ns = min_i64(least_ns, most_ns);
    uint64_t bits = random_draw(client->gap_key, client->gaps++);
    return least_ns + (int64_t)random_below(bits, (uint64_t)(longest_ns - least_ns) + 1);
}

int64_t client_rest_ns(struct client *client, bool answered, int64_t latency_ns)
{
    const struct action *action = client->action;
    int64_t rest_ns = action->as.load.think_ns;
    client->retries_now = !answered && client->retries < action->as.load.retries;
    client->retries = client->retries_now ? client->retries + 1 : 0;
    if (client->retries_now)
        rest_ns = draw_backoff_ns(client, client->retries);
    return latency_ns || rest_ns ? rest_ns : 100 * NS_PER_US;
}

static size_t put_number(char *at, uint32_t number)
{
    struct text digits = text_of_number(number);
    memcpy(at, text_bytes(&digits), text_size(&digits));
    return text_size(&digits);
}

struct text value_made(uint64_t bits, node_id maker, char room[VALUE_SIZE])
{
    static const char between[] = " from n";
    size_t size = put_number(room, (uint32_t)random_below(bits, 1000) + 1);
    memcpy(room + size, between, sizeof between - 1);
    size += sizeof between - 1;
    size += put_number(room + size, maker + 1u);
    return text_borrow(room, size);
}

/* Whether a source on a ramp, which draws its times at the highest rate, makes the request that
 * falls on t_ns: with the chance of the rate there over the highest (thinning; Lewis, Shedler,
 * "Simulation of nonhomogeneous Poisson processes by thinning", 1979). */
static OUT_OF_LINE bool is_made(struct client *client, int64_t t_ns)
{
    const struct action *action = client->action;
    uint64_t first = action->as.load.per_1000_s, last = action->as.load.to_per_1000_s;
    int64_t elapsed_ns = clamp_i64(t_ns - client->from_ns, 0, client->span_ns);
    __int128 rise = ((__int128)last - (__int128)first) * elapsed_ns / client->span_ns;
    uint64_t rate = (uint64_t)((__int128)first + rise);
    uint64_t bits = random_draw(random_mix(client->gap_key), client->gaps);
    return random_below(bits, max_u64(first, last)) < rate;
}

int64_t client_next_gap_ns(struct client *client, int64_t now_ns)
{
    struct distribution distribution = {
        .kind = DISTRIBUTION_EXPONENTIAL, .least_ns = 1, .scale_ns = client->mean_gap_ns};
    int64_t gap_ns = 0;
    do {
        gap_ns += distribution_draw(&distribution, random_draw(client->gap_key, client->gaps++));
        if (client->span_ns && now_ns + gap_ns >= client->from_ns + client->span_ns)
            return TIME_NEVER;
    } while (client->span_ns && !is_made(client, now_ns + gap_ns));
    return gap_ns;
}

uint64_t request_tag(const struct action *action, uint64_t repeat, uint32_t from, uint32_t id)
{
    if (action->as.request.reply == UINT32_MAX)
        return TAG_NONE;
    return action->as.request.reply + repeat * action->as.request.replies +
           (uint64_t)from * action->as.request.count + id;
}

#include "run/workload.h"

#include "base/random.h"

#include <stdio.h>

struct client client_closed(const struct action *action, uint64_t seed, uint64_t key,
                            uint64_t number)
{
    uint64_t subject = random_mix(key ^ random_mix(number));
    return (struct client){
        .action = action,
        .id_key = random_key(seed, PURPOSE_CLIENT_ID, subject),
        .gap_key = random_key(seed, PURPOSE_ARRIVAL, subject),
    };
}

struct client client_open(const struct action *action, uint64_t seed, uint64_t key, uint64_t number,
                          uint32_t nodes)
{
    struct client client = client_closed(action, seed, key, number);
    __int128 thousand_s = (__int128)1000 * NS_PER_S * nodes;
    __int128 mean_ns = thousand_s / action->as.load.per_1000_s;
    client.mean_gap_ns = mean_ns < 1 ? 1 : mean_ns > TIME_NEVER ? TIME_NEVER : (int64_t)mean_ns;
    return client;
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

uint64_t request_tag(const struct action *action, uint32_t from, uint32_t id)
{
    if (action->as.request.reply == UINT32_MAX)
        return TAG_NONE;
    return action->as.request.reply + (uint64_t)from * action->as.request.count + id;
}

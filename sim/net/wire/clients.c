#include "net/wire/clients.h"

#include "base/memory.h"
#include "base/number.h"

/* A client to which nothing has moved for so long is no reason for others to wait. */
#define STUCK_NS NS_PER_S

/* Shorter answers go at once, whatever there is for other clients. */
#define ANSWER_LONG 4096u

/* An answer that waits for room. */
struct client_answer {
    struct list_link link;
    struct wire_answer answer; /* its value is its own */
    int64_t until_ns;
    size_t bytes; /* that it counts for */
};

static void delete_answer(struct clients *clients, struct client_answer *waiting)
{
    list_remove(&waiting->link);
    clients->waiting--;
    clients->waiting_bytes -= waiting->bytes;
    text_clear(&waiting->answer.value);
    memory_free(waiting);
}

static struct client_answer *first_answer(const struct wire_client *client)
{
    struct list_link *link = list_first(&client->waiting);
    return link ? container_of(link, struct client_answer, link) : NULL;
}

void clients_init(struct clients *clients, struct listener *listener, struct flow_wake *wake,
                  int64_t timeout_ns)
{
    clients->listener = listener;
    clients->timeout_ns = timeout_ns;
    for (uint32_t slot = 0; slot < WIRE_CLIENTS_MAX; slot++)
        clients->all[slot].flow.wake = wake;
}

void clients_close(struct clients *clients)
{
    for (uint32_t slot = 0; slot < WIRE_CLIENTS_MAX; slot++)
        for (struct client_answer *one; (one = first_answer(&clients->all[slot]));)
            delete_answer(clients, one);
}

/* ---- who asks ------------------------------------------------------------------------------ */

struct wire_client *clients_find(struct clients *clients, uint32_t route)
{
    for (uint32_t slot = 0; slot < WIRE_CLIENTS_MAX; slot++) {
        struct wire_client *client = &clients->all[slot];
        if (client->here && client->route == route)
            return client;
    }
    return NULL;
}

/* Whether it waits for answers, or has not yet taken those that were sent. */
static bool is_busy(const struct wire_client *client)
{
    return client->here && (client->requests || flow_bytes(&client->flow));
}

/* Whether a new client may rather take the place of `a` than of `b`: an unused one, or of the
 * client that waits for no answer and has greeted least recently. */
static bool is_freer(const struct wire_client *a, const struct wire_client *b)
{
    if (a->here != b->here)
        return b->here;
    if (is_busy(a) != is_busy(b))
        return is_busy(b);
    return a->here && a->since < b->since;
}

bool clients_admit(struct clients *clients, uint32_t route)
{
    if (clients_find(clients, route))
        return true;
    struct wire_client *place = &clients->all[0];
    for (uint32_t slot = 1; slot < WIRE_CLIENTS_MAX; slot++)
        if (is_freer(&clients->all[slot], place))
            place = &clients->all[slot];
    if (is_busy(place))
        return false;
    place->route = route;
    place->life++;
    place->requests = 0;
    place->since = ++clients->greetings;
    place->here = true;
    return true;
}

/* ---- answers ------------------------------------------------------------------------------- */

/* Whether ZeroMQ holds less than all clients may be owed who take what they are sent. */
static bool have_room_together(const struct clients *clients, size_t size, int64_t now_ns)
{
    size_t bytes = 0;
    for (uint32_t slot = 0; slot < WIRE_CLIENTS_MAX; slot++) {
        const struct wire_client *client = &clients->all[slot];
        if (client->here && now_ns - client->sent_ns < STUCK_NS)
            bytes += flow_bytes(&client->flow);
    }
    return bytes + size <= WIRE_ANSWERS_SENT_MAX;
}

static bool has_room(const struct clients *clients, const struct wire_client *client,
                     const struct wire_answer *answer, int64_t now_ns)
{
    size_t held = flow_bytes(&client->flow), size = text_size(&answer->value);
    if (held && held + size > WIRE_CLIENT_SENT_MAX)
        return false;
    return size < ANSWER_LONG || have_room_together(clients, size, now_ns);
}

static void send_answer(struct clients *clients, struct wire_client *client,
                        const struct wire_answer *answer, int64_t now_ns)
{
    struct wire_frame frame = {0};
    zmq_msg_t out;
    if (!wire_write_answer(&frame, answer) &&
        !flow_frame(&client->flow, &out, frame.bytes.text, frame.bytes.size))
        listener_send_frame(clients->listener, client->route, &out);
    wire_frame_close(&frame);
    client->sent_ns = now_ns;
}

static size_t bytes_of(const struct clients *clients, const struct text *value)
{
    size_t bytes = sizeof(struct client_answer);
    return text_is_large(value) && text_bytes(value) != clients->last_long
               ? bytes + text_size(value)
               : bytes;
}

/* False: there is no memory. */
static bool add_answer(struct clients *clients, struct wire_client *client,
                       const struct wire_answer *answer, int64_t now_ns)
{
    struct client_answer *waiting = memory_zeroed(sizeof *waiting);
    if (!waiting)
        return false;
    waiting->answer = *answer;
    waiting->bytes = bytes_of(clients, &answer->value);
    if (clients->waiting_bytes + waiting->bytes > WIRE_ANSWERS_WAITING_MAX ||
        text_copy(&waiting->answer.value, &answer->value)) {
        waiting->answer = (struct wire_answer){
            .cookie = answer->cookie, .outcome = OUTCOME_OVERLOADED, .from = answer->from};
        waiting->bytes = sizeof *waiting;
    } else if (text_is_large(&answer->value)) {
        clients->last_long = text_bytes(&waiting->answer.value);
    }
    waiting->until_ns = now_ns + clients->timeout_ns;
    clients->waiting++;
    clients->waiting_bytes += waiting->bytes;
    list_add_last(&client->waiting, &waiting->link);
    return true;
}

bool clients_take_request(struct clients *clients, struct wire_client *client, uint64_t cookie,
                          int64_t now_ns)
{
    if (client->requests < WIRE_CLIENT_REQUESTS_MAX) {
        client->requests++;
        return true;
    }
    send_answer(clients, client,
                &(struct wire_answer){.cookie = cookie, .outcome = OUTCOME_OVERLOADED}, now_ns);
    return false;
}

void clients_answer(struct clients *clients, struct wire_client_ref ref,
                    const struct wire_answer *answer, int64_t now_ns)
{
    struct wire_client *client = &clients->all[ref.slot];
    if (!client->here || client->life != ref.life)
        return;
    if ((!list_empty(&client->waiting) || !has_room(clients, client, answer, now_ns)) &&
        add_answer(clients, client, answer, now_ns))
        return;
    client->requests -= client->requests > 0;
    send_answer(clients, client, answer, now_ns);
}

/* Sends what waits for one client. */
static bool flush_client(struct clients *clients, struct wire_client *client, int64_t now_ns)
{
    bool any = false;
    for (struct client_answer *first; (first = first_answer(client)); any = true) {
        bool late = first->until_ns <= now_ns;
        if (!late && !has_room(clients, client, &first->answer, now_ns))
            break;
        if (!late)
            send_answer(clients, client, &first->answer, now_ns);
        client->requests -= client->requests > 0;
        delete_answer(clients, first);
    }
    return any;
}

bool clients_flush(struct clients *clients, int64_t now_ns)
{
    bool any = false;
    uint32_t first = clients->next;
    for (uint32_t i = 0; i < WIRE_CLIENTS_MAX && clients->waiting; i++) {
        uint32_t slot = (first + i) % WIRE_CLIENTS_MAX;
        if (!flush_client(clients, &clients->all[slot], now_ns))
            continue;
        clients->next = slot + 1;
        any = true;
    }
    return any;
}

#include "trace/story_tries.h"

#include "base/duration.h"

/* The try of that number; of one that was never begun, or is none, the first. */
static struct story_try *numbered(struct story_tries *tries, uint8_t number)
{
    return &tries->tries[number == 2 && tries->count == 2];
}

/* A record of a loss does not say which try it was. */
static void is_dropped(struct story_tries *tries, const struct record *record)
{
    for (uint32_t i = 0; i < tries->count; i++) {
        struct story_try *one = &tries->tries[i];
        one->lost |= record->message == MESSAGE_REQUEST && one->node == record->peer;
        one->answer_lost |= record->message == MESSAGE_REPLY && one->node == record->node;
    }
}

static void is_at(struct story_try *one, node_id node, int64_t came_ns)
{
    *one = (struct story_try){.node = node, .came_ns = came_ns, .served_ns = -1};
}

void story_tries_take(struct story_tries *tries, const struct record *record)
{
    bool asks = record->message == MESSAGE_REQUEST;
    switch (record->kind) {
    case RECORD_ROUTE:
        if (tries->count < TRIES_MOST)
            is_at(&tries->tries[tries->count++], record->peer,
                  record->peer == record->node ? record->t_ns : -1);
        break;
    case RECORD_SEND: /* by its caller, or by one that passes it on */
    case RECORD_HANDED:
        if (record->kind == RECORD_HANDED || asks)
            is_at(numbered(tries, record->code), record->peer, -1);
        break;
    case RECORD_RECV:
        if (asks)
            is_at(numbered(tries, record->code), record->node, record->t_ns);
        else if (numbered(tries, record->code)->served_ns < 0)
            numbered(tries, record->code)->refused = true;
        break;
    case RECORD_DROP:
        is_dropped(tries, record);
        break;
    case RECORD_SERVE:
        numbered(tries, record->code)->served_ns = record->t_ns;
        break;
    default:
        break;
    }
}

void story_try_shown(const struct story_try *one, const struct story_places *places,
                     const struct replay *replay, int64_t now_ns, struct string_builder *text)
{
    const struct replay_node *node = &replay->nodes[one->node];
    const char *which = !node->up ? " (down)" : node->frozen ? " (frozen)" : "";
    if (one->refused)
        return;
    if (one->served_ns >= 0)
        string_builder_print(text, "n%u has answered at %s, and the reply is %s", one->node + 1,
                             duration_exact(one->served_ns).text,
                             one->answer_lost ? "lost" : "on its way still");
    else if (one->came_ns < 0 && one->lost)
        string_builder_print(text, "n%u%s has never got it", one->node + 1, which);
    else if (one->came_ns < 0 && *which)
        string_builder_print(text, "n%u%s has not taken it", one->node + 1, which);
    else if (one->came_ns < 0)
        string_builder_print(text, "it is on its way to n%u still", one->node + 1);
    else if (*which)
        string_builder_print(text, "n%u%s has it, since %s", one->node + 1, which,
                             duration_exact(one->came_ns).text);
    else
        story_places_wait(places, replay, one->node, now_ns, text);
}

/* Measures the event queue with nothing around it: what any simulator on it can reach at most.
 *
 *     bench_queue NODES [EVENTS]
 *
 * A hundred messages at each of up to 100 nodes, fewer where there are more, go from node to node,
 * 1 to 2 ms each; the handler does nothing but send its message on. Windows are those of a run: as
 * long as the least latency, messages change hands at their end. Prints events a second. */
#include "base/monotonic.h"
#include "base/random.h"
#include "virtual/event_queue.h"
#include "virtual/tournament.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define LEAST_NS NS_PER_MS

struct nodes {
    uint32_t count;
    struct event_queue *queues;
    struct tournament tournament;
    struct envelope *outbox;
    node_id *receivers;
    size_t sent;
    uint64_t events;
};

static void send_on(struct nodes *nodes, struct envelope *envelope)
{
    uint64_t bits = random_draw(1, nodes->events++);
    envelope->at_ns += LEAST_NS + (int64_t)random_below(bits, LEAST_NS);
    nodes->receivers[nodes->sent] = (node_id)random_below(random_mix(bits), nodes->count);
    nodes->outbox[nodes->sent++] = *envelope;
}

static void deliver(struct nodes *nodes)
{
    for (size_t i = 0; i < nodes->sent; i++) {
        struct event_queue *queue = &nodes->queues[nodes->receivers[i]];
        must(!event_queue_push(queue, &nodes->outbox[i]));
        tournament_set(&nodes->tournament, nodes->receivers[i], event_queue_first_ns(queue));
    }
    nodes->sent = 0;
}

static void run_window(struct nodes *nodes, node_id *active)
{
    int64_t end_ns = tournament_first_ns(&nodes->tournament) + LEAST_NS;
    uint32_t count = tournament_before(&nodes->tournament, end_ns, active);
    for (uint32_t i = 0; i < count; i++) {
        struct event_queue *queue = &nodes->queues[active[i]];
        while (event_queue_first_ns(queue) < end_ns) {
            struct envelope envelope;
            event_queue_pop(queue, &envelope);
            send_on(nodes, &envelope);
        }
        tournament_set(&nodes->tournament, active[i], event_queue_first_ns(queue));
    }
    deliver(nodes);
}

int main(int argc, char **argv)
{
    struct nodes nodes = {.count = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 3};
    uint64_t events = argc > 2 ? strtoull(argv[2], NULL, 10) : 3000000;
    uint32_t each = nodes.count <= 100 ? 100 : 10;
    must(nodes.count > 0);
    nodes.queues = calloc(nodes.count, sizeof *nodes.queues);
    nodes.outbox = calloc((size_t)nodes.count * each, sizeof *nodes.outbox);
    nodes.receivers = calloc((size_t)nodes.count * each, sizeof *nodes.receivers);
    node_id *active = calloc(nodes.count, sizeof *active);
    must(nodes.queues && nodes.outbox && nodes.receivers && active);
    must(!tournament_init(&nodes.tournament, nodes.count));
    for (uint32_t i = 0; i < nodes.count * each; i++) {
        struct envelope envelope = {.at_ns = 0};
        envelope.as.message = (struct message){.kind = MESSAGE_REQUEST, .number = i + 1};
        send_on(&nodes, &envelope);
    }
    deliver(&nodes);
    int64_t begun_ns = monotonic_ns();
    while (nodes.events < events)
        run_window(&nodes, active);
    printf("%.0f\n", (double)nodes.events * 1e9 / (double)(monotonic_ns() - begun_ns));
    for (uint32_t i = 0; i < nodes.count; i++)
        event_queue_close(&nodes.queues[i]);
    tournament_close(&nodes.tournament);
    free(nodes.queues);
    free(nodes.outbox);
    free(nodes.receivers);
    free(active);
    return 0;
}

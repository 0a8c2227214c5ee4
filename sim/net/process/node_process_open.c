/* What a node's process opens before its loop, and closes after it: its setup from the ring,
 * signals, the loader's programs, keys, the epoch file, sockets, the node. */
#include "net/process/node_process_host.h"

#include "base/memory.h"
#include "net/process/scenario_clients.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* So long a node lives that all others refuse; for tests the environment may shorten it. */
#define REFUSED_MOST_NS  (60 * NS_PER_S)
#define REFUSED_MOST_ENV "DPSIM_REFUSED_MS"

/* What was sent last may take so long to leave the process. */
#define LINGER_MS 300

/* The node goes with its parent, and the terminal's Ctrl-C is the parent's to answer. */
static enum error take_signals(struct node_process *process)
{
    sigset_t term;
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != process->setup.parent)
        return failure_set(&process->failure, ERROR_IO, "its parent has gone");
    sigprocmask(SIG_BLOCK, &term, NULL);
    process->signals = signalfd(-1, &term, SFD_NONBLOCK | SFD_CLOEXEC);
    if (process->signals < 0)
        return failure_set(&process->failure, ERROR_IO, "%s", strerror(errno));
    return OK;
}

static enum error read_setup(struct node_process *process)
{
    char *diagnostics = NULL;
    struct process_setup *setup = &process->setup;
    const struct shared_ring *ring = process->ring;
    if (shared_ring_setup(ring, setup, &process->failure))
        return process->failure.error;
    if (ring->cluster_file_size > SHARED_RING_CLUSTER_FILE_MAX ||
        cluster_file_parse(&process->cluster_file, "cluster", ring->cluster_file,
                           ring->cluster_file_size, &diagnostics)) {
        memory_free(diagnostics);
        return failure_set(&process->failure, ERROR_TEXT, "its cluster file can't be read");
    }
    const char *refused_ms = getenv(REFUSED_MOST_ENV);
    process->refused_most_ns =
        refused_ms ? strtoll(refused_ms, NULL, 10) * NS_PER_MS : REFUSED_MOST_NS;
    process->level = (enum trace_level)atomic_load(&process->ring->level);
    process->gauges = shared_ring_gauges(process->ring); /* counts go on from life to life */
    process->gauges.next_message = setup->next_message;
    pool_init(&process->pending_requests, sizeof(struct wire_client_ref));
    if (getrandom(&process->seed, sizeof process->seed, 0) != (ssize_t)sizeof process->seed)
        return failure_set(&process->failure, ERROR_IO, "there is no randomness");
    return OK;
}

static enum error open_loader(struct node_process *process)
{
    static const enum loader_kind kinds[] = {[PROGRAM_LOADS] = LOADER_OF_VALUES,
                                             [PROGRAM_TURNS] = LOADER_OF_TURNS,
                                             [PROGRAM_KEPT] = LOADER_KEEPS};
    const struct cluster_file *file = &process->cluster_file;
    char name[16];
    if (!file->command)
        return OK;
    snprintf(name, sizeof name, "n%u", process->setup.node + 1);
    struct loader_setup setup = {.kind = kinds[file->use],
                                 .command = file->command,
                                 .node = name,
                                 .at_once = file->at_once,
                                 .limit_ns = file->limit_ns,
                                 .size_max = WIRE_VALUE_MAX,
                                 .log = node_process_log_program,
                                 .context = process};
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* of what a killed spawner leaves: see loader_slots.c */
    process->loader = loader_new(&setup, &process->failure);
    return process->failure.error;
}

/* After the spawner was forked, which is not to have them; and no core file is. */
static void take_keys(struct node_process *process)
{
    struct rlimit none = {0};
    setrlimit(RLIMIT_CORE, &none);
    process->keys = process->ring->keys;
    explicit_bzero(&process->ring->keys, sizeof process->ring->keys);
}

static enum error open_transport(struct node_process *process)
{
    struct transport_setup setup = {
        .cluster_file = &process->cluster_file,
        .keys = &process->keys,
        .self = process->setup.node,
        .incarnation = process->setup.incarnation,
        .instance = process->setup.instance,
        .counts = {.malformed = process->gauges.malformed, .refused = process->gauges.refused}};
    process->transport = transport_open(&setup, &process->failure);
    return process->failure.error;
}

/* What the node's life before has left. */
static enum error open_epoch_file(struct node_process *process)
{
    const struct cluster_file *file = &process->cluster_file;
    if (!cluster_file_slots(file) ||
        epoch_file_open(&process->epoch_file, file, process->setup.node, &process->failure))
        return process->failure.error;
    if (process->epoch_file.is_new && process->setup.incarnation > 1)
        node_log(LOG_INFO, log_about(process->setup.node),
                 "the state directory %s has nothing of it: its leases begin anew", file->state);
    return OK;
}

static enum error make_node(struct node_process *process)
{
    const struct settings *settings = &process->cluster_file.settings;
    const struct process_setup *setup = &process->setup;
    struct node_config config = plan_node_config(settings);
    config.self = setup->node;
    config.router = &process->router;
    config.everyone = setup->membership_static ? &process->everyone : NULL;
    config.joined = setup->joins;
    config.fail_ttl_ns = setup->fail_ttl_ns;
    config.load_at_once = setup->load_at_once;
    config.turns_answer = process->cluster_file.use > PROGRAM_LOADS;
    config.incarnation = setup->incarnation;
    config.lease_epoch = process->epoch_file.epoch;
    config.next_request = setup->next_request;
    config.next_worker = setup->next_worker;
    if (router_init(&process->router, settings->route, process->cluster_file.nodes) ||
        view_init(&process->everyone, process->cluster_file.nodes))
        return failure_memory(&process->failure);
    view_fill(&process->everyone);
    process->node = node_new(&config, &node_process_host, process);
    return process->node ? OK : failure_memory(&process->failure);
}

enum error node_process_open(struct node_process *process)
{
    /* The loader before the transport: it forks, and there must be no thread yet. */
    if (read_setup(process) || take_signals(process) || open_loader(process))
        return process->failure.error;
    take_keys(process);
    if (open_epoch_file(process))
        return process->failure.error;
    return open_transport(process) ? process->failure.error : make_node(process);
}

void node_process_close(struct node_process *process)
{
    scenario_clients_close(process);
    if (process->transport)
        transport_close(process->transport, process->left ? LINGER_MS : 0);
    if (process->node)
        node_delete(
            process->node); /* which ends its workers, and so what the loader has for them */
    loader_delete(process->loader);
    epoch_file_close(&process->epoch_file);
    timer_queue_close(&process->timer_queue);
    order_setting_delete(process->loads);
    order_setting_delete(process->works);
    order_setting_delete(process->load_fails);
    string_builder_close(&process->latencies);
    pool_close(&process->pending_requests);
    router_close(&process->router);
    view_close(&process->everyone);
    cluster_file_close(&process->cluster_file);
    keys_wipe(&process->keys);
}

#include "core/memory.h"
#include "net/drive_inner.h"
#include "net/monotonic.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>
#include <zmq.h>

/* Below the ports that the system gives out by itself; each node takes every other one. */
#define FIRST_PORT 7401u

/* So long a node may take to greet all others; with many of them the handshakes take their time. */
#define MUSTER_NS      (20 * NS_PER_S)
#define MUSTER_EACH_NS (500 * NS_PER_MS)

/* Processes that start at a time. */
#define STARTING_MOST 8u

/* With many nodes each has less room for what it has recorded and nobody has read. */
#define RING_LARGE (32u << 20)
#define RING_SMALL (8u << 20)
#define FEW_NODES  8u

/* The whole of 127.0.0.0/8 is this host: an address of the run's own keeps runs apart. */
static void draw_address(char address[64])
{
    uint8_t bytes[3] = {0};
    if (getrandom(bytes, sizeof bytes, 0) < 0)
        bytes[0] = (uint8_t)monotonic_ns();
    snprintf(address, 64, "127.%d.%d.%d", 1 + bytes[0] % 254, bytes[1], 1 + bytes[2] % 254);
}

static enum error make_hosts(struct drive *drive, struct key_pair *keys)
{
    struct hosts *hosts = &drive->hosts;
    uint32_t nodes = drive->plan->settings.nodes;
    char address[64];
    if (nodes > HOSTS_NODES_MAX) {
        snprintf(drive->why, sizeof drive->why, "%u nodes: real processes are %u at the most",
                 nodes, HOSTS_NODES_MAX);
        return ERROR_TEXT;
    }
    draw_address(address);
    snprintf(hosts->name, sizeof hosts->name, "local");
    hosts->nodes = nodes;
    hosts->keyed = true;
    hosts->settings = drive->plan->settings;
    hosts->load_limit_ns = HOSTS_LOAD_LIMIT_NS;
    hosts->load_at_once = HOSTS_LOAD_AT_ONCE;
    hosts->node = memory_zeroed(nodes * sizeof *hosts->node);
    if (!hosts->node)
        return ERROR_MEMORY;
    for (uint32_t i = 0; i < nodes; i++) {
        struct host_node *host = &hosts->node[i];
        if (keys_fresh(&keys[i], drive->why))
            return ERROR_IO;
        memcpy(host->address, address, sizeof host->address);
        host->port = (uint16_t)(FIRST_PORT + 2 * i);
        host->has_key = true;
        memcpy(host->key, keys[i].public_key, KEY_SIZE);
    }
    return OK;
}

static void take(void *context, node_id node, const struct record *record)
{
    struct drive *drive = context;
    struct record aligned = *record;
    int64_t t_ns = record->t_ns + drive->stations[node].offset_ns - drive->t0_ns;
    int64_t clock_ns = record->t_ns - drive->base_ns[node];
    bool before = t_ns < 0 || !drive->t0_ns;
    aligned.t_ns = before ? 0 : t_ns;
    aligned.clock_ns = before && !drive->there ? 0 : clock_ns;
    if (record->kind == RECORD_REQUEST)
        aligned.amount -= drive->base_ns[node];
    weave_put(&drive->weave, node, &aligned);
}

/* A process that has just been started is given some time, while many are: all at once would take
 * the processors from each other until the first gives up. */
static void let_start(struct drive *drive)
{
    static const struct timespec pause = {.tv_nsec = 5 * NS_PER_MS};
    int64_t until_ns = monotonic_ns() + NS_PER_S;
    uint32_t starting;
    do {
        starting = 0;
        for (node_id node = 0; node < drive->stations_count; node++) {
            station_look(&drive->stations[node], 0);
            starting += drive->stations[node].starting;
            if (*drive->stations[node].why)
                return;
        }
        if (starting >= STARTING_MOST)
            nanosleep(&pause, NULL);
    } while (starting >= STARTING_MOST && monotonic_ns() < until_ns && !drive_is_interrupted());
}

static enum error start_all(struct drive *drive, const struct key_pair *keys)
{
    uint32_t nodes = drive->hosts.nodes;
    drive->stations = memory_zeroed(nodes * sizeof *drive->stations);
    if (!drive->stations)
        return ERROR_MEMORY;
    for (node_id node = 0; node < nodes; node++) {
        struct warden_setup setup = {
            .node = node,
            .hosts = &drive->hosts,
            .keys = &keys[node],
            .ring_size = nodes <= FEW_NODES ? RING_LARGE : RING_SMALL,
            .level = drive->plan->settings.trace,
            .membership_static = drive->plan->settings.membership_static,
            .take = take,
            .context = drive,
        };
        drive->stations_count++;
        if (station_open_here(&drive->stations[node], &setup))
            goto fail;
        let_start(drive);
        if (drive_is_interrupted()) {
            snprintf(drive->why, sizeof drive->why, "interrupted");
            return ERROR_IO;
        }
    }
    return OK;
fail:
    snprintf(drive->why, sizeof drive->why, "a node's process can't be started: %s",
             strerror(errno));
    return ERROR_IO;
}

/* All are there, or not yet (ERROR_FULL), or one never will be. */
static enum error look_at_all(struct drive *drive)
{
    enum error error = OK;
    for (node_id node = 0; node < drive->hosts.nodes; node++) {
        struct station *station = &drive->stations[node];
        station_look(station, 0);
        if (*station->why || station->state != WARDEN_UP) {
            snprintf(drive->why, sizeof drive->why, "n%u could not start: %.200s", node + 1,
                     *station->why ? station->why : "its process has died");
            return ERROR_IO;
        }
        if (station->starting || station->gauges.greeted + 1 < drive->hosts.nodes)
            error = ERROR_FULL;
    }
    return error;
}

static enum error await_all(struct drive *drive)
{
    struct timespec pause = {.tv_nsec = NS_PER_MS * (1 + drive->hosts.nodes / 8)};
    int64_t until_ns = monotonic_ns() + MUSTER_NS + MUSTER_EACH_NS * drive->hosts.nodes;
    enum error error;
    while ((error = look_at_all(drive)) == ERROR_FULL && monotonic_ns() < until_ns &&
           drive->state == RUN_GOES_ON && !drive_is_interrupted())
        nanosleep(&pause, NULL);
    if (error == ERROR_FULL)
        snprintf(drive->why, sizeof drive->why, "%s",
                 drive_is_interrupted() ? "interrupted"
                                        : "the nodes did not find each other in time");
    return error;
}

enum error muster_here(struct drive *drive)
{
    uint32_t nodes = drive->plan->settings.nodes;
    struct key_pair *keys = memory_zeroed(nodes * sizeof *keys);
    if (!keys)
        return ERROR_MEMORY;
    enum error error = make_hosts(drive, keys);
    if (!error)
        error = start_all(drive, keys);
    for (uint32_t i = 0; i < nodes; i++)
        keys_wipe(&keys[i]);
    memory_free(keys);
    if (!error)
        error = await_all(drive);
    if (error)
        return error;
    drive->t0_ns = monotonic_ns();
    for (node_id node = 0; node < nodes; node++) {
        drive->base_ns[node] = drive->t0_ns;
        strike_brief(drive, node);
    }
    return OK;
}

/* ---- a cluster that runs ------------------------------------------------------------------- */

/* From the word that the nodes are to record until the run begins: what lives then is told first.
 */
#define ATTACH_NS (300 * NS_PER_MS)

/* Beyond twice the error that was measured, the stated one allows for a busier network, and for
 * what clocks drift while the driver stands still for as long as a gate has patience. */
#define ERROR_SLACK_NS (5 * NS_PER_MS)

static enum error greet_all(struct drive *drive, const struct key_pair *keys)
{
    uint32_t nodes = drive->hosts.nodes;
    drive->context = zmq_ctx_new();
    drive->stations = memory_zeroed(nodes * sizeof *drive->stations);
    if (!drive->context || !drive->stations)
        return ERROR_MEMORY;
    for (node_id node = 0; node < nodes; node++) {
        struct warden_setup setup = {
            .node = node, .hosts = &drive->hosts, .keys = keys, .take = take, .context = drive};
        struct station *station = &drive->stations[node];
        if (station_open_there(station, &setup, drive->context)) {
            memcpy(drive->why, station->why, sizeof drive->why);
            return ERROR_IO;
        }
        drive->stations_count++;
        for (node_id open = 0; open < node; open++)
            station_look(&drive->stations[open], SIZE_MAX); /* that they hear from their driver */
        int64_t stated_ns = 2 * station->error_ns + ERROR_SLACK_NS;
        if (station->error_ns && stated_ns > drive->weave.error_ns)
            drive->weave.error_ns = stated_ns;
    }
    return OK;
}

/* All have told what lives there, or not yet (ERROR_FULL). */
static enum error look_if_told(struct drive *drive)
{
    enum error error = OK;
    for (node_id node = 0; node < drive->hosts.nodes; node++) {
        struct station *station = &drive->stations[node];
        station_look(station, SIZE_MAX);
        if (*station->why) {
            memcpy(drive->why, station->why, sizeof drive->why);
            return ERROR_IO;
        }
        if (station->state != WARDEN_UP || station->gauges.synced < drive->synced[node] ||
            station->starting)
            error = ERROR_FULL;
        else
            account_ignore(&drive->account, node, station->gauges.next_request,
                           station->gauges.next_message);
    }
    return error;
}

/* The syncs of an earlier driver are not counted on: these begin at the time. */
static void have_them_record(struct drive *drive)
{
    struct order level = {.kind = ORDER_LEVEL, .level = drive->plan->settings.trace};
    struct order sync = {.kind = ORDER_SYNC};
    drive->t0_ns = monotonic_ns() + ATTACH_NS;
    drive->syncs = (uint64_t)drive->t0_ns;
    sync.count = drive->syncs;
    for (node_id node = 0; node < drive->hosts.nodes; node++) {
        struct station *station = &drive->stations[node];
        drive->base_ns[node] = drive->t0_ns - station->offset_ns;
        station_tell(station, &level, NULL);
        station_tell(station, &sync, NULL);
        drive->synced[node] = drive->syncs;
    }
}

enum error muster_there(struct drive *drive, const struct key_pair *keys)
{
    static const struct timespec pause = {.tv_nsec = NS_PER_MS};
    enum error error = greet_all(drive, keys);
    if (error)
        return error;
    have_them_record(drive);
    while ((error = look_if_told(drive)) == ERROR_FULL &&
           monotonic_ns() < drive->t0_ns + MUSTER_NS && !drive_is_interrupted())
        nanosleep(&pause, NULL);
    if (error == ERROR_FULL)
        snprintf(drive->why, sizeof drive->why, "%s",
                 drive_is_interrupted() ? "interrupted" : "not all nodes are up");
    while (!error && monotonic_ns() < drive->t0_ns)
        nanosleep(&pause, NULL);
    drive->events_before = drive_events(drive);
    for (node_id node = 0; node < drive->hosts.nodes && !error; node++)
        strike_brief(drive, node);
    return error;
}

#include "net/station.h"

#include "net/remote.h"

#include <stdio.h>
#include <string.h>

/* ---- of this host -------------------------------------------------------------------------- */

static void copy(struct station *station)
{
    struct warden *warden = &station->warden;
    const char *failed = warden_has_failed(warden);
    station->state = warden->state;
    station->starting = atomic_load(&warden->desk->report.state) == DESK_STARTING;
    station->incarnation = warden->incarnation;
    station->was_member = warden->was_member;
    station->gauges = desk_gauges(warden->desk);
    station->watermark_ns = warden_watermark_ns(warden);
    if (warden->broken)
        failed = "what it recorded can't be read: its memory is broken";
    snprintf(station->why, sizeof station->why, "%.255s", failed ? failed : "");
}

enum error station_open_here(struct station *station, const struct warden_setup *setup)
{
    *station =
        (struct station){.node = setup->node, .take = setup->take, .context = setup->context};
    if (warden_init(&station->warden, setup))
        return ERROR_IO;
    enum error error = warden_start(&station->warden, false, 0);
    copy(station);
    return error;
}

/* ---- of another host ----------------------------------------------------------------------- */

static void take(void *context, const struct record *record)
{
    struct station *station = context;
    station->take(station->context, station->node, record);
}

enum error station_open_there(struct station *station, const struct warden_setup *setup,
                              void *zmq_context)
{
    *station =
        (struct station){.node = setup->node, .take = setup->take, .context = setup->context};
    struct remote_setup remote = {
        .context = zmq_context, .hosts = setup->hosts, .keys = setup->keys, .node = setup->node};
    station->remote = remote_open(&remote, station->why);
    if (!station->remote)
        return ERROR_IO;
    station->why[0] = '\0';
    station->state = WARDEN_UP;
    station->offset_ns = remote_offset_ns(station->remote, &station->error_ns);
    return OK;
}

static bool look_there(struct station *station)
{
    struct gate_seen seen;
    enum error error;
    if (!remote_look(station->remote, &seen, take, station, &error, station->why))
        return false;
    station->offset_ns = remote_offset_ns(station->remote, &station->error_ns);
    if (error || !remote_is_settled(station->remote, &seen))
        return !error && seen.records;
    station->state = (enum warden_state)seen.state;
    station->starting = seen.starting;
    station->incarnation = seen.incarnation;
    station->was_member = seen.was_member;
    station->gauges = seen.gauges;
    station->watermark_ns = seen.watermark_ns;
    return seen.records;
}

/* The gate does it later; until it says so the state is what it will be. */
static bool strike_there(struct station *station, struct gate_strike strike, enum warden_state then)
{
    if (!remote_strike(station->remote, strike))
        return false;
    station->state = then;
    return true;
}

/* ---- of either ----------------------------------------------------------------------------- */

void station_close(struct station *station)
{
    if (station->remote)
        remote_close(station->remote);
    else if (station->warden.desk)
        warden_close(&station->warden);
    station->remote = NULL;
}

bool station_look(struct station *station, size_t most)
{
    if (station->remote)
        return look_there(station);
    bool any = warden_look(&station->warden, most);
    copy(station);
    return any;
}

bool station_start(struct station *station, bool joins)
{
    if (station->state != WARDEN_DOWN)
        return false;
    if (station->remote) {
        struct gate_strike strike = {.kind = STRIKE_START, .joins = joins, .taken = station->taken};
        station->starting = true;
        station->taken = 0;
        return strike_there(station, strike, WARDEN_UP);
    }
    bool started = !warden_start(&station->warden, joins, 0);
    copy(station);
    return started;
}

bool station_crash(struct station *station)
{
    if (station->state == WARDEN_DOWN)
        return false;
    if (station->remote)
        return strike_there(station, (struct gate_strike){.kind = STRIKE_CRASH}, WARDEN_DOWN);
    bool crashed = warden_crash(&station->warden);
    copy(station);
    return crashed;
}

bool station_freeze(struct station *station)
{
    if (station->state != WARDEN_UP)
        return false;
    if (station->remote)
        return strike_there(station, (struct gate_strike){.kind = STRIKE_FREEZE}, WARDEN_FROZEN);
    bool frozen = warden_freeze(&station->warden);
    copy(station);
    return frozen;
}

bool station_thaw(struct station *station)
{
    if (station->state != WARDEN_FROZEN)
        return false;
    if (station->remote)
        return strike_there(station, (struct gate_strike){.kind = STRIKE_THAW}, WARDEN_UP);
    bool thawed = warden_thaw(&station->warden);
    copy(station);
    return thawed;
}

bool station_tell(struct station *station, const struct order *order, const char *text)
{
    if (station->remote)
        return station->state != WARDEN_DOWN && remote_order(station->remote, order, text);
    return warden_tell(&station->warden, order, text);
}

void station_halt(struct station *station)
{
    if (station->remote)
        return;
    warden_halt(&station->warden);
    copy(station);
}

uint64_t station_take_number(struct station *station, uint32_t nodes)
{
    if (!station->remote) {
        uint64_t number = warden_take_number(&station->warden, nodes);
        copy(station);
        return number;
    }
    return station->gauges.next_request + nodes * station->taken++;
}

const struct tally *station_tally(struct station *station)
{
    if (!station->remote)
        return &station->warden.desk->report.tally;
    char why[sizeof station->why] = "";
    if (remote_tally(station->remote, &station->tally, why))
        memcpy(station->why, why, sizeof why);
    return &station->tally;
}

#include "net/wire/authentication.h"

#include "net/wire/connection_monitor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#define ZAP_ENDPOINT "inproc://zeromq.zap.01"
#define ZAP_DOMAIN   "dpsim"

/* In the library since 4.3.0, in zmq.h among the drafts alone. */
#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93
#endif

/* Long enough for a machine that starts many nodes at once. */
#define TRY_MS 10000

enum error authentication_open(struct authentication *authentication, void *context,
                               const struct cluster_file *cluster_file, bool drivers_only)
{
    *authentication = (struct authentication){
        .context = context, .cluster_file = cluster_file, .drivers_only = drivers_only};
    authentication->socket = zmq_socket(context, ZMQ_ROUTER);
    if (!authentication->socket)
        return ERROR_IO;
    int none = 0;
    zmq_setsockopt(authentication->socket, ZMQ_LINGER, &none, sizeof none);
    if (zmq_bind(authentication->socket, ZAP_ENDPOINT) == 0)
        return OK;
    int why = errno;
    authentication_close(authentication);
    errno = why;
    return ERROR_IO;
}

void authentication_close(struct authentication *authentication)
{
    if (authentication->socket)
        zmq_close(authentication->socket);
    authentication->socket = NULL;
}

const char *authentication_name_of(const struct authentication *authentication,
                                   const uint8_t key[KEY_SIZE], char name[64])
{
    const struct cluster_file *cluster_file = authentication->cluster_file;
    for (size_t i = 0; i < cluster_file->clients_count; i++)
        if (memcmp(cluster_file->clients[i].key, key, KEY_SIZE) == 0 &&
            (cluster_file->clients[i].drives || !authentication->drivers_only))
            return cluster_file->clients[i].name;
    for (uint32_t i = 0; i < cluster_file->nodes && !authentication->drivers_only; i++) {
        if (!cluster_file->node[i].has_key || memcmp(cluster_file->node[i].key, key, KEY_SIZE) != 0)
            continue;
        snprintf(name, 64, "n%u", i + 1);
        return name;
    }
    return NULL;
}

/* ---- ZAP ----------------------------------------------------------------------------------- */

/* The frames of a request: who asks (1), a void one, then version, request id, domain, address,
 * identity, mechanism, and the key. */
enum {
    ZAP_FROM,
    ZAP_VOID,
    ZAP_VERSION,
    ZAP_REQUEST,
    ZAP_OF_DOMAIN,
    ZAP_ADDRESS,
    ZAP_IDENTITY,
    ZAP_MECHANISM,
    ZAP_KEY,
    ZAP_FRAMES
};

struct zap_request {
    zmq_msg_t frames[ZAP_FRAMES];
    int count; /* all there were, also beyond ZAP_FRAMES */
};

static bool receive(void *socket, struct zap_request *request)
{
    int more = 1;
    request->count = 0;
    while (more) {
        zmq_msg_t rest,
            *frame = request->count < ZAP_FRAMES ? &request->frames[request->count] : &rest;
        zmq_msg_init(frame);
        if (zmq_msg_recv(frame, socket, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(frame);
            return false; /* only ever before the first: a message comes whole */
        }
        more = zmq_msg_more(frame);
        if (frame == &rest)
            zmq_msg_close(frame);
        request->count++;
    }
    return true;
}

static bool frame_is(zmq_msg_t *frame, const char *words)
{
    return zmq_msg_size(frame) == strlen(words) &&
           memcmp(zmq_msg_data(frame), words, strlen(words)) == 0;
}

static void send_words(void *socket, const char *words, bool more)
{
    zmq_send(socket, words, strlen(words), more ? ZMQ_SNDMORE : 0);
}

static void reply(struct authentication *authentication, struct zap_request *request,
                  const char *name)
{
    zmq_msg_send(&request->frames[ZAP_FROM], authentication->socket, ZMQ_SNDMORE);
    send_words(authentication->socket, "", true);
    send_words(authentication->socket, "1.0", true);
    zmq_msg_send(&request->frames[ZAP_REQUEST], authentication->socket, ZMQ_SNDMORE);
    send_words(authentication->socket, name ? "200" : "400", true);
    send_words(authentication->socket, name ? "OK" : "key not in the cluster file", true);
    send_words(authentication->socket, name ? name : "", true);
    send_words(authentication->socket, "", false);
}

static void answer_one(struct authentication *authentication, struct zap_request *request)
{
    char room[64];
    const char *name = NULL;
    if (request->count == ZAP_FRAMES && frame_is(&request->frames[ZAP_OF_DOMAIN], ZAP_DOMAIN) &&
        frame_is(&request->frames[ZAP_MECHANISM], "CURVE") &&
        zmq_msg_size(&request->frames[ZAP_KEY]) == KEY_SIZE)
        name =
            authentication_name_of(authentication, zmq_msg_data(&request->frames[ZAP_KEY]), room);
    if (name)
        authentication->admitted++;
    else
        authentication->refused++;
    if (request->count > ZAP_REQUEST)
        reply(authentication, request, name);
}

void authentication_answer(struct authentication *authentication)
{
    struct zap_request request;
    while (authentication->socket && receive(authentication->socket, &request)) {
        answer_one(authentication, &request);
        for (int i = 0; i < request.count && i < ZAP_FRAMES; i++)
            zmq_msg_close(&request.frames[i]);
    }
}

/* ---- arming -------------------------------------------------------------------------------- */

static bool set_key(void *socket, int option, const uint8_t key[KEY_SIZE])
{
    return zmq_setsockopt(socket, option, key, KEY_SIZE) == 0;
}

enum error authentication_configure_server(void *socket, const struct key_pair *keys)
{
    int yes = 1;
    bool armed = zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &yes, sizeof yes) == 0 &&
                 set_key(socket, ZMQ_CURVE_SECRETKEY, keys->secret_key) &&
                 zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, ZAP_DOMAIN, strlen(ZAP_DOMAIN)) == 0 &&
                 zmq_setsockopt(socket, ZMQ_ZAP_ENFORCE_DOMAIN, &yes, sizeof yes) == 0;
    return armed ? OK : ERROR_IO;
}

enum error authentication_configure_client(void *socket, const struct key_pair *keys,
                                           const uint8_t server_key[KEY_SIZE])
{
    bool armed = set_key(socket, ZMQ_CURVE_SERVERKEY, server_key) &&
                 set_key(socket, ZMQ_CURVE_PUBLICKEY, keys->public_key) &&
                 set_key(socket, ZMQ_CURVE_SECRETKEY, keys->secret_key);
    return armed ? OK : ERROR_IO;
}

/* ---- the trial ----------------------------------------------------------------------------- */

#define TRIAL_EVENTS (ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)

/* How the stranger fared: one of TRIAL_EVENTS, or 0 when nothing came of it in time. */
static int await_event(struct authentication *authentication, void *monitor)
{
    struct timespec begun, now;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    for (;;) {
        zmq_pollitem_t items[] = {{authentication->socket, 0, ZMQ_POLLIN, 0},
                                  {monitor, 0, ZMQ_POLLIN, 0}};
        zmq_poll(items, 2, 50);
        authentication_answer(authentication);
        int event = connection_monitor_next(monitor, NULL);
        if (event & TRIAL_EVENTS)
            return event;
        clock_gettime(CLOCK_MONOTONIC, &now);
        if ((now.tv_sec - begun.tv_sec) * 1000 + (now.tv_nsec - begun.tv_nsec) / 1000000 > TRY_MS)
            return 0;
    }
}

enum error authentication_check(struct authentication *authentication, const char *endpoint,
                                const struct key_pair *keys, char why[KEYS_WHY_SIZE])
{
    struct key_pair stranger;
    int none = 0, event = 0;
    if (keys_generate(&stranger, why))
        return ERROR_IO;
    void *socket = zmq_socket(authentication->context, ZMQ_DEALER);
    if (socket) {
        zmq_setsockopt(socket, ZMQ_LINGER, &none, sizeof none);
        void *monitor = connection_monitor_open(authentication->context, socket,
                                                "inproc://authentication-trial", TRIAL_EVENTS);
        if (monitor && !authentication_configure_client(socket, &stranger, keys->public_key) &&
            !zmq_connect(socket, endpoint))
            event = await_event(authentication, monitor);
        connection_monitor_close(monitor, socket);
        zmq_close(socket);
    }
    keys_wipe(&stranger);
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
        return OK;
    snprintf(why, KEYS_WHY_SIZE,
             event ? "a stranger's key was let in: this ZeroMQ does not refuse strangers"
                   : "the trial did not end: is a stranger refused?");
    return ERROR_IO;
}

#include "net/wire/authentication.h"

#include "base/monotonic.h"
#include "net/wire/connection_monitor.h"
#include "net/wire/socket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ZAP_ENDPOINT "inproc://zeromq.zap.01"
#define ZAP_DOMAIN   "dpsim"

/* In the library since 4.3.0, in zmq.h among the drafts alone. */
#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93
#endif

/* Long enough for a machine that starts many nodes at once. */
#define CHECK_NS (10 * NS_PER_S)

enum error authentication_open(struct authentication *auth, void *context,
                               const struct cluster_file *cluster_file,
                               enum authentication_scope scope)
{
    *auth =
        (struct authentication){.context = context, .cluster_file = cluster_file, .scope = scope};
    auth->socket = zmq_socket(context, ZMQ_ROUTER);
    if (!auth->socket)
        return ERROR_IO;
    if (socket_set(auth->socket, ZMQ_LINGER, 0) && zmq_bind(auth->socket, ZAP_ENDPOINT) == 0)
        return OK;
    int error = errno;
    authentication_close(auth);
    errno = error;
    return ERROR_IO;
}

void authentication_close(struct authentication *auth)
{
    if (auth->socket)
        zmq_close(auth->socket);
    auth->socket = NULL;
}

const char *authentication_name_of(const struct authentication *auth, const uint8_t key[KEY_SIZE],
                                   char room[64])
{
    const struct cluster_file *file = auth->cluster_file;
    bool all = auth->scope == AUTHENTICATION_ALL;
    for (size_t i = 0; i < file->clients_count; i++)
        if (memcmp(file->clients[i].key, key, KEY_SIZE) == 0 && (file->clients[i].drives || all))
            return file->clients[i].name;
    for (uint32_t i = 0; i < file->nodes && all; i++) {
        if (!file->node[i].has_key || memcmp(file->node[i].key, key, KEY_SIZE) != 0)
            continue;
        snprintf(room, 64, "n%u", i + 1);
        return room;
    }
    return NULL;
}

/* ---- ZAP ----------------------------------------------------------------------------------- */

/* The frames of a request, in their order. */
enum {
    ZAP_FROM,
    ZAP_EMPTY,
    ZAP_VERSION,
    ZAP_REQUEST,
    ZAP_ITS_DOMAIN,
    ZAP_ADDRESS,
    ZAP_IDENTITY,
    ZAP_MECHANISM,
    ZAP_KEY,
    ZAP_FRAMES
};

struct zap_request {
    zmq_msg_t frames[ZAP_FRAMES];
    int count; /* of all frames, also those beyond ZAP_FRAMES, which are not kept */
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

static void reply(struct authentication *auth, struct zap_request *request, const char *name)
{
    zmq_msg_send(&request->frames[ZAP_FROM], auth->socket, ZMQ_SNDMORE);
    send_words(auth->socket, "", true);
    send_words(auth->socket, "1.0", true);
    zmq_msg_send(&request->frames[ZAP_REQUEST], auth->socket, ZMQ_SNDMORE);
    send_words(auth->socket, name ? "200" : "400", true);
    send_words(auth->socket, name ? "OK" : "key not in the cluster file", true);
    send_words(auth->socket, name ? name : "", true);
    send_words(auth->socket, "", false);
}

static void answer_one(struct authentication *auth, struct zap_request *request)
{
    char room[64];
    const char *name = NULL;
    if (request->count == ZAP_FRAMES && frame_is(&request->frames[ZAP_ITS_DOMAIN], ZAP_DOMAIN) &&
        frame_is(&request->frames[ZAP_MECHANISM], "CURVE") &&
        zmq_msg_size(&request->frames[ZAP_KEY]) == KEY_SIZE)
        name = authentication_name_of(auth, zmq_msg_data(&request->frames[ZAP_KEY]), room);
    auth->refused += name == NULL;
    if (request->count > ZAP_REQUEST)
        reply(auth, request, name);
}

void authentication_answer(struct authentication *auth)
{
    struct zap_request request;
    while (auth->socket && receive(auth->socket, &request)) {
        answer_one(auth, &request);
        for (int i = 0; i < request.count && i < ZAP_FRAMES; i++)
            zmq_msg_close(&request.frames[i]);
    }
}

/* ---- configuring --------------------------------------------------------------------------- */

static bool set_key(void *socket, int option, const uint8_t key[KEY_SIZE])
{
    return zmq_setsockopt(socket, option, key, KEY_SIZE) == 0;
}

enum error authentication_configure_server(void *socket, const struct key_pair *keys)
{
    bool set = socket_set(socket, ZMQ_CURVE_SERVER, 1) &&
               set_key(socket, ZMQ_CURVE_SECRETKEY, keys->secret_key) &&
               zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, ZAP_DOMAIN, strlen(ZAP_DOMAIN)) == 0 &&
               socket_set(socket, ZMQ_ZAP_ENFORCE_DOMAIN, 1);
    return set ? OK : ERROR_IO;
}

enum error authentication_configure_client(void *socket, const struct key_pair *keys,
                                           const uint8_t server_key[KEY_SIZE])
{
    bool set = set_key(socket, ZMQ_CURVE_SERVERKEY, server_key) &&
               set_key(socket, ZMQ_CURVE_PUBLICKEY, keys->public_key) &&
               set_key(socket, ZMQ_CURVE_SECRETKEY, keys->secret_key);
    return set ? OK : ERROR_IO;
}

/* ---- the check ----------------------------------------------------------------------------- */

#define CHECK_EVENTS (ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)

/* How the unknown key's handshake ended: one of CHECK_EVENTS, or 0 if it did not in time. */
static int await_handshake(struct authentication *auth, void *monitor)
{
    int64_t until_ns = monotonic_ns() + CHECK_NS;
    while (monotonic_ns() < until_ns) {
        zmq_pollitem_t items[] = {{auth->socket, 0, ZMQ_POLLIN, 0}, {monitor, 0, ZMQ_POLLIN, 0}};
        zmq_poll(items, 2, 50);
        authentication_answer(auth);
        int event = connection_monitor_next(monitor, NULL);
        if (event & CHECK_EVENTS)
            return event;
    }
    return 0;
}

static int try_unknown_key(struct authentication *auth, const char *endpoint,
                           const struct key_pair *unknown, const uint8_t server_key[KEY_SIZE])
{
    int event = 0;
    void *socket = zmq_socket(auth->context, ZMQ_DEALER);
    if (!socket)
        return 0;
    socket_set(socket, ZMQ_LINGER, 0);
    socket_set(socket, ZMQ_IPV6, strchr(endpoint, '[') != NULL);
    void *monitor = connection_monitor_open(auth->context, socket, CHECK_EVENTS);
    if (monitor && !authentication_configure_client(socket, unknown, server_key) &&
        !zmq_connect(socket, endpoint))
        event = await_handshake(auth, monitor);
    connection_monitor_close(monitor, socket);
    zmq_close(socket);
    return event;
}

enum error authentication_check(struct authentication *auth, const char *endpoint,
                                const struct key_pair *keys, struct failure *failure)
{
    struct key_pair unknown;
    if (keys_generate(&unknown, failure))
        return ERROR_IO;
    int event = try_unknown_key(auth, endpoint, &unknown, keys->public_key);
    keys_wipe(&unknown);
    auth->refused = 0;
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
        return OK;
    return failure_set(failure, ERROR_IO, "%s",
                       event ? "a stranger's key was let in: this ZeroMQ does not refuse strangers"
                             : "the trial did not end: is a stranger refused?");
}

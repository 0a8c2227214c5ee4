/* A stranger at a node's connection monitor: connects so many times with a key that nobody knows,
 * one after the other, some at a time, says a word, and counts what comes of it.
 *
 *     stranger ENDPOINT COUNT SERVER_KEY
 *
 * SERVER_KEY is the node's public key in hex, or '-' for one that is wrong too. Prints
 * `admitted A answered B refused C silent D`. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#define AT_ONCE 50
#define WAIT_MS 4000

#define EVENTS                                                                                     \
    (ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |                             \
     ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |                  \
     ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED)

struct visit {
    void *socket;
    void *monitor;
    int over;
};

static int admitted, answered, refused;

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int bytes_of(const char *hex, uint8_t key[32])
{
    for (int i = 0; i < 32; i++)
        if (sscanf(hex + 2 * i, "%2hhx", &key[i]) != 1)
            return 0;
    return 1;
}

static void begin(void *context, struct visit *visit, const char *endpoint, const uint8_t *server,
                  int number)
{
    char public_key[41], secret_key[41], wrong[41], name[32];
    int none = 0, once = -1;
    memset(visit, 0, sizeof *visit);
    snprintf(name, sizeof name, "inproc://visit-%d", number);
    visit->socket = zmq_socket(context, ZMQ_DEALER);
    visit->monitor = zmq_socket(context, ZMQ_PAIR);
    if (!visit->socket || !visit->monitor || zmq_curve_keypair(public_key, secret_key) ||
        zmq_curve_keypair(wrong, secret_key) || zmq_curve_keypair(public_key, secret_key)) {
        fprintf(stderr, "stranger: %s\n", zmq_strerror(zmq_errno()));
        exit(4);
    }
    zmq_setsockopt(visit->socket, ZMQ_LINGER, &none, sizeof none);
    zmq_setsockopt(visit->socket, ZMQ_RECONNECT_IVL, &once, sizeof once);
    if (server)
        zmq_setsockopt(visit->socket, ZMQ_CURVE_SERVERKEY, server, 32);
    else
        zmq_setsockopt(visit->socket, ZMQ_CURVE_SERVERKEY, wrong, 41);
    zmq_setsockopt(visit->socket, ZMQ_CURVE_PUBLICKEY, public_key, 41);
    zmq_setsockopt(visit->socket, ZMQ_CURVE_SECRETKEY, secret_key, 41);
    zmq_socket_monitor(visit->socket, name, EVENTS);
    zmq_connect(visit->monitor, name);
    zmq_connect(visit->socket, endpoint);
    zmq_send(visit->socket, "let me in", 9, ZMQ_DONTWAIT);
}

static void look(struct visit *visit)
{
    uint8_t event[64];
    char word[256];
    uint16_t number;
    while (zmq_recv(visit->monitor, event, sizeof event, ZMQ_DONTWAIT) >= 6) {
        memcpy(&number, event, sizeof number);
        zmq_recv(visit->monitor, event, sizeof event, ZMQ_DONTWAIT);
        if (number == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
            admitted++;
        else if (!visit->over++)
            refused++;
    }
    if (zmq_recv(visit->socket, word, sizeof word, ZMQ_DONTWAIT) >= 0)
        answered++;
}

int main(int count, char **words)
{
    static struct visit visits[AT_ONCE];
    uint8_t key[32];
    int total = count == 4 ? atoi(words[2]) : 0, done = 0;
    const uint8_t *server = count == 4 && bytes_of(words[3], key) ? key : NULL;
    void *context = zmq_ctx_new();
    if (total <= 0 || !context) {
        fprintf(stderr, "stranger ENDPOINT COUNT SERVER_KEY\n");
        return 2;
    }
    while (done < total) {
        int at_once = total - done < AT_ONCE ? total - done : AT_ONCE, open = at_once;
        for (int i = 0; i < at_once; i++)
            begin(context, &visits[i], words[1], server, done + i);
        for (long long end = now_ms() + WAIT_MS; open && now_ms() < end;) {
            struct timespec pause = {.tv_nsec = 2000000};
            nanosleep(&pause, NULL);
            open = 0;
            for (int i = 0; i < at_once; i++) {
                look(&visits[i]);
                open += !visits[i].over;
            }
        }
        for (int i = 0; i < at_once; i++) {
            zmq_socket_monitor(visits[i].socket, NULL, 0);
            zmq_close(visits[i].monitor);
            zmq_close(visits[i].socket);
        }
        done += at_once;
    }
    zmq_ctx_term(context);
    printf("admitted %d answered %d refused %d silent %d\n", admitted, answered, refused,
           total - refused);
    return 0;
}

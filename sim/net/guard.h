/* Who may speak to this process: ZeroMQ asks the guard of every connection (ZAP, RFC 27), and the
 * guard knows the keys of the cluster file and no others.
 *
 * Without a handler that answers, ZeroMQ 4.3 lets every key in; so the guard must be there before
 * a socket is bound, the socket must name a domain, and ZAP_ENFORCE_DOMAIN must be set. That all
 * this works is not believed but tried: guard_try connects to the bound socket with a key of
 * nobody and wants to be refused. */
#ifndef NET_GUARD_H
#define NET_GUARD_H

#include "net/hosts.h"

struct guard {
    void *context; /* of ZeroMQ */
    void *socket;  /* where ZeroMQ asks; to be polled for input */
    const struct hosts *hosts;
    bool drivers_only; /* lets none in but those who may drive */
    uint64_t refused;
    uint64_t admitted;
};

/* Before any socket of the context is bound. ERROR_IO: errno of ZeroMQ says why. */
enum error guard_open(struct guard *guard, void *context, const struct hosts *hosts,
                      bool drivers_only);
void guard_close(struct guard *guard);

/* Answers all that was asked so far, without waiting. */
void guard_answer(struct guard *guard);

/* Makes a socket that is to be bound, or one that is to connect to `server_key`, one that encrypts
 * with this pair. ERROR_IO. */
enum error guard_arm_server(void *socket, const struct key_pair *keys);
enum error guard_arm_client(void *socket, const struct key_pair *keys,
                            const uint8_t server_key[KEY_SIZE]);

/* Whether a stranger is turned away at the endpoint, which is this process's own. It takes some
 * milliseconds, 10 s at the most, on a machine that is busy. ERROR_IO: no, or it can't be told;
 * `why` says so. */
enum error guard_try(struct guard *guard, const char *endpoint, const struct key_pair *keys,
                     char why[KEYS_WHY_SIZE]);

/* Who it is that has this key: "n2", a guest's name; NULL: nobody who may speak here. The name is
 * valid until the next call. */
const char *guard_name_of(const struct guard *guard, const uint8_t key[KEY_SIZE], char name[64]);

#endif

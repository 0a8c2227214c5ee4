/* Who may speak to this process: ZeroMQ asks the authentication of every connection (ZAP, RFC 27),
 * and the authentication knows the keys of the cluster file and no others.
 *
 * Without a handler that answers, ZeroMQ 4.3 lets every key in; so the authentication must be there
 * before a socket is bound, the socket must name a domain, and ZAP_ENFORCE_DOMAIN must be set. That
 * all this works is not believed but tried: authentication_check connects to the bound socket with
 * a key of nobody and wants to be refused. */
#ifndef NET_WIRE_AUTHENTICATION_H
#define NET_WIRE_AUTHENTICATION_H

#include "net/config/cluster_file.h"
#include "net/wire/keys.h"

struct authentication {
    void *context; /* of ZeroMQ */
    void *socket;  /* where ZeroMQ asks; to be polled for input */
    const struct cluster_file *cluster_file;
    bool drivers_only; /* lets none in but those who may drive */
    uint64_t refused;
    uint64_t admitted;
};

/* Before any socket of the context is bound. ERROR_IO: errno of ZeroMQ says why. */
enum error authentication_open(struct authentication *authentication, void *context,
                               const struct cluster_file *cluster_file, bool drivers_only);
void authentication_close(struct authentication *authentication);

/* Answers all that was asked so far, without waiting. */
void authentication_answer(struct authentication *authentication);

/* Makes a socket that is to be bound, or one that is to connect to `server_key`, one that encrypts
 * with this pair. ERROR_IO. */
enum error authentication_configure_server(void *socket, const struct key_pair *keys);
enum error authentication_configure_client(void *socket, const struct key_pair *keys,
                                           const uint8_t server_key[KEY_SIZE]);

/* Whether a stranger is turned away at the endpoint, which is this process's own. It takes some
 * milliseconds, 10 s at the most, on a machine that is busy. ERROR_IO: no, or it can't be told;
 * `why` says so. */
enum error authentication_check(struct authentication *authentication, const char *endpoint,
                                const struct key_pair *keys, char why[KEYS_WHY_SIZE]);

/* Who it is that has this key: "n2", a client's name; NULL: nobody who may speak here. The name is
 * valid until the next call. */
const char *authentication_name_of(const struct authentication *authentication,
                                   const uint8_t key[KEY_SIZE], char name[64]);

#endif

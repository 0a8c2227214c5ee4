/* Decides which keys may connect: ZeroMQ asks for every connection (ZAP, RFC 27), and only keys of
 * the cluster file are admitted.
 *
 * Without a handler that answers, ZeroMQ 4.3 admits every key. So the handler must run before a
 * socket is bound, the socket must name a domain, and ZAP_ENFORCE_DOMAIN must be set. Whether all
 * that works is tested: authentication_check connects to the bound socket with a new key and must
 * be refused. */
#ifndef NET_WIRE_AUTHENTICATION_H
#define NET_WIRE_AUTHENTICATION_H

#include "net/config/cluster_file.h"
#include "net/wire/keys.h"

enum authentication_scope {
    AUTHENTICATION_ALL,    /* nodes, clients and drivers */
    AUTHENTICATION_DRIVERS /* drivers alone */
};

struct authentication {
    void *context; /* of ZeroMQ */
    void *socket;  /* where ZeroMQ asks; to be polled for input */
    const struct cluster_file *cluster_file;
    enum authentication_scope scope;
    uint64_t refused; /* connections */
};

/* To be called before any socket of the context is bound. ERROR_IO: errno of ZeroMQ says why. */
enum error authentication_open(struct authentication *auth, void *context,
                               const struct cluster_file *cluster_file,
                               enum authentication_scope scope);
void authentication_close(struct authentication *auth);

/* Answers all requests of ZeroMQ so far, without waiting. */
void authentication_answer(struct authentication *auth);

/* Configures a socket before it is bound as a server that encrypts with this pair, or before it
 * connects to the server of `server_key`. ERROR_IO. */
enum error authentication_configure_server(void *socket, const struct key_pair *keys);
enum error authentication_configure_client(void *socket, const struct key_pair *keys,
                                           const uint8_t server_key[KEY_SIZE]);

/* Tests that an unknown key is refused at the endpoint, which this process has bound with `keys`.
 * It takes some milliseconds, and 10 s at the most, on a busy machine. ERROR_IO: the key was
 * admitted, or the test did not end. */
enum error authentication_check(struct authentication *auth, const char *endpoint,
                                const struct key_pair *keys, struct failure *failure);

/* The owner of a key: "n2", or the name of a client or driver; NULL: the key is not admitted. The
 * name may be in `room` or in the cluster file. */
const char *authentication_name_of(const struct authentication *auth, const uint8_t key[KEY_SIZE],
                                   char room[64]);

#endif

/* Pairs of CURVE keys, ZeroMQ's encryption: new ones, and files that hold the secret half.
 *
 * A key file is text: comment lines, which begin with '#', and the 64 hex digits of the secret key
 * on a line. Whoever can read it can act as that node or client, so a file that others could read
 * or replace is refused. Buffers that held a secret are wiped before they are given back. */
#ifndef NET_WIRE_KEYS_H
#define NET_WIRE_KEYS_H

#include "base/failure.h"
#include "net/config/key.h"

struct key_pair {
    uint8_t public_key[KEY_SIZE];
    uint8_t secret_key[KEY_SIZE];
};

/* Makes a pair from the system's randomness. ERROR_IO: this ZeroMQ can't encrypt. */
enum error keys_generate(struct key_pair *pair, struct failure *failure);

/* Sets the public key from the secret one. ERROR_IO as above. */
enum error keys_complete(struct key_pair *pair, struct failure *failure);

/* Reads a key file and completes the pair. ERROR_IO: the file can't be opened, is a symbolic link,
 * no regular file, not the user's own, of a mode other than 0600 and 0400, or holds no key; the
 * failure names the file and what to do. Then the pair is all zero. */
enum error keys_read(struct key_pair *pair, const char *file, struct failure *failure);

/* Writes the secret key to a new file of mode 0600 and waits until it is on the disk; `name`, the
 * owner's, goes into a comment. ERROR_IO: the file exists, and is left as it is, or it can't be
 * written, and then there is none. */
enum error keys_write(const struct key_pair *pair, const char *file, const char *name,
                      struct failure *failure);

/* Z85, ZeroMQ's text form of a key: 40 characters and a NUL. */
void keys_z85(const uint8_t key[KEY_SIZE], char z85[41]);

/* Overwrites the secret half; the compiler does not leave this out. */
void keys_wipe(struct key_pair *pair);

#endif

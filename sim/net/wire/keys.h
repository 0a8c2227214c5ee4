/* Keys of CURVE, ZeroMQ's encryption: fresh ones, and files that hold the secret half.
 *
 * A key file is text: comment lines, which begin with '#', and the 64 hex digits of the secret key
 * on a line. Whoever can read it is that node or client, so a file that others could read or
 * replace is refused. What held a secret is wiped before it is given back. */
#ifndef NET_WIRE_KEYS_H
#define NET_WIRE_KEYS_H

#include "net/config/key.h"

/* Room for a message about what failed. */
#define KEYS_WHY_SIZE 256u

struct key_pair {
    uint8_t public_key[KEY_SIZE];
    uint8_t secret_key[KEY_SIZE];
};

/* A new pair, by the system's randomness. ERROR_IO: this ZeroMQ can't encrypt, and `why` says so.
 */
enum error keys_generate(struct key_pair *pair, char why[KEYS_WHY_SIZE]);

/* Sets the public key from the secret one. ERROR_IO as above. */
enum error keys_complete(struct key_pair *pair, char why[KEYS_WHY_SIZE]);

/* Reads a key file and completes the pair. ERROR_IO, with `why` naming the file and the way out: it
 * can't be opened, or is a symbolic link, no regular file, not the user's own, or of a mode other
 * than 0600 and 0400, or holds no key; then the pair is all zero.
 */
enum error keys_read(struct key_pair *pair, const char *file, char why[KEYS_WHY_SIZE]);

/* Writes the pair to a new file of mode 0600 and sees it onto the disk; `name` is whose it is, for
 * the file's comment. ERROR_IO, with `why`: there is such a file already, which is left as it is,
 * or it can't be written, and then there is none. */
enum error keys_write(const struct key_pair *pair, const char *file, const char *name,
                      char why[KEYS_WHY_SIZE]);

/* Z85, ZeroMQ's own way to write a key: 40 characters and a NUL. */
void keys_z85(const uint8_t key[KEY_SIZE], char z85[41]);

/* Overwrites the secret half for good. */
void keys_wipe(struct key_pair *pair);

#endif

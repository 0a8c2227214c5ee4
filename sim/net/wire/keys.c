#include "net/wire/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#define Z85_SIZE 41u

/* A key file is some 200 bytes; this leaves room for a person's comments. */
#define FILE_MAX 4096u

static enum error fail_curve(struct failure *failure)
{
    return failure_set(failure, ERROR_IO, "ZeroMQ: %s: is it built without libsodium?",
                       zmq_strerror(zmq_errno()));
}

void keys_z85(const uint8_t key[KEY_SIZE], char z85[Z85_SIZE])
{
    must(zmq_z85_encode(z85, key, KEY_SIZE));
}

void keys_wipe(struct key_pair *pair)
{
    explicit_bzero(pair->secret_key, sizeof pair->secret_key);
}

/* ---- pairs --------------------------------------------------------------------------------- */

enum error keys_generate(struct key_pair *pair, struct failure *failure)
{
    char public_z85[Z85_SIZE], secret_z85[Z85_SIZE];
    if (zmq_curve_keypair(public_z85, secret_z85))
        return fail_curve(failure);
    must(zmq_z85_decode(pair->public_key, public_z85));
    must(zmq_z85_decode(pair->secret_key, secret_z85));
    explicit_bzero(secret_z85, sizeof secret_z85);
    return OK;
}

enum error keys_complete(struct key_pair *pair, struct failure *failure)
{
    char public_z85[Z85_SIZE], secret_z85[Z85_SIZE];
    keys_z85(pair->secret_key, secret_z85);
    int failed = zmq_curve_public(public_z85, secret_z85);
    explicit_bzero(secret_z85, sizeof secret_z85);
    if (failed)
        return fail_curve(failure);
    must(zmq_z85_decode(pair->public_key, public_z85));
    return OK;
}

/* ---- files --------------------------------------------------------------------------------- */

/* Whether the open file is the user's alone. */
static enum error check_file(int fd, const char *file, struct failure *failure)
{
    struct stat found;
    if (fstat(fd, &found))
        return failure_set(failure, ERROR_IO, "%s: %s", file, strerror(errno));
    if (!S_ISREG(found.st_mode))
        return failure_set(failure, ERROR_IO, "%s: no regular file", file);
    if (found.st_uid != geteuid())
        return failure_set(failure, ERROR_IO, "%s: it belongs to user %u, and you are user %u",
                           file, (unsigned)found.st_uid, (unsigned)geteuid());
    unsigned mode = found.st_mode & 07777;
    if (mode != 0600 && mode != 0400)
        return failure_set(failure, ERROR_IO, "%s: mode %04o lets others at the key: chmod 600 %s",
                           file, mode, file);
    return OK;
}

/* Up to `room` bytes; -1 with errno. */
static ssize_t read_bytes(int fd, char *bytes, size_t room)
{
    size_t size = 0;
    while (size < room) {
        ssize_t count = read(fd, bytes + size, room - size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -1;
        if (count == 0)
            break;
        size += (size_t)count;
    }
    return (ssize_t)size;
}

/* The one line that is neither empty nor a comment, without blanks round it, is the key. */
static bool find_key(const char *text, size_t size, uint8_t *key)
{
    static const char blanks[] = " \t\r";
    const char *end = text + size;
    bool found = false;
    while (text < end) {
        const char *feed = memchr(text, '\n', (size_t)(end - text));
        const char *stop = feed ? feed : end, *next = feed ? feed + 1 : end;
        while (text < stop && memchr(blanks, *text, sizeof blanks - 1))
            text++;
        while (text < stop && memchr(blanks, stop[-1], sizeof blanks - 1))
            stop--;
        if (text < stop && *text != '#') {
            if (found || !key_from_hex(text, (size_t)(stop - text), key))
                return false;
            found = true;
        }
        text = next;
    }
    return found;
}

static enum error read_key(int fd, const char *file, uint8_t *key, struct failure *failure)
{
    char text[FILE_MAX + 1];
    enum error error = check_file(fd, file, failure);
    if (error)
        return error;
    ssize_t size = read_bytes(fd, text, sizeof text);
    if (size < 0)
        error = failure_set(failure, ERROR_IO, "%s: %s", file, strerror(errno));
    else if (size > (ssize_t)FILE_MAX || !find_key(text, (size_t)size, key))
        error =
            failure_set(failure, ERROR_IO,
                        "%s: no key file: want the 64 hex digits that dpsim --keygen writes", file);
    explicit_bzero(text, sizeof text);
    return error;
}

enum error keys_read(struct key_pair *pair, const char *file, struct failure *failure)
{
    *pair = (struct key_pair){{0}, {0}};
    /* Not waiting: a pipe would have us wait for a writer before it can be refused. */
    int fd = open(file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && errno == ELOOP)
        return failure_set(failure, ERROR_IO, "%s: a symbolic link: name the key file itself",
                           file);
    if (fd < 0)
        return failure_set(failure, ERROR_IO, "%s: %s", file, strerror(errno));
    enum error error = read_key(fd, file, pair->secret_key, failure);
    close(fd);
    if (!error)
        error = keys_complete(pair, failure);
    if (error)
        keys_wipe(pair);
    return error;
}

/* -1 with errno. */
static int write_bytes(int fd, const char *bytes, size_t size)
{
    while (size) {
        ssize_t count = write(fd, bytes, size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -1;
        bytes += count;
        size -= (size_t)count;
    }
    return 0;
}

static int write_key(int fd, const struct key_pair *pair, const char *name)
{
    char text[512], public_hex[KEY_HEX_SIZE], secret_hex[KEY_HEX_SIZE];
    key_to_hex(pair->public_key, public_hex);
    key_to_hex(pair->secret_key, secret_hex);
    int size = snprintf(text, sizeof text, "# the secret key of %.64s; its public key is %s\n%s\n",
                        name, public_hex, secret_hex);
    must(size > 0 && (size_t)size < sizeof text);
    int failed = write_bytes(fd, text, (size_t)size);
    explicit_bzero(text, sizeof text);
    explicit_bzero(secret_hex, sizeof secret_hex);
    return failed;
}

enum error keys_write(const struct key_pair *pair, const char *file, const char *name,
                      struct failure *failure)
{
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return failure_set(failure, ERROR_IO,
                           "%s: there is one already, and a key is never overwritten", file);
    if (fd < 0)
        return failure_set(failure, ERROR_IO, "%s: %s", file, strerror(errno));
    /* The mode for certain, whatever the mask of the user. */
    int failed = fchmod(fd, 0600) || write_key(fd, pair, name) || fsync(fd);
    int error = errno;
    if (close(fd) && !failed) {
        failed = 1;
        error = errno;
    }
    if (!failed)
        return OK;
    unlink(file);
    return failure_set(failure, ERROR_IO, "%s: %s", file, strerror(error));
}

#include "net/process/epoch_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define NAME_SIZE 24u
#define LINE_SIZE 256u
#define HASH_SIZE 16u /* in hexadecimal digits */

static const char *name_of(node_id node, const char *end, char name[NAME_SIZE])
{
    snprintf(name, NAME_SIZE, "n%u.%s", node + 1, end);
    return name;
}

static enum error fail(const struct epoch_file *file, const char *what, struct failure *failure)
{
    return failure_set(failure, ERROR_IO,
                       "the epoch of its leases can't be %s: n%u.lease in its state directory: %s",
                       what, file->node + 1, strerror(errno));
}

/* ---- the line ------------------------------------------------------------------------------ */

static size_t make_line(const struct epoch_file *file, uint32_t epoch, char line[LINE_SIZE])
{
    int size =
        snprintf(line, LINE_SIZE, "dpsim-lease 1 cluster %s node n%u epoch %" PRIu32 " hash ",
                 file->cluster, file->node + 1, epoch);
    uint64_t hash = XXH3_64bits(line, (size_t)size);
    return (size_t)(size +
                    snprintf(line + size, LINE_SIZE - (size_t)size, "%016" PRIx64 "\n", hash));
}

#define BY_HAND "by hand\n"

/* An epoch is used up by each restart of a node of the cluster at the most: a greater one was never
 * reached, and tokens would not grow beyond the last one. */
#define EPOCH_MOST (UINT32_MAX / 2)

/* What the line says must be all that it says: made again from that, it is the same, but that who
 * wrote it anew may have put these words in the place of the hash. */
static bool is_sound(const struct epoch_file *found, const char *line, size_t size)
{
    char again[LINE_SIZE];
    size_t whole = make_line(found, found->epoch, again);
    size_t head = whole - strlen("hash ") - HASH_SIZE - 1;
    if (whole == size && memcmp(again, line, size) == 0)
        return true;
    return size == head + strlen(BY_HAND) && memcmp(again, line, head) == 0 &&
           strcmp(line + head, BY_HAND) == 0;
}

static enum error parse_line(struct epoch_file *file, const char *line, size_t size,
                             struct failure *failure)
{
    struct epoch_file found = {0};
    unsigned node = 0;
    if (sscanf(line, "dpsim-lease 1 cluster %63s node n%u epoch %" SCNu32, found.cluster, &node,
               &found.epoch) == 3) {
        found.node = node - 1;
        if (is_sound(&found, line, size)) {
            file->epoch = found.epoch;
            if (found.epoch > EPOCH_MOST)
                return failure_set(failure, ERROR_IO,
                                   "n%u.lease in its state directory says epoch %" PRIu32
                                   ": no more than %" PRIu32 " can be right: put it "
                                   "back from a copy, or write it anew by hand",
                                   file->node + 1, found.epoch, EPOCH_MOST);
            if (found.node == file->node && strcmp(found.cluster, file->cluster) == 0)
                return OK;
            return failure_set(failure, ERROR_IO,
                               "n%u.lease in its state directory is of n%u of the cluster %s: give "
                               "each cluster a directory of its own",
                               file->node + 1, node, found.cluster);
        }
    }
    return failure_set(failure, ERROR_IO,
                       "n%u.lease in its state directory is corrupt: put it back from a copy; "
                       "without its epoch, tokens of old leases may be given out again",
                       file->node + 1);
}

/* ---- the file ------------------------------------------------------------------------------ */

static enum error read_file(struct epoch_file *file, struct failure *failure)
{
    char name[NAME_SIZE], line[LINE_SIZE + 1];
    struct stat status = {0};
    int descriptor = openat(file->directory, name_of(file->node, "lease", name),
                            O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    file->is_new = descriptor < 0 && errno == ENOENT;
    if (descriptor < 0)
        return file->is_new ? OK : fail(file, "read", failure);
    if (!fstat(descriptor, &status) && !S_ISREG(status.st_mode)) {
        close(descriptor);
        return failure_set(failure, ERROR_IO,
                           "the epoch of its leases can't be read: n%u.lease in its state "
                           "directory is not a regular file",
                           file->node + 1);
    }
    ssize_t size = TEMP_FAILURE_RETRY(read(descriptor, line, LINE_SIZE));
    int why = errno;
    close(descriptor);
    errno = why;
    if (size < 0)
        return fail(file, "read", failure);
    line[size] = '\0';
    return parse_line(file, line, (size_t)size, failure);
}

/* Makes the other file with this line. False: errno says why. */
static bool write_other(const struct epoch_file *file, const char *name, const char *line,
                        size_t size)
{
    int descriptor = openat(file->directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return false;
    ssize_t written = TEMP_FAILURE_RETRY(write(descriptor, line, size));
    if (written >= 0 && (size_t)written < size)
        errno = ENOSPC;
    bool is_there = written == (ssize_t)size && fsync(descriptor) == 0;
    int why = errno;
    if (close(descriptor) && is_there)
        return false;
    errno = why;
    return is_there;
}

enum error epoch_file_keep(struct epoch_file *file, uint32_t epoch, struct failure *failure)
{
    char line[LINE_SIZE], name[NAME_SIZE], other[NAME_SIZE];
    size_t size = make_line(file, epoch, line);
    name_of(file->node, "lease", name);
    name_of(file->node, "lease.new", other);
    if (!write_other(file, other, line, size) ||
        renameat(file->directory, other, file->directory, name) || fsync(file->directory))
        return fail(file, "kept", failure);
    file->epoch = epoch;
    return OK;
}

/* A lock of POSIX: it is the process's own, whose children don't have it, and ends with it. */
static enum error take_lock(struct epoch_file *file, struct failure *failure)
{
    char name[NAME_SIZE];
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    file->lock = openat(file->directory, name_of(file->node, "lock", name),
                        O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file->lock >= 0 && fcntl(file->lock, F_SETLK, &whole) == 0)
        return OK;
    if (file->lock < 0 || (errno != EAGAIN && errno != EACCES))
        return failure_set(failure, ERROR_IO, "n%u.lock in its state directory: %s", file->node + 1,
                           strerror(errno));
    fcntl(file->lock, F_GETLK, &whole);
    return failure_set(failure, ERROR_IO,
                       "another n%u, process %d, has its epochs in this state directory: stop that "
                       "one, or give each cluster a directory of its own",
                       file->node + 1, (int)whole.l_pid);
}

enum error epoch_file_open(struct epoch_file *file, const struct cluster_file *cluster,
                           node_id node, struct failure *failure)
{
    *file = (struct epoch_file){.node = node, .lock = -1};
    snprintf(file->cluster, sizeof file->cluster, "%s", cluster->name);
    file->directory = open(cluster->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file->directory < 0)
        return failure_set(failure, ERROR_IO, "its state directory %.200s: %s", cluster->state,
                           strerror(errno));
    if (!take_lock(file, failure) && !read_file(file, failure) &&
        !epoch_file_keep(file, file->epoch, failure))
        return OK;
    epoch_file_close(file);
    return failure->error;
}

void epoch_file_close(struct epoch_file *file)
{
    if (file->lock >= 0)
        close(file->lock);
    if (file->directory >= 0)
        close(file->directory);
    file->lock = file->directory = -1;
}

void epoch_file_remove_all(const struct cluster_file *cluster)
{
    char name[NAME_SIZE];
    int directory = open(cluster->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return;
    for (node_id node = 0; node < cluster->nodes; node++) {
        unlinkat(directory, name_of(node, "lease", name), 0);
        unlinkat(directory, name_of(node, "lease.new", name), 0);
        unlinkat(directory, name_of(node, "lock", name), 0);
    }
    close(directory);
    rmdir(cluster->state);
}

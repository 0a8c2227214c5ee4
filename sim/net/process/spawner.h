/* The spawner: a small process of its own that starts the programs of a loader and kills them.
 *
 * It is forked off before the node has any thread, and keeps nothing of the node's but its standard
 * error and its end of a socket of whole messages. It starts programs as ordered, reports how they
 * ended, and lives as long as the other end of the socket is open: when that closes, even by kill
 * -9 of the node, it kills all that it started, and ends. It has a group of its own and ignores
 * what a terminal sends, so that it outlives the node by that moment.
 *
 * With a program goes all that it has started, in whatever process group or session that is: the
 * kernel gives orphans to the next process above that takes them, the program as long as it is
 * there (PR_SET_CHILD_SUBREAPER), and then the spawner. So a child of the spawner's is either a
 * program, or left behind by one that has ended, and is killed. The end of a program is reported
 * when nothing is left behind any more, or SPAWN_LEFT_NS after it, if something does not die.
 *
 * If the spawner is killed itself, the kernel kills the programs, and the node, which is given
 * their orphans then, what they started.
 *
 * The node numbers slots for programs, 0..slots-1, and puts no second program in a slot before
 * SPAWN_ENDED. To order a kill for a slot where nothing runs does nothing. */
#ifndef NET_PROCESS_SPAWNER_H
#define NET_PROCESS_SPAWNER_H

#include "base/varint.h"
#include "net/process/program_command.h"
#include "node/id.h"

#include <sys/types.h>

#define SPAWN_TOKEN_SIZE 64u /* with a NUL */

enum spawn_order_kind {
    SPAWN_START = 1, /* the descriptors of its output, its errors and, if it has one, its input come
                        along */
    SPAWN_KILL,
    SPAWN_ORDERS
};

struct spawn_order {
    enum spawn_order_kind kind;
    uint32_t slot;
    uint8_t try;                  /* SPAWN_START of a turn; 0: a load */
    char id[ID_SIZE_MAX + 1];     /* SPAWN_START */
    char token[SPAWN_TOKEN_SIZE]; /* likewise */
};

/* Output, errors, input. */
#define SPAWN_DESCRIPTORS 3u

enum spawn_report_kind {
    SPAWN_STARTED = 1, /* value: its process, and process group */
    SPAWN_REFUSED,     /* value: the errno of why it could not be started; SPAWN_ENDED follows */
    SPAWN_ENDED,       /* value: its status as of waitpid; the slot is free */
    SPAWN_REPORTS
};

struct spawn_report {
    enum spawn_report_kind kind;
    uint32_t slot;
    int32_t value; /* not below 0 */
};

/* How they cross: in frames of wire/codec.h, each of less than SPAWN_FRAME_SIZE bytes. Reading
 * gives false if it is no sound one for a spawner of so many slots. */
#define SPAWN_FRAME_SIZE 192u
void spawn_order_write(struct string_builder *bytes, const struct spawn_order *order);
bool spawn_order_read(struct spawn_order *order, const void *bytes, size_t size, uint32_t slots);
void spawn_report_write(struct string_builder *bytes, const struct spawn_report *report);
bool spawn_report_read(struct spawn_report *report, const void *bytes, size_t size, uint32_t slots);

#define SPAWN_LEFT_NS NS_PER_S

/* What is in a slot. */
struct spawned {
    pid_t pid; /* 0: no program runs */
    bool ended;
    int status;       /* of one that has ended … */
    int64_t ended_ns; /* … and is not reported yet */
};

struct spawner_setup {
    struct program_command *command;
    const char *node;         /* goes into DPSIM_NODE */
    struct spawned *programs; /* one for each slot, zero */
    uint32_t slots;
};

/* Forks the spawner. `*end` is the node's end of the socket. ERROR_IO: errno says why. A process
 * that has threads can do this again: nothing of theirs is used in the spawner. */
enum error spawner_fork(const struct spawner_setup *setup, pid_t *spawner, int *end);

/* Sends an order, with so many descriptors. Does not wait. ERROR_IO: errno says why; EAGAIN: the
 * spawner is behind; EPIPE or ECONNRESET: it is gone. */
enum error spawner_order(int end, const struct spawn_order *order, const int *descriptors,
                         size_t count);

/* The next report, if there is one. Does not wait. ERROR_IO as above; EPROTO: what came is none. */
enum error spawner_receive(int end, struct spawn_report *report, uint32_t slots);

#endif

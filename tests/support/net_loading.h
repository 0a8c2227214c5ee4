/* A loader whose program is a small script, with a time that stands still unless a test moves it.
 */
#ifndef SUPPORT_NET_LOADING_H
#define SUPPORT_NET_LOADING_H

#include "net/process/loader.h"
#include "support/scripts.h"

#define LOADING_SIZE_MAX 1048576u
#define LOADING_NOW_NS   (1000 * NS_PER_S)
#define LOADING_LIMIT_NS (30 * NS_PER_S)
#define LOADING_UNTIL_NS (LOADING_NOW_NS + 100 * NS_PER_S)

/* Loaders that are opened from now on give out lines here; NULL: nowhere. */
void loading_log(void (*log)(void *context, const struct text *id, const char *line));

struct loading {
    struct scripts scripts;
    struct loader *loader;
    uint64_t started; /* workers are numbered 1, 2, … */
};

/* The command is the script with the arguments behind it. */
void loading_open(struct loading *loading, const char *script, const char *arguments,
                  uint32_t at_once);

/* A loader of turns: the script does them, one by one or kept. */
void loading_open_turns(struct loading *loading, const char *script, enum loader_kind kind,
                        uint32_t at_once);

/* The command is as given. */
void loading_open_command(struct loading *loading, const char *command, uint32_t at_once);

/* Deletes the loader and the folder. */
void loading_close(struct loading *loading);

void loading_start(struct loading *loading, const char *id);
void loading_start_until(struct loading *loading, const char *id, int64_t until_ns);

/* A turn of the worker, which is any number, with a payload or NULL, by the token t1. */
void loading_start_turn(struct loading *loading, uint64_t worker, const char *id,
                        const char *payload, int64_t until_ns);

/* The next load that ends, time standing still; waits half a minute at most, then fails a check. */
struct loaded loading_await(struct loading *loading);

#endif

/* Small scripts in a folder of their own, and what can be seen of the processes that run them.
 *
 * What waits here waits for some ten seconds at the most, and no longer than it must. */
#ifndef SUPPORT_SCRIPTS_H
#define SUPPORT_SCRIPTS_H

#include <stdbool.h>
#include <stddef.h>

struct scripts {
    char folder[64];
    char path[96]; /* of the script */
};

/* Makes the folder with the script in it: `body` behind `#!/bin/sh`, `cd FOLDER`, and a shift by
 * a first argument `--`. */
void scripts_open(struct scripts *scripts, const char *body);

/* Removes the folder. */
void scripts_close(struct scripts *scripts);

bool scripts_has(const struct scripts *scripts, const char *name);
void scripts_touch(const struct scripts *scripts, const char *name);

/* Waits for the file, and reads it as far as there is room for it with a NUL. */
void scripts_read(const struct scripts *scripts, const char *name, char *text, size_t size);

/* Waits for the file with a whole line in it, and returns the number there. */
int scripts_number(const struct scripts *scripts, const char *name);

/* Whether the process has ended, or does soon. */
bool process_ends(int pid);

/* Stops the process. Whether it stands still. */
bool process_stops(int pid);

/* How many descriptors this process has. */
int descriptors(void);

void nap_ms(long ms);

#endif

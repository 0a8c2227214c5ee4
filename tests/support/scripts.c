#include "support/scripts.h"

#include "base/base.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NAPS_MAX 100000 /* of a millisecond: a busy machine takes its time, and valgrind */

void nap_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

void scripts_open(struct scripts *scripts, const char *body)
{
    snprintf(scripts->folder, sizeof scripts->folder, "/tmp/dpsim-scripts.XXXXXX");
    must(mkdtemp(scripts->folder));
    snprintf(scripts->path, sizeof scripts->path, "%s/script", scripts->folder);
    FILE *file = fopen(scripts->path, "w");
    must(file);
    fprintf(file, "#!/bin/sh\ncd %s\n[ \"$1\" = -- ] && shift\n%s\n", scripts->folder, body);
    must(fclose(file) == 0 && chmod(scripts->path, 0700) == 0);
}

static void path_of(const struct scripts *scripts, const char *name, char *path, size_t size)
{
    snprintf(path, size, "%s/%s", scripts->folder, name);
}

void scripts_close(struct scripts *scripts)
{
    DIR *folder = opendir(scripts->folder);
    must(folder);
    for (const struct dirent *entry; (entry = readdir(folder));) {
        char path[400];
        path_of(scripts, entry->d_name, path, sizeof path);
        if (entry->d_name[0] != '.')
            remove(path);
    }
    closedir(folder);
    rmdir(scripts->folder);
}

bool scripts_has(const struct scripts *scripts, const char *name)
{
    char path[400];
    path_of(scripts, name, path, sizeof path);
    return access(path, F_OK) == 0;
}

void scripts_touch(const struct scripts *scripts, const char *name)
{
    char path[400];
    path_of(scripts, name, path, sizeof path);
    FILE *file = fopen(path, "w");
    must(file);
    fclose(file);
}

static size_t read_now(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "r");
    size_t count = file ? fread(text, 1, size - 1, file) : 0;
    if (file)
        fclose(file);
    text[count] = '\0';
    return count;
}

void scripts_read(const struct scripts *scripts, const char *name, char *text, size_t size)
{
    char path[400];
    path_of(scripts, name, path, sizeof path);
    for (int i = 0; i < NAPS_MAX && !scripts_has(scripts, name); i++)
        nap_ms(1);
    read_now(path, text, size);
}

int scripts_number(const struct scripts *scripts, const char *name)
{
    char path[400], text[32] = "";
    path_of(scripts, name, path, sizeof path);
    for (int i = 0; i < NAPS_MAX && !strchr(text, '\n'); i++) {
        if (i)
            nap_ms(1);
        read_now(path, text, sizeof text);
    }
    return (int)strtol(text, NULL, 10);
}

/* The letter of its state; X if there is no such process. */
static char state_of(int pid)
{
    char path[64], text[256];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    if (read_now(path, text, sizeof text) == 0)
        return 'X';
    const char *state = strrchr(text, ')');
    return state && state[1] ? state[2] : '?';
}

static bool comes_to(int pid, const char *states)
{
    for (int i = 0; i < NAPS_MAX; i++) {
        if (strchr(states, state_of(pid)))
            return true;
        nap_ms(1);
    }
    return false;
}

/* One that nobody has waited for yet has ended all the same. */
bool process_ends(int pid)
{
    return comes_to(pid, "ZX");
}

bool process_stops(int pid)
{
    return kill(pid, SIGSTOP) == 0 && comes_to(pid, "T");
}

int descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    must(folder);
    int count = 0;
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

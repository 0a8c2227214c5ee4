#include "base/resident.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static bool read_text(const char *file, char *text, size_t size)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t count = read(fd, text, size - 1);
    close(fd);
    text[count < 0 ? 0 : count] = '\0';
    return count > 0;
}

uint64_t resident_bytes(void)
{
    char text[128], *end;
    if (!read_text("/proc/self/statm", text, sizeof text))
        return 0;
    strtoull(text, &end, 10); /* the first is the address space */
    return strtoull(end, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t find_most(void)
{
    char text[64];
    uint64_t most = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    if (!read_text("/sys/fs/cgroup/memory.max", text, sizeof text))
        return most;
    uint64_t group = strtoull(text, NULL, 10); /* 0: "max" */
    return group && group < most ? group : most;
}

/* Asked for by every run of a sweep: found once, by whichever thread comes first, or by several. */
uint64_t resident_most(void)
{
    static _Atomic uint64_t found;
    uint64_t most = atomic_load_explicit(&found, memory_order_relaxed);
    if (!most) {
        most = find_most();
        atomic_store_explicit(&found, most, memory_order_relaxed);
    }
    return most;
}

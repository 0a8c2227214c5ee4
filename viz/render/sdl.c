#include "viz/render/sdl.h"

#include "viz/render/sdl_load.h"

#include <dlfcn.h>
#include <string.h>

struct sdl sdl;

/* What is loaded, in order: a library if `function` is NULL, else a function of the one before. */
struct part {
    const char *name;
    void *function; /* where its address goes: a pointer to a function */
};

static const struct part parts[] = {
#define LIBRARY(file) {file, NULL},
#define X(name)       {#name, &sdl.name},
    SDL_LIBRARIES(LIBRARY, X)
#undef LIBRARY
#undef X
};

enum error sdl_load(struct failure *failure)
{
    static bool loaded;
    void *library = NULL;
    for (size_t i = 0; !loaded && i < sizeof parts / sizeof *parts; i++) {
        const struct part *part = &parts[i];
        void *found = part->function ? dlsym(library, part->name)
                                     : (library = dlopen(part->name, RTLD_NOW | RTLD_LOCAL));
        if (!found)
            return failure_set(failure, ERROR_IO, "SDL2, SDL2_ttf and SDL2_image are needed: %s",
                               dlerror());
        if (part->function) /* POSIX has objects and functions of one size here */
            memcpy(part->function, &found, sizeof found);
    }
    loaded = true;
    return OK;
}

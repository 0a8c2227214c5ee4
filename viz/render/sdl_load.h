/* Loads SDL2, SDL2_ttf and SDL2_image, which draw: no earlier than a window or a picture is asked
 * for, since with what they need in turn they are 70 shared libraries, and take longer to start
 * than most runs take. */
#ifndef VIZ_RENDER_SDL_LOAD_H
#define VIZ_RENDER_SDL_LOAD_H

#include "base/failure.h"

/* Comes before anything else of viz/render. Further calls do nothing; what is loaded stays until
 * the process ends. ERROR_IO: `failure` names what is missing. For the main thread alone. */
enum error sdl_load(struct failure *failure);

#endif

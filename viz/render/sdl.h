/* What is called of SDL2, SDL2_ttf and SDL2_image, as sdl.NAME, once sdl_load (sdl_load.h) has
 * loaded them. The compiler holds each call to the library's own prototype. */
#ifndef VIZ_RENDER_SDL_H
#define VIZ_RENDER_SDL_H

#include <SDL.h>
#include <SDL_image.h>
#include <SDL_ttf.h>

/* The libraries' files, each followed by what dpsim calls of it. */
#define SDL_LIBRARIES(LIBRARY, X)                                                                  \
    LIBRARY("libSDL2-2.0.so.0")                                                                    \
    X(SDL_CreateRGBSurfaceWithFormatFrom)                                                          \
    X(SDL_CreateRenderer)                                                                          \
    X(SDL_CreateTexture)                                                                           \
    X(SDL_CreateWindow)                                                                            \
    X(SDL_Delay)                                                                                   \
    X(SDL_DestroyRenderer)                                                                         \
    X(SDL_DestroyTexture)                                                                          \
    X(SDL_DestroyWindow)                                                                           \
    X(SDL_Error)                                                                                   \
    X(SDL_FreeSurface)                                                                             \
    X(SDL_GetCurrentVideoDriver)                                                                   \
    X(SDL_GetDisplayDPI)                                                                           \
    X(SDL_GetError)                                                                                \
    X(SDL_GetModState)                                                                             \
    X(SDL_GetPerformanceCounter)                                                                   \
    X(SDL_GetPerformanceFrequency)                                                                 \
    X(SDL_GetRendererInfo)                                                                         \
    X(SDL_GetRendererOutputSize)                                                                   \
    X(SDL_GetWindowDisplayIndex)                                                                   \
    X(SDL_GetWindowSize)                                                                           \
    X(SDL_InitSubSystem)                                                                           \
    X(SDL_PollEvent)                                                                               \
    X(SDL_Quit)                                                                                    \
    X(SDL_QuitSubSystem)                                                                           \
    X(SDL_RWFromConstMem)                                                                          \
    X(SDL_RWFromFP)                                                                                \
    X(SDL_RenderCopy)                                                                              \
    X(SDL_RenderPresent)                                                                           \
    X(SDL_SetError)                                                                                \
    X(SDL_SetWindowMinimumSize)                                                                    \
    X(SDL_StartTextInput)                                                                          \
    X(SDL_UpdateTexture)                                                                           \
    X(SDL_WaitEventTimeout)                                                                        \
    X(SDL_getenv)                                                                                  \
    LIBRARY("libSDL2_ttf-2.0.so.0")                                                                \
    X(TTF_CloseFont)                                                                               \
    X(TTF_FontHeight)                                                                              \
    X(TTF_GlyphMetrics32)                                                                          \
    X(TTF_Init)                                                                                    \
    X(TTF_OpenFontRW)                                                                              \
    X(TTF_Quit)                                                                                    \
    X(TTF_RenderGlyph32_Blended)                                                                   \
    X(TTF_SetFontHinting)                                                                          \
    X(TTF_SetFontKerning)                                                                          \
    LIBRARY("libSDL2_image-2.0.so.0")                                                              \
    X(IMG_SavePNG_RW)

struct sdl {
#define LIBRARY(file)
#define X(name) __typeof__(name) *name;
    SDL_LIBRARIES(LIBRARY, X)
#undef LIBRARY
#undef X
};

extern struct sdl sdl;

#endif

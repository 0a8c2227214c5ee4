#include "viz/render/window.h"

#include "base/memory.h"
#include "viz/render/renderer.h"
#include "viz/render/sdl.h"
#include "viz/ui/input.h"

#include <stdio.h>
#include <string.h>

#define FRAME_NS (NS_PER_S / 60)

/* What the run may take of a layout; the rest is for the picture. */
#define BUDGET_NS (9 * NS_PER_MS)

/* When nothing moves, nothing is drawn; but a clock that stands for longer looks dead. */
#define IDLE_MS 50

struct window {
    struct model *model;
    SDL_Window *sdl;
    SDL_Renderer *renderer_sdl;
    SDL_Texture *texture;
    struct renderer renderer;
    struct input input;
    uint32_t zoom; /* percent, set by the person */
    uint64_t last; /* of SDL's counter */
    uint64_t drawn_records;
    int64_t drawn_ns;
    bool drawn_notice;
    bool dirty;
    bool vsync;
    char statement[STATEMENT_MAX];
};

/* Where there is no display SDL falls back on drivers that draw into memory: a window that nobody
 * can see, and so nobody can close. */
static bool nobody_can_see(void)
{
    const char *driver = sdl.SDL_GetCurrentVideoDriver(),
               *wanted = sdl.SDL_getenv("SDL_VIDEODRIVER");
    bool hidden = driver && (!strcmp(driver, "dummy") || !strcmp(driver, "offscreen"));
    return hidden && !wanted && sdl.SDL_SetError("there is no display");
}

static bool open_sdl(struct window *window, const char *name)
{
    char title[256];
    snprintf(title, sizeof title, "%s - dpsim", name);
    if (sdl.SDL_InitSubSystem(SDL_INIT_VIDEO) || nobody_can_see())
        return false;
    window->sdl = sdl.SDL_CreateWindow(title, SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED, 1280,
                                       800, SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI);
    if (!window->sdl)
        return false;
    sdl.SDL_SetWindowMinimumSize(window->sdl, 480, 300);
    window->renderer_sdl = sdl.SDL_CreateRenderer(
        window->sdl, -1, SDL_RENDERER_ACCELERATED | SDL_RENDERER_PRESENTVSYNC);
    if (!window->renderer_sdl)
        window->renderer_sdl = sdl.SDL_CreateRenderer(window->sdl, -1, SDL_RENDERER_SOFTWARE);
    SDL_RendererInfo info;
    if (!window->renderer_sdl || sdl.SDL_GetRendererInfo(window->renderer_sdl, &info))
        return false;
    window->vsync = info.flags & SDL_RENDERER_PRESENTVSYNC;
    sdl.SDL_StartTextInput();
    return true;
}

static int32_t pixels_wide(const struct window *window, int32_t *height)
{
    int width = 0;
    int high = 0;
    sdl.SDL_GetRendererOutputSize(window->renderer_sdl, &width, &high);
    *height = high;
    return width;
}

/* Pixels of the picture for 100 of what SDL measures input in. */
static uint32_t density(const struct window *window)
{
    int32_t height;
    int wide = 0;
    int high = 0;
    int32_t width = pixels_wide(window, &height);
    sdl.SDL_GetWindowSize(window->sdl, &wide, &high);
    return wide > 0 ? (uint32_t)(width * 100 / wide) : 100;
}

/* The design's scale: by the density where the system tells it, else by the screen's resolution. */
static uint32_t scale_wanted(const struct window *window)
{
    uint32_t scale = density(window);
    float dpi = 0;
    int display = sdl.SDL_GetWindowDisplayIndex(window->sdl);
    if (scale == 100 && sdl.SDL_GetDisplayDPI(display, NULL, &dpi, NULL) == 0 && dpi > 132 &&
        dpi < 500)
        scale = (uint32_t)dpi * 100 / 96 / 25 * 25;
    scale = scale * window->zoom / 100;
    return scale < 50 ? 50 : scale > 400 ? 400 : scale;
}

/* Fonts, canvas and texture as the window's size and the scale want them. */
static bool fit(struct window *window)
{
    int32_t height;
    int32_t width = pixels_wide(window, &height);
    uint32_t scale = scale_wanted(window);
    struct viewport *viewport = &window->input.viewport;
    struct renderer *renderer = &window->renderer;
    if (renderer_set_scale(renderer, scale) && !renderer->font)
        return false;
    window->input.metrics = font_metrics(renderer->font);
    viewport->scale = renderer->scale;
    if (viewport->width == width && viewport->height == height && window->texture)
        return true;
    if (canvas_resize(&renderer->canvas, width, height))
        return false;
    viewport->width = width;
    viewport->height = height;
    if (window->texture)
        sdl.SDL_DestroyTexture(window->texture);
    window->texture = sdl.SDL_CreateTexture(window->renderer_sdl, SDL_PIXELFORMAT_XRGB8888,
                                            SDL_TEXTUREACCESS_STREAMING, width, height);
    window->dirty = true;
    return window->texture;
}

struct window *window_new(struct model *model, const char *title, uint64_t seed,
                          struct failure *failure)
{
    struct window *window = memory_zeroed(sizeof *window);
    if (!window) {
        failure_memory(failure);
        return NULL;
    }
    window->model = model;
    window->zoom = 100;
    renderer_init(&window->renderer);
    input_init(&window->input, model, seed, title);
    window->input.shapes = &window->renderer.shapes;
    if (!open_sdl(window, title) || !fit(window)) {
        failure_set(failure, ERROR_IO, "no window: %s", sdl.SDL_GetError());
        window_delete(window);
        return NULL;
    }
    window->last = sdl.SDL_GetPerformanceCounter();
    return window;
}

void window_delete(struct window *window)
{
    if (!window)
        return;
    input_close(&window->input);
    renderer_close(&window->renderer);
    if (window->texture)
        sdl.SDL_DestroyTexture(window->texture);
    if (window->renderer_sdl)
        sdl.SDL_DestroyRenderer(window->renderer_sdl);
    if (window->sdl)
        sdl.SDL_DestroyWindow(window->sdl);
    sdl.SDL_QuitSubSystem(SDL_INIT_VIDEO);
    sdl.SDL_Quit();
    memory_free(window);
}

void window_notify(struct window *window, const char *text)
{
    input_notify(&window->input, text);
}

static void zoom_letters(struct window *window, int32_t by)
{
    int32_t zoom = (int32_t)window->zoom + by;
    window->zoom = (uint32_t)(zoom < 50 ? 50 : zoom > 300 ? 300 : zoom);
}

/* With Ctrl, keys are by their letter; else text says what was typed, whatever the keyboard. */
static void key_with_control(struct window *window, SDL_Keycode code)
{
    if (code == SDLK_s)
        input_key(&window->input, KEY_SAVE);
    else if (code == SDLK_q || code == SDLK_w)
        input_key(&window->input, KEY_QUIT);
    else if (code == SDLK_PLUS || code == SDLK_EQUALS || code == SDLK_KP_PLUS)
        zoom_letters(window, 25);
    else if (code == SDLK_MINUS || code == SDLK_KP_MINUS)
        zoom_letters(window, -25);
}

static void take_key(struct window *window, const SDL_KeyboardEvent *event)
{
    static const struct {
        SDL_Keycode code;
        enum key key;
    } keys[] = {
        {SDLK_SPACE, KEY_SPACE},
        {SDLK_LEFT, KEY_LEFT},
        {SDLK_RIGHT, KEY_RIGHT},
        {SDLK_UP, KEY_UP},
        {SDLK_DOWN, KEY_DOWN},
        {SDLK_HOME, KEY_HOME},
        {SDLK_END, KEY_END},
        {SDLK_PAGEUP, KEY_PAGE_UP},
        {SDLK_PAGEDOWN, KEY_PAGE_DOWN},
        {SDLK_RETURN, KEY_ENTER},
        {SDLK_KP_ENTER, KEY_ENTER},
        {SDLK_ESCAPE, KEY_ESCAPE},
        {SDLK_BACKSPACE, KEY_BACKSPACE},
        {SDLK_F1, KEY_HELP},
    };
    if (event->keysym.mod & KMOD_CTRL) {
        key_with_control(window, event->keysym.sym);
        return;
    }
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i].code == event->keysym.sym)
            input_key(&window->input, keys[i].key);
}

static void take_text(struct window *window, const char *text)
{
    static const struct {
        const char *text;
        enum key key;
    } keys[] = {
        {"/", KEY_SLASH},     {"?", KEY_HELP},    {"-", KEY_SLOWER},  {"+", KEY_FASTER},
        {"=", KEY_FASTER},    {"f", KEY_FIT},     {"F", KEY_FIT},     {"m", KEY_UNLIMITED},
        {"M", KEY_UNLIMITED}, {"d", KEY_PALETTE}, {"D", KEY_PALETTE}, {"p", KEY_PANEL},
        {"P", KEY_PANEL},     {"q", KEY_QUIT},    {"Q", KEY_QUIT},    {"z", KEY_NEARER},
        {"Z", KEY_NEARER},    {"x", KEY_FARTHER}, {"X", KEY_FARTHER}, {"n", KEY_NOTABLE},
        {"N", KEY_NOTABLE},
    };
    if (window->input.viewport.entry.kind != ENTRY_NONE) {
        input_text(&window->input, text);
        return;
    }
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(keys[i].text, text) == 0)
            input_key(&window->input, keys[i].key);
}

static void take_button(struct window *window, const SDL_MouseButtonEvent *event)
{
    int32_t to_pixels = (int32_t)density(window);
    int32_t x = event->x * to_pixels / 100;
    int32_t y = event->y * to_pixels / 100;
    if (event->button != SDL_BUTTON_LEFT && event->button != SDL_BUTTON_RIGHT)
        return;
    enum button button = event->button == SDL_BUTTON_LEFT ? BUTTON_LEFT : BUTTON_RIGHT;
    if (event->type == SDL_MOUSEBUTTONDOWN)
        input_press(&window->input, button, x, y);
    else
        input_release(&window->input, button, x, y);
}

static void take_event(struct window *window, const SDL_Event *event)
{
    struct input *input = &window->input;
    int32_t to_pixels = (int32_t)density(window);
    window->dirty = true;
    switch (event->type) {
    case SDL_QUIT:
        input->quit = true;
        break;
    case SDL_KEYDOWN:
        take_key(window, &event->key);
        break;
    case SDL_TEXTINPUT:
        take_text(window, event->text.text);
        break;
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP:
        take_button(window, &event->button);
        break;
    case SDL_MOUSEMOTION:
        input_move(input, event->motion.x * to_pixels / 100, event->motion.y * to_pixels / 100);
        break;
    case SDL_MOUSEWHEEL:
        input_wheel(input, event->wheel.y, event->wheel.x, sdl.SDL_GetModState() & KMOD_SHIFT);
        break;
    case SDL_WINDOWEVENT:
        if (event->window.event == SDL_WINDOWEVENT_LEAVE)
            input_leave(input);
        break;
    default:
        break;
    }
}

static void show(struct window *window)
{
    const struct canvas *canvas = &window->renderer.canvas;
    renderer_draw(&window->renderer, window->model, &window->input.viewport);
    sdl.SDL_UpdateTexture(window->texture, NULL, canvas->pixels, canvas->width * 4);
    sdl.SDL_RenderCopy(window->renderer_sdl, window->texture, NULL, NULL);
    sdl.SDL_RenderPresent(window->renderer_sdl);
}

static int64_t elapsed(struct window *window)
{
    uint64_t now = sdl.SDL_GetPerformanceCounter();
    uint64_t ticks = now - window->last;
    return (int64_t)(ticks * (uint64_t)NS_PER_MS / (sdl.SDL_GetPerformanceFrequency() / 1000));
}

/* Whether the picture is other than the one on the screen. */
static bool changed(struct window *window)
{
    struct input *input = &window->input;
    bool news = window->drawn_records != window->model->records ||
                window->drawn_ns != window->model->last_ns;
    bool notice = input->viewport.notice != NULL;
    bool moves = input->viewport.playing || input->seeks || notice != window->drawn_notice;
    window->drawn_notice = notice;
    window->drawn_records = window->model->records;
    window->drawn_ns = window->model->last_ns;
    return window->dirty || news || moves;
}

struct window_command window_frame(struct window *window, int64_t run_now_ns, bool run_over)
{
    struct input *input = &window->input;
    SDL_Event event;
    bool idle = !input->viewport.playing && !input->seeks && !window->dirty;
    if (sdl.SDL_WaitEventTimeout(&event, idle ? IDLE_MS : 1))
        do
            take_event(window, &event);
        while (sdl.SDL_PollEvent(&event));
    int64_t wall_ns = elapsed(window);
    if (!window->vsync && wall_ns < FRAME_NS - NS_PER_MS) {
        sdl.SDL_Delay((uint32_t)((FRAME_NS - wall_ns) / NS_PER_MS));
        wall_ns = elapsed(window);
    }
    window->last = sdl.SDL_GetPerformanceCounter();
    model_reach(window->model, run_now_ns);
    int64_t until = input_frame(input, (struct run_progress){run_now_ns, run_over}, wall_ns);
    if (!fit(window))
        input->quit = true;
    else if (changed(window)) {
        window->dirty = false;
        show(window);
    }
    snprintf(window->statement, sizeof window->statement, "%s", input->statement);
    struct window_command command = {until, BUDGET_NS, window->statement, input->save, input->quit};
    input->statement[0] = '\0';
    input->save = false;
    return command;
}

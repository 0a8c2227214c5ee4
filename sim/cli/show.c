#include "cli/show.h"

#include "base/memory.h"
#include "viz/model/model.h"
#include "viz/render/png.h"
#include "viz/render/window.h"

#include <stdio.h>
#include <time.h>

#define NOT_WHOLE "there was no memory for the whole run: records are left out"

/* Virtual time that is run between two looks at the clock on the wall. */
#define SLICE_NS (20 * NS_PER_MS)

struct show {
    const struct plan *plan;
    struct model *model;
};

bool show_is_built(void)
{
    return true;
}

struct show *show_new(const struct plan *plan)
{
    struct show *show = memory_zeroed(sizeof *show);
    if (!show)
        return NULL;
    show->plan = plan;
    show->model = model_new(plan->settings.nodes);
    if (show->model)
        return show;
    memory_free(show);
    return NULL;
}

void show_delete(struct show *show)
{
    if (!show)
        return;
    model_delete(show->model);
    memory_free(show);
}

struct reader *show_reader(struct show *show)
{
    return model_reader(show->model);
}

static int64_t wall_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static int64_t least_of(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Runs on to until_ns, for spend_ns of real time at most; where nothing happens, time is skipped.
 * Returns the virtual time that was reached. */
static int64_t run_on(struct runner *runner, int64_t reached_ns, int64_t until_ns, int64_t spend_ns,
                      enum run_state *state)
{
    int64_t end_ns = wall_ns() + spend_ns;
    while (*state == RUN_GOES_ON && reached_ns < until_ns && wall_ns() < end_ns) {
        int64_t next_ns = runner->operations->next_ns(runner);
        int64_t from_ns = next_ns > reached_ns ? next_ns : reached_ns;
        int64_t slice_ns = least_of(until_ns, least_of(from_ns, TIME_NEVER - SLICE_NS) + SLICE_NS);
        *state = runner->operations->run(runner, slice_ns);
        reached_ns = *state == RUN_GOES_ON ? slice_ns : runner->operations->now_ns(runner);
    }
    return reached_ns;
}

/* A run in real time goes on by itself: what has happened by now is taken in, however far the
 * person has looked. */
static int64_t keep_up(struct runner *runner, enum run_state *state)
{
    if (*state == RUN_GOES_ON)
        *state = runner->operations->run(runner, 0);
    return runner->operations->now_ns(runner);
}

static void heed(struct session *session, struct window *window, const struct window_wish *wish,
                 int64_t now_ns, bool over)
{
    struct notice notice = {""};
    if (*wish->statement && over)
        snprintf(notice.text, sizeof notice.text, "%.200s: the run is over", wish->statement);
    else if (*wish->statement)
        session_act(session, now_ns + 1, wish->statement, &notice);
    if (*notice.text)
        window_say(window, notice.text);
    if (!wish->save)
        return;
    session_save(session, &notice);
    window_say(window, notice.text);
}

/* Tells it once. */
static void heed_memory(const struct show *show, struct window *window, bool *told)
{
    if (!*told && model_error(show->model)) {
        window_say(window, NOT_WHOLE);
        *told = true;
    }
}

static void run_in_window(struct show *show, struct session *session, struct window *window)
{
    enum run_state state = RUN_GOES_ON;
    int64_t reached_ns = 0;
    bool told = false;
    for (;;) {
        bool over = state != RUN_GOES_ON;
        struct window_wish wish = window_frame(window, reached_ns, over);
        if (wish.quit)
            break;
        heed(session, window, &wish, reached_ns, over);
        reached_ns = session->runner->live ? keep_up(session->runner, &state)
                                           : run_on(session->runner, reached_ns, wish.run_until_ns,
                                                    wish.spend_ns, &state);
        model_reach(show->model, reached_ns);
        heed_memory(show, window, &told);
    }
    while (state == RUN_GOES_ON)
        state = session->runner->operations->run(session->runner, TIME_NEVER);
}

enum error show_run(struct show *show, struct session *session, struct notice *notice)
{
    struct window_setup setup = {.title = show->plan->file, .seed = show->plan->settings.seed};
    struct window *window = window_new(show->model, &setup, notice->text, sizeof notice->text);
    if (!window)
        return ERROR_IO;
    run_in_window(show, session, window);
    window_delete(window);
    return OK;
}

enum error show_png(const struct show *show, const char *file, struct notice *notice)
{
    struct png_setup setup = {.title = show->plan->file, .seed = show->plan->settings.seed};
    if (model_error(show->model)) {
        snprintf(notice->text, sizeof notice->text, "%s", NOT_WHOLE);
        return ERROR_IO;
    }
    return png_write(show->model, &setup, file, notice->text, sizeof notice->text);
}

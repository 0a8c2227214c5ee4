#include "cli/show.h"

#include "base/interrupt.h"
#include "base/memory.h"
#include "base/monotonic.h"
#include "base/number.h"
#include "viz/model/model.h"
#include "viz/render/png.h"
#include "viz/render/sdl_load.h"
#include "viz/render/window.h"

#include <stdio.h>

#define NOT_WHOLE "there was no memory for the whole run: records are left out"

/* The virtual time that is run before the real clock is read again. */
#define SLICE_NS (20 * NS_PER_MS)

struct show {
    const struct plan *plan;
    struct model *model;
};

enum error show_load(struct failure *failure)
{
    return sdl_load(failure);
}

struct show *show_new(const struct plan *plan)
{
    struct show *show = memory_zeroed(sizeof *show);
    if (!show)
        return NULL;
    show->plan = plan;
    show->model = model_new(plan->settings.nodes);
    if (!show->model) {
        memory_free(show);
        return NULL;
    }
    show->model->slots = plan->settings.leases ? plan->settings.slots : 0;
    return show;
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

/* Runs on to until_ns, for budget_ns of real time at most; where nothing happens, time is skipped.
 * Returns the virtual time that was reached. */
static int64_t run_on(struct runner *runner, int64_t reached_ns, int64_t until_ns,
                      int64_t budget_ns, enum run_state *state)
{
    int64_t end_ns = monotonic_ns() + budget_ns;
    while (*state == RUN_GOES_ON && reached_ns < until_ns && monotonic_ns() < end_ns) {
        int64_t from_ns = max_i64(runner->operations->next_ns(runner), reached_ns);
        int64_t slice_ns = min_i64(until_ns, min_i64(from_ns, TIME_NEVER - SLICE_NS) + SLICE_NS);
        *state = runner->operations->run(runner, slice_ns);
        reached_ns = *state == RUN_GOES_ON ? slice_ns : runner->operations->now_ns(runner);
    }
    return reached_ns;
}

/* A run in real time goes on by itself: takes in what has happened by now, whatever part of it the
 * window shows. Returns the time that was reached. */
static int64_t keep_up(struct runner *runner, enum run_state *state)
{
    if (*state == RUN_GOES_ON)
        *state = runner->operations->run(runner, 0);
    return runner->operations->now_ns(runner);
}

static void act(struct session *session, struct window *window, const char *statement,
                int64_t now_ns, bool over)
{
    struct failure failure = {0};
    if (over)
        failure_set(&failure, ERROR_TEXT, "%.200s: the run is over", statement);
    else
        session_act(session, now_ns + 1, statement, &failure);
    if (failure.error)
        window_notify(window, failure.text);
}

static void save(const struct session *session, struct window *window)
{
    char name[SESSION_NAME_SIZE], text[sizeof "saved as " + SESSION_NAME_SIZE];
    struct failure failure;
    enum error error = session_save(session, name, &failure);
    snprintf(text, sizeof text, "saved as %s", name);
    window_notify(window, error ? failure.text : text);
}

static void run_in_window(struct show *show, struct session *session, struct window *window)
{
    struct runner *runner = session->runner;
    enum run_state state = RUN_GOES_ON;
    int64_t reached_ns = 0;
    bool warned = false;
    for (;;) {
        bool over = state != RUN_GOES_ON;
        struct window_command command = window_frame(window, reached_ns, over);
        if (command.quit || interrupt_came())
            break;
        if (*command.statement)
            act(session, window, command.statement, reached_ns, over);
        if (command.save)
            save(session, window);
        reached_ns = runner->live ? keep_up(runner, &state)
                                  : run_on(runner, reached_ns, command.run_until_ns,
                                           command.budget_ns, &state);
        model_reach(show->model, reached_ns);
        if (!warned && model_error(show->model))
            window_notify(window, NOT_WHOLE);
        warned = model_error(show->model);
    }
}

enum error show_run(struct show *show, struct session *session, struct failure *failure)
{
    const struct plan *plan = show->plan;
    struct window *window = window_new(show->model, plan->file, plan->settings.seed, failure);
    if (!window)
        return ERROR_IO;
    run_in_window(show, session, window);
    window_delete(window);
    return OK;
}

enum error show_png(const struct show *show, const char *file, struct failure *failure)
{
    const struct plan *plan = show->plan;
    if (model_error(show->model))
        return failure_set(failure, ERROR_MEMORY, "%s", NOT_WHOLE);
    return png_write(show->model, plan->file, plan->settings.seed, file, failure);
}

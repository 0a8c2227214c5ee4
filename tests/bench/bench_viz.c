/* Measures the window's model and pictures without a window: how fast records go in, what one of
 * them costs in memory, and how long a frame takes while panning and zooming over the whole run,
 * drawn and rasterised at 1280 by 800.
 *
 *     bench_viz [RECORDS [NODES]]        default 10,000,000 and 100 */
#include "base/monotonic.h"
#include "base/number.h"
#include "viz/render/renderer.h"
#include "viz/render/sdl_load.h"
#include "viz/synthetic.h"
#include "viz/ui/navigation.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FRAMES 120
#define MEDIAN (FRAMES / 2)
#define MOST   (FRAMES * 99 / 100)

/* Bytes that the process has in memory. */
static uint64_t resident(void)
{
    uint64_t pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%*u %" SCNu64, &pages) != 1)
        pages = 0;
    if (file)
        fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Keeps the records, so that making them up is not measured. Texts are short: they lie in the
 * record. */
struct keeper {
    struct reader reader;
    struct record *records;
    size_t count;
    size_t capacity;
};

static void keep(struct reader *reader, const struct record *record)
{
    struct keeper *keeper = container_of(reader, struct keeper, reader);
    if (keeper->count == keeper->capacity) {
        keeper->capacity = keeper->capacity ? keeper->capacity * 2 : 1024;
        keeper->records = realloc(keeper->records, keeper->capacity * sizeof *keeper->records);
        must(keeper->records);
    }
    keeper->records[keeper->count++] = *record;
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

struct stage {
    const struct model *model;
    struct renderer renderer;
    struct viewport viewport;
};

/* One way of moving through the run: `step` sets the viewport of frame i. */
static void measure(struct stage *stage, const char *name,
                    void (*step)(struct viewport *viewport, const struct model *model, int i))
{
    struct renderer *renderer = &stage->renderer;
    int64_t draws[FRAMES];
    int64_t frames[FRAMES];
    const size_t median = MEDIAN;
    const size_t most = MOST;
    size_t shapes = 0;
    for (int i = 0; i < FRAMES; i++) {
        step(&stage->viewport, stage->model, i);
        int64_t start = monotonic_ns();
        draw(stage->model, &stage->viewport, font_metrics(renderer->font), &renderer->shapes);
        draws[i] = monotonic_ns() - start;
        start = monotonic_ns();
        renderer_draw(renderer, stage->model, &stage->viewport);
        frames[i] = monotonic_ns() - start;
        shapes = max_size(shapes, renderer->shapes.count);
    }
    qsort(draws, FRAMES, sizeof *draws, compare);
    qsort(frames, FRAMES, sizeof *frames, compare);
    printf("  %-34s shapes %6.2f ms   frame median %6.2f ms   99%% %6.2f ms   (%zu shapes)\n", name,
           (double)draws[median] / 1e6, (double)frames[median] / 1e6, (double)frames[most] / 1e6,
           shapes);
}

static void step_pan_whole(struct viewport *viewport, const struct model *model, int i)
{
    navigation_fit(viewport, model->last_ns);
    int64_t by = (viewport->t1_ns - viewport->t0_ns) * (i - FRAMES / 2) / FRAMES / 2;
    viewport->t0_ns += by;
    viewport->t1_ns += by;
}

static void pan(struct viewport *viewport, const struct model *model, int i, int64_t span_ns)
{
    viewport->t0_ns = model->last_ns / 3 + span_ns * i / 20;
    viewport->t1_ns = viewport->t0_ns + span_ns;
}

static void step_pan_tenth(struct viewport *viewport, const struct model *model, int i)
{
    pan(viewport, model, i, model->last_ns / 10);
}

static void step_pan_hundredth(struct viewport *viewport, const struct model *model, int i)
{
    pan(viewport, model, i, model->last_ns / 100);
}

static void step_pan_thousandth(struct viewport *viewport, const struct model *model, int i)
{
    pan(viewport, model, i, model->last_ns / 1000);
}

/* From the whole run to a millisecond. */
static void step_zoom(struct viewport *viewport, const struct model *model, int i)
{
    int64_t span = model->last_ns;
    for (int k = 0; k < i; k++)
        span -= span / 11;
    span = span > NS_PER_MS ? span : NS_PER_MS;
    viewport->t0_ns = model->last_ns / 2 - span / 2;
    viewport->t1_ns = viewport->t0_ns + span;
}

static struct model *build(const struct keeper *keeper, uint32_t nodes, int64_t span_ns)
{
    uint64_t before = resident();
    int64_t start = monotonic_ns();
    struct model *model = model_new(nodes);
    must(model);
    for (size_t i = 0; i < keeper->count; i++)
        reader_take(model_reader(model), &keeper->records[i]);
    model_reach(model, span_ns);
    int64_t took = monotonic_ns() - start;
    must(!model_error(model));
    printf("viz: %zu records of %" PRIu32
           " nodes in %.2f s: %.2f M records/s, %.1f bytes a record\n",
           keeper->count, nodes, (double)took / 1e9, (double)keeper->count * 1e3 / (double)took,
           (double)(resident() - before) / (double)keeper->count);
    return model;
}

int main(int argc, char **argv)
{
    uint64_t records = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000000;
    uint32_t nodes = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 100;
    struct keeper keeper = {.reader = {.take = keep}};
    struct synthetic how = {
        .nodes = nodes,
        .seed = 1,
        .records = records,
        .span_ns = 60 * NS_PER_S,
        .ids = 10000,
        .ttl_ns = 5 * NS_PER_S,
        .loss_ppm = 1000,
        .faults = true,
    };
    struct failure failure = {0};
    must(!sdl_load(&failure));
    synthetic_run(&how, &keeper.reader);
    struct stage stage = {.model = build(&keeper, nodes, how.span_ns)};
    free(keeper.records);
    renderer_init(&stage.renderer);
    must(!renderer_set_scale(&stage.renderer, 100));
    must(!canvas_resize(&stage.renderer.canvas, 1280, 800));
    stage.viewport = (struct viewport){
        .width = 1280,
        .height = 800,
        .scale = 100,
        .playhead_ns = how.span_ns / 2,
        .live = true,
        .panel = PANEL_ON,
        .speed = SPEED_ONE,
    };
    measure(&stage, "pan over the whole run", step_pan_whole);
    measure(&stage, "pan over a tenth", step_pan_tenth);
    measure(&stage, "pan over a hundredth", step_pan_hundredth);
    measure(&stage, "pan over a thousandth", step_pan_thousandth);
    measure(&stage, "zoom from the whole run to 1 ms", step_zoom);
    renderer_close(&stage.renderer);
    model_delete((struct model *)stage.model);
    return 0;
}

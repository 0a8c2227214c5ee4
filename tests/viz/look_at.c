/* Draws made-up runs, to look at: look_at DIRECTORY. */
#include "viz/draw.h"
#include "viz/png.h"
#include "viz/synthetic.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void must_have(const char *condition, const char *file, int line, const char *function)
{
    fprintf(stderr, "%s:%d: %s: %s\n", file, line, function, condition);
    abort();
}

static struct model *run(struct synthetic how)
{
    struct model *model = model_new(how.nodes);
    uint64_t records = synthetic_run(&how, model_reader(model));
    model_reach(model, how.span_ns);
    printf("%u nodes, %lu records, error %d\n", how.nodes, (unsigned long)records,
           model_error(model));
    return model;
}

static void shoot(const struct model *model, const struct look *look, const char *directory,
                  const char *name)
{
    char file[512], message[256];
    snprintf(file, sizeof file, "%s/%s.png", directory, name);
    if (png_write_look(model, look, file, message, sizeof message))
        printf("%s\n", message);
}

int main(int argc, char **argv)
{
    const char *directory = argc > 1 ? argv[1] : ".";
    char file[512], message[256];
    struct model *demo = run((struct synthetic){.nodes = 3,
                                                .seed = 2,
                                                .records = 1600,
                                                .span_ns = 12 * NS_PER_S,
                                                .ids = 4,
                                                .ttl_ns = 5 * NS_PER_S,
                                                .heartbeat_ns = 200 * NS_PER_MS,
                                                .loss_ppm = 10000,
                                                .faults = true});
    snprintf(file, sizeof file, "%s/demo.png", directory);
    if (png_write(demo, &(struct png_setup){.title = "scenarios/demo.txt", .seed = 7}, file,
                  message, sizeof message))
        printf("%s\n", message);
    struct look look = {.width = 1280,
                        .height = 800,
                        .scale = 100,
                        .palette = PALETTE_DARK,
                        .t0_ns = 3400 * NS_PER_MS,
                        .t1_ns = 4300 * NS_PER_MS,
                        .playhead_ns = 12 * NS_PER_S,
                        .live = true,
                        .over = true,
                        .panel = true,
                        .seed = 7,
                        .speed = SPEED_ONE};
    look.chosen = (struct thing){THING_REQUEST, 30};
    const struct seen_request *request = model_request(demo, 30);
    look.t0_ns = request->span.start_ns - 60 * NS_PER_MS;
    look.t1_ns = request->span.start_ns + 80 * NS_PER_MS;
    story_tell(&look.story, demo, look.chosen);
    look.pointer_in = true;
    look.pointer_x = 600;
    look.pointer_y = 180;
    shoot(demo, &look, directory, "zoom");
    look.scale = 200;
    look.width *= 2;
    look.height *= 2;
    look.palette = PALETTE_LIGHT;
    look.help = true;
    shoot(demo, &look, directory, "hidpi");
    struct model *hundred = run((struct synthetic){.nodes = 100,
                                                   .seed = 3,
                                                   .records = 100000,
                                                   .span_ns = 20 * NS_PER_S,
                                                   .ids = 1000,
                                                   .ttl_ns = 5 * NS_PER_S,
                                                   .loss_ppm = 1000,
                                                   .heartbeat_ns = 0,
                                                   .faults = true});
    struct look wide = {.width = 1280,
                        .height = 800,
                        .scale = 100,
                        .t0_ns = 0,
                        .t1_ns = 20 * NS_PER_S,
                        .playhead_ns = 12 * NS_PER_S,
                        .live = true,
                        .panel = true,
                        .seed = 7,
                        .speed = SPEED_ONE,
                        .playing = true};
    shoot(hundred, &wide, directory, "hundred");
    struct model *busy = run((struct synthetic){.nodes = 6,
                                                .seed = 3,
                                                .records = 400000,
                                                .span_ns = 60 * NS_PER_S,
                                                .ids = 300,
                                                .ttl_ns = 5 * NS_PER_S,
                                                .loss_ppm = 3000,
                                                .heartbeat_ns = 200 * NS_PER_MS,
                                                .faults = true});
    wide.t1_ns = 60 * NS_PER_S;
    wide.palette = PALETTE_DARK;
    shoot(busy, &wide, directory, "busy");
    struct model *one = run((struct synthetic){.nodes = 1,
                                               .seed = 3,
                                               .records = 400,
                                               .span_ns = 12 * NS_PER_S,
                                               .ids = 3,
                                               .ttl_ns = 5 * NS_PER_S});
    wide.t1_ns = 13 * NS_PER_S;
    wide.palette = PALETTE_LIGHT;
    shoot(one, &wide, directory, "one");
}

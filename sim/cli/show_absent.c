#include "cli/show.h"

static enum error absent(struct failure *failure)
{
    return failure_set(failure, ERROR_IO,
                       "built without SDL2 (VIZ=0): there is no window and no picture");
}

enum error show_load(struct failure *failure)
{
    return absent(failure);
}

struct show *show_new(const struct plan *plan)
{
    (void)plan;
    return NULL;
}

void show_delete(struct show *show)
{
    (void)show;
}

struct reader *show_reader(struct show *show)
{
    (void)show;
    return NULL;
}

enum error show_run(struct show *show, struct session *session, struct failure *failure)
{
    (void)show;
    (void)session;
    return absent(failure);
}

enum error show_png(const struct show *show, const char *file, struct failure *failure)
{
    (void)show;
    (void)file;
    return absent(failure);
}

enum error show_comparison(const struct comparison *comparison, const char *file,
                           struct failure *failure)
{
    (void)comparison;
    (void)file;
    return absent(failure);
}

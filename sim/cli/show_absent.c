#include "cli/show.h"

bool show_is_built(void)
{
    return false;
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
    return failure_set(failure, ERROR_IO, "%s", SHOW_ABSENT);
}

enum error show_png(const struct show *show, const char *file, struct failure *failure)
{
    (void)show;
    (void)file;
    return failure_set(failure, ERROR_IO, "%s", SHOW_ABSENT);
}

#include "cli/show.h"

#include <stdio.h>

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

enum error show_run(struct show *show, struct session *session, struct notice *notice)
{
    (void)show;
    (void)session;
    snprintf(notice->text, sizeof notice->text, "%s", SHOW_ABSENT);
    return ERROR_IO;
}

enum error show_png(const struct show *show, const char *file, struct notice *notice)
{
    (void)show;
    (void)file;
    snprintf(notice->text, sizeof notice->text, "%s", SHOW_ABSENT);
    return ERROR_IO;
}

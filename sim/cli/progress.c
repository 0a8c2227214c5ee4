#include "cli/progress.h"

#include "base/duration.h"
#include "base/monotonic.h"
#include "base/number.h"
#include "base/string_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* A run that is over before is none to wait for. */
#define FIRST_NS  (2 * NS_PER_S)
#define PERIOD_NS (200 * NS_PER_MS)

#define WIDTH 78 /* bytes */

/* A line that a terminal breaks in two would not be written over. */
static size_t width(void)
{
    struct winsize size;
    bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    return known && size.ws_col <= WIDTH ? size.ws_col - 1u : WIDTH;
}

void progress_begin(struct progress *progress, int64_t end_ns, enum progress_place place)
{
    const char *term = getenv("TERM");
    int64_t now_ns = monotonic_ns();
    *progress = (struct progress){.wanted = place == PROGRESS_ALONE && isatty(STDERR_FILENO) &&
                                            term && strcmp(term, "dumb") != 0,
                                  .end_ns = end_ns < TIME_NEVER ? end_ns : 0,
                                  .began_ns = now_ns,
                                  .next_ns = now_ns + FIRST_NS};
}

bool progress_is_due(const struct progress *progress)
{
    return progress->wanted && monotonic_ns() >= progress->next_ns;
}

/* In one piece: standard error has no buffer, and others may write between two pieces. */
void progress_print(struct progress *progress, const char *line)
{
    char cut[WIDTH + 1], text[sizeof cut + 16];
    struct string_builder words = string_builder_over(cut, width() + 1);
    string_builder_add(&words, line);
    snprintf(text, sizeof text, "\r%s\033[K", cut);
    fputs(text, stderr);
    progress->shown = true;
    progress->next_ns = monotonic_ns() + PERIOD_NS;
}

void progress_reach(struct progress *progress, int64_t now_ns)
{
    if (!progress_is_due(progress))
        return;
    char text[256];
    struct string_builder line = string_builder_over(text, sizeof text);
    int64_t took_ns = max_i64(monotonic_ns() - progress->began_ns, 1);
    double rate = (double)now_ns / (double)took_ns; /* of virtual to real time */
    string_builder_add(&line, duration_short(now_ns).text);
    if (progress->end_ns > now_ns)
        string_builder_print(&line, " of %s (%d %%)", duration_short(progress->end_ns).text,
                             (int)((double)now_ns * 100 / (double)progress->end_ns));
    string_builder_print(&line, ", %s a second", duration_short((int64_t)(rate * NS_PER_S)).text);
    if (progress->end_ns > now_ns && now_ns > 0) {
        double left_ns = (double)(progress->end_ns - now_ns) / rate;
        if (left_ns < (double)TIME_NEVER / 2)
            string_builder_print(&line, ", %s left", duration_short((int64_t)left_ns).text);
    }
    progress_print(progress, text);
}

void progress_end(struct progress *progress)
{
    if (progress->shown)
        fputs("\r\033[K", stderr);
    progress->shown = false;
}

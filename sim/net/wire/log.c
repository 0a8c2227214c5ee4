#include "net/wire/log.h"

#include "base/string_builder.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#define LINE_SIZE 1024u

static void add_time(struct string_builder *line)
{
    struct timespec now;
    struct tm utc;
    char text[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    string_builder_print(line, "%s.%03ldZ", text, now.tv_nsec / 1000000);
}

/* In quotes if it has blanks. */
static void add_id(struct string_builder *line, const struct text *id)
{
    const char *quote = memchr(text_bytes(id), ' ', text_size(id)) ? "\"" : "";
    string_builder_print(line, " id=%s%.*s%s", quote, (int)text_size(id), text_bytes(id), quote);
}

void node_log(enum log_level level, struct log_about about, const char *format, ...)
{
    static const char *const names[] = {"info", "warning", "error"};
    char room[LINE_SIZE];
    struct string_builder line = string_builder_over(room, sizeof room - 1);
    va_list arguments;
    add_time(&line);
    string_builder_print(&line, " %s n%u", names[level], about.node + 1);
    if (about.peer != NODE_NONE)
        string_builder_print(&line, " peer=n%u", about.peer + 1);
    if (about.id)
        add_id(&line, about.id);
    if (about.request)
        string_builder_print(&line, " request=%" PRIu64, about.request);
    string_builder_add(&line, ": ");
    va_start(arguments, format);
    string_builder_print_list(&line, format, arguments);
    va_end(arguments);
    room[line.size++] = '\n';
    fwrite(room, 1, line.size, stderr);
    fflush(stderr);
}

bool log_count_is_due(struct log_count *logged, uint64_t count, int64_t now_ns)
{
    if (count == logged->logged || now_ns < logged->next_ns)
        return false;
    logged->logged = count;
    logged->next_ns = now_ns + NS_PER_S;
    return true;
}

bool log_count_is_doubled(struct log_count *logged, uint64_t count, int64_t now_ns)
{
    return (count >= 2 * logged->logged || now_ns == TIME_NEVER) &&
           log_count_is_due(logged, count, now_ns);
}

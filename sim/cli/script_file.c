#include "cli/script_file.h"

#include "base/memory.h"
#include "cli/outputs.h"
#include "cli/report.h"
#include "trace/writer.h"

#include <inttypes.h>
#include <string.h>

static void put(struct writer *writer, const char *text)
{
    writer_shown(writer, text, strlen(text), SIZE_MAX);
}

/* All that changes the run besides the seed, in brackets. */
static void put_options(struct writer *writer, const struct options *options)
{
    const char *between = " (";
    if (options->swarm) {
        writer_string(writer, " (--swarm");
        between = " ";
    }
    for (size_t i = 0; i < options->overrides_count; i++) {
        if (strcmp(options->overrides[i].key, "seed") == 0)
            continue;
        writer_string(writer, between);
        put(writer, options->overrides[i].option);
        between = " ";
    }
    if (between[1] == '\0')
        writer_string(writer, ")");
}

static void print_head(FILE *out, const struct script_head *head)
{
    char seed[48];
    struct writer writer;
    writer_init(&writer, out);
    snprintf(seed, sizeof seed, "seed %" PRIu64 " of ", head->plan->settings.seed);
    writer_string(&writer, "# ");
    put(&writer, head->before);
    writer_string(&writer, seed);
    put(&writer, head->plan->file);
    put_options(&writer, head->options);
    writer_string(&writer, head->after);
    writer_string(&writer, "\n");
    writer_string(&writer, head->more);
    writer_string(&writer, "\n");
    writer_flush(&writer);
}

enum status script_file_write(const char *file, const struct script *script,
                              const struct script_head *head)
{
    FILE *out;
    char *text = script_text(script);
    enum status status =
        text ? output_open(&out, file) : report(STATUS_FAILED, file, "out of memory");
    if (!status) {
        print_head(out, head);
        fputs(text, out);
        status = output_close(out, file, OUTPUT_DOCUMENT);
    }
    memory_free(text);
    return status;
}

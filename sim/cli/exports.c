#include "cli/exports.h"

#include "cli/outputs.h"
#include "cli/report.h"

static enum status open_perfetto(struct exports *exports, uint32_t nodes)
{
    const char *file = exports->options->perfetto_file;
    enum status status = file ? output_open(&exports->perfetto_out, file) : STATUS_HELD;
    if (status || !file)
        return status;
    return perfetto_begin(&exports->perfetto, exports->perfetto_out, nodes)
               ? report(STATUS_FAILED, file, "out of memory")
               : STATUS_HELD;
}

static enum status open_shiviz(struct exports *exports, uint32_t nodes)
{
    const char *file = exports->options->shiviz_file;
    if (file && nodes > SHIVIZ_NODES_MAX)
        return report(STATUS_WRONG, "--shiviz", "it takes at most 256 nodes");
    enum status status = file ? output_open(&exports->shiviz_out, file) : STATUS_HELD;
    if (status || !file)
        return status;
    return shiviz_begin(&exports->shiviz, exports->shiviz_out, nodes)
               ? report(STATUS_FAILED, file, "out of memory")
               : STATUS_HELD;
}

enum status exports_open(struct exports *exports, const struct options *options, uint32_t nodes)
{
    exports->options = options;
    enum status status = open_perfetto(exports, nodes);
    return status ? status : open_shiviz(exports, nodes);
}

bool exports_are_broken(const struct exports *exports)
{
    return (exports->perfetto_out && ferror(exports->perfetto_out)) ||
           (exports->shiviz_out && ferror(exports->shiviz_out));
}

enum status exports_close(struct exports *exports)
{
    enum status status = STATUS_HELD;
    if (exports->perfetto.state)
        perfetto_end(&exports->perfetto);
    if (exports->shiviz.clocks && shiviz_end(&exports->shiviz))
        status = report(STATUS_FAILED, exports->options->shiviz_file, "out of memory");
    if (exports->perfetto_out &&
        output_close(exports->perfetto_out, exports->options->perfetto_file, OUTPUT_DOCUMENT))
        status = STATUS_FAILED;
    if (exports->shiviz_out &&
        output_close(exports->shiviz_out, exports->options->shiviz_file, OUTPUT_DOCUMENT))
        status = STATUS_FAILED;
    return status;
}

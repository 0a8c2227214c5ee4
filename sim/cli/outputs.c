#include "cli/outputs.h"

#include "base/file_text.h"
#include "cli/report.h"
#include "scenario/parse.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* How much of a file is looked at: a scenario's head of comments is shorter. */
#define HEAD_SIZE 65536u

static bool is_same_file(const struct stat *output, const char *input)
{
    struct stat there;
    return input && strcmp(input, "-") != 0 && stat(input, &there) == 0 &&
           there.st_dev == output->st_dev && there.st_ino == output->st_ino;
}

static bool begins_as_scenario(const char *file)
{
    struct file_text head;
    if (file_text_read(&head, file, HEAD_SIZE))
        return false;
    bool is = parse_begins_as_scenario(head.text, head.size);
    file_text_close(&head);
    return is;
}

struct folder_name {
    char text[PATH_MAX];
};

/* The folder that the file is in; too long a name is cut, and of no folder. */
static struct folder_name folder_of(const char *file)
{
    struct folder_name folder = {"."};
    const char *slash = strrchr(file, '/');
    if (slash)
        snprintf(folder.text, sizeof folder.text, "%.*s", (int)(slash - file) + 1, file);
    return folder;
}

static bool stat_folder(const char *file, struct stat *folder)
{
    return stat(folder_of(file).text, folder) == 0;
}

static const char *last_part(const char *file)
{
    const char *slash = strrchr(file, '/');
    return slash ? slash + 1 : file;
}

/* Whether two names, of files that are not there yet, will be of one: in one folder, and alike. */
static bool will_be_same(const char *one, const char *other)
{
    struct stat there, its;
    return strcmp(last_part(one), last_part(other)) == 0 && stat_folder(one, &there) &&
           stat_folder(other, &its) && there.st_dev == its.st_dev && there.st_ino == its.st_ino;
}

/* Whether two names are of one file, which is there or not yet. A device takes what several write.
 */
static bool is_same_output(const char *one, const char *other)
{
    struct stat there;
    if (strcmp(one, other) == 0)
        return stat(one, &there) != 0 || S_ISREG(there.st_mode);
    if (stat(one, &there))
        return will_be_same(one, other);
    return S_ISREG(there.st_mode) && is_same_file(&there, other);
}

static bool is_one_of(const char *output, const char *const *others, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (output && others[i] && strcmp(output, "-") != 0 && is_same_output(output, others[i]))
            return true;
    return false;
}

/* Why the file must not be overwritten; NULL if it may be. */
static const char *refusal(const struct options *options, const char *output)
{
    struct stat there;
    if (!output || strcmp(output, "-") == 0 || stat(output, &there) || !S_ISREG(there.st_mode))
        return NULL;
    for (size_t i = 0; i < options->scenarios_count; i++)
        if (is_same_file(&there, options->scenarios[i]))
            return options->merge ? "it is one of the results, and would be overwritten"
                                  : "it is the scenario itself, and would be overwritten";
    if (is_same_file(&there, options->cluster_file))
        return "it is the cluster file, and would be overwritten";
    if (is_same_file(&there, options->key_file))
        return "it is the key file, and would be overwritten";
    return begins_as_scenario(output) ? "it begins as a scenario, and would be overwritten: remove "
                                        "it first, or name another file"
                                      : NULL;
}

/* Why the file can't be written, as far as that is known before it is opened; 0: nothing is. */
static int unwritable(const char *output)
{
    struct stat there;
    if (!output || options_is_stdout(output))
        return 0;
    if (!stat(output, &there))
        return S_ISDIR(there.st_mode) ? EISDIR : access(output, W_OK) ? errno : 0;
    if (errno != ENOENT || !*output)
        return errno;
    if (!*last_part(output))
        return EISDIR;
    return access(folder_of(output).text, W_OK | X_OK) ? errno : 0;
}

enum status outputs_check(const struct options *options)
{
    const char *const outputs[] = {
        options->trace_file, options->junit_file,  options->png_file,      options->csv_file,
        options->flat_file,  options->shrunk_file, options->perfetto_file, options->shiviz_file};
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
        const char *why = refusal(options, outputs[i]);
        if (!why && is_one_of(outputs[i], outputs, i))
            why = "two outputs can't be one file";
        if (why)
            return report(STATUS_WRONG, outputs[i], why);
    }
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
        int why = unwritable(outputs[i]);
        if (why)
            return report(STATUS_FAILED, outputs[i], strerror(why));
    }
    return STATUS_HELD;
}

enum status output_open(FILE **out, const char *name)
{
    *out = options_is_stdout(name) ? stdout : fopen(name, "w");
    return *out ? STATUS_HELD : report(STATUS_FAILED, name, strerror(errno));
}

bool output_wants_colour(void)
{
    const char *none = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && !(none && *none) && !(term && strcmp(term, "dumb") == 0);
}

size_t output_columns(void)
{
    struct winsize size;
    bool is_terminal = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col;
    return is_terminal ? size.ws_col : SIZE_MAX / 2;
}

bool output_is_written(FILE *out, const char *name)
{
    if (!fflush(out) && !ferror(out))
        return true;
    /* The reason of the first failure is not kept: writes one byte more to learn it. */
    clearerr(out);
    if (write(fileno(out), "\n", 1) == 1)
        errno = EIO;
    if (errno != EPIPE)
        report(STATUS_FAILED, name, strerror(errno));
    return false;
}

enum status output_close(FILE *out, const char *name, enum output_kind kind)
{
    bool written = output_is_written(out, out == stdout ? "standard output" : name);
    if (out == stdout)
        return written ? STATUS_HELD : STATUS_FAILED;
    if (!written && kind == OUTPUT_DOCUMENT)
        file_discard(out, name);
    if (fclose(out) && written)
        return report(STATUS_FAILED, name, strerror(errno));
    return written ? STATUS_HELD : STATUS_FAILED;
}

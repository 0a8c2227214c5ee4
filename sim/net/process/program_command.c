#include "net/process/program_command.h"

#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLANKS " \t"

/* Where execvp looks when there is no PATH. */
#define PATH_DEFAULT "/bin:/usr/bin"

static enum error split(struct program_command *command, const char *line)
{
    size_t size = strlen(line);
    command->text = memory_zeroed(size + 1);
    /* Every other byte may begin a word. */
    command->words = memory_zeroed((size / 2 + 5) * sizeof *command->words);
    if (!command->text || !command->words)
        return ERROR_MEMORY;
    memcpy(command->text, line, size);
    char *rest = NULL;
    for (char *word = strtok_r(command->text, BLANKS, &rest); word;
         word = strtok_r(NULL, BLANKS, &rest))
        command->words[command->count++] = word;
    return OK;
}

/* 0 if the file can be executed, else an errno. */
static int check_executable(const char *path)
{
    struct stat status;
    if (stat(path, &status) < 0)
        return errno;
    if (!S_ISREG(status.st_mode))
        return S_ISDIR(status.st_mode) ? EISDIR : EACCES;
    return access(path, X_OK) < 0 ? errno : 0;
}

/* As execvp does: the first that can be executed; folders that can't be searched are passed over.
 */
static int look_along_path(struct program_command *command)
{
    const char *name = command->words[0];
    const char *place = getenv("PATH");
    int error = ENOENT;
    for (place = place ? place : PATH_DEFAULT; place; place = strchr(place, ':')) {
        place += *place == ':';
        int size = (int)strcspn(place, ":");
        int printed = snprintf(command->path, sizeof command->path, "%.*s/%s", size ? size : 1,
                               size ? place : ".", name);
        if (printed < 0 || (size_t)printed >= sizeof command->path)
            continue;
        int here = check_executable(command->path);
        if (here == 0)
            return 0;
        if (here == EACCES)
            error = here;
    }
    return error;
}

static int look_up(struct program_command *command)
{
    const char *name = command->words[0];
    if (!strchr(name, '/'))
        return look_along_path(command);
    if (strlen(name) >= sizeof command->path)
        return ENAMETOOLONG;
    memcpy(command->path, name, strlen(name) + 1);
    return check_executable(name);
}

static enum error find_program(struct program_command *command, struct failure *failure)
{
    if (command->count == 0)
        return failure_set(failure, ERROR_TEXT, "no program is named");
    int error = look_up(command);
    if (error)
        return failure_set(failure, ERROR_TEXT, "'%s': %s", command->words[0], strerror(error));
    return OK;
}

enum error program_command_init(struct program_command *command, const char *line,
                                struct failure *failure)
{
    memset(command, 0, sizeof *command);
    enum error error = split(command, line) ? failure_memory(failure) : OK;
    if (error == OK)
        error = find_program(command, failure);
    if (error != OK)
        program_command_close(command);
    return error;
}

void program_command_close(struct program_command *command)
{
    memory_free(command->words);
    memory_free(command->text);
}

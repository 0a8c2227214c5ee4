#include "net/process/command.h"

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

static enum error split(struct command *command, const char *line)
{
    size_t size = strlen(line);
    command->text = memory_zeroed(size + 1);
    /* Every other byte may begin a word. */
    command->words = memory_zeroed((size / 2 + 3) * sizeof *command->words);
    if (!command->text || !command->words)
        return ERROR_MEMORY;
    memcpy(command->text, line, size);
    char *rest = NULL;
    for (char *word = strtok_r(command->text, BLANKS, &rest); word;
         word = strtok_r(NULL, BLANKS, &rest))
        command->words[command->count++] = word;
    return OK;
}

/* 0 if the file can be executed, else what errno would be. */
static int trouble_with(const char *path)
{
    struct stat status;
    if (stat(path, &status) < 0)
        return errno;
    if (!S_ISREG(status.st_mode))
        return S_ISDIR(status.st_mode) ? EISDIR : EACCES;
    return access(path, X_OK) < 0 ? errno : 0;
}

/* As execvp does: the first that can be executed, and a folder where one can't look is passed by.
 */
static int look_along_path(struct command *command)
{
    const char *name = command->words[0];
    const char *place = getenv("PATH");
    int trouble = ENOENT;
    for (place = place ? place : PATH_DEFAULT; place; place = strchr(place, ':')) {
        place += *place == ':';
        int size = (int)strcspn(place, ":");
        int printed = snprintf(command->path, sizeof command->path, "%.*s/%s", size ? size : 1,
                               size ? place : ".", name);
        if (printed < 0 || (size_t)printed >= sizeof command->path)
            continue;
        int here = trouble_with(command->path);
        if (here == 0)
            return 0;
        if (here == EACCES)
            trouble = here;
    }
    return trouble;
}

static int look_up(struct command *command)
{
    const char *name = command->words[0];
    if (!strchr(name, '/'))
        return look_along_path(command);
    if (strlen(name) >= sizeof command->path)
        return ENAMETOOLONG;
    memcpy(command->path, name, strlen(name) + 1);
    return trouble_with(name);
}

enum error command_init(struct command *command, const char *line, char *why, size_t why_size)
{
    memset(command, 0, sizeof *command);
    enum error error = split(command, line);
    int trouble = 0;
    if (error == OK && (command->count == 0 || (trouble = look_up(command)) != 0))
        error = ERROR_TEXT;
    if (error == ERROR_MEMORY)
        snprintf(why, why_size, "no memory");
    else if (command->count == 0)
        snprintf(why, why_size, "no program is named");
    else if (trouble)
        snprintf(why, why_size, "'%s': %s", command->words[0], strerror(trouble));
    if (error != OK)
        command_close(command);
    return error;
}

void command_close(struct command *command)
{
    memory_free(command->words);
    memory_free(command->text);
}

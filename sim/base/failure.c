#include "base/failure.h"

#include "base/number.h"
#include "base/string_builder.h"
#include "base/utf8.h"

#include <errno.h>
#include <string.h>

enum error failure_set(struct failure *failure, enum error error, const char *format, ...)
{
    if (!failure)
        return error;
    int saved = errno;
    char text[FAILURE_TEXT_SIZE];
    struct string_builder builder = string_builder_over(text, sizeof text);
    va_list arguments;
    va_start(arguments, format);
    string_builder_print_list(&builder, format, arguments);
    va_end(arguments);
    if (builder.failed) {
        size_t most = sizeof text - sizeof UTF8_ELLIPSIS;
        memcpy(text + utf8_cut(text, min_size(builder.size, most)), UTF8_ELLIPSIS,
               sizeof UTF8_ELLIPSIS);
    }
    failure->error = error;
    memcpy(failure->text, text, sizeof text);
    errno = saved;
    return error;
}

enum error failure_memory(struct failure *failure)
{
    return failure_set(failure, ERROR_MEMORY, "out of memory");
}

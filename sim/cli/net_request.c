/* --request: asks a running cluster for ids, and prints what became of each.
 *
 * The value of a single id is printed as it is. Of several each has a line: the id, a tab, and the
 * value, in which \\, tab, newline and carriage return are written as in C, so that a line is a
 * line. Errors go to standard error with their ids. With --json each id has an object, a line,
 * whatever became of it. '-' stands for the lines of standard input.
 *
 * Of a request that ends as work-failed it is said why, and what the program printed on its
 * standard error. */
#include "cli/net.h"

#include "base/arena.h"
#include "base/file_text.h"
#include "base/memory.h"
#include "cli/net_cluster.h"
#include "cli/report.h"
#include "net/wire/wire_client.h"
#include "node/id.h"
#include "scenario/diagnostic.h"
#include "trace/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What is asked for, and what came back, to be printed in the order of the ids. */
struct asking {
    struct arena *arena; /* of the ids from standard input */
    const char **ids;
    size_t count;
    size_t capacity;
    struct reply *replies; /* of each id */
    struct text payload;
    bool several;
    bool json;
    bool no_memory;
    bool answered; /* some of them */
};

struct reply {
    struct text value; /* or why its turn failed */
    enum outcome outcome;
    node_id from;
    int64_t latency_ns;
};

/* ---- ids ----------------------------------------------------------------------------------- */

static enum error add_id(struct asking *asking, const char *id)
{
    if (!id || memory_reserve((void **)&asking->ids, &asking->capacity, asking->count + 1,
                              sizeof *asking->ids))
        return ERROR_MEMORY;
    asking->ids[asking->count++] = id;
    return OK;
}

static enum status no_memory(void)
{
    return report(STATUS_FAILED, "--request", "out of memory");
}

static enum status add_line(struct asking *asking, const char *line, size_t size, unsigned number)
{
    size -= size && line[size - 1] == '\n';
    if (!id_valid(line, size)) {
        fprintf(stderr,
                "dpsim: standard input:%u: '%s' is no id: it is 1..63 bytes of printable UTF-8 "
                "without blanks\n",
                number, shown((struct word){line, size}).text);
        return STATUS_WRONG;
    }
    return add_id(asking, arena_copy(asking->arena, line, size)) ? no_memory() : STATUS_HELD;
}

static enum status add_lines(struct asking *asking)
{
    char *line = NULL;
    size_t capacity = 0;
    enum status status = STATUS_HELD;
    asking->several = true;
    errno = 0;
    for (unsigned number = 1; !status; number++) {
        ssize_t size = getline(&line, &capacity, stdin);
        if (size < 0)
            break;
        status = add_line(asking, line, (size_t)size, number);
    }
    free(line);
    if (!status && ferror(stdin))
        status = report(STATUS_FAILED, "standard input", strerror(errno));
    return status;
}

static enum status gather_ids(struct asking *asking, const struct options *options)
{
    enum status status = STATUS_HELD;
    asking->several = options->requests_count > 1;
    for (size_t i = 0; i < options->requests_count && !status; i++) {
        const char *id = options->requests[i];
        if (strcmp(id, "-") == 0)
            status = add_lines(asking);
        else if (add_id(asking, id))
            status = no_memory();
    }
    if (status)
        return status;
    asking->replies = memory_zeroed((asking->count + 1) * sizeof *asking->replies);
    return asking->replies ? STATUS_HELD : no_memory();
}

/* ---- the payload --------------------------------------------------------------------------- */

static enum status take_payload(struct asking *asking, const char *name)
{
    struct file_text file;
    enum status status = STATUS_HELD;
    if (file_text_read(&file, name, PAYLOAD_MAX))
        return report(STATUS_WRONG, name, strerror(errno));
    if (file.size > PAYLOAD_MAX)
        status = report(STATUS_WRONG, name, "a payload has 1 MiB at the most");
    else if (text_set(&asking->payload, file.text, file.size))
        status = no_memory();
    file_text_close(&file);
    return status;
}

static enum status gather_payload(struct asking *asking, const struct options *options)
{
    const char *name = options->payload_file;
    if (!name)
        return STATUS_HELD;
    for (size_t i = 0; strcmp(name, "-") == 0 && i < options->requests_count; i++)
        if (strcmp(options->requests[i], "-") == 0)
            return report(STATUS_WRONG, "--payload",
                          "standard input is the ids or the payload, not both");
    return take_payload(asking, name);
}

/* ---- answers ------------------------------------------------------------------------------- */

static void keep(void *context, const struct wire_answer *answer)
{
    struct asking *asking = context;
    struct reply *reply = &asking->replies[answer->cookie];
    asking->answered = true;
    reply->outcome = (enum outcome)answer->outcome;
    reply->from = answer->from;
    reply->latency_ns = answer->latency_ns;
    bool said = reply->outcome == OUTCOME_VALUE || reply->outcome == OUTCOME_WORK_FAILED;
    if (said && text_copy(&reply->value, &answer->value))
        asking->no_memory = true;
}

static void put_escaped(struct writer *writer, const struct text *value)
{
    static const char special[] = "\\\t\n\r", letters[] = "\\tnr";
    for (uint32_t i = 0; i < text_size(value); i++) {
        const char *byte = text_bytes(value) + i;
        const char *found = *byte ? strchr(special, *byte) : NULL;
        if (found)
            WRITER_PUT(writer, "\\");
        writer_put(writer, found ? &letters[found - special] : byte, 1);
    }
}

/* The reason is a line; what follows is the program's own words. */
static void split_why(const struct reply *reply, struct text *why, struct text *errors)
{
    const char *bytes = text_bytes(&reply->value);
    uint32_t size = text_size(&reply->value);
    const char *end = memchr(bytes, '\n', size);
    uint32_t line = end ? (uint32_t)(end - bytes) : size;
    *why = text_borrow(bytes, line);
    *errors = end ? text_borrow(end + 1, size - line - 1) : (struct text){0};
}

static void print_error(const char *id, const struct reply *reply)
{
    struct text why, errors;
    if (reply->outcome != OUTCOME_WORK_FAILED) {
        fprintf(stderr, "dpsim: %s: %s\n", id, outcome_name(reply->outcome));
        return;
    }
    split_why(reply, &why, &errors);
    fprintf(stderr, "dpsim: %s: work-failed: %.*s\n", id, (int)text_size(&why), text_bytes(&why));
    fwrite(text_bytes(&errors), 1, text_size(&errors), stderr);
}

static void put_json(struct writer *writer, const char *id, const struct reply *reply)
{
    WRITER_PUT(writer, "{\"id\":");
    writer_json(writer, id, strlen(id));
    if (reply->outcome == OUTCOME_VALUE) {
        WRITER_MEMBER_TEXT(writer, "value", &reply->value);
        WRITER_MEMBER_NODE(writer, "from", reply->from);
        WRITER_MEMBER_SIGNED(writer, "latency_ns", reply->latency_ns);
    } else {
        const char *name = outcome_name(reply->outcome);
        WRITER_KEY(writer, "error");
        writer_json(writer, name, strlen(name));
    }
    if (reply->outcome == OUTCOME_WORK_FAILED) {
        struct text why, errors;
        split_why(reply, &why, &errors);
        WRITER_MEMBER_TEXT(writer, "why", &why);
        WRITER_MEMBER_TEXT(writer, "stderr", &errors);
    }
    WRITER_PUT(writer, "}\n");
}

static void put_value(struct writer *writer, const struct asking *asking, size_t i)
{
    const struct text *value = &asking->replies[i].value;
    if (!asking->several) {
        writer_put(writer, text_bytes(value), text_size(value));
    } else {
        writer_string(writer, asking->ids[i]);
        WRITER_PUT(writer, "\t");
        put_escaped(writer, value);
    }
    WRITER_PUT(writer, "\n");
}

static enum status print_replies(const struct asking *asking)
{
    enum status status = STATUS_HELD;
    struct writer writer;
    writer_init(&writer, stdout);
    for (size_t i = 0; i < asking->count; i++) {
        const struct reply *reply = &asking->replies[i];
        if (reply->outcome != OUTCOME_VALUE)
            status = STATUS_BROKEN;
        if (asking->json)
            put_json(&writer, asking->ids[i], reply);
        else if (reply->outcome == OUTCOME_VALUE)
            put_value(&writer, asking, i);
        else
            print_error(asking->ids[i], reply);
    }
    writer_flush(&writer);
    if (!fflush(stdout) && !ferror(stdout))
        return status;
    return report(STATUS_FAILED, "standard output", strerror(errno));
}

static enum status ask(struct asking *asking, const struct net_cluster *cluster)
{
    struct failure failure = {0};
    struct wire_client_setup setup = {.cluster_file = &cluster->file,
                                      .keys = cluster->keys,
                                      .ids = asking->ids,
                                      .count = asking->count,
                                      .payload = &asking->payload,
                                      .take = keep,
                                      .context = asking};
    if (asking->count == 0)
        return STATUS_HELD; /* standard input was empty */
    enum error error = wire_client_ask(&setup, &failure);
    enum status status = STATUS_HELD;
    if (asking->answered)
        status = asking->no_memory ? no_memory() : print_replies(asking);
    return error ? report(STATUS_FAILED, "--request", failure.text) : status;
}

enum status net_request(const struct options *options)
{
    struct asking asking = {.arena = arena_new(), .json = options->json};
    struct net_cluster *cluster = NULL;
    enum status status = asking.arena ? gather_payload(&asking, options) : no_memory();
    if (!status)
        status = gather_ids(&asking, options);
    if (!status)
        status = net_cluster_read(&cluster, options);
    if (!status)
        status = ask(&asking, cluster);
    for (size_t i = 0; asking.replies && i < asking.count; i++)
        text_clear(&asking.replies[i].value);
    text_clear(&asking.payload);
    net_cluster_delete(cluster);
    memory_free(asking.replies);
    memory_free(asking.ids);
    arena_delete(asking.arena);
    return status;
}

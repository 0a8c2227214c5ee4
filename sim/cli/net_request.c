/* --request: asks a running cluster for ids, and prints what became of each.
 *
 * The value of a single id is printed as it is. Of several each has a line: the id, a tab, and the
 * value, in which \\, tab, newline and carriage return are written as in C, so that a line is a
 * line; and under leases another tab and the token. Errors go to standard error with their ids.
 * With --json each id has an object, a line, whatever became of it. '-' stands for the lines of
 * standard input. */
#include "cli/net.h"

#include "base/arena.h"
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
    bool several;
    bool json;
    bool no_memory;
    bool answered; /* some of them */
};

struct reply {
    struct text value;
    enum outcome outcome;
    node_id from;
    struct token token;
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

/* ---- answers ------------------------------------------------------------------------------- */

static void keep(void *context, const struct wire_answer *answer)
{
    struct asking *asking = context;
    struct reply *reply = &asking->replies[answer->cookie];
    asking->answered = true;
    reply->outcome = (enum outcome)answer->outcome;
    reply->from = answer->from;
    reply->token = answer->token;
    reply->latency_ns = answer->latency_ns;
    if (reply->outcome == OUTCOME_VALUE && text_copy(&reply->value, &answer->value))
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

static void put_json(struct writer *writer, const char *id, const struct reply *reply)
{
    char token[TOKEN_TEXT_SIZE];
    WRITER_PUT(writer, "{\"id\":");
    writer_json(writer, id, strlen(id));
    if (reply->outcome == OUTCOME_VALUE) {
        WRITER_MEMBER_TEXT(writer, "value", &reply->value);
        WRITER_MEMBER_NODE(writer, "from", reply->from);
        WRITER_MEMBER_SIGNED(writer, "latency_ns", reply->latency_ns);
        if (reply->token.counter)
            WRITER_MEMBER_NAME(writer, "token", token_text(&reply->token, reply->from, token));
    } else {
        const char *name = outcome_name(reply->outcome);
        WRITER_KEY(writer, "error");
        writer_json(writer, name, strlen(name));
    }
    WRITER_PUT(writer, "}\n");
}

static void put_value(struct writer *writer, const struct asking *asking, size_t i)
{
    const struct reply *reply = &asking->replies[i];
    const struct text *value = &reply->value;
    char token[TOKEN_TEXT_SIZE];
    if (!asking->several) {
        writer_put(writer, text_bytes(value), text_size(value));
    } else {
        writer_string(writer, asking->ids[i]);
        WRITER_PUT(writer, "\t");
        put_escaped(writer, value);
        if (reply->token.counter) {
            WRITER_PUT(writer, "\t");
            writer_string(writer, token_text(&reply->token, reply->from, token));
        }
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
            fprintf(stderr, "dpsim: %s: %s\n", asking->ids[i], outcome_name(reply->outcome));
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
    enum status status = asking.arena ? gather_ids(&asking, options) : no_memory();
    if (!status)
        status = net_cluster_read(&cluster, options);
    if (!status)
        status = ask(&asking, cluster);
    for (size_t i = 0; asking.replies && i < asking.count; i++)
        text_clear(&asking.replies[i].value);
    net_cluster_delete(cluster);
    memory_free(asking.replies);
    memory_free(asking.ids);
    arena_delete(asking.arena);
    return status;
}

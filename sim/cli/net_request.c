/* --request: asks a running cluster for ids, and prints what became of each.
 *
 * The value of a single id is printed as it is. Of several each has a line: the id, a tab, and the
 * value, in which \\, tab, newline and carriage return are written as in C, so that a line is a
 * line; and under leases another tab and the token. Errors go to standard error with their ids.
 * With --json each id has an object, a line, whatever became of it. '-' stands for the lines of
 * standard input, which are asked for as they come: an answer is printed when those to all ids
 * before it are.
 *
 * Of a request that ends as work-failed it is said why, and what the program printed on its
 * standard error. */
#include "cli/net.h"

#include "base/file_text.h"
#include "base/memory.h"
#include "cli/net_cluster.h"
#include "cli/net_request_ids.h"
#include "cli/report.h"
#include "trace/writer.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

struct reply {
    char id[ID_SIZE_MAX + 1];
    struct text value; /* or why its turn failed */
    enum outcome outcome;
    node_id from;
    struct token token;
    int64_t latency_ns;
    bool is_in;
};

/* What was asked for, and what came back, to be printed in the order of the ids. */
struct asking {
    struct request_ids ids;
    struct reply replies[WIRE_CLIENT_AHEAD]; /* to number n at n % WIRE_CLIENT_AHEAD: */
    uint64_t asked;
    uint64_t printed;
    struct writer writer;
    struct text payload;
    bool several;
    bool json;
    bool no_memory;
    bool failed; /* some of them */
};

static enum status no_memory(void)
{
    return report(STATUS_FAILED, "--request", "out of memory");
}

/* ---- the payload --------------------------------------------------------------------------- */

static enum status take_payload(struct asking *asking, const char *name)
{
    struct file_text file;
    enum status status = STATUS_HELD;
    const char *called = strcmp(name, "-") == 0 ? "standard input" : name;
    if (file_text_read(&file, name, PAYLOAD_MAX))
        return report(STATUS_WRONG, called, strerror(errno));
    if (file.size > PAYLOAD_MAX)
        status = report(STATUS_WRONG, called, "a payload has 1 MiB at the most");
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

static void print_error(const struct reply *reply)
{
    struct text why, errors;
    if (reply->outcome != OUTCOME_WORK_FAILED) {
        fprintf(stderr, "dpsim: %s: %s\n", reply->id, outcome_name(reply->outcome));
        return;
    }
    split_why(reply, &why, &errors);
    fprintf(stderr, "dpsim: %s: work-failed: %.*s\n", reply->id, (int)text_size(&why),
            text_bytes(&why));
    fwrite(text_bytes(&errors), 1, text_size(&errors), stderr);
}

static void put_json(struct writer *writer, const struct reply *reply)
{
    char token[TOKEN_TEXT_SIZE];
    WRITER_PUT(writer, "{\"id\":");
    writer_json(writer, reply->id, strlen(reply->id));
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
    if (reply->outcome == OUTCOME_WORK_FAILED) {
        struct text why, errors;
        split_why(reply, &why, &errors);
        WRITER_MEMBER_TEXT(writer, "why", &why);
        WRITER_MEMBER_TEXT(writer, "stderr", &errors);
    }
    WRITER_PUT(writer, "}\n");
}

static void put_value(struct writer *writer, const struct reply *reply, bool several)
{
    const struct text *value = &reply->value;
    char token[TOKEN_TEXT_SIZE];
    if (!several) {
        writer_put(writer, text_bytes(value), text_size(value));
    } else {
        writer_string(writer, reply->id);
        WRITER_PUT(writer, "\t");
        put_escaped(writer, value);
        if (reply->token.counter) {
            WRITER_PUT(writer, "\t");
            writer_string(writer, token_text(&reply->token, reply->from, token));
        }
    }
    WRITER_PUT(writer, "\n");
}

static void print_reply(struct asking *asking, const struct reply *reply)
{
    asking->failed |= reply->outcome != OUTCOME_VALUE;
    if (asking->json)
        put_json(&asking->writer, reply);
    else if (reply->outcome == OUTCOME_VALUE)
        put_value(&asking->writer, reply, asking->several);
    else
        print_error(reply);
}

static struct reply *reply_to(struct asking *asking, uint64_t number)
{
    return &asking->replies[number % WIRE_CLIENT_AHEAD];
}

/* Prints all that are in, up to the first one that is not. */
static void print_replies(struct asking *asking)
{
    for (struct reply *reply = reply_to(asking, asking->printed); reply->is_in;
         reply = reply_to(asking, ++asking->printed)) {
        print_reply(asking, reply);
        text_clear(&reply->value);
        reply->is_in = false;
    }
}

static void take(void *context, const struct wire_answer *answer)
{
    struct asking *asking = context;
    struct reply *reply = reply_to(asking, answer->cookie);
    reply->is_in = true;
    reply->outcome = (enum outcome)answer->outcome;
    reply->from = answer->from;
    reply->token = answer->token;
    reply->latency_ns = answer->latency_ns;
    bool said = reply->outcome == OUTCOME_VALUE || reply->outcome == OUTCOME_WORK_FAILED;
    if (said && text_copy(&reply->value, &answer->value))
        asking->no_memory = true;
    print_replies(asking);
}

/* ---- asking -------------------------------------------------------------------------------- */

/* What is printed is seen before anybody waits for an id. */
static enum wire_client_next next_id(void *context, char id[ID_SIZE_MAX + 1])
{
    struct asking *asking = context;
    enum wire_client_next next =
        ferror(stdout) ? WIRE_CLIENT_NONE : request_ids_next(&asking->ids, id);
    if (next == WIRE_CLIENT_ID) {
        memcpy(reply_to(asking, asking->asked++)->id, id, ID_SIZE_MAX + 1);
    } else {
        writer_flush(&asking->writer);
        fflush(stdout);
    }
    return next;
}

static enum status ask(struct asking *asking, const struct net_cluster *cluster)
{
    struct failure failure = {0};
    struct wire_client_setup setup = {.cluster_file = &cluster->file,
                                      .keys = cluster->keys,
                                      .next = next_id,
                                      .input = STDIN_FILENO,
                                      .payload = &asking->payload,
                                      .take = take,
                                      .context = asking};
    writer_init(&asking->writer, stdout);
    enum error error = wire_client_ask(&setup, &failure);
    writer_flush(&asking->writer);
    if (error)
        return report(STATUS_FAILED, "--request", failure.text);
    if (fflush(stdout) || ferror(stdout))
        return report(STATUS_FAILED, "standard output", "not all could be written");
    if (asking->no_memory)
        return no_memory();
    return asking->ids.status ? asking->ids.status : asking->failed ? STATUS_BROKEN : STATUS_HELD;
}

static enum status ask_cluster(struct asking *asking, const struct options *options)
{
    struct net_cluster *cluster = NULL;
    enum status status = net_cluster_read(&cluster, options);
    if (!status && options->payload_file && cluster->file.use <= PROGRAM_LOADS)
        status = report(STATUS_WRONG, "--payload",
                        "this cluster has no 'work command': nothing reads a payload");
    if (!status)
        status = request_ids_await(&asking->ids) ? ask(asking, cluster) : asking->ids.status;
    net_cluster_delete(cluster);
    return status;
}

enum status net_request(const struct options *options)
{
    struct asking *asking = memory_zeroed(sizeof *asking);
    if (!asking)
        return no_memory();
    asking->json = options->json;
    asking->several = options->requests_count > 1 || strcmp(options->requests[0], "-") == 0;
    request_ids_init(&asking->ids, options->requests, options->requests_count);
    enum status status = gather_payload(asking, options);
    if (!status)
        status = ask_cluster(asking, options);
    for (size_t i = 0; i < WIRE_CLIENT_AHEAD; i++)
        text_clear(&asking->replies[i].value);
    text_clear(&asking->payload);
    memory_free(asking);
    return status;
}

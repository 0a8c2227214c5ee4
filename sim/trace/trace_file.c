#include "trace/trace_file.h"

#include "base/memory.h"
#include "base/number.h"
#include "base/utf8.h"
#include "node/ballot.h"
#include "node/id.h"
#include "trace/fault.h"
#include "trace/rules.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>

#define HEAD "{\"ev\":\"run\","

/* A value has a megabyte at the most, and each of its bytes six in JSON. */
#define LINE_MOST (UINT32_C(16) << 20)

#define CHUNK 65536u

__attribute__((format(printf, 2, 3))) static enum trace_step wrong(struct trace_file *file,
                                                                   const char *format, ...)
{
    va_list arguments;
    if (*file->why)
        return TRACE_IS_WRONG;
    va_start(arguments, format);
    vsnprintf(file->why, sizeof file->why, format, arguments);
    va_end(arguments);
    return TRACE_IS_WRONG;
}

static enum trace_step unread(struct trace_file *file, const char *why)
{
    snprintf(file->why, sizeof file->why, "%s", why);
    return TRACE_UNREAD;
}

/* ---- lines --------------------------------------------------------------------------------- */

/* Reads more behind what is there. */
static enum trace_step read_more(struct trace_file *file, size_t *more)
{
    if (memory_reserve((void **)&file->bytes, &file->capacity, file->end + CHUNK, 1))
        return unread(file, "out of memory");
    memmove(file->bytes, file->bytes + file->begin, file->end - file->begin);
    file->end -= file->begin;
    file->begin = 0;
    *more = fread(file->bytes + file->end, 1, CHUNK, file->in);
    file->end += *more;
    return ferror(file->in) ? unread(file, strerror(errno)) : TRACE_HAS_RECORD;
}

/* The next line, without its newline. OVER: the file has ended. */
static enum trace_step next_line(struct trace_file *file, char **line, size_t *size)
{
    size_t seen = 0, more = 1;
    for (;;) {
        size_t left = file->end - file->begin - seen;
        char *newline = left ? memchr(file->bytes + file->begin + seen, '\n', left) : NULL;
        if (newline || (!more && file->end > file->begin)) {
            *line = file->bytes + file->begin;
            *size = newline ? (size_t)(newline - *line) : file->end - file->begin;
            file->begin += *size + (newline != NULL);
            file->line++;
            return newline ? TRACE_HAS_RECORD
                           : wrong(file, "the file ends in the middle of this line; save the "
                                         "trace again with --trace");
        }
        if (!more)
            return TRACE_IS_OVER;
        seen = file->end - file->begin;
        if (seen > LINE_MOST)
            return file->line++, wrong(file, "this line is too long for a trace");
        enum trace_step step = read_more(file, &more);
        if (step != TRACE_HAS_RECORD)
            return step;
    }
}

/* The next line as JSON. */
static enum trace_step next_object(struct trace_file *file)
{
    char *line = NULL;
    size_t size = 0, at;
    enum trace_step step = next_line(file, &line, &size);
    if (step != TRACE_HAS_RECORD)
        return step;
    enum error error = json_parse(&file->json, line, size, &at);
    if (error == ERROR_MEMORY)
        return unread(file, "out of memory");
    if (error || file->json.values->kind != JSON_OBJECT)
        return wrong(file, "this line is not a JSON object: see byte %zu", at + 1);
    return TRACE_HAS_RECORD;
}

/* ---- fields -------------------------------------------------------------------------------- */

static const struct json_value *field(struct trace_file *file, const char *key)
{
    return json_member(&file->json, file->json.values, key);
}

static void lacks(struct trace_file *file, const char *key)
{
    wrong(file, field(file, key) ? "its '%s' is not valid" : "it has no '%s'", key);
}

static uint64_t number(struct trace_file *file, const char *key, uint64_t most)
{
    uint64_t value = 0;
    if (!json_number(field(file, key), &value) || value > most) {
        lacks(file, key);
        return 0;
    }
    return value;
}

/* A number of a request, message or worker. */
static uint64_t identity(struct trace_file *file, const char *key)
{
    uint64_t value = number(file, key, UINT64_MAX);
    if (!value)
        lacks(file, key);
    return value;
}

/* A time or span, of which sums of a few don't overflow. */
static int64_t time_of(struct trace_file *file, const char *key)
{
    int64_t value = 0;
    if (!json_signed(field(file, key), &value) || value > TIME_NEVER || value < -TIME_NEVER) {
        lacks(file, key);
        return 0;
    }
    return value;
}

/* "n12" at the begin of `size` bytes; returns how many bytes that is, 0 for none of the cluster. */
static uint32_t node_at(const struct trace_file *file, const char *bytes, uint32_t size,
                        node_id *node)
{
    uint32_t at = 1;
    uint64_t name = 0;
    if (!size || *bytes != 'n')
        return 0;
    while (at < size && at < 8 && bytes[at] >= '0' && bytes[at] <= '9')
        name = name * 10 + (uint64_t)(bytes[at++] - '0');
    *node = (node_id)(name - 1);
    return name && name <= file->head.nodes ? at : 0;
}

static node_id node_in(struct trace_file *file, const struct json_value *value)
{
    node_id node = 0;
    bool is = value && value->kind == JSON_STRING && value->size &&
              node_at(file, value->bytes, value->size, &node) == value->size;
    if (!is)
        wrong(file, "it names no node of its %u", file->head.nodes);
    return is ? node : 0;
}

static node_id node_of(struct trace_file *file, const char *key)
{
    const struct json_value *value = field(file, key);
    if (!value)
        lacks(file, key);
    return node_in(file, value);
}

static struct text text_of(struct trace_file *file, const char *key)
{
    struct text text = {{{0}}};
    if (!json_text(field(file, key), &text))
        lacks(file, key);
    return text;
}

static struct text id_of(struct trace_file *file)
{
    struct text id = text_of(file, "id");
    if (!id_valid(text_bytes(&id), text_size(&id)))
        lacks(file, "id");
    return id;
}

/* Which of `count` names the field has. */
static uint8_t name_of(struct trace_file *file, const char *key, const char *(*name)(unsigned),
                       unsigned count)
{
    const struct json_value *value = field(file, key);
    for (unsigned i = 0; i < count; i++)
        if (json_is(value, name(i)))
            return (uint8_t)i;
    lacks(file, key);
    return 0;
}

/* The functions that name the values of an enumeration, as functions of one type. */
#define NAMES(function, name)                                                                      \
    static const char *function(unsigned i)                                                        \
    {                                                                                              \
        return name(i);                                                                            \
    }
NAMES(record_of_kind, record_name)
NAMES(message_of, message_name)
NAMES(drop_of, drop_name)
NAMES(route_why_of, route_why_name)
NAMES(outcome_of, outcome_name)
NAMES(fault_of, fault_name)
NAMES(set_of, set_name)
NAMES(rule_of, rule_name)
NAMES(route_of, route_name)
NAMES(lease_how_of, lease_how_name)
#undef NAMES

/* "token":[epoch,counter]. */
static struct token token_of(struct trace_file *file)
{
    uint64_t epoch = 0;
    struct token token = {0, 0};
    const struct json_value *pair = field(file, "token"), *first = json_first(pair);
    if (!pair || pair->kind != JSON_ARRAY || pair->size != 2 || !json_number(first, &epoch) ||
        epoch > UINT32_MAX || !json_number(json_next(&file->json, pair, first), &token.counter))
        lacks(file, "token");
    token.epoch = (uint32_t)epoch;
    return token;
}

static bool is_true(struct trace_file *file, const char *key)
{
    const struct json_value *value = field(file, key);
    if (!value || (value->kind != JSON_TRUE && value->kind != JSON_FALSE))
        lacks(file, key);
    return value && value->kind == JSON_TRUE;
}

/* ---- what other lines know ----------------------------------------------------------------- */

static void put_request_in(struct trace_file *file, struct record *record)
{
    const struct replay_request *request = replay_find_request(&file->replay, record->request);
    if (!request)
        return;
    if (record->kind == RECORD_ROUTE || record->kind == RECORD_SERVE ||
        (record->kind == RECORD_SEND && record->message == MESSAGE_REQUEST))
        record->id = request->id;
    if (record->kind != RECORD_ROUTE)
        record->code = request->tries;
}

static void put_worker_in(struct trace_file *file, struct record *record)
{
    const struct replay_worker *worker = replay_find_worker(&file->replay, record->worker);
    if (worker && !text_size(&record->id))
        record->id = worker->id;
}

/* ---- leases -------------------------------------------------------------------------------- */

/* The last that a node said of a slot: until when it has the lease, on its own clock; TIME_NEVER:
 * it has given it up, and with it all workers. */
struct trace_lease {
    uint64_t key;
    int64_t until_ns;
};

static uint64_t lease_key(uint64_t slot, node_id node)
{
    return slot << 32 | node;
}

static void note_lease(struct trace_file *file, const struct record *record)
{
    uint32_t slot;
    uint64_t key = lease_key(record->number, record->node);
    bool over = record->code == LEASE_RELEASED || record->code == LEASE_LOST;
    struct trace_lease *lease = pool_map_find_number(&file->leases, struct trace_lease, key, key);
    if (!lease && (lease = pool_map_add(&file->leases, random_mix(key), &slot)))
        lease->key = key;
    file->data.failed |= !lease;
    if (lease)
        lease->until_ns = over ? TIME_NEVER : record->amount;
}

/* Whether the node's lease of the id is over: then its worker can do no more, even if the node
 * stands still and has not ended it. Its clock is taken to be off by as much as it last was. */
static bool lease_is_over(const struct trace_file *file, const struct text *id, node_id node,
                          int64_t t_ns)
{
    uint64_t key = lease_key(id_slot(id, file->head.slots), node);
    const struct trace_lease *lease =
        pool_map_find_number(&file->leases, struct trace_lease, key, key);
    return lease && lease->until_ns != TIME_NEVER &&
           t_ns + file->clocks_off_ns[node] >= lease->until_ns;
}

/* Another live worker of the id makes this one a duplicate. */
static void note_duplicate(struct trace_file *file, const struct record *start)
{
    for (node_id node = 0; node < file->head.nodes; node++) {
        const struct replay_worker *other = replay_find_place(&file->replay, &start->id, node);
        if (!other || node == start->node ||
            (file->head.slots && lease_is_over(file, &start->id, node, start->t_ns)))
            continue;
        file->further = *start;
        file->further.kind = RECORD_DUPLICATE;
        file->further.code = 0;
        file->further.amount = 0;
        file->further.peer = node;
        file->further.number = other->number;
        return;
    }
}

/* ---- records ------------------------------------------------------------------------------- */

static void read_view(struct trace_file *file, struct record *record)
{
    const struct json_value *members = field(file, "members");
    uint32_t size = (file->head.nodes + 7) / 8;
    record->epoch = (uint32_t)number(file, "epoch", UINT32_MAX);
    if (!members || members->kind != JSON_ARRAY)
        lacks(file, "members");
    char *bits = *file->why ? NULL : string_builder_extend(&file->data, size);
    if (!bits)
        return;
    memset(bits, 0, size);
    for (const struct json_value *value = json_first(members); value;
         value = json_next(&file->json, members, value)) {
        node_id node = node_in(file, value);
        bits[node / 8] |= (char)(1 << node % 8);
    }
    record->value = text_borrow(bits, size);
}

static void read_message(struct trace_file *file, struct record *record)
{
    bool arrives = record->kind == RECORD_RECV;
    record->number = identity(file, "msg");
    record->peer = node_of(file, arrives ? "from" : "to");
    record->message = name_of(file, "kind", message_of, MESSAGE_KINDS);
    const struct replay_message *message = replay_find_message(&file->replay, record->number);
    if (record->kind == RECORD_SEND)
        record->request = field(file, "req") ? identity(file, "req") : 0;
    else
        record->request = message ? message->request : 0;
    put_request_in(file, record);
    if (record->kind == RECORD_DROP)
        record->code = name_of(file, "why", drop_of, DROPS_COUNT);
}

/* What a LOAD or SERVE happens under, if there are leases. */
static void read_token(struct trace_file *file, struct record *record)
{
    if (!field(file, "token"))
        return;
    struct token token = token_of(file);
    record->epoch = token.epoch;
    record->number = token.counter;
    if (!token.counter)
        lacks(file, "token");
}

static void read_lease(struct trace_file *file, struct record *record)
{
    struct token token = token_of(file);
    record->number = number(file, "slot", UINT32_MAX);
    record->epoch = token.epoch;
    record->worker = token.counter;
    record->amount = time_of(file, "until");
    record->code = name_of(file, "how", lease_how_of, LEASE_HOWS_COUNT);
    if (!*file->why)
        note_lease(file, record);
}

static void read_request(struct trace_file *file, struct record *record)
{
    record->request = identity(file, "req");
    switch (record->kind) {
    case RECORD_REQUEST:
        record->id = id_of(file);
        record->amount = time_of(file, "deadline");
        break;
    case RECORD_ROUTE:
        record->peer = node_of(file, "owner");
        record->code = (uint8_t)number(file, "try", UINT8_MAX);
        if (field(file, "why"))
            record->why = name_of(file, "why", route_why_of, WHYS_COUNT);
        put_request_in(file, record);
        break;
    case RECORD_SERVE:
        record->worker = identity(file, "worker");
        record->value = text_of(file, "value");
        put_request_in(file, record);
        put_worker_in(file, record);
        read_token(file, record);
        break;
    case RECORD_REPLY:
        record->id = id_of(file);
        record->worker = identity(file, "worker");
        record->value = text_of(file, "value");
        record->amount = time_of(file, "latency");
        record->peer = record->worker ? number_owner(record->worker, file->head.nodes) : 0;
        break;
    default:
        record->id = id_of(file);
        record->code = name_of(file, "error", outcome_of, OUTCOMES_COUNT);
        break;
    }
}

static void read_worker(struct trace_file *file, struct record *record)
{
    bool loads = record->kind == RECORD_LOAD || record->kind == RECORD_VALUE ||
                 record->kind == RECORD_LOAD_FAILED;
    record->worker = identity(file, "worker");
    if (loads)
        put_worker_in(file, record);
    else
        record->id = id_of(file);
    if (record->kind == RECORD_START && field(file, "found")) {
        record->code = START_FOUND;
        record->amount = time_of(file, "age");
    }
    if (record->kind == RECORD_EXPIRE && field(file, "how")) {
        bool leaves = json_is(field(file, "how"), "leave");
        if (!leaves && !json_is(field(file, "how"), "lease"))
            lacks(file, "how");
        record->kind = RECORD_LOST;
        record->code = leaves ? DOWN_LEAVE : DOWN_LEASE;
    }
    if (record->kind == RECORD_LOAD)
        read_token(file, record);
    if (record->kind == RECORD_VALUE)
        record->value = text_of(file, "value");
    if (record->kind == RECORD_START && !*file->why)
        note_duplicate(file, record);
}

/* ---- faults -------------------------------------------------------------------------------- */

/* Nodes in the cluster's order, each once, as node_runs_put wants them. */
struct node_set {
    uint64_t *bits;
    node_id *list;
    uint32_t nodes;
};

static void put_set(struct trace_file *file, const struct node_set *set)
{
    uint32_t count = 0;
    for (node_id node = 0; node < set->nodes; node++)
        if (bits_has(set->bits, node))
            set->list[count++] = node;
    memset(set->bits, 0, bits_words(set->nodes) * sizeof *set->bits);
    node_runs_put(&file->data, set->list, count);
}

/* The names "n1,n2" at `*at`, up to a blank or the end. */
static void read_names(struct trace_file *file, const struct node_set *set, const char **at,
                       const char *end)
{
    node_id node;
    do {
        uint32_t size = node_at(file, *at, (uint32_t)(end - *at), &node);
        if (!size) {
            wrong(file, "one of its 'links' is not valid");
            return;
        }
        bits_add(set->bits, node);
        *at += size;
    } while (*at < end && **at == ',' && (*at)++);
}

static bool skip_sign(const char **at, const char *end, const char *sign)
{
    size_t size = strlen(sign);
    if ((size_t)(end - *at) < size || memcmp(*at, sign, size) != 0)
        return false;
    *at += size;
    return true;
}

/* Of "n1 -> n2,n3" both sets; of a partition, whose links are a list of such, the left ones, and
 * the right one of the last. Returns whether it goes both ways. */
static bool read_link(struct trace_file *file, const struct node_set *set,
                      const struct json_value *link, bool right_too)
{
    if (link->kind != JSON_STRING) {
        wrong(file, "one of its 'links' is not valid");
        return false;
    }
    const char *at = link->bytes, *end = at + link->size;
    read_names(file, set, &at, end);
    put_set(file, set);
    bool both = skip_sign(&at, end, " <-> ");
    if (!both && !skip_sign(&at, end, " -> "))
        wrong(file, "one of its 'links' is not valid");
    read_names(file, set, &at, end);
    if (right_too)
        put_set(file, set);
    else
        memset(set->bits, 0, bits_words(set->nodes) * sizeof *set->bits);
    return both;
}

static void read_links(struct trace_file *file, const struct record *record,
                       const struct node_set *set)
{
    const struct json_value *links = field(file, "links"), *link = json_first(links);
    bool is_set = record->kind == RECORD_SET, both = false;
    bool is_partition = !is_set && record->code == FAULT_PARTITION;
    if (!links || links->kind != JSON_ARRAY)
        lacks(file, "links");
    if (*file->why)
        return;
    if (is_set)
        string_builder_add_char(&file->data, link != NULL);
    if (is_partition)
        varint_put(&file->data, links->size + (links->size > 0));
    while (link && !*file->why) {
        const struct json_value *next = json_next(&file->json, links, link);
        both = read_link(file, set, link, !next);
        link = next;
    }
    if (is_set ? links->size > 0 : record->code == FAULT_CUT)
        string_builder_add_char(&file->data, both);
}

static void read_fault_nodes(struct trace_file *file, struct record *record,
                             const struct node_set *set)
{
    const struct json_value *nodes = field(file, "nodes");
    if (!nodes || nodes->kind != JSON_ARRAY)
        lacks(file, "nodes");
    for (const struct json_value *value = json_first(nodes); value && !*file->why;
         value = json_next(&file->json, nodes, value))
        bits_add(set->bits, node_in(file, value));
    put_set(file, set);
    read_links(file, record, set);
    record->id = text_borrow(file->data.text, file->data.size);
}

static void read_fault(struct trace_file *file, struct record *record)
{
    struct fault fault;
    struct node_set set = {.bits = bits_new(file->head.nodes),
                           .list = memory_resize(NULL, file->head.nodes * sizeof(node_id)),
                           .nodes = file->head.nodes};
    record->line = (uint32_t)number(file, "line", UINT32_MAX);
    record->value = text_of(file, "what");
    record->code = record->kind == RECORD_SET ? name_of(file, "kind", set_of, SETS_COUNT)
                                              : name_of(file, "kind", fault_of, FAULTS_COUNT);
    record->number = is_true(file, "on");
    file->data.failed |= !set.bits || !set.list;
    if (!file->data.failed && !*file->why)
        read_fault_nodes(file, record, &set);
    if (!file->data.failed && !*file->why && !fault_read(record, file->head.nodes, &fault))
        wrong(file, "its 'links' are not those of a %s",
              record->kind == RECORD_SET ? set_name(record->code) : fault_name(record->code));
    memory_free(set.bits);
    memory_free(set.list);
}

/* ---- the whole line ------------------------------------------------------------------------ */

static bool is_of_the_run(const struct record *record)
{
    return record->kind == RECORD_FAULT || record->kind == RECORD_SET ||
           record->kind == RECORD_EXPECT || record->kind == RECORD_VIOLATION;
}

static void read_fields(struct trace_file *file, struct record *record)
{
    switch (record->kind) {
    case RECORD_DOWN:
        record->code = json_is(field(file, "how"), "leave") ? DOWN_LEAVE : DOWN_CRASH;
        break;
    case RECORD_FROZEN:
        record->code = field(file, "how") ? FROZEN_STALLED : FROZEN_BY_FAULT;
        break;
    case RECORD_VIEW:
        read_view(file, record);
        break;
    case RECORD_SEND:
    case RECORD_RECV:
    case RECORD_DROP:
        read_message(file, record);
        break;
    case RECORD_REQUEST:
    case RECORD_ROUTE:
    case RECORD_SERVE:
    case RECORD_REPLY:
    case RECORD_FAIL:
        read_request(file, record);
        break;
    case RECORD_START:
    case RECORD_LOAD:
    case RECORD_VALUE:
    case RECORD_LOAD_FAILED:
    case RECORD_EXPIRE:
    case RECORD_LOST:
        read_worker(file, record);
        break;
    case RECORD_LEASE:
        read_lease(file, record);
        break;
    case RECORD_FAULT:
    case RECORD_SET:
        read_fault(file, record);
        break;
    case RECORD_EXPECT:
        record->line = (uint32_t)number(file, "line", UINT32_MAX);
        record->code = is_true(file, "held") ? VERDICT_HELD : VERDICT_FAILED;
        break;
    case RECORD_VIOLATION:
        record->code = name_of(file, "rule", rule_of, RULES_COUNT);
        record->id = text_of(file, "id");
        record->value = text_of(file, "text");
        break;
    default:
        break;
    }
}

static enum trace_step read_record(struct trace_file *file, struct record *record)
{
    file->data.size = 0;
    *record = record_of(name_of(file, "ev", record_of_kind, RECORD_KINDS));
    record->t_ns = time_of(file, "t");
    if (record->kind == RECORD_DUPLICATE || record->t_ns < 0)
        lacks(file, record->t_ns < 0 ? "t" : "ev");
    if (!is_of_the_run(record) || field(file, "node"))
        record->node = node_of(file, "node");
    record->clock_ns = field(file, "clock") ? time_of(file, "clock") : record->t_ns;
    if (record->node != NODE_NONE && record->kind != RECORD_DROP)
        file->clocks_off_ns[record->node] = record->clock_ns - record->t_ns;
    if (!*file->why)
        read_fields(file, record);
    if (!*file->why && file->data.failed)
        return unread(file, "out of memory");
    if (*file->why)
        return TRACE_IS_WRONG;
    if (replay_take(&file->replay, record))
        return unread(file, "out of memory");
    return TRACE_HAS_RECORD;
}

/* Behind the last line. */
static enum trace_step end(struct trace_file *file)
{
    file->is_over = true;
    enum trace_step step = next_object(file);
    if (step == TRACE_HAS_RECORD)
        return wrong(file, "this line comes after the end of the trace");
    return step;
}

enum trace_step trace_file_next(struct trace_file *file, struct record *record)
{
    if (file->further.kind == RECORD_DUPLICATE) {
        *record = file->further;
        file->further.kind = 0;
        return TRACE_HAS_RECORD;
    }
    if (file->is_over)
        return TRACE_IS_OVER;
    enum trace_step step = next_object(file);
    if (step == TRACE_IS_OVER)
        return file->line++,
               wrong(file, "the trace lacks its last line, which has the hash; save it "
                           "again with --trace");
    if (step != TRACE_HAS_RECORD)
        return step;
    return json_is(field(file, "ev"), "end") ? end(file) : read_record(file, record);
}

/* ---- the head ------------------------------------------------------------------------------ */

static uint8_t setting_of(struct trace_file *file, const char *key, const char *(*name)(unsigned),
                          unsigned count)
{
    const struct json_value *value = json_member(&file->json, field(file, "settings"), key);
    for (unsigned i = 0; i < count; i++)
        if (json_is(value, name(i)))
            return (uint8_t)i;
    wrong(file, "it has no '%s' among its 'settings'", key);
    return 0;
}

static const char *fallback_of(unsigned i)
{
    static const char *const names[] = {
        [FALLBACK_NONE] = "none", [FALLBACK_LOCAL] = "local", [FALLBACK_OWNER] = "owner"};
    return names[i];
}

static const char *membership_of(unsigned i)
{
    return i ? "static" : "heartbeat";
}

/* How many slots there are, each with a lease; 0: workers are owned by view. */
static uint32_t slots_of(struct trace_file *file)
{
    uint64_t slots = 0;
    const struct json_value *settings = field(file, "settings");
    if (!json_is(json_member(&file->json, settings, "ownership"), "lease"))
        return 0;
    if (!json_number(json_member(&file->json, settings, "slots"), &slots) || !slots ||
        slots > UINT32_MAX)
        wrong(file, "it has no 'slots' among its 'settings'");
    return (uint32_t)slots;
}

static void keep_settings(struct trace_file *file)
{
    struct string_builder lines = {0};
    const struct json_value *settings = field(file, "settings"), *key = json_first(settings);
    while (key) {
        const struct json_value *value = json_next(&file->json, settings, key);
        string_builder_add_bytes(&lines, key->bytes, key->size);
        string_builder_add_char(&lines, ' ');
        if (value->kind == JSON_STRING || value->kind == JSON_NUMBER)
            string_builder_add_bytes(&lines, value->bytes, value->size);
        string_builder_add_char(&lines, '\n');
        key = json_next(&file->json, settings, value);
    }
    file->head.settings = string_builder_take(&lines);
}

static enum trace_step read_head(struct trace_file *file)
{
    enum trace_step step = next_object(file);
    struct trace_head *head = &file->head;
    if (step == TRACE_IS_OVER || (step == TRACE_IS_WRONG && file->line <= 1) ||
        (step == TRACE_HAS_RECORD && !json_is(field(file, "ev"), "run"))) {
        *file->why = '\0';
        file->line = 1;
        return wrong(file, "this is not a trace, which would begin with " HEAD
                           "…; save one with --trace");
    }
    if (step != TRACE_HAS_RECORD)
        return step;
    if (number(file, "v", UINT64_MAX) != 2)
        wrong(file, "another version of dpsim wrote this trace; save it again with this one");
    head->seed = number(file, "seed", UINT64_MAX);
    head->nodes = (uint32_t)number(file, "nodes", NODES_MAX);
    if (!head->nodes)
        lacks(file, "nodes");
    struct text scenario = text_of(file, "scenario");
    head->route = setting_of(file, "route", route_of, ROUTES_COUNT);
    head->fallback = setting_of(file, "fallback", fallback_of, FALLBACK_OWNER + 1);
    head->views_static = setting_of(file, "membership", membership_of, 2);
    head->slots = slots_of(file);
    head->is_whole = json_is(json_member(&file->json, field(file, "settings"), "trace"), "all");
    if (*file->why)
        return TRACE_IS_WRONG;
    struct string_builder name = {0};
    string_builder_add_bytes(&name, text_bytes(&scenario), text_size(&scenario));
    head->scenario = string_builder_take(&name);
    keep_settings(file);
    struct replay_setup follow = {.nodes = head->nodes,
                                  .parts = REPLAY_WORKERS | REPLAY_PLACES | REPLAY_REQUESTS |
                                           REPLAY_MESSAGES};
    file->clocks_off_ns = memory_zeroed(head->nodes * sizeof *file->clocks_off_ns);
    if (!head->scenario || !head->settings || !file->clocks_off_ns ||
        replay_init(&file->replay, &follow))
        return unread(file, "out of memory");
    return TRACE_HAS_RECORD;
}

bool trace_file_begins(const char *name)
{
    char bytes[sizeof HEAD - 1];
    FILE *in = strcmp(name, "-") == 0 ? NULL : fopen(name, "r");
    if (!in)
        return false;
    bool is =
        fread(bytes, 1, sizeof bytes, in) == sizeof bytes && memcmp(bytes, HEAD, sizeof bytes) == 0;
    fclose(in);
    return is;
}

enum trace_step trace_file_over(struct trace_file *file, const char *name, FILE *in)
{
    *file = (struct trace_file){.name = name, .in = in};
    pool_map_init(&file->leases, sizeof(struct trace_lease));
    return in ? read_head(file) : unread(file, strerror(errno));
}

enum trace_step trace_file_open(struct trace_file *file, const char *name)
{
    return trace_file_over(file, name, fopen(name, "r"));
}

void trace_file_close(struct trace_file *file)
{
    if (file->in)
        fclose(file->in);
    replay_close(&file->replay);
    pool_map_close(&file->leases);
    memory_free(file->clocks_off_ns);
    string_builder_close(&file->data);
    json_close(&file->json);
    memory_free(file->bytes);
    memory_free(file->head.scenario);
    memory_free(file->head.settings);
    *file = (struct trace_file){0};
}

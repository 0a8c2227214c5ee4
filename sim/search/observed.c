#include "search/observed.h"

#include "base/duration.h"
#include "base/memory.h"
#include "base/string_builder.h"
#include "scenario/parser.h"

#include <inttypes.h>
#include <string.h>

static void fail(struct observed *observed)
{
    observed->failed = true;
}

/* ---- text ---------------------------------------------------------------------------------- */

/* Whether an id can stand in a request as it is. */
static bool is_plain_id(const struct text *id)
{
    const char *bytes = text_bytes(id);
    for (uint32_t i = 0; i < text_size(id); i++) {
        char c = bytes[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     c == '-' || c == '_' || c == '/';
        if (!plain)
            return false;
    }
    return !is_language_word((struct word){bytes, text_size(id)});
}

static void add_id(struct string_builder *text, const struct text *id)
{
    if (is_plain_id(id)) {
        string_builder_add_bytes(text, text_bytes(id), text_size(id));
        return;
    }
    string_builder_add_char(text, '"');
    for (uint32_t i = 0; i < text_size(id); i++) {
        char c = text_bytes(id)[i];
        if (c == '"' || c == '\\')
            string_builder_add_char(text, '\\');
        string_builder_add_char(text, c);
    }
    string_builder_add_char(text, '"');
}

static void add_nodes(struct string_builder *text, const struct node_list *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        string_builder_print(text, "%sn%u", i ? "," : "", list->nodes[i] + 1);
}

/* Number `index` of the lists that are written in an action, in their order; NULL: it has fewer. */
static const struct node_list *list_of(const struct action *action, uint32_t index)
{
    switch (action->kind) {
    case ACTION_REQUEST:
        return index == 0 ? &action->as.request.from : NULL;
    case ACTION_CUT:
        return index == 0 ? &action->as.link.from : index == 1 ? &action->as.link.to : NULL;
    case ACTION_PARTITION:
        return index < action->as.partition.count ? &action->as.partition.groups[index] : NULL;
    case ACTION_LATENCY:
    case ACTION_LOSS:
    case ACTION_DUPLICATE:
    case ACTION_REORDER:
        if (!action->as.set.some_links)
            return NULL;
        return index == 0 ? &action->as.set.link.from : index == 1 ? &action->as.set.link.to : NULL;
    default:
        return index == 0 ? &action->nodes : NULL;
    }
}

static bool is_drawn(const struct node_list *list)
{
    return list->any || list->owner || list->others;
}

/* The next list that is known only when it happens, from `*index` on. */
static const struct node_list *next_drawn(const struct action *written, const struct action *meant,
                                          uint32_t *index)
{
    const struct node_list *list;
    while ((list = list_of(written, *index)) && !is_drawn(list))
        (*index)++;
    return list ? list_of(meant, (*index)++) : NULL;
}

/* The end of the word that begins there: of a quoted part, its closing quote. */
static const char *word_end(const char *at)
{
    bool quoted = false;
    for (; *at && (quoted || (*at != ' ' && *at != '\t')); at++) {
        if (quoted && *at == '\\' && at[1])
            at++;
        else if (*at == '"')
            quoted = !quoted;
    }
    return at;
}

static const char *skip_blanks(const char *at)
{
    while (*at == ' ' || *at == '\t')
        at++;
    return at;
}

/* The words of the action with names in place of `any`, `owner ID` and `others`. False: one of
 * those is nobody, and the words are to stay as they are: they mean nobody again. */
static bool add_words(struct string_builder *text, const struct action *written,
                      const struct action *meant)
{
    uint32_t index = 0;
    for (const char *at = written->text; *at;) {
        const char *end = word_end(at);
        struct word word = {at, (size_t)(end - at)};
        bool owner = word_is(word, "owner");
        if (owner || word_is(word, "any") || word_is(word, "others")) {
            const struct node_list *list = next_drawn(written, meant, &index);
            if (!list || !list->count)
                return false;
            add_nodes(text, list);
            if (owner)
                end = word_end(skip_blanks(end));
        } else {
            string_builder_add_bytes(text, word.text, word.size);
        }
        at = skip_blanks(end);
        if (*at)
            string_builder_add_char(text, ' ');
    }
    return true;
}

static const char *keep(struct observed *observed, struct string_builder *text)
{
    char *kept =
        text->failed || !text->text ? NULL : arena_copy(observed->arena, text->text, text->size);
    string_builder_close(text);
    if (!kept)
        fail(observed);
    return kept;
}

/* ---- actions ------------------------------------------------------------------------------- */

static void add_step(struct observed *observed, struct observed_step step)
{
    if (memory_reserve((void **)&observed->steps, &observed->capacity, observed->count + 1,
                       sizeof *observed->steps))
        fail(observed);
    else
        observed->steps[observed->count++] = step;
}

/* Whether `every` can't be taken apart: the replies are numbered, or it is judged as one line. */
static bool stays_together(const struct action *action)
{
    return action->period_ns &&
           (action->kind == ACTION_EXPECT ||
            (action->kind == ACTION_REQUEST && action->as.request.reply != UINT32_MAX));
}

static const char *text_together(struct observed *observed, const struct action *action)
{
    struct string_builder text = {0};
    string_builder_print(&text, "every %s %s", duration_plain(action->period_ns).text,
                         action->text);
    if (action->until_ns < TIME_NEVER)
        string_builder_print(&text, " until %s", duration_plain(action->until_ns).text);
    return keep(observed, &text);
}

#define MAY_MISS " may miss"

static const char *text_alone(struct observed *observed, const struct action *written,
                              const struct action *meant)
{
    struct string_builder text = {0};
    enum action_group group = action_group(written->kind);
    bool is_fault = group == ACTS_ON_NODES || group == ACTS_ON_LINKS;
    if (written->kind == ACTION_ROLLING || written->trigger.nth ||
        !add_words(&text, written, meant)) {
        string_builder_close(&text);
        string_builder_add(&text, written->text);
    }
    if (written->period_ns && is_fault && !written->may_miss)
        string_builder_add(&text, MAY_MISS); /* all repetitions together must touch something */
    return keep(observed, &text);
}

static void applied(struct executor_observer *self, const struct action *written,
                    const struct action *meant, uint64_t repeat, int64_t now_ns)
{
    struct observed *observed = container_of(self, struct observed, observer);
    struct observed_step step = {.at_ns = now_ns, .load = LOAD_NONE, .line = written->line};
    uint32_t index = 0;
    bool together = stays_together(written);
    if (observed->failed || written->initial || written->kind == ACTION_CHAOS ||
        (together && repeat))
        return;
    if (written->kind == ACTION_CLIENTS || written->kind == ACTION_REQUESTS) {
        step.load = observed->loads++;
        step.text = written->text;
        if (memory_reserve((void **)&observed->timeouts_ns, &observed->timeouts_capacity,
                           observed->loads, sizeof *observed->timeouts_ns))
            fail(observed);
        else
            observed->timeouts_ns[step.load] = written->as.load.timeout_ns;
    } else {
        step.text =
            together ? text_together(observed, written) : text_alone(observed, written, meant);
        observed->drawn += together && written->kind == ACTION_REQUEST &&
                           next_drawn(written, meant, &index) != NULL;
    }
    add_step(observed, step);
}

/* ---- what touched nothing ------------------------------------------------------------------ */

static bool may_miss(const struct observed_step *step)
{
    size_t size = step->text ? strlen(step->text) : 0, end = strlen(MAY_MISS);
    return size > end && strcmp(step->text + size - end, MAY_MISS) == 0;
}

static void miss(struct observed *observed, uint32_t line)
{
    for (size_t i = observed->count; i-- > 0;) {
        struct observed_step *step = &observed->steps[i];
        if (step->line != line || !may_miss(step))
            continue;
        step->text = arena_copy(observed->arena, step->text, strlen(step->text) - strlen(MAY_MISS));
        if (!step->text)
            fail(observed);
        return;
    }
}

void observed_miss(struct observed *observed, const uint64_t *missed)
{
    const struct plan *plan = observed->plan;
    for (uint32_t i = 0; i < plan->actions_count; i++)
        if (bits_has(missed, i) &&
            (plan->actions[i].period_ns || plan->actions[i].kind == ACTION_CHAOS))
            miss(observed, plan->actions[i].line);
}

/* ---- loads --------------------------------------------------------------------------------- */

static void add_client(void *context, node_id node, struct client client)
{
    struct observed *observed = context;
    (void)client;
    if (observed->failed)
        return;
    if (memory_reserve((void **)&observed->clients[node].loads, &observed->clients[node].capacity,
                       observed->clients[node].count + 1, sizeof(uint32_t)))
        fail(observed);
    else
        observed->clients[node].loads[observed->clients[node].count++] = observed->loads - 1;
}

static void loaded(struct executor_observer *self, const struct workload *workload)
{
    workload_spread(workload, add_client, container_of(self, struct observed, observer));
}

static const char *text_of_request(struct observed *observed, const struct record *record,
                                   uint32_t load)
{
    struct string_builder text = {0};
    string_builder_add(&text, "request ");
    add_id(&text, &record->id);
    string_builder_print(&text, " from n%u", record->node + 1);
    if (observed->timeouts_ns[load])
        string_builder_print(&text, " timeout %s",
                             duration_plain(observed->timeouts_ns[load]).text);
    return keep(observed, &text);
}

static void take(struct reader *reader, const struct record *record)
{
    struct observed *observed = container_of(reader, struct observed, reader);
    if (record->kind != RECORD_REQUEST || !(record->number & TAG_CLIENT) || observed->failed)
        return;
    uint64_t client = record->number & ~TAG_CLIENT;
    must(client < observed->clients[record->node].count);
    struct observed_step step = {.at_ns = record->t_ns,
                                 .load = observed->clients[record->node].loads[client]};
    step.text = text_of_request(observed, record, step.load);
    if (memory_reserve((void **)&observed->requests, &observed->requests_capacity,
                       observed->requests_count + 1, sizeof *observed->requests))
        fail(observed);
    else
        observed->requests[observed->requests_count++] = step;
}

void observed_init(struct observed *observed, const struct plan *plan, struct arena *arena)
{
    *observed = (struct observed){
        .observer = {applied, loaded}, .reader = {.take = take}, .plan = plan, .arena = arena};
    observed->clients = memory_zeroed(plan->settings.nodes * sizeof *observed->clients);
    observed->failed = !arena || !observed->clients;
}

void observed_close(struct observed *observed)
{
    for (uint32_t i = 0; observed->clients && i < observed->plan->settings.nodes; i++)
        memory_free(observed->clients[i].loads);
    memory_free(observed->clients);
    memory_free(observed->timeouts_ns);
    memory_free(observed->steps);
    memory_free(observed->requests);
    *observed = (struct observed){0};
}

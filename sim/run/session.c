#include "run/session.h"

#include "base/memory.h"
#include "scenario/parse.h"
#include "scenario/plan_printer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SESSIONS_MAX  9999
#define STATEMENT_MAX 400u

void session_init(struct session *session, const struct plan *plan, struct runner *runner)
{
    *session = (struct session){.plan = plan, .runner = runner};
}

void session_close(struct session *session)
{
    for (size_t i = 0; i < session->added_count; i++)
        plan_close(&session->added[i]);
    memory_free(session->added);
}

static enum error fail(struct failure *failure, enum error error, const char *what, const char *why)
{
    return failure_set(failure, error, "%.120s: %.120s", what, why);
}

/* The first diagnostic without its place, which is none of the person's: what follows "error: " on
 * its line. It names the words that it is about, so the statement is not said once more. */
static enum error fail_statement(struct failure *failure, const char *diagnostics)
{
    const char *error = strstr(diagnostics, "error: ");
    const char *text = error ? error + strlen("error: ") : diagnostics;
    return failure_set(failure, ERROR_TEXT, "%.*s", (int)strcspn(text, "\n"), text);
}

/* Why the plan is not one action that can be done by hand; NULL if it is. */
static const char *why_not_by_hand(const struct plan *plan)
{
    static const char others[] = "what can be done by hand are requests, clients and faults";
    if (plan->actions_count != 1 || plan->expectations_count)
        return others;
    if (plan->replies_count)
        return "'as' names replies for what a file expects of them; leave it out";
    enum action_group group = action_group(plan->actions[0].kind);
    bool is = group == ACTS_AS_CLIENT || group == ACTS_ON_NODES || group == ACTS_ON_LINKS;
    return is ? NULL : others;
}

enum error session_act(struct session *session, int64_t at_ns, const char *statement,
                       struct failure *failure)
{
    char text[512];
    char *diagnostics;
    struct plan plan;
    if (strlen(statement) > STATEMENT_MAX || strchr(statement, '\n'))
        return fail(failure, ERROR_TEXT, "a statement", "is one line of 400 bytes at most");
    if (memory_reserve((void **)&session->added, &session->added_capacity, session->added_count + 1,
                       sizeof *session->added))
        return fail(failure, ERROR_MEMORY, statement, "out of memory");
    snprintf(text, sizeof text, "nodes %u\nat %lldns %s\n", session->plan->settings.nodes,
             (long long)at_ns, statement);
    enum error error = parse_scenario(&plan, "", text, strlen(text), NULL, 0, &diagnostics);
    if (error == ERROR_TEXT) {
        fail_statement(failure, diagnostics);
        memory_free(diagnostics);
    } else if (error) {
        fail(failure, error, statement, "out of memory");
    }
    if (error)
        return error;
    const char *why = why_not_by_hand(&plan);
    if (why) {
        plan_close(&plan);
        return fail(failure, ERROR_TEXT, statement, why);
    }
    session->added[session->added_count++] = plan;
    must(at_ns > session->runner->operations->now_ns(session->runner));
    error = executor_add(session->runner->executor, &plan.actions[0]);
    return error ? fail(failure, error, statement, "out of memory") : OK;
}

static FILE *open_new(char *name, size_t size)
{
    for (int i = 1; i <= SESSIONS_MAX; i++) {
        snprintf(name, size, "dpsim-session-%d.txt", i);
        int file = open(name, O_WRONLY | O_CREAT | O_EXCL, 0666);
        FILE *out = file >= 0 ? fdopen(file, "w") : NULL;
        if (file >= 0 && !out) {
            close(file);
            unlink(name);
        }
        if (file >= 0)
            return out;
        if (errno != EEXIST)
            return NULL;
    }
    return NULL;
}

static enum error write_session(const struct session *session, FILE *out)
{
    const struct action **actions = NULL;
    size_t count = 0, capacity = 0;
    uint32_t index = 0;
    for (const struct action *action;
         (action = action_list_at(&session->runner->executor->actions, index)); index++) {
        if (action->is_drawn)
            continue;
        if (memory_reserve((void **)&actions, &capacity, count + 1, sizeof *actions)) {
            memory_free(actions);
            return ERROR_MEMORY;
        }
        actions[count++] = action;
    }
    fprintf(out, "# A session of dpsim: what was in the scenario, and what was done by hand.\n");
    fprintf(out, session->runner->live ? "# Real time: it replays to the same, nearly.\n\n"
                                       : "# It replays to the same hash.\n\n");
    enum error error = plan_print(out, session->plan, actions, count);
    memory_free(actions);
    return error;
}

enum error session_save(const struct session *session, char name[SESSION_NAME_SIZE],
                        struct failure *failure)
{
    FILE *out = open_new(name, SESSION_NAME_SIZE);
    if (!out)
        return fail(failure, ERROR_IO, name, strerror(errno));
    enum error error = write_session(session, out);
    bool broken = ferror(out);
    if (!fclose(out) && !broken && !error)
        return OK;
    fail(failure, ERROR_IO, name, error ? "out of memory" : strerror(errno));
    unlink(name);
    return ERROR_IO;
}

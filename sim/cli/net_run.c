/* A scenario on real processes: the cluster that it needs, and the drive that carries it through.
 */
#include "cli/net.h"

#include "base/duration.h"
#include "base/interrupt.h"
#include "cli/net_cluster.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "net/drive/drive.h"
#include "scenario/plan_printer.h"
#include "trace/timeline.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- a cluster that runs ------------------------------------------------------------------- */

/* Whether the plan gives a setting that the cluster has otherwise; then a message says so. */
static bool conflicts(const struct plan *plan, const struct settings *theirs, enum setting_id id)
{
    char ours_text[SETTING_LINE_SIZE], theirs_text[SETTING_LINE_SIZE];
    struct string_builder ours_line = string_builder_over(ours_text, sizeof ours_text);
    struct string_builder theirs_line = string_builder_over(theirs_text, sizeof theirs_text);
    bool has_a_meaning = setting_is_written(theirs, id) || setting_is_written(&plan->settings, id);
    if (!(plan->settings_given >> id & 1) || !has_a_meaning)
        return false;
    plan_setting_line(&ours_line, &plan->settings, id);
    plan_setting_line(&theirs_line, theirs, id);
    if (strcmp(ours_text, theirs_text) == 0)
        return false;
    fprintf(stderr, "dpsim: %s: it says '%s', the running cluster '%s'\n", plan->file, ours_text,
            theirs_text);
    return true;
}

/* Takes over what all nodes must agree on. */
static void adopt(struct settings *settings, const struct settings *theirs)
{
    for (enum setting_id id = 0; id < SETTINGS_COUNT; id++)
        if (settings_table[id].agreed)
            setting_copy(settings, theirs, id);
}

/* A cluster whose values or answers are made by a program has nothing that could be told to take so
 * long, or to fail. */
static bool fits_command(const struct plan *plan)
{
    static const char words[] = "the cluster runs a program for this, by its 'load command' or "
                                "'work command': how long that "
                                "takes and whether it fails can't be set";
    static const enum setting_id refused[] = {SETTING_LOAD, SETTING_LOAD_FAIL, SETTING_WORK};
    bool fits = true;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (plan->settings_given >> refused[i] & 1) {
            fprintf(stderr, "dpsim: %s: '%s': %s\n", plan->file, settings_table[refused[i]].name,
                    words);
            fits = false;
        }
    for (size_t i = 0; i < plan->actions_count; i++) {
        const struct action *action = &plan->actions[i];
        if (action->kind != ACTION_LOAD && action->kind != ACTION_LOAD_FAIL &&
            action->kind != ACTION_WORK)
            continue;
        fprintf(stderr, "dpsim: %s:%u: '%s': %s\n", plan->file, action->line, action->text, words);
        fits = false;
    }
    return fits;
}

static bool fits(const struct plan *plan, const struct cluster_file *file)
{
    bool fits = !file->command || fits_command(plan);
    if (plan->settings.nodes != file->nodes) {
        fprintf(stderr, "dpsim: %s: it is for %u nodes, and the cluster has %u: say --nodes %u\n",
                plan->file, plan->settings.nodes, file->nodes, file->nodes);
        fits = false;
    }
    if (plan->settings.membership_static) {
        fprintf(stderr, "dpsim: %s: 'membership static' is for a cluster of the run's own\n",
                plan->file);
        fits = false;
    }
    if (plan->settings.load_at_once) {
        fprintf(stderr, "dpsim: %s: 'load-at-once' is for a cluster of the run's own\n",
                plan->file);
        fits = false;
    }
    for (enum setting_id id = 0; id < SETTINGS_COUNT; id++)
        if (settings_table[id].agreed && conflicts(plan, &file->settings, id))
            fits = false;
    return fits;
}

enum status net_adopt_cluster(const struct options *options, struct plan *plan,
                              struct net_cluster **cluster)
{
    *cluster = NULL;
    if (!options->cluster_file)
        return STATUS_HELD;
    enum status status = net_cluster_read(cluster, options);
    if (status)
        return status;
    bool fit = fits(plan, &(*cluster)->file);
    adopt(&plan->settings, &(*cluster)->file.settings);
    plan->settings.load_at_once = (*cluster)->file.at_once;
    return fit ? STATUS_HELD : STATUS_WRONG;
}

/* ---- the run ------------------------------------------------------------------------------- */

/* Warns of what the plan says of the network: the real one has its own way; and of a later seed. */
static void warn_of_network(const struct plan *plan)
{
    const struct settings *settings = &plan->settings;
    bool set = settings->latency.kind != DISTRIBUTION_CONSTANT ||
               settings->latency.least_ns != NS_PER_MS || settings->loss_ppb ||
               settings->duplicate_ppb || settings->reorder;
    const struct action *seed = NULL;
    for (size_t i = 0; i < plan->actions_count; i++) {
        const struct action *action = &plan->actions[i];
        if (action->kind == ACTION_SEED)
            seed = action;
        enum action_kind kind = action->kind == ACTION_CHAOS ? action->as.chaos.kind : action->kind;
        set |= action_is_of_links(kind) || kind == ACTION_CLOCK;
    }
    if (set)
        fprintf(stderr,
                "%s: warning: latency, loss, duplicate, reorder and clock are the real network's "
                "own with --net: passed over\n",
                plan->file);
    if (seed)
        fprintf(
            stderr,
            "%s:%u: warning: with --net a later seed is that of the load that begins later, and "
            "of 'any'; the nodes go on to draw by themselves\n",
            plan->file, seed->line);
}

static void show_start(void *context, uint32_t nodes, uint32_t all, const char *what)
{
    struct progress *progress = context;
    char line[80];
    if (!progress_is_due(progress))
        return;
    snprintf(line, sizeof line, "starting: %" PRIu32 " of %" PRIu32 " nodes %s", nodes, all, what);
    progress_print(progress, line);
}

enum status net_open_runner(struct runner **runner, const struct runner_setup *setup,
                            const struct net_cluster *cluster)
{
    struct failure failure;
    struct progress progress;
    struct drive_setup drive_setup = {.plan = setup->plan,
                                      .readers = setup->readers,
                                      .readers_count = setup->readers_count,
                                      .cluster_file = cluster ? &cluster->file : NULL,
                                      .keys = cluster ? cluster->keys : NULL,
                                      .watch = show_start,
                                      .watch_context = &progress};
    warn_of_network(setup->plan);
    progress_begin(&progress, 0, PROGRESS_ALONE);
    *runner = drive_new(&drive_setup, &failure);
    progress_end(&progress);
    if (!*runner && interrupt_came())
        return report(STATUS_INTERRUPTED, "--net", failure.text);
    if (!*runner)
        return report(failure.error == ERROR_TEXT ? STATUS_WRONG : STATUS_FAILED, "--net",
                      failure.text);
    if (drive_error_ns(*runner))
        fprintf(stderr, "dpsim: times of different hosts are told apart to %s\n",
                duration_short(drive_error_ns(*runner)).text);
    return STATUS_HELD;
}

/* What is wrong with a cluster file as a whole, though each of its lines is right. */
#include "net/config/cluster_file_reading.h"

static enum error check_nodes(struct cluster_file_reading *r)
{
    struct parser *p = &r->parser;
    node_id missing = 0;
    if (!r->file->nodes)
        return fail_text(p, "no node; each has a line such as: node n1 10.0.0.1:7400 key HEX");
    while (missing < r->file->nodes && r->node_lines[missing])
        missing++;
    if (missing == r->file->nodes)
        return OK;
    p->source = r->last;
    return fail_at(p, r->last_name,
                   "there is no n%u: the nodes are n1 up to the last, without a gap", missing + 1);
}

/* A limit of what the cluster does not have says that something else was meant. */
static enum error check_limits(struct cluster_file_reading *r)
{
    bool works = r->file->use > PROGRAM_LOADS;
    struct word name = works ? r->load_limit_name : r->work_limit_name;
    if (!name.text)
        return OK;
    r->parser.source = works ? r->load_limit : r->work_limit;
    return fail_at(&r->parser, name, "'%s' is for '%s command', which is not in this file",
                   shown(name).text, works ? "load" : "work");
}

/* A second worker, on the caller's own node, would do a turn that the first may have done. */
static enum error check_fallback(struct cluster_file_reading *r)
{
    struct parser *p = &r->parser;
    const struct setting_place *place = &p->settings[SETTING_FALLBACK];
    struct settings *settings = &r->plan.settings;
    if (r->file->use <= PROGRAM_LOADS)
        return OK;
    if (!place->order)
        settings->fallback = FALLBACK_NONE;
    if (settings->fallback != FALLBACK_LOCAL)
        return OK;
    p->source = place->source;
    return fail_at(p, (struct word){place->at, 1},
                   "with a work command a request may not be tried on its own node as well: "
                   "'fallback none', or 'owner' if a turn may be done twice");
}

/* Under leases a node remembers something beyond its life. */
static enum error check_state(struct cluster_file_reading *r)
{
    struct parser *p = &r->parser;
    if (r->state_line && !r->plan.settings.leases) {
        p->source = r->state;
        return fail_at(p, r->state_name,
                       "'state' is for 'ownership lease', which is not in this file");
    }
    if (!r->plan.settings.leases || r->state_line)
        return OK;
    p->source = p->settings[SETTING_OWNERSHIP].source;
    return fail_at(p, (struct word){p->settings[SETTING_OWNERSHIP].at, 1},
                   "'ownership lease' needs a directory in which each node keeps the epoch of its "
                   "leases: add a line such as: state /var/lib/dpsim");
}

enum error cluster_file_check(struct cluster_file_reading *r)
{
    struct parser *p = &r->parser;
    const struct cluster_file_node *example = &r->file->node[r->example];
    enum error error = OK;
    if (!r->cluster_line)
        error = fail_text(p, "no name; it has a line such as: cluster shop");
    if (error != ERROR_MEMORY)
        error = check_nodes(r);
    if (error != ERROR_MEMORY)
        error = check_limits(r);
    if (error != ERROR_MEMORY)
        error = check_settings(p);
    if (!error)
        error = check_fallback(r);
    if (error != ERROR_MEMORY)
        error = check_state(r);
    if (error == ERROR_MEMORY || !r->client_name.text || !example->port || example->has_key)
        return error;
    p->source = r->client;
    return fail_at(p, r->client_name, "'%s' has a key and the nodes have none: anyone may ask them",
                   shown(r->client_name).text);
}

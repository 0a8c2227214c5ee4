/* A cheap test of a run, node by node, in whatever thread makes a node's records: nobody puts the
 * records of all nodes into one order, and no hash map has all requests, messages or workers.
 *
 * It finds every run in which the checker would find a breach. It explains none, and may suspect a
 * run in which all is well: such a run is made again for the checker, whose verdict counts. So it
 * judges only what most runs consist of, and suspects whatever else happens: a refusal, a mailbox
 * that is full, a node that leaves.
 *
 *     one node         by its own records: what it asks, routes, sends, serves and starts, in which
 *                      order, and when. Its requests, messages and workers have dense numbers
 *     several nodes    by sums of digests: what was sent has come, was dropped or is under way, and
 *                      likewise what was answered
 *
 * Where the plan has no fault, a request goes to the owner in a view of all nodes, so no id has
 * workers on two of them; a further try, an error or a message that is dropped is suspect. Where it
 * has faults, who runs, the views and the workers are merged for the checker, which finds
 * duplicates and their causes as ever: the run's numbers and its hash are the same under either
 * judge.
 *
 * Start with screen_state.h. screen.c has the run and its end, screen_requests.c what a node asks,
 * sends and receives, screen_workers.c what it holds, starts and serves, screen_leases.c under
 * which leases, screen_merge.c what is merged. */
#ifndef CHECK_SCREEN_H
#define CHECK_SCREEN_H

#include "check/checker.h"

struct screen;
struct screen_node;

/* Whether runs of the plan can be screened: they make nothing happen that is always suspected. */
bool screen_suits(const struct plan *plan);

/* Of a run as the checker's setup has it, simulated. Where the plan has faults, `checker` judges
 * what is merged: see checker_take_screened. NULL when there is no memory. */
struct screen *screen_new(const struct checker_setup *setup, struct checker *checker);
void screen_delete(struct screen *screen);

struct screen_node *screen_node(struct screen *screen, node_id node);

/* The next record that this node's host has made. Different nodes' at once are allowed.
 * ERROR_MEMORY: nothing is judged any more. */
enum error screen_take(struct screen_node *node, const struct record *record);

/* Whether something of the node is suspect: the run is to be made again. */
bool screen_suspects(const struct screen_node *node);

/* The node has taken records. When that was said of all that have, and no record that is taken
 * later comes before theirs, screen_merge judges what concerns several nodes. */
void screen_gather(struct screen_node *node, struct screen *screen);
enum error screen_merge(struct screen *screen);

/* Whether something that was merged is suspect, likewise. */
bool screen_suspects_all(const struct screen *screen);

/* The run is over at t_ns, and nothing was suspect so far. Whether that is so to the end, by what
 * the hosts counted (also `messages_sum`, `answers_sum`). */
bool screen_holds(const struct screen *screen, int64_t t_ns, const struct under_way *under_way);

/* Adds a message under way to node `to`. */
void screen_add_under_way(struct under_way *under_way, const struct message *message, node_id to);

#endif

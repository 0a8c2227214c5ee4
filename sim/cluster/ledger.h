/* Where the records of all hosts become one trace.
 *
 * Streams are gathered over some windows; then they are merged and given on, record by record, on a
 * thread of the ledger's own, while the hosts run on and fill others. ledger_flush waits until all
 * that was made has been given on: whoever looks at what the trace's readers made of it calls it
 * first. */
#ifndef CLUSTER_LEDGER_H
#define CLUSTER_LEDGER_H

#include "cluster/stream.h"

struct ledger;

/* For `nodes` streams. Records go to `take`, one at a time, in the order of the trace: on another
 * thread if `apart`, else during ledger_gather and ledger_flush. NULL when there is no memory or no
 * thread. */
struct ledger *ledger_new(uint32_t nodes, bool apart,
                          void (*take)(void *context, const struct record *record), void *context);
void ledger_delete(struct ledger *ledger);

/* The stream of a node, to be filled. It may be another one after ledger_gather and ledger_flush.
 */
struct stream *ledger_stream(struct ledger *ledger, node_id node);

/* These nodes may have added records; nothing that any stream gets later comes before those. */
enum error ledger_gather(struct ledger *ledger, const node_id *nodes, uint32_t count);

/* All that was gathered so far comes before all that is gathered later, whatever their times:
 * within one instant, what one action does stands together. */
enum error ledger_close(struct ledger *ledger);

/* All that was gathered has been given on when this returns, also on an error. */
enum error ledger_flush(struct ledger *ledger);

#endif

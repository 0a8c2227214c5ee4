/* What one run did, as a plain scenario: each action at its time, with the nodes that it meant,
 * where the plan had chance, repetition and clients decide. */
#ifndef SEARCH_FLATTEN_H
#define SEARCH_FLATTEN_H

#include "base/failure.h"
#include "search/script.h"
#include "search/trial.h"

/* What stays as the scenario has it. */
struct flatten_notes {
    uint32_t loads;      /* lines of clients and open load … */
    uint32_t loads_kept; /* … and those of them that stay, as single requests would not come at the
                            same place of their instant */
    uint64_t requests;   /* single ones that took the place of the others */
    uint32_t drawn; /* lines of `every` that stay, as their replies are numbered, and draw their
                       nodes each time */
    uint32_t idle;  /* lines of chaos that never struck, and have no line */
    struct hash_value hash;
};

/* Makes the script of the run by this seed: run, it gives the same hash. ERROR_TEXT: it was not
 * carried through, or has no such script, as `failure` says. `script` is to be closed in any case.
 */
enum error flatten(struct script *script, const struct plan *plan, uint64_t seed,
                   bool (*is_stopped)(void), struct flatten_notes *notes, struct failure *failure);

/* The same without a look at the hash, for searches that need not be the same run: with single
 * requests in place of all loads, or with all loads as they are. */
enum flatten_loads { LOADS_APART, LOADS_KEPT };
enum error flatten_roughly(struct script *script, const struct plan *plan, uint64_t seed,
                           enum flatten_loads loads, bool (*is_stopped)(void),
                           struct failure *failure);

#endif

/* The value of a leased worker with its token, as one text: so a REPLY carries both.
 *
 * The token comes first, as entries do (entries.h), then the value. Many answers in a row are of
 * one long value, and share its block: those that share one before are sealed, and opened, into
 * texts that share one after. */
#ifndef NODE_SEAL_H
#define NODE_SEAL_H

#include "node/ballot.h"
#include "node/message.h"

#define SEAL_SIZE_MAX 15u /* bytes of a token */

/* The long one that was sealed or opened last. Zeros: none. */
struct seal {
    struct token token;
    struct text value;
    struct text sealed;
};

void seal_close(struct seal *last);

/* Makes the value, which is owned, one with its token. ERROR_MEMORY: it is cleared. */
enum error seal_value(struct seal *last, const struct token *token, struct text *value);

/* Takes them apart again: a long value is valid as long as `sealed` is, and `last` unchanged.
 * False: it is none, and `value` is empty. */
bool seal_open(struct seal *last, const struct text *sealed, struct token *token,
               struct text *value);

/* The value that a REPLY with OUTCOME_VALUE carries, sealed or not, valid as long as the message.
 */
struct text seal_value_of(const struct message *reply);

#endif

/* Who follows a trace. A reader gets every record once, in order, while the run goes on. */
#ifndef TRACE_READER_H
#define TRACE_READER_H

#include "node/record.h"

struct reader {
    /* The record and its texts are valid during the call only. */
    void (*take)(struct reader *self, const struct record *record);
    uint32_t kinds; /* the kinds of records that it wants, as bits, and gets; 0: all */
};

static inline void reader_take(struct reader *reader, const struct record *record)
{
    reader->take(reader, record);
}

#endif

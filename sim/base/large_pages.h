/* Memory on large pages, where the system has such: the state of ten thousand nodes lies on more
 * small pages than a processor knows the addresses of, and to find one takes as long as to read
 * it. A run of that size takes three quarters of the time. A small heap stays as it is. */
#ifndef BASE_LARGE_PAGES_H
#define BASE_LARGE_PAGES_H

#include "base/base.h"

/* Puts what the heap has grown by since the last call on large pages, if that is so much that it
 * matters. Any thread may call it, and others may use the heap. */
void large_pages_for_heap(void);

/* What was not touched yet of the block is to lie on large pages, as far as it fills such. */
void large_pages_for_block(void *block, size_t size);

#endif

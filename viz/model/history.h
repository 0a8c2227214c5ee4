/* Moments in the order of time, each of a class, of which any span can be counted in a few steps.
 *
 * Every 16 moments it notes how many of each class came before. So the count of a class between two
 * times is the difference of two notes and a look at 16 moments at most, however many lie between:
 * that is what keeps a picture of millions as quick to draw as one of dozens. */
#ifndef VIZ_MODEL_HISTORY_H
#define VIZ_MODEL_HISTORY_H

#include "base/base.h"

struct moment {
    int64_t t_ns;
    uint32_t thing; /* what it happened to: an index whose meaning goes with the class */
    uint32_t class;
};

struct history {
    uint32_t classes;
    struct moment *moments;
    size_t count;
    size_t capacity;
    int64_t *note_times;   /* of moment 16 i */
    uint32_t *note_counts; /* before moment 16 i: `classes` numbers each */
    size_t notes;
    size_t times_capacity;
    size_t counts_capacity;
    uint32_t *now; /* counts of all: `classes` numbers */
};

/* ERROR_MEMORY: nothing to close. */
enum error history_init(struct history *history, uint32_t classes);
void history_close(struct history *history);

/* At or after all moments before. ERROR_MEMORY, ERROR_FULL: nothing has changed. */
enum error history_add(struct history *history, struct moment moment);

/* Where the first moment at or after t_ns is, `count` if there is none. `from` is a place known to
 * be no later than that, 0 if none is known: the nearer, the quicker. */
size_t history_find(const struct history *history, size_t from, int64_t t_ns);

/* Writes how many moments of each class lie before place `end` to counts[0..classes-1]. */
void history_counts(const struct history *history, size_t end, uint32_t *counts);

#endif

/* Events in the order of time, each of a class. The events of any span of time are counted by class
 * in a few steps.
 *
 * Before every 16th event the history notes how many of each class came before. So the count of a
 * class between two times is the difference of two notes and a look at 16 events at most, however
 * many lie between: a picture of millions is drawn as quickly as one of dozens. */
#ifndef VIZ_MODEL_HISTORY_H
#define VIZ_MODEL_HISTORY_H

#include "base/base.h"

struct history_event {
    int64_t t_ns;
    uint32_t index; /* what it happened to; among what it counts goes with the class */
    uint32_t class;
};

struct history {
    uint32_t classes;
    struct history_event *events;
    size_t count;
    size_t capacity;
    int64_t *note_times;   /* of event 16 i */
    uint32_t *note_counts; /* before event 16 i: `classes` numbers each */
    size_t notes;
    size_t times_capacity;
    size_t counts_capacity;
    uint32_t *now; /* counts of all: `classes` numbers */
};

/* Events will be of classes 0..classes-1. ERROR_MEMORY: nothing to close. */
enum error history_init(struct history *history, uint32_t classes);
void history_close(struct history *history);

/* The event is not before the last one. ERROR_MEMORY, ERROR_FULL: nothing has changed. */
enum error history_add(struct history *history, struct history_event event);

/* The place of the first event at or after t_ns; `count` if there is none. `from` is a place known
 * to be no later than that, 0 if none is known: the nearer it is, the faster the search. */
size_t history_find(const struct history *history, size_t from, int64_t t_ns);

/* Writes how many events of each class lie before place `end` to counts[0..classes-1]. */
void history_counts(const struct history *history, size_t end, uint32_t *counts);

#endif

/* Thinned out: a test of many cases that are alike tries each EACH-th of them where the environment
 * has EACH. It does under a tool that makes the code thirty times as slow, and looks for what any
 * of the cases would show. */
#ifndef SUPPORT_EACH_H
#define SUPPORT_EACH_H

#include <stdlib.h>

/* From 1 on. */
static inline size_t each(void)
{
    const char *text = getenv("EACH");
    size_t given = text ? strtoul(text, NULL, 10) : 0;
    return given ? given : 1;
}

#endif

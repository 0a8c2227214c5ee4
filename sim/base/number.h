/* The smaller and the larger of two numbers, and a number brought between two bounds: min_i64(a,
 * b), max_i64(a, b), clamp_i64(value, low, high), and the same for i32, u32, u64 and size. A
 * function for each type: an argument of another type is converted where the compiler warns of it.
 * And the digits of a number. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include "base/base.h"

#define NUMBER_FUNCTIONS(name, type)                                                               \
    static inline type min_##name(type a, type b)                                                  \
    {                                                                                              \
        return a < b ? a : b;                                                                      \
    }                                                                                              \
    static inline type max_##name(type a, type b)                                                  \
    {                                                                                              \
        return a > b ? a : b;                                                                      \
    }                                                                                              \
    /* If low > high: low, whatever the value. */                                                  \
    static inline type clamp_##name(type value, type low, type high)                               \
    {                                                                                              \
        return max_##name(low, min_##name(value, high));                                           \
    }

NUMBER_FUNCTIONS(i32, int32_t)
NUMBER_FUNCTIONS(u32, uint32_t)
NUMBER_FUNCTIONS(i64, int64_t)
NUMBER_FUNCTIONS(u64, uint64_t)
NUMBER_FUNCTIONS(size, size_t)

#undef NUMBER_FUNCTIONS

/* The digits of the largest number. */
#define NUMBER_DIGITS 20u

/* Writes the number's decimal digits to the end of `digits`; where they begin in it. */
static inline size_t number_digits(char digits[NUMBER_DIGITS], uint64_t number)
{
    size_t at = NUMBER_DIGITS;
    do
        digits[--at] = (char)('0' + number % 10);
    while (number /= 10);
    return at;
}

#endif

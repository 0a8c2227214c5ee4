#include "node/view.h"

#include "base/bits.h"

#include <string.h>

enum error view_init(struct view *view, uint32_t nodes)
{
    *view = (struct view){.nodes = nodes};
    view->bits = bits_new(nodes);
    return view->bits ? OK : ERROR_MEMORY;
}

void view_close(struct view *view)
{
    memory_free(view->bits);
    view->bits = NULL;
}

bool view_add(struct view *view, node_id node)
{
    must(node < view->nodes);
    if (view_has(view, node))
        return false;
    bits_add(view->bits, node);
    view->count++;
    view->epoch++;
    return true;
}

bool view_remove(struct view *view, node_id node)
{
    must(node < view->nodes);
    if (!view_has(view, node))
        return false;
    bits_remove(view->bits, node);
    view->count--;
    view->epoch++;
    return true;
}

void view_clear(struct view *view)
{
    memset(view->bits, 0, bits_words(view->nodes) * sizeof *view->bits);
    view->count = 0;
    view->epoch++;
}

void view_fill(struct view *view)
{
    memset(view->bits, 0xff, bits_words(view->nodes) * sizeof *view->bits);
    if (view->nodes % 64)
        view->bits[view->nodes / 64] = (UINT64_C(1) << (view->nodes % 64)) - 1;
    view->count = view->nodes;
    view->epoch++;
}

void view_from_bits(struct view *view, const char *bytes, uint32_t size)
{
    uint32_t epoch = view->epoch;
    view_clear(view);
    view_add_bits(view, bytes, size);
    view->epoch = epoch + 1;
}

void view_add_bits(struct view *view, const char *bytes, uint32_t size)
{
    for (uint32_t node = 0; node < view->nodes && node / 8 < size; node++) {
        uint64_t bit = (unsigned char)bytes[node / 8] >> (node % 8) & 1;
        bit &= ~(view->bits[node / 64] >> (node % 64));
        view->bits[node / 64] |= bit << (node % 64);
        view->count += (uint32_t)bit;
    }
    view->epoch++;
}

node_id view_find_member(const struct view *view, uint32_t rank)
{
    for (uint32_t i = 0;; i++) {
        uint64_t word = view->bits[i];
        uint32_t here = (uint32_t)__builtin_popcountll(word);
        if (rank >= here) {
            rank -= here;
            continue;
        }
        while (rank--)
            word &= word - 1;
        return i * 64 + (uint32_t)__builtin_ctzll(word);
    }
}

bool view_equal(const struct view *a, const struct view *b)
{
    return a->nodes == b->nodes && a->count == b->count &&
           memcmp(a->bits, b->bits, bits_words(a->nodes) * sizeof *a->bits) == 0;
}

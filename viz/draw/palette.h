/* Colours by what they mean, light and dark: Okabe and Ito's, which people with any kind of colour
 * vision can tell apart ("Color Universal Design", 2008), the dark ones lifted to a like contrast.
 */
#ifndef VIZ_DRAW_PALETTE_H
#define VIZ_DRAW_PALETTE_H

#include <stdint.h>

/* role, on light, on dark */
#define ROLES(X)                                                                                   \
    X(BACKGROUND, 0xfbfbf9, 0x14171b)                                                              \
    X(LANE, 0xf3f3f0, 0x1a1e23)                                                                    \
    X(PANEL, 0xffffff, 0x1d2228)                                                                   \
    X(RULE, 0xdededa, 0x2e353d)                                                                    \
    X(GRID, 0xebebe7, 0x222830)                                                                    \
    X(TEXT, 0x1f2328, 0xe8eaed)                                                                    \
    X(SOFT, 0x5b626b, 0xa3abb5)                                                                    \
    X(FAINT, 0x959ba3, 0x68727d)                                                                   \
    X(WORKER, 0xa9d8f4, 0x1f5f86)                                                                  \
    X(WORKER_EDGE, 0x0072b2, 0x56b4e9)                                                             \
    X(WORKER_TEXT, 0x0b3047, 0xeaf6fd)                                                             \
    X(LOADING, 0xe69f00, 0xf0b429)                                                                 \
    X(SERVED, 0x004c78, 0xbfe3f8)                                                                  \
    X(REQUEST_OK, 0x009e73, 0x2bc59a)                                                              \
    X(REQUEST_ERROR, 0xd55e00, 0xff8a3d)                                                           \
    X(REQUEST_OPEN, 0x8a9099, 0x7d8791)                                                            \
    X(REQUEST_MESSAGE, 0x0072b2, 0x6cbcec)                                                         \
    X(REPLY_MESSAGE, 0x009e73, 0x2bc59a)                                                           \
    X(JOIN_MESSAGE, 0x6b4e8a, 0xb79ad6)                                                            \
    X(HEARTBEAT, 0xbfc4ca, 0x465059)                                                               \
    X(MOVED, 0x5e35b1, 0xb9a3f5)                                                                   \
    X(LEASE, 0x8a6100, 0xd9b44a)                                                                   \
    X(LOST, 0xd55e00, 0xff8a3d)                                                                    \
    X(UP, 0x009e73, 0x2bc59a)                                                                      \
    X(FROZEN, 0x56b4e9, 0x7cc8f2)                                                                  \
    X(DOWN, 0x5b626b, 0x8a939d)                                                                    \
    X(CUT, 0xcc79a7, 0xe39ac3)                                                                     \
    X(DUPLICATE, 0xb0307a, 0xff8fc7)                                                               \
    X(HELD, 0x009e73, 0x2bc59a)                                                                    \
    X(BROKEN, 0xd55e00, 0xff8a3d)                                                                  \
    X(FAULT, 0x5b626b, 0xa3abb5)                                                                   \
    X(ACCENT, 0xe69f00, 0xf0b429)                                                                  \
    X(PLAYHEAD, 0x1f2328, 0xe8eaed)                                                                \
    X(SHADE, 0x000000, 0x000000)

enum role {
#define X(name, light, dark) ROLE_##name,
    ROLES(X)
#undef X
        ROLES_COUNT
};

enum palette { PALETTE_LIGHT, PALETTE_DARK };

#endif

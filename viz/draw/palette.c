#include "viz/draw/palette.h"

uint32_t palette_colour(enum palette palette, enum role role)
{
    static const uint32_t colours[ROLES_COUNT][2] = {
#define X(name, light, dark) {light, dark},
        ROLES(X)
#undef X
    };
    return colours[role][palette];
}

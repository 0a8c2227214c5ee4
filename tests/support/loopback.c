#include "support/loopback.h"

#include "base/base.h"

#include <stdio.h>
#include <sys/random.h>

void loopback_draw(char *address)
{
    unsigned char draw[3];
    must(getrandom(draw, sizeof draw, 0) == sizeof draw);
    snprintf(address, LOOPBACK_SIZE, "127.%u.%u.%u", draw[0] % 100u + 100u, draw[1],
             draw[2] % 254u + 1u);
}

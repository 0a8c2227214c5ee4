#include "live.h"

bool live_is_built(void)
{
    return false;
}

static enum status absent(void)
{
    fputs("dpsim: " LIVE_ABSENT "\n", stderr);
    return STATUS_FAILED;
}

enum status live_adopt(const struct options *options, struct plan *plan)
{
    (void)options, (void)plan;
    return absent();
}

enum status live_carry(struct carrier *carrier, const struct carrier_setup *setup,
                       const struct options *options)
{
    (void)setup, (void)options;
    *carrier = (struct carrier){0};
    return absent();
}

enum status live_serve(const struct options *options)
{
    (void)options;
    return absent();
}

enum status live_node(const struct options *options)
{
    (void)options;
    return absent();
}

enum status live_request(const struct options *options)
{
    (void)options;
    return absent();
}

enum status live_keygen(const struct options *options)
{
    (void)options;
    return absent();
}

/* Addresses of the host itself, one for each test: several runners may run at a time. */
#ifndef SUPPORT_LOOPBACK_H
#define SUPPORT_LOOPBACK_H

#define LOOPBACK_SIZE sizeof "127.255.255.255"

/* Writes an address that is drawn at random, not from a seed, into at least LOOPBACK_SIZE bytes. */
void loopback_draw(char *address);

#endif

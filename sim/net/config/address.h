/* The text form of an address: an IPv4 or IPv6 address and a port. Names are never resolved. */
#ifndef NET_CONFIG_ADDRESS_H
#define NET_CONFIG_ADDRESS_H

#include "scenario/lexer.h"

/* The largest port of a node: its agent uses the next one. */
#define ADDRESS_PORT_MAX 65534u

/* Room for a host with its NUL. */
#define ADDRESS_HOST_SIZE 64u

/* Parses 10.0.0.1:7400 or [fd00::1]:7400. `host` gets the address in its one canonical form, as
 * ZeroMQ wants it after tcp:// (10.0.0.1, [fd00::1]), `port` a port of 1..ADDRESS_PORT_MAX. NULL,
 * or the reason, which can follow "address '10.0.0.1': "; then host and port are undefined. */
const char *address_parse(struct word word, char host[ADDRESS_HOST_SIZE], uint16_t *port);

/* Whether only this host can reach an address that address_parse has made. */
bool address_is_loopback(const char *host);

#endif

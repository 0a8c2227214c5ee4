/* Where a node is: an IPv4 or IPv6 address and a port. No name is ever resolved. */
#ifndef NET_WIRE_ADDRESS_H
#define NET_WIRE_ADDRESS_H

#include "net/config/cluster_file.h"
#include "scenario/lexer.h"

/* Reads 10.0.0.1:7400 or [fd00::1]:7400 into the node's address, in the one form that each address
 * has, and its port. NULL, or why not, in words that can follow "address '10.0.0.1': ". */
const char *address_read(struct word word, struct cluster_file_node *node);

/* Whether only this host can reach the address, which address_read has made. */
bool address_is_loopback(const struct cluster_file_node *node);

#endif

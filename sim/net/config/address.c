#include "net/config/address.h"

#include "scenario/value.h"

#include <arpa/inet.h>
#include <stdio.h>

static const char wanted[] = "want an address and a port, such as 10.0.0.1:7400 or [fd00::1]:7400";
static const char no_host[] = "that is no single host's address";

/* The first `character` in the word, or its end. */
static size_t place_of(struct word word, char character)
{
    const char *found = memchr(word.text, character, word.size);
    return found ? (size_t)(found - word.text) : word.size;
}

static const char *parse_port(struct word word, uint16_t *port)
{
    uint64_t number;
    if (value_number(word, &number) || number == 0 || number > ADDRESS_PORT_MAX)
        return "want a port of 1..65534; the one after it is used, too";
    *port = (uint16_t)number;
    return NULL;
}

static const char *parse_ipv4(const char *text, char *host)
{
    struct in_addr address;
    if (inet_pton(AF_INET, text, &address) != 1)
        return "host names are not resolved: want an address, such as 10.0.0.1:7400";
    uint32_t number = ntohl(address.s_addr);
    if (number >> 24 == 0 || number >> 28 == 14 || number == UINT32_MAX)
        return no_host; /* 0.0.0.0/8, multicast, broadcast */
    must(inet_ntop(AF_INET, &address, host, ADDRESS_HOST_SIZE));
    return NULL;
}

static const char *parse_ipv6(const char *text, char *host)
{
    struct in6_addr address;
    char canonical[INET6_ADDRSTRLEN];
    if (inet_pton(AF_INET6, text, &address) != 1)
        return wanted;
    if (IN6_IS_ADDR_UNSPECIFIED(&address) || IN6_IS_ADDR_MULTICAST(&address))
        return no_host;
    if (IN6_IS_ADDR_V4MAPPED(&address))
        return "that is an IPv4 address: write it as 10.0.0.1:7400";
    must(inet_ntop(AF_INET6, &address, canonical, sizeof canonical));
    snprintf(host, ADDRESS_HOST_SIZE, "[%s]", canonical);
    return NULL;
}

const char *address_parse(struct word word, char host[ADDRESS_HOST_SIZE], uint16_t *port)
{
    char text[INET6_ADDRSTRLEN];
    bool brackets = word.size && word.text[0] == '[';
    size_t start = brackets, end = place_of(word, brackets ? ']' : ':'), colon = end + start;
    if (end == word.size || colon >= word.size || word.text[colon] != ':')
        return wanted;
    struct word after = {word.text + colon + 1, word.size - colon - 1};
    if (!brackets && place_of(after, ':') < after.size)
        return "an IPv6 address stands in brackets: [fd00::1]:7400";
    if (end - start >= sizeof text)
        return wanted;
    memcpy(text, word.text + start, end - start);
    text[end - start] = '\0';
    const char *why = brackets ? parse_ipv6(text, host) : parse_ipv4(text, host);
    return why ? why : parse_port(after, port);
}

bool address_is_loopback(const char *host)
{
    return strncmp(host, "127.", 4) == 0 || strcmp(host, "[::1]") == 0;
}

/* The cluster file: what it gives, what is said of wrong ones, and what nodes agree on. */
#include "net/config/cluster_file.h"

#include "base/memory.h"
#include "node/id.h"
#include "support/parsed.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>

#define A    "0a" REST
#define REST "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"
#define B    "1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b"
#define C    "2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c"
#define D    "3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d"
#define HEAD "cluster shop\nnode n1 10.0.0.1:7400 key " A "\n"
#define NEAR "cluster shop\nnode n1 127.0.0.1:7400\n"

/* The hosts of a right text, to be closed; of a wrong one the test fails. */
static struct cluster_file read_hosts(const char *text)
{
    struct cluster_file cluster_file;
    char *diagnostics = NULL;
    enum error error = cluster_file_parse(&cluster_file, "x.txt", text, strlen(text), &diagnostics);
    CU_ASSERT_EQUAL(error, OK);
    if (error == ERROR_TEXT)
        printf("\n%s", diagnostics);
    memory_free(diagnostics);
    return cluster_file;
}

/* What is said of a text; "" of a right one. Valid until the next call. */
static const char *said_of(const char *text, size_t size)
{
    static char kept[1 << 14];
    struct cluster_file cluster_file;
    char *diagnostics = NULL;
    if (cluster_file_parse(&cluster_file, "x.txt", text, size, &diagnostics) == OK)
        cluster_file_close(&cluster_file);
    snprintf(kept, sizeof kept, "%s", diagnostics ? diagnostics : "");
    memory_free(diagnostics);
    return kept;
}

static void wrong(const char *text, uint32_t line, uint32_t column, const char *words)
{
    diagnostic_equals(said_of(text, strlen(text)), text, line, column, words);
}

static bool right(const char *text)
{
    const char *said = said_of(text, strlen(text));
    if (*said)
        printf("\n%s", said);
    return !*said;
}

static uint64_t hash_of(const char *text)
{
    struct cluster_file cluster_file = read_hosts(text);
    uint64_t hash = cluster_file_hash(&cluster_file);
    cluster_file_close(&cluster_file);
    return hash;
}

/* The canonical text, to be freed. */
static char *written(const struct cluster_file *cluster_file)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    cluster_file_write(out, cluster_file);
    fclose(out);
    return text;
}

static void nodes_and_clients_are_as_written_in_any_order(void)
{
    struct cluster_file cluster_file =
        read_hosts("# a shop\ndriver boss key " D "\nnode n2 [fd00::2]:7400 key " B "\r\n"
                   "cluster shop # ours\n\n\tnode n1 10.0.0.1:7400 key " A "\nclient me key " C);
    CU_ASSERT_STRING_EQUAL(cluster_file.name, "shop");
    CU_ASSERT_EQUAL_FATAL(cluster_file.nodes, 2);
    CU_ASSERT_EQUAL(cluster_file.settings.nodes, 2);
    CU_ASSERT_TRUE(cluster_file.keyed);
    CU_ASSERT_STRING_EQUAL(cluster_file.node[0].address, "10.0.0.1");
    CU_ASSERT_EQUAL(cluster_file.node[0].port, 7400);
    CU_ASSERT_TRUE(cluster_file.node[0].has_key);
    CU_ASSERT_EQUAL(cluster_file.node[0].key[31], 0x0a);
    CU_ASSERT_STRING_EQUAL(cluster_file.node[1].address, "[fd00::2]");
    CU_ASSERT_EQUAL(cluster_file.node[1].key[0], 0x1b);
    CU_ASSERT_EQUAL_FATAL(cluster_file.clients_count, 2);
    CU_ASSERT_STRING_EQUAL(cluster_file.clients[0].name, "boss");
    CU_ASSERT_TRUE(cluster_file.clients[0].drives);
    CU_ASSERT_STRING_EQUAL(cluster_file.clients[1].name, "me");
    CU_ASSERT_FALSE(cluster_file.clients[1].drives);
    CU_ASSERT_EQUAL(cluster_file.clients[1].key[7], 0x2c);
    cluster_file_close(&cluster_file);
}

static void what_is_not_said_has_its_default(void)
{
    struct cluster_file cluster_file = read_hosts(NEAR);
    CU_ASSERT_FALSE(cluster_file.keyed);
    CU_ASSERT_EQUAL(cluster_file.clients_count, 0);
    CU_ASSERT_PTR_NULL(cluster_file.command);
    CU_ASSERT_EQUAL(cluster_file.limit_ns, 5 * NS_PER_S);
    CU_ASSERT_EQUAL(cluster_file.at_once, 64);
    CU_ASSERT_EQUAL(cluster_file.settings.ttl_ns, 5 * NS_PER_S);
    CU_ASSERT_EQUAL(cluster_file.settings.route, ROUTE_MODULO);
    cluster_file_close(&cluster_file);
}

static void settings_are_those_of_scenarios(void)
{
    struct cluster_file cluster_file = read_hosts(
        NEAR
        "ttl 30s\nroute rendezvous\nexpire idle\nfallback none\ntimeout 2s\nretry 300ms\n"
        "mailbox 5\nheld 9\nheartbeat 100ms\nsuspect 500ms\nload-limit 1.5s\nload-at-once 1024");
    CU_ASSERT_EQUAL(cluster_file.settings.ttl_ns, 30 * NS_PER_S);
    CU_ASSERT_EQUAL(cluster_file.settings.route, ROUTE_RENDEZVOUS);
    CU_ASSERT_TRUE(cluster_file.settings.expire_idle);
    CU_ASSERT_EQUAL(cluster_file.settings.fallback, FALLBACK_NONE);
    CU_ASSERT_EQUAL(cluster_file.settings.timeout_ns, 2 * NS_PER_S);
    CU_ASSERT_EQUAL(cluster_file.settings.retry_ns, 300 * NS_PER_MS);
    CU_ASSERT_EQUAL(cluster_file.settings.mailbox, 5);
    CU_ASSERT_EQUAL(cluster_file.settings.held, 9);
    CU_ASSERT_EQUAL(cluster_file.settings.heartbeat_ns, 100 * NS_PER_MS);
    CU_ASSERT_EQUAL(cluster_file.settings.suspect_ns, 500 * NS_PER_MS);
    CU_ASSERT_EQUAL(cluster_file.limit_ns, 1500 * NS_PER_MS);
    CU_ASSERT_EQUAL(cluster_file.at_once, 1024);
    cluster_file_close(&cluster_file);
}

static void a_command_is_words_with_a_space_between(void)
{
    struct cluster_file cluster_file =
        read_hosts(NEAR "load command  fetch-it\t--fast a#b # not this");
    CU_ASSERT_STRING_EQUAL(cluster_file.command, "fetch-it --fast a#b");
    cluster_file_close(&cluster_file);
    CU_ASSERT_TRUE(right(NEAR "load random"));
    wrong(NEAR "load command", 3, 13, "load command: want a program and its arguments");
    wrong(NEAR "load command a 'b c'", 3, 16,
          "''b': no shell reads this, and quotes have no meaning: put the command into a script");
    wrong(NEAR "load 5ms", 3, 6, "load '5ms': want random or command");
    wrong(NEAR "load comand a", 3, 6,
          "load 'comand': want random or command; did you mean 'command'?");
    wrong(NEAR "load random 5", 3, 13, "'5' makes no sense here; the form is: load random");
    wrong(NEAR "work 1ms", 3, 6, "work '1ms': want command");
}

static void a_work_command_is_run_for_each_turn_or_kept(void)
{
    struct cluster_file file = read_hosts(NEAR "work command book --fast");
    CU_ASSERT_EQUAL(file.use, PROGRAM_TURNS);
    CU_ASSERT_STRING_EQUAL(file.command, "book --fast");
    CU_ASSERT_EQUAL(file.limit_ns, 10 * NS_PER_S); /* whatever the ttl is */
    CU_ASSERT_EQUAL(file.settings.fallback, FALLBACK_NONE);
    cluster_file_close(&file);
    file = read_hosts(NEAR "work command keep keep\nwork-limit 1s\nwork-at-once 3");
    CU_ASSERT_EQUAL(file.use, PROGRAM_KEPT);
    CU_ASSERT_STRING_EQUAL(file.command, "keep");
    CU_ASSERT_EQUAL(file.limit_ns, NS_PER_S);
    CU_ASSERT_EQUAL(file.at_once, 3);
    cluster_file_close(&file);
    file = read_hosts(NEAR "load command a keep");
    CU_ASSERT_STRING_EQUAL(file.command, "a keep");
    cluster_file_close(&file);
    wrong(NEAR "work command", 3, 13, "work command: want a program and its arguments");
}

static void a_cluster_loads_values_or_works_turns(void)
{
    wrong(NEAR "load command a\nwork command b", 4, 1,
          "a worker's value is loaded, or its turns are worked: line 3 has the other");
    wrong(NEAR "work command a\nload random", 4, 1,
          "a worker's value is loaded, or its turns are worked: line 3 has the other");
    wrong(NEAR "work command a\nload-limit 1s", 4, 1,
          "'load-limit' is for 'load command', which is not in this file");
    wrong(NEAR "work-at-once 2", 3, 1,
          "'work-at-once' is for 'work command', which is not in this file");
}

static void a_turn_is_not_done_twice_unless_that_is_said(void)
{
    wrong(
        NEAR "fallback local\nwork command a", 3, 1,
        "with a work command a request may not be tried on its own node as well: 'fallback none', "
        "or 'owner' if a turn may be done twice");
    struct cluster_file file = read_hosts(NEAR "fallback owner\nwork command a");
    CU_ASSERT_EQUAL(file.settings.fallback, FALLBACK_OWNER);
    cluster_file_close(&file);
}

static void what_is_a_scenario_s_or_the_network_s_is_refused(void)
{
    static const char *const scenario[] = {"seed 1", "end 1s", "trace all", "membership static",
                                           "load-fail 1%"};
    static const char *const network[] = {"latency 1ms", "loss 1%", "duplicate 1%", "reorder on",
                                          "clock n1 +1ms"};
    char text[256], words[256];
    for (size_t i = 0; i < sizeof scenario / sizeof *scenario; i++) {
        int name = (int)strcspn(scenario[i], " ");
        snprintf(text, sizeof text, NEAR "%s", scenario[i]);
        snprintf(words, sizeof words, "'%.*s' is for scenarios: it has no place in a cluster file",
                 name, scenario[i]);
        wrong(text, 3, 1, words);
    }
    for (size_t i = 0; i < sizeof network / sizeof *network; i++) {
        int name = (int)strcspn(network[i], " ");
        snprintf(text, sizeof text, NEAR "%s", network[i]);
        snprintf(words, sizeof words, "'%.*s' is the network's own here: it can't be set", name,
                 network[i]);
        wrong(text, 3, 1, words);
    }
    wrong(NEAR "nodes 3", 3, 1, "'nodes' is for scenarios: here every node has a line");
    wrong(NEAR "crash n1", 3, 1, "'crash' is for scenarios: it has no place in a cluster file");
}

static void misspelt_words_are_reported_with_a_suggestion(void)
{
    wrong(NEAR "tttl 3s", 3, 1, "'tttl' is no statement of a cluster file; did you mean 'ttl'?");
    wrong(NEAR "clinet me key " A, 3, 1,
          "'clinet' is no statement of a cluster file; did you mean 'client'?");
    wrong(NEAR "elephant", 3, 1, "'elephant' is no statement of a cluster file");
    wrong("cluster a\nnode n1 127.0.0.1:1 kye " A, 2, 21,
          "'kye' makes no sense here; did you mean 'key'?");
}

static void values_have_the_bounds_that_are_reported(void)
{
    CU_ASSERT_TRUE(right("cluster a\nnode n1 127.0.0.1:65534\nload-at-once 1\nload-limit 1ns"));
    CU_ASSERT_TRUE(right("cluster a\nnode n1 127.255.255.255:1\nload-at-once 1024"));
    wrong(NEAR "load-at-once 0", 3, 14, "load-at-once '0': want a whole number of 1..1024");
    wrong(NEAR "load-at-once 1025", 3, 14, "load-at-once '1025': want a whole number of 1..1024");
    wrong(NEAR "load-limit 0s", 3, 12, "load-limit '0s': want a duration above zero, such as 5s");
    wrong(NEAR "ttl 5", 3, 5, "ttl '5': want a unit: ns, us, ms, s, m or h, such as 5s");
    wrong(NEAR "heartbeat 1s", 3, 1, "'suspect' (1s) must be longer than 'heartbeat' (1s)");
    wrong(NEAR "ttl 1s\nttl 2s", 4, 1, "'ttl' is set in line 3 already");
    wrong(NEAR "load random\nload random", 4, 1, "'load' is set in line 3 already");
    wrong(NEAR "cluster b", 3, 1, "'cluster' is set in line 1 already");
}

static void wrong_address(const char *address, const char *words)
{
    char text[256], said[256];
    snprintf(text, sizeof text, "cluster a\nnode n1 %s key " A, address);
    snprintf(said, sizeof said, "address '%s': %s", address, words);
    wrong(text, 2, 9, said);
}

static void addresses_are_numbers_with_a_port(void)
{
    static const char wanted[] =
        "want an address and a port, such as 10.0.0.1:7400 or [fd00::1]:7400";
    static const char port[] = "want a port of 1..65534; the one after it is used, too";
    static const char name[] =
        "host names are not resolved: want an address, such as 10.0.0.1:7400";
    static const char host[] = "that is no single host's address";
    static const char *const bad[][2] = {
        {"10.0.0.1", wanted},        {"10.0.0.1:0", port},       {"10.0.0.1:65535", port},
        {"10.0.0.1:", port},         {"10.0.0.1:+1", port},      {"shop.example.org:7400", name},
        {"10.0.1:7400", name},       {"10.0.0.01:7400", name},   {"0.0.0.0:7400", host},
        {"224.0.0.1:7400", host},    {"[::]:7400", host},        {"[ff02::1]:7400", host},
        {"255.255.255.255:1", host}, {"[fd00::1]", wanted},      {"[fd00::1:7400", wanted},
        {"[fd00::g]:7400", wanted},  {"[fe80::1%lo]:1", wanted}, {":7400", name},
        {"[]:7400", wanted},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        wrong_address(bad[i][0], bad[i][1]);
    wrong_address("fd00::1:7400", "an IPv6 address stands in brackets: [fd00::1]:7400");
    wrong_address("[::ffff:10.0.0.1]:1", "that is an IPv4 address: write it as 10.0.0.1:7400");
    wrong("cluster a\nnode n1", 2, 8,
          "address: want an address and a port, such as 10.0.0.1:7400 "
          "or [fd00::1]:7400");
}

static void an_ipv6_address_has_one_form(void)
{
    struct cluster_file cluster_file =
        read_hosts("cluster a\nnode n1 [FD00:0:0::00AB]:7400 key " A);
    CU_ASSERT_STRING_EQUAL(cluster_file.node[0].address, "[fd00::ab]");
    cluster_file_close(&cluster_file);
    wrong("cluster a\nnode n1 [fd00::1]:7400 key " A "\nnode n2 [FD00:0::1]:7400 key " B, 3, 9,
          "n1, in line 2, is there already");
}

static void two_nodes_share_no_port(void)
{
    CU_ASSERT_TRUE(right(NEAR "node n2 127.0.0.1:7402\nnode n3 127.0.0.1:7398"));
    CU_ASSERT_TRUE(right(NEAR "node n2 127.0.0.2:7400"));
    wrong(NEAR "node n2 127.0.0.1:7400", 3, 9, "n1, in line 2, is there already");
    wrong(NEAR "node n2 127.0.0.1:7401", 3, 9,
          "a node uses the port after its own, too, and n1, in line 2, is at 127.0.0.1:7400");
    wrong(NEAR "node n2 127.0.0.1:7399", 3, 9,
          "a node uses the port after its own, too, and n1, in line 2, is at 127.0.0.1:7400");
}

static void nodes_are_complete_and_each_has_one_line(void)
{
    wrong(NEAR "node n3 127.0.0.1:7402", 3, 6,
          "there is no n2: the nodes are n1 up to the last, without a gap");
    wrong("cluster a\nnode n2 127.0.0.1:7402", 2, 6,
          "there is no n1: the nodes are n1 up to the last, without a gap");
    wrong(NEAR "node n1 127.0.0.1:7402", 3, 6, "n1 has line 2 already");
    static const char *const bad[] = {"n0", "n01", "n1001", "n", "N1", "shop", "n1x", "n-1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[128], words[128];
        snprintf(text, sizeof text, NEAR "node %s 127.0.0.1:7402", bad[i]);
        snprintf(words, sizeof words,
                 "'%s' is no node: they are called n1, n2 and so on, up to n1000", bad[i]);
        wrong(text, 3, 6, words);
    }
    CU_ASSERT_STRING_EQUAL(said_of("cluster a", 9), "x.txt: error: no node; each has a line such "
                                                    "as: node n1 10.0.0.1:7400 key HEX\n");
    CU_ASSERT_STRING_EQUAL(said_of("node n1 127.0.0.1:1", 19),
                           "x.txt: error: no name; it has a line such as: cluster shop\n");
}

static void a_thousand_nodes_are_allowed(void)
{
    static char text[64 * CLUSTER_FILE_NODES_MAX];
    int size = sprintf(text, "cluster a\n");
    for (uint32_t i = CLUSTER_FILE_NODES_MAX; i >= 1; i--)
        size += sprintf(text + size, "node n%u 127.0.0.1:%u\n", i, 2 * i);
    struct cluster_file cluster_file = read_hosts(text);
    CU_ASSERT_EQUAL_FATAL(cluster_file.nodes, CLUSTER_FILE_NODES_MAX);
    CU_ASSERT_EQUAL(cluster_file.node[999].port, 2000);
    cluster_file_close(&cluster_file);
}

static void all_nodes_have_keys_or_none_and_then_on_loopback(void)
{
    CU_ASSERT_TRUE(right("cluster a\nnode n1 [::1]:7400\nnode n2 127.9.9.9:7400"));
    wrong(HEAD "node n2 127.0.0.1:7400", 3, 6,
          "n2 has no key, and n1, in line 2, has one: all nodes have keys, or none");
    wrong(NEAR "node n2 127.0.0.1:7500 key " A, 3, 6,
          "n2 has a key, and n1, in line 2, has none: all nodes have keys, or none");
    wrong("cluster a\nnode n1 128.0.0.1:7400", 2, 6,
          "n1 has no key: plain text is refused on any address but loopback; dpsim --keygen n1 "
          "makes a key");
    wrong("cluster a\nnode n1 [::2]:7400", 2, 6,
          "n1 has no key: plain text is refused on any address but loopback; dpsim --keygen n1 "
          "makes a key");
    wrong(NEAR "client me key " A, 3, 8,
          "'me' has a key and the nodes have none: anyone may ask them");
}

static void two_lines_share_no_key(void)
{
    wrong(HEAD "node n2 10.0.0.2:7400 key " A, 3, 27,
          "this is the key of 'n1' in line 2; each has its own");
    wrong(HEAD "client me key " A, 3, 15, "this is the key of 'n1' in line 2; each has its own");
    wrong(HEAD "client me key " B "\ndriver boss key " B, 4, 17,
          "this is the key of 'me' in line 3; each has its own");
    wrong(HEAD "client me key 12", 3, 15,
          "key '12': want the 64 hex digits that dpsim --keygen prints");
    wrong(HEAD "client me key", 3, 14, "key: want the 64 hex digits that dpsim --keygen prints");
    wrong(HEAD "client me", 3, 10, "client: want 'key' and its 64 hex digits");
}

static void names_of_clients_are_ids_and_no_node_s(void)
{
    char longest[ID_SIZE_MAX + 2], text[512];
    memset(longest, 'x', ID_SIZE_MAX);
    longest[ID_SIZE_MAX] = '\0';
    snprintf(text, sizeof text, HEAD "client %s key " B, longest);
    CU_ASSERT_TRUE(right(text));
    snprintf(text, sizeof text, HEAD "client %sx key " B, longest);
    CU_ASSERT_PTR_NOT_NULL(strstr(said_of(text, strlen(text)), "want 1..63 bytes"));
    CU_ASSERT_TRUE(right(HEAD "client node key " B "\nclient n key " C "\nclient n1x key " D));
    wrong(HEAD "client n7 key " B, 3, 8, "client 'n7': names like this are the nodes', n1..n1000");
    wrong(HEAD "client me key " B "\ndriver me key " C, 4, 8, "'me' has line 3 already");
    wrong(HEAD "client # me", 3, 8, "client: want a name");
}

static void all_errors_are_reported_up_to_twenty(void)
{
    char text[1024] = "";
    for (int i = 0; i < 22; i++)
        strcat(text, "foo\n");
    const char *said = said_of(text, strlen(text));
    CU_ASSERT_EQUAL(times_in(": error: 'foo' is no statement", said), 20);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "and 4 more\n"));
}

#define LEASES "ownership lease\n"
static void leases_want_a_place_for_what_a_node_remembers(void)
{
    struct cluster_file cluster_file =
        read_hosts(NEAR "ownership lease\nlease 3s\ndrift 100ppm\nslots 8\nstate /var/lib/dpsim");
    CU_ASSERT_STRING_EQUAL(cluster_file.state, "/var/lib/dpsim");
    CU_ASSERT_EQUAL(cluster_file.settings.lease_ns, 3 * NS_PER_S);
    CU_ASSERT_EQUAL(cluster_file.settings.fallback, FALLBACK_OWNER);
    CU_ASSERT_EQUAL(cluster_file_slots(&cluster_file), 8);
    cluster_file_close(&cluster_file);
    wrong(NEAR "ownership lease", 3, 1,
          "'ownership lease' needs a directory in which each node keeps the epoch of its leases: "
          "add a line such as: state /var/lib/dpsim");
    wrong(NEAR "ttl 3s\nstate /a", 4, 1,
          "'state' is for 'ownership lease', which is not in this file");
    wrong(NEAR LEASES "state lib", 4, 7,
          "state 'lib': want a directory's absolute path, such as /var/lib/dpsim");
    wrong(NEAR LEASES "state /a\nstate /b", 5, 1, "'state' is set in line 4 already");
}

static void hostile_bytes_are_reported_where_they_are(void)
{
    CU_ASSERT_PTR_NOT_NULL(
        strstr(said_of("cluster a\0b", 11), "x.txt:1:10: error: byte 0x00: neither printable"));
    CU_ASSERT_STRING_EQUAL(said_of("\xff\xfe\0c", 4),
                           "x.txt: error: this is UTF-16 text; a cluster file is UTF-8\n");
}

static void canonical_text_parses_to_an_equal_one(void)
{
    struct cluster_file cluster_file =
        read_hosts(HEAD "node n2 [fd00::2]:1 key " B "\nclient me key " C "\ndriver boss key " D
                        "\nttl 1.5s\nroute ring\n"
                        "expire idle\nfallback none\nload command a  b c\n"
                        "load-limit 250us\nload-at-once 3\nownership lease\nlease 3s\nstate /s");
    char *text = written(&cluster_file);
    struct cluster_file again = read_hosts(text);
    char *second = written(&again);
    CU_ASSERT_STRING_EQUAL(text, second);
    CU_ASSERT_EQUAL(cluster_file_hash(&cluster_file), cluster_file_hash(&again));
    CU_ASSERT_EQUAL(again.clients_count, 2);
    CU_ASSERT_STRING_EQUAL(again.command, "a b c");
    CU_ASSERT_STRING_EQUAL(again.state, "/s");
    free(text);
    free(second);
    cluster_file_close(&cluster_file);
    cluster_file_close(&again);
}

static void canonical_text_of_a_work_command_parses_to_an_equal_one(void)
{
    struct cluster_file file = read_hosts(NEAR "work command a  b keep\nwork-limit 1m");
    char *text = written(&file);
    struct cluster_file again = read_hosts(text);
    CU_ASSERT_TRUE(again.use == PROGRAM_KEPT && again.limit_ns == 60 * NS_PER_S);
    CU_ASSERT_EQUAL(cluster_file_hash(&file), cluster_file_hash(&again));
    free(text);
    cluster_file_close(&file);
    cluster_file_close(&again);
}

static void the_hash_is_of_what_nodes_must_agree_on(void)
{
    static const char *const other[] = {
        "cluster ship\nnode n1 10.0.0.1:7400 key " A,
        "cluster shop\nnode n1 10.0.0.2:7400 key " A,
        "cluster shop\nnode n1 10.0.0.1:7401 key " A,
        "cluster shop\nnode n1 10.0.0.1:7400 key " B,
        HEAD "node n2 10.0.0.2:7400 key " B,
        HEAD "ttl 6s",
        HEAD "route jump",
        HEAD "expire idle",
        HEAD "fallback none",
        HEAD "timeout 2s",
        HEAD "retry 1s",
        HEAD "mailbox 2",
        HEAD "heartbeat 1ms",
        HEAD "suspect 2s",
        HEAD "load command a",
        HEAD "load-limit 1s",
        HEAD "load-at-once 1",
        HEAD LEASES "state /s",
    };
    uint64_t hash = hash_of(HEAD);
    CU_ASSERT_EQUAL(hash, hash_of("# x\nnode  n1 10.0.0.1:7400 key 0A" REST "\ncluster shop"));
    CU_ASSERT_EQUAL(hash, hash_of("ttl 5000ms # the default\n" HEAD "load random"));
    CU_ASSERT_EQUAL(hash, hash_of(HEAD "client me key " B "\ndriver boss key " C));
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        CU_ASSERT_NOT_EQUAL(hash, hash_of(other[i]));
    hash = hash_of(HEAD LEASES "state /s");
    CU_ASSERT_EQUAL(hash, hash_of(HEAD LEASES "state /other"));
    CU_ASSERT_NOT_EQUAL(hash, hash_of(HEAD LEASES "state /s\nlease 3s"));
    CU_ASSERT_NOT_EQUAL(hash, hash_of(HEAD LEASES "state /s\nslots 8"));
    CU_ASSERT_NOT_EQUAL(hash, hash_of(HEAD LEASES "state /s\ndrift 1ppm"));
}

SUITE(net_cluster_file, TEST(nodes_and_clients_are_as_written_in_any_order),
      TEST(what_is_not_said_has_its_default), TEST(settings_are_those_of_scenarios),
      TEST(leases_want_a_place_for_what_a_node_remembers),
      TEST(a_command_is_words_with_a_space_between),
      TEST(a_work_command_is_run_for_each_turn_or_kept),
      TEST(a_cluster_loads_values_or_works_turns),
      TEST(a_turn_is_not_done_twice_unless_that_is_said),
      TEST(canonical_text_of_a_work_command_parses_to_an_equal_one),
      TEST(what_is_a_scenario_s_or_the_network_s_is_refused),
      TEST(misspelt_words_are_reported_with_a_suggestion),
      TEST(values_have_the_bounds_that_are_reported), TEST(addresses_are_numbers_with_a_port),
      TEST(an_ipv6_address_has_one_form), TEST(two_nodes_share_no_port),
      TEST(nodes_are_complete_and_each_has_one_line), TEST(a_thousand_nodes_are_allowed),
      TEST(all_nodes_have_keys_or_none_and_then_on_loopback), TEST(two_lines_share_no_key),
      TEST(names_of_clients_are_ids_and_no_node_s), TEST(all_errors_are_reported_up_to_twenty),
      TEST(hostile_bytes_are_reported_where_they_are), TEST(canonical_text_parses_to_an_equal_one),
      TEST(the_hash_is_of_what_nodes_must_agree_on));

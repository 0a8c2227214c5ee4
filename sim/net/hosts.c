/* What a cluster file says, written down in the one way that it has, and as a hash of that. */
#include "net/hosts.h"

#include "core/id.h"
#include "core/memory.h"
#include "scenario/value.h"

#include <stdarg.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Where the canonical text goes: one of them is not NULL. */
struct canon {
    FILE *out;
    XXH3_state_t *hash;
};

/* A line's beginning or end: any but a command is far shorter. */
#define PIECE 512u

static void put(struct canon *canon, const char *bytes, size_t size)
{
    if (canon->out)
        fwrite(bytes, 1, size, canon->out);
    else
        XXH3_64bits_update(canon->hash, bytes, size);
}

__attribute__((format(printf, 2, 3))) static void print(struct canon *canon, const char *format,
                                                        ...)
{
    char piece[PIECE];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(piece, sizeof piece, format, arguments);
    va_end(arguments);
    must(size >= 0 && (size_t)size < sizeof piece);
    put(canon, piece, (size_t)size);
}

static void put_nodes(struct canon *canon, const struct hosts *hosts)
{
    char hex[KEY_HEX_SIZE];
    print(canon, "cluster %s\n", hosts->name);
    for (uint32_t i = 0; i < hosts->nodes; i++) {
        const struct host_node *node = &hosts->node[i];
        print(canon, "node n%u %s:%u", i + 1, node->address, node->port);
        if (node->has_key) {
            keys_hex(node->key, hex);
            print(canon, " key %s", hex);
        }
        print(canon, "\n");
    }
}

static void put_guests(struct canon *canon, const struct hosts *hosts)
{
    char hex[KEY_HEX_SIZE];
    for (size_t i = 0; i < hosts->guests_count; i++) {
        const struct host_guest *guest = &hosts->guests[i];
        keys_hex(guest->key, hex);
        print(canon, "%s %s key %s\n", guest->drives ? "driver" : "client", guest->name, hex);
    }
}

static void put_settings(struct canon *canon, const struct hosts *hosts)
{
    char line[PIECE];
    for (enum setting_id i = 0; i < SETTINGS_COUNT; i++)
        if (!hosts_refuses(i)) {
            plan_setting_line(&hosts->settings, i, line, sizeof line);
            print(canon, "%s", line);
        }
    if (hosts->load_command) {
        print(canon, "load command ");
        put(canon, hosts->load_command, strlen(hosts->load_command));
        print(canon, "\n");
    } else {
        print(canon, "load random\n");
    }
    print(canon, "load-limit %s\n", value_written(hosts->load_limit_ns).text);
    print(canon, "load-at-once %u\n", hosts->load_at_once);
}

void hosts_write(FILE *out, const struct hosts *hosts)
{
    struct canon canon = {.out = out};
    put_nodes(&canon, hosts);
    put_guests(&canon, hosts);
    put_settings(&canon, hosts);
}

uint64_t hosts_hash(const struct hosts *hosts)
{
    XXH3_state_t state;
    struct canon canon = {.hash = &state};
    XXH3_64bits_reset(&state);
    put_nodes(&canon, hosts);
    put_settings(&canon, hosts);
    return XXH3_64bits_digest(&state);
}

void hosts_close(struct hosts *hosts)
{
    memory_free(hosts->node);
    memory_free(hosts->guests);
    memory_free(hosts->load_command);
    *hosts = (struct hosts){0};
}

const char *hosts_refuses(enum setting_id setting)
{
    static const char scenario[] = "is for scenarios: it has no place in a cluster file";
    static const char network[] = "is the network's own here: it can't be set";
    static const char *const refused[SETTINGS_COUNT] = {
        [SETTING_NODES] = "is for scenarios: here every node has a line",
        [SETTING_SEED] = scenario,
        [SETTING_LOAD] = "is how values are made here: load random, or load command PROGRAM",
        [SETTING_LOAD_FAIL] = scenario,
        [SETTING_WORK] = scenario,
        [SETTING_LATENCY] = network,
        [SETTING_LOSS] = network,
        [SETTING_DUPLICATE] = network,
        [SETTING_REORDER] = network,
        [SETTING_CLOCK] = network,
        [SETTING_MEMBERSHIP] = scenario,
        [SETTING_END] = scenario,
        [SETTING_TRACE] = scenario,
    };
    return refused[setting];
}

bool hosts_node_name(const char *name, size_t size, node_id *node)
{
    uint64_t number;
    if (size < 2 || name[0] != 'n' || name[1] == '0')
        return false;
    if (value_number((struct word){name + 1, size - 1}, &number) || number > HOSTS_NODES_MAX)
        return false;
    *node = (node_id)(number - 1);
    return true;
}

const char *hosts_guest_name(const char *name, size_t size)
{
    if (!id_valid(name, size))
        return "want 1..63 bytes of printable UTF-8 without blanks";
    if (name[0] == '#')
        return "a '#' that begins a word starts a comment";
    if (name[0] == 'n' && value_is_digits((struct word){name + 1, size - 1}))
        return "names like this are the nodes', n1..n1000";
    return NULL;
}

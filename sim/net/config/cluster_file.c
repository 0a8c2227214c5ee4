/* The canonical text of a cluster file, and the hash of it. */
#include "net/config/cluster_file.h"

#include "base/duration.h"
#include "base/memory.h"
#include "node/id.h"
#include "scenario/plan_printer.h"
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

static void put_nodes(struct canon *canon, const struct cluster_file *file)
{
    char hex[KEY_HEX_SIZE];
    print(canon, "cluster %s\n", file->name);
    for (uint32_t i = 0; i < file->nodes; i++) {
        const struct cluster_file_node *node = &file->node[i];
        print(canon, "node n%u %s:%u", i + 1, node->address, node->port);
        if (node->has_key) {
            key_to_hex(node->key, hex);
            print(canon, " key %s", hex);
        }
        print(canon, "\n");
    }
}

static void put_clients(struct canon *canon, const struct cluster_file *file)
{
    char hex[KEY_HEX_SIZE];
    for (size_t i = 0; i < file->clients_count; i++) {
        const struct cluster_file_client *client = &file->clients[i];
        key_to_hex(client->key, hex);
        print(canon, "%s %s key %s\n", client->drives ? "driver" : "client", client->name, hex);
    }
}

static void put_settings(struct canon *canon, const struct cluster_file *file)
{
    for (enum setting_id i = 0; i < SETTINGS_COUNT; i++)
        if (!cluster_file_refuses(i) && setting_is_written(&file->settings, i)) {
            char text[SETTING_LINE_SIZE];
            struct string_builder line = string_builder_over(text, sizeof text);
            plan_setting_line(&line, &file->settings, i);
            print(canon, "%s\n", text);
        }
    const char *what = file->use > PROGRAM_LOADS ? "work" : "load";
    if (file->command) {
        print(canon, "%s command ", what);
        put(canon, file->command, strlen(file->command));
        print(canon, file->use == PROGRAM_KEPT ? " keep\n" : "\n");
    } else {
        print(canon, "load random\n");
    }
    print(canon, "%s-limit %s\n", what, duration_plain(file->limit_ns).text);
    print(canon, "%s-at-once %u\n", what, file->at_once);
}

void cluster_file_write(FILE *out, const struct cluster_file *file)
{
    struct canon canon = {.out = out};
    put_nodes(&canon, file);
    put_clients(&canon, file);
    put_settings(&canon, file);
    if (file->state)
        fprintf(out, "state %s\n", file->state);
}

uint64_t cluster_file_hash(const struct cluster_file *file)
{
    XXH3_state_t state;
    struct canon canon = {.hash = &state};
    XXH3_64bits_reset(&state);
    put_nodes(&canon, file);
    put_settings(&canon, file);
    return XXH3_64bits_digest(&state);
}

void cluster_file_close(struct cluster_file *file)
{
    memory_free(file->node);
    memory_free(file->clients);
    memory_free(file->command);
    memory_free(file->state);
    *file = (struct cluster_file){0};
}

const char *cluster_file_refuses(enum setting_id id)
{
    const struct setting *setting = &settings_table[id];
    if (setting->agreed)
        return NULL;
    switch (id) {
    case SETTING_NODES:
        return "is for scenarios: here every node has a line";
    case SETTING_LOAD_AT_ONCE:
        return "is a statement of its own here";
    case SETTING_LOAD:
        return "is how values are made here: load random, or load command PROGRAM";
    default:
        return setting->of_links || id == SETTING_CLOCK
                   ? "is the network's own here: it can't be set"
                   : "is for scenarios: it has no place in a cluster file";
    }
}

bool cluster_file_node_name(const char *name, size_t size, node_id *node)
{
    uint64_t number;
    if (size < 2 || name[0] != 'n' || name[1] == '0')
        return false;
    if (value_number((struct word){name + 1, size - 1}, &number) || number > CLUSTER_FILE_NODES_MAX)
        return false;
    *node = (node_id)(number - 1);
    return true;
}

const char *cluster_file_refuses_client_name(const char *name, size_t size)
{
    if (!id_is_word(name, size))
        return "want 1..63 bytes of printable UTF-8 without blanks";
    if (name[0] == '#')
        return "a '#' that begins a word starts a comment";
    if (name[0] == 'n' && value_is_digits((struct word){name + 1, size - 1}))
        return "names like this are the nodes', n1..n1000";
    return NULL;
}

/* libFuzzer's connection monitor to the cluster file: any text makes hosts or placed diagnostics,
 * and leaks nothing; what was read, written down and read again is the same. */
#include "net/config/cluster_file.h"
#include "base/memory.h"
#include "net/wire/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_again(const struct cluster_file *cluster_file)
{
    struct cluster_file again;
    char *text = NULL, *diagnostics = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    must(out);
    cluster_file_write(out, cluster_file);
    must(fclose(out) == 0);
    must(cluster_file_parse(&again, "again", text, size, &diagnostics) == OK);
    must(cluster_file_hash(&again) == cluster_file_hash(cluster_file));
    must(again.clients_count == cluster_file->clients_count);
    cluster_file_close(&again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct cluster_file cluster_file;
    char *diagnostics = NULL;
    enum error error =
        cluster_file_parse(&cluster_file, "fuzz", (const char *)bytes, size, &diagnostics);
    if (error == OK) {
        check_again(&cluster_file);
        cluster_file_close(&cluster_file);
    }
    if (error != ERROR_TEXT)
        return 0;
    must(strncmp(diagnostics, "fuzz:", strlen("fuzz:")) == 0);
    memory_free(diagnostics);
    return 0;
}

/* libFuzzer's door to the cluster file: any text makes hosts or placed complaints, and leaks
 * nothing; what was read, written down and read again is the same. */
#include "net/hosts.h"
#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_again(const struct hosts *hosts)
{
    struct hosts again;
    char *text = NULL, *complaints = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    must(out);
    hosts_write(out, hosts);
    must(fclose(out) == 0);
    must(hosts_parse(&again, "again", text, size, &complaints) == OK);
    must(hosts_hash(&again) == hosts_hash(hosts));
    must(again.guests_count == hosts->guests_count);
    hosts_close(&again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct hosts hosts;
    char *complaints = NULL;
    enum error error = hosts_parse(&hosts, "fuzz", (const char *)bytes, size, &complaints);
    if (error == OK) {
        check_again(&hosts);
        hosts_close(&hosts);
    }
    if (error != ERROR_TEXT)
        return 0;
    must(strncmp(complaints, "fuzz:", strlen("fuzz:")) == 0);
    memory_free(complaints);
    return 0;
}

/* Keys: pairs that belong together, and files which nobody else can read. */
#include "net/wire/keys.h"

#include "support/suite.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64], file[96];

/* A folder of its own, and in it the name of a file that isn't there. */
static void begin(void)
{
    strcpy(folder, "/tmp/dpsim-keys-XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    snprintf(file, sizeof file, "%s/n1.key", folder);
}

static void end(void)
{
    unlink(file);
    CU_ASSERT_EQUAL(rmdir(folder), 0);
}

static void put(const char *text, mode_t mode)
{
    unlink(file);
    FILE *out = fopen(file, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    fputs(text, out);
    fclose(out);
    CU_ASSERT_EQUAL(chmod(file, mode), 0);
}

/* Whether reading the file is refused, and `words` are said of it. */
static bool refused(const char *words)
{
    struct key_pair pair;
    char wanted[FAILURE_TEXT_SIZE];
    struct failure failure = {0};
    static const struct key_pair nothing;
    snprintf(wanted, sizeof wanted, "%s: %s", file, words);
    bool as_said = keys_read(&pair, file, &failure) == ERROR_IO &&
                   strcmp(failure.text, wanted) == 0 &&
                   memcmp(pair.secret_key, nothing.secret_key, KEY_SIZE) == 0;
    if (!as_said)
        printf("\nsaid: %s\n not: %s\n", failure.text, wanted);
    return as_said;
}

/* Alice's pair in RFC 7748, 6.1. */
static const char secret[] = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
static const char public_known[] =
    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";

static void a_public_key_is_the_curve_s_own(void)
{
    struct key_pair pair;
    struct failure failure = {0};
    char hex[KEY_HEX_SIZE];
    CU_ASSERT_TRUE(key_from_hex(secret, 64, pair.secret_key));
    CU_ASSERT_EQUAL(keys_complete(&pair, &failure), OK);
    key_to_hex(pair.public_key, hex);
    CU_ASSERT_STRING_EQUAL(hex, public_known);
}

static void new_pairs_belong_together_and_differ(void)
{
    struct key_pair a, b, completed;
    struct failure failure = {0};
    CU_ASSERT_EQUAL_FATAL(keys_generate(&a, &failure), OK);
    CU_ASSERT_EQUAL_FATAL(keys_generate(&b, &failure), OK);
    CU_ASSERT_NOT_EQUAL(memcmp(a.public_key, b.public_key, KEY_SIZE), 0);
    CU_ASSERT_NOT_EQUAL(memcmp(a.secret_key, b.secret_key, KEY_SIZE), 0);
    memcpy(completed.secret_key, a.secret_key, KEY_SIZE);
    CU_ASSERT_EQUAL(keys_complete(&completed, &failure), OK);
    CU_ASSERT_EQUAL(memcmp(&a, &completed, sizeof a), 0);
}

static void what_is_written_can_be_read_by_the_user_alone(void)
{
    struct key_pair pair, again;
    struct stat found;
    struct failure failure = {0};
    begin();
    mode_t mask = umask(0277); /* which would leave the user no right to read */
    CU_ASSERT_EQUAL_FATAL(keys_generate(&pair, &failure), OK);
    CU_ASSERT_EQUAL(keys_write(&pair, file, "n1", &failure), OK);
    umask(mask);
    CU_ASSERT_EQUAL(stat(file, &found), 0);
    CU_ASSERT_EQUAL(found.st_mode & 07777, 0600);
    CU_ASSERT_EQUAL(keys_read(&again, file, &failure), OK);
    CU_ASSERT_EQUAL(memcmp(&pair, &again, sizeof pair), 0);
    CU_ASSERT_EQUAL(chmod(file, 0400), 0);
    CU_ASSERT_EQUAL(keys_read(&again, file, &failure), OK);
    end();
}

static void a_key_is_never_overwritten(void)
{
    struct key_pair pair, other, found;
    struct failure failure = {0};
    begin();
    CU_ASSERT_EQUAL_FATAL(keys_generate(&pair, &failure), OK);
    CU_ASSERT_EQUAL_FATAL(keys_generate(&other, &failure), OK);
    CU_ASSERT_EQUAL(keys_write(&pair, file, "n1", &failure), OK);
    CU_ASSERT_EQUAL(keys_write(&other, file, "n1", &failure), ERROR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(failure.text, "there is one already"));
    CU_ASSERT_EQUAL(keys_read(&found, file, &failure), OK);
    CU_ASSERT_EQUAL(memcmp(&pair, &found, sizeof pair), 0);
    end();
}

static void a_file_that_others_can_read_or_write_is_refused(void)
{
    static const mode_t modes[] = {0644, 0640, 0660, 0606, 0601, 0700, 0200, 04600};
    char words[256];
    begin();
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        put(secret, modes[i]);
        if (modes[i] == 0200 && geteuid() != 0) /* not even opened */
            continue;
        snprintf(words, sizeof words, "mode %04o lets others at the key: chmod 600 %s",
                 (unsigned)modes[i], file);
        CU_ASSERT_TRUE(refused(words));
    }
    if (geteuid() == 0) { /* who alone can give files away */
        put(secret, 0600);
        CU_ASSERT_EQUAL(chown(file, 65534, (gid_t)-1), 0);
        CU_ASSERT_TRUE(refused("it belongs to user 65534, and you are user 0"));
    }
    end();
}

static void only_a_regular_file_is_read(void)
{
    begin();
    CU_ASSERT_TRUE(refused("No such file or directory"));
    CU_ASSERT_EQUAL(symlink("/dev/null", file), 0);
    CU_ASSERT_TRUE(refused("a symbolic link: name the key file itself"));
    unlink(file);
    CU_ASSERT_EQUAL(mkfifo(file, 0600), 0);
    CU_ASSERT_TRUE(refused("no regular file"));
    unlink(file);
    CU_ASSERT_EQUAL(mkdir(file, 0700), 0);
    CU_ASSERT_TRUE(refused("no regular file"));
    rmdir(file);
    end();
}

static void a_file_holds_one_key_and_comments(void)
{
    static const char none[] = "no key file: want the 64 hex digits that dpsim --keygen writes";
    struct key_pair pair;
    struct failure failure = {0};
    char text[8192];
    begin();
    snprintf(text, sizeof text, "# mine\r\n\n \t%s \r\n# end", secret);
    put(text, 0600);
    CU_ASSERT_EQUAL(keys_read(&pair, file, &failure), OK);
    CU_ASSERT_EQUAL(pair.secret_key[0], 0x77);
    put(secret, 0600);
    CU_ASSERT_EQUAL(keys_read(&pair, file, &failure), OK);

    snprintf(text, sizeof text, "%s\n%s\n", secret, secret);
    put(text, 0600);
    CU_ASSERT_TRUE(refused(none));
    snprintf(text, sizeof text, "%s\nmore", secret);
    put(text, 0600);
    CU_ASSERT_TRUE(refused(none));
    put("", 0600);
    CU_ASSERT_TRUE(refused(none));
    put("# nothing\n", 0600);
    CU_ASSERT_TRUE(refused(none));
    snprintf(text, sizeof text, "%.63s\n", secret);
    put(text, 0600);
    CU_ASSERT_TRUE(refused(none));
    snprintf(text, sizeof text, "%s\n%*s", secret, 4096 - 64, "\n");
    put(text, 0600);
    CU_ASSERT_TRUE(refused(none));
    end();
}

static void z85_is_zeromq_s_own(void)
{
    char z85[41];
    uint8_t key[KEY_SIZE] = {0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b};
    keys_z85(key, z85);
    CU_ASSERT_EQUAL(strlen(z85), 40);
    CU_ASSERT_EQUAL(strncmp(z85, "HelloWorld", 10), 0); /* the example of ZeroMQ's RFC 32 */
}

SUITE(net_keys, TEST(a_public_key_is_the_curve_s_own), TEST(new_pairs_belong_together_and_differ),
      TEST(what_is_written_can_be_read_by_the_user_alone), TEST(a_key_is_never_overwritten),
      TEST(a_file_that_others_can_read_or_write_is_refused), TEST(only_a_regular_file_is_read),
      TEST(a_file_holds_one_key_and_comments), TEST(z85_is_zeromq_s_own));

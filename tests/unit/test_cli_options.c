#include "cli/options.h"

#include "scenario/settings.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 16

/* A parse of a command line, and what it printed. */
struct parsed {
    struct options options;
    enum options_todo todo;
    char *out;
    char *err;
};

/* Parses "dpsim" and the words of `line`, which are set apart by blanks. The result is valid until
 * the next parse. */
static struct parsed parse(const char *line)
{
    static char copy[512], *words[WORDS_MAX + 1];
    struct parsed parsed = {0};
    size_t out_size, err_size;
    int count = 0;
    words[count++] = "dpsim";
    snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok(copy, " "); word && count < WORDS_MAX; word = strtok(NULL, " "))
        words[count++] = word;
    words[count] = NULL;
    FILE *out = open_memstream(&parsed.out, &out_size);
    FILE *err = open_memstream(&parsed.err, &err_size);
    parsed.todo = options_parse(count, words, &parsed.options, out, err);
    fclose(out);
    fclose(err);
    return parsed;
}

static void drop(struct parsed *parsed)
{
    options_close(&parsed->options);
    free(parsed->out);
    free(parsed->err);
}

/* Whether the line is wrong, for the reason given as the message's first line. */
static bool wrong(const char *line, const char *message)
{
    struct parsed parsed = parse(line);
    size_t size = strlen(message);
    bool as_said = parsed.todo == OPTIONS_WRONG && strncmp(parsed.err, message, size) == 0 &&
                   parsed.err[size] == '\n' && strstr(parsed.err, "\nTry 'dpsim --help'.\n") &&
                   !*parsed.out;
    if (!as_said)
        printf("\n%s\n  said: %s  not: %s\n", line, parsed.err, message);
    drop(&parsed);
    return as_said;
}

static void scenarios_are_the_words_that_are_no_options(void)
{
    struct parsed parsed = parse("a.txt --viz - -q -- -b");
    CU_ASSERT_EQUAL_FATAL(parsed.todo, OPTIONS_RUN);
    CU_ASSERT_EQUAL_FATAL(parsed.options.scenarios_count, 3);
    CU_ASSERT_STRING_EQUAL(parsed.options.scenarios[0], "a.txt");
    CU_ASSERT_STRING_EQUAL(parsed.options.scenarios[1], "-");
    CU_ASSERT_STRING_EQUAL(parsed.options.scenarios[2], "-b");
    CU_ASSERT_TRUE(parsed.options.viz);
    CU_ASSERT_TRUE(parsed.options.quiet);
    CU_ASSERT_EQUAL(parsed.options.mode, MODE_RUN);
    CU_ASSERT_STRING_EQUAL(parsed.err, "");
    drop(&parsed);
}

static void what_is_not_given_is_off(void)
{
    struct parsed parsed = parse("a");
    CU_ASSERT_EQUAL_FATAL(parsed.todo, OPTIONS_RUN);
    CU_ASSERT_FALSE(parsed.options.json);
    CU_ASSERT_FALSE(parsed.options.quiet);
    CU_ASSERT_FALSE(parsed.options.check);
    CU_ASSERT_EQUAL(parsed.options.threads, 0);
    CU_ASSERT_EQUAL(parsed.options.overrides_count, 0);
    CU_ASSERT_PTR_NULL(parsed.options.trace_file);
    CU_ASSERT_FALSE(parsed.options.net);
    CU_ASSERT_PTR_NULL(parsed.options.cluster_file);
    CU_ASSERT_PTR_NULL(parsed.options.node_name);
    CU_ASSERT_PTR_NULL(parsed.options.key_file);
    CU_ASSERT_PTR_NULL(parsed.options.keygen_name);
    CU_ASSERT_EQUAL(parsed.options.requests_count, 0);
    CU_ASSERT_EQUAL(parsed.options.process_fd, -1);
    drop(&parsed);
}

static void overrides_keep_the_order_in_which_they_were_given(void)
{
    static const char *const want[][3] = {
        {"--nodes 3", "nodes", "3"}, {"--set ttl=30s", "ttl", "30s"}, {"--seed 7", "seed", "7"},
        {"--nodes 4", "nodes", "4"}, {"--set a=b=c", "a", "b=c"},     {"--set e=", "e", ""}};
    struct parsed parsed = parse("-n3 --set ttl=30s -s 7 --nodes=4 --set a=b=c x --set e=");
    CU_ASSERT_EQUAL_FATAL(parsed.todo, OPTIONS_RUN);
    CU_ASSERT_EQUAL_FATAL(parsed.options.overrides_count, sizeof want / sizeof *want);
    for (size_t i = 0; i < parsed.options.overrides_count; i++) {
        CU_ASSERT_STRING_EQUAL(parsed.options.overrides[i].option, want[i][0]);
        CU_ASSERT_STRING_EQUAL(parsed.options.overrides[i].key, want[i][1]);
        CU_ASSERT_STRING_EQUAL(parsed.options.overrides[i].value, want[i][2]);
    }
    drop(&parsed);
}

static void a_beginning_of_one_long_option_means_it(void)
{
    struct parsed parsed = parse("--thr 2 --tra - --qu a");
    CU_ASSERT_EQUAL_FATAL(parsed.todo, OPTIONS_RUN);
    CU_ASSERT_EQUAL(parsed.options.threads, 2);
    CU_ASSERT_STRING_EQUAL(parsed.options.trace_file, "-");
    CU_ASSERT_TRUE(parsed.options.quiet);
    drop(&parsed);
}

static void a_wrong_option_is_named_with_the_one_that_was_meant(void)
{
    CU_ASSERT_TRUE(
        wrong("--nodess 3 a", "dpsim: unknown option '--nodess'; did you mean '--nodes'?"));
    CU_ASSERT_TRUE(wrong("--sed=3 a", "dpsim: unknown option '--sed'; did you mean '--seed'?"));
    CU_ASSERT_TRUE(wrong("--elephant a", "dpsim: unknown option '--elephant'"));
    CU_ASSERT_TRUE(wrong("-x a", "dpsim: unknown option '-x'"));
    CU_ASSERT_TRUE(wrong("-qx a", "dpsim: unknown option '-x'"));
    CU_ASSERT_TRUE(wrong("-\xc3\xa9 a", "dpsim: unknown option '-\\303'"));
    CU_ASSERT_TRUE(
        wrong("--se 3 a", "dpsim: option '--se' may be one of '--seed', '--set', '--seeds'"));
}

static void a_wrong_argument_is_printed_with_what_is_wanted(void)
{
    CU_ASSERT_TRUE(wrong("a --nodes", "dpsim: option '--nodes' wants an argument: --nodes N"));
    CU_ASSERT_TRUE(wrong("a -n", "dpsim: option '--nodes' wants an argument: --nodes N"));
    CU_ASSERT_TRUE(wrong("a --json=1", "dpsim: option '--json' takes no argument"));
    CU_ASSERT_TRUE(
        wrong("a --set ttl",
              "dpsim: --set ttl: want KEY=VALUE, such as --set ttl=30s; --set help lists all"));
    CU_ASSERT_TRUE(
        wrong("a --set =1",
              "dpsim: --set =1: want KEY=VALUE, such as --set ttl=30s; --set help lists all"));
    CU_ASSERT_TRUE(wrong("a --trace=", "dpsim: --trace: want a FILE"));
}

static void seeds_are_a_range_and_what_varies_is_a_list(void)
{
    struct parsed parsed = parse("--seeds 3..18446744073709551615 -j 4 --vary ttl=1s,2s a");
    CU_ASSERT_EQUAL_FATAL(parsed.todo, OPTIONS_RUN);
    CU_ASSERT_EQUAL(parsed.options.mode, MODE_COMPARE);
    CU_ASSERT_EQUAL(parsed.options.first_seed, 3);
    CU_ASSERT_EQUAL(parsed.options.last_seed, UINT64_MAX);
    CU_ASSERT_EQUAL(parsed.options.jobs, 4);
    CU_ASSERT_EQUAL_FATAL(parsed.options.varied_count, 1);
    CU_ASSERT_STRING_EQUAL(parsed.options.varied[0].key, "ttl");
    CU_ASSERT_STRING_EQUAL(parsed.options.varied[0].value, "1s,2s");
    CU_ASSERT_EQUAL(parsed.options.overrides_count, 0);
    drop(&parsed);
    parsed = parse("--seeds 7..7 a b");
    CU_ASSERT_EQUAL(parsed.options.mode, MODE_SWEEP);
    drop(&parsed);
    CU_ASSERT_TRUE(wrong("--seeds 7 a", "dpsim: --seeds 7: want two seeds of 0..2^64-1, the lower "
                                        "one first, such as 1..200"));
    CU_ASSERT_TRUE(wrong("--seeds 1..18446744073709551616 a",
                         "dpsim: --seeds 1..18446744073709551616: want two seeds of 0..2^64-1, the "
                         "lower one first, such as 1..200"));
    for (uint32_t turn = 0; turn < 2; turn++)
        CU_ASSERT_TRUE(wrong(turn ? "--png b --seeds 1..4 a" : "--seeds 1..4 --png b a",
                             "dpsim: --png with --seeds needs --vary KEY=V1,V2: dpsim --seeds A..B "
                             "--vary KEY=V1,V2... SCENARIO... (without --seeds it draws one run, "
                             "by --seed S)"));
    CU_ASSERT_TRUE(wrong("--vary ttl=1s a", "dpsim: --vary needs --seeds A..B: dpsim --seeds A..B "
                                            "--vary KEY=V1,V2... SCENARIO..."));
}

static void what_seeds_and_vary_have_is_not_set_besides(void)
{
    CU_ASSERT_TRUE(wrong("--seeds 1..2 --set seed=9 a",
                         "dpsim: --set seed=9 and --seeds do not go together: --seeds has the "
                         "seeds; leave one of them out"));
    CU_ASSERT_TRUE(wrong("--seeds 1..2 --seed 9 a",
                         "dpsim: --seeds and --seed do not go together: --seeds makes many runs, "
                         "each of a seed and on one thread; leave one of them out"));
    CU_ASSERT_TRUE(wrong("--seeds 1..2 --trace b a",
                         "dpsim: --seeds and --trace do not go together: --seeds makes many runs, "
                         "each of a seed and on one thread; leave one of them out"));
    CU_ASSERT_TRUE(wrong("--seeds 1..2 --vary ttl=1s,2s --set ttl=9s a",
                         "dpsim: --set ttl=9s and --vary ttl do not go together: --vary has the "
                         "values; leave one of them out"));
    CU_ASSERT_TRUE(wrong("--seeds 1..2 --nodes 5 --vary nodes=3 a",
                         "dpsim: --nodes 5 and --vary nodes do not go together: --vary has the "
                         "values; leave one of them out"));
    CU_ASSERT_TRUE(
        wrong("--seeds 1..2 --seeds 3..4 a", "dpsim: --seeds is given twice: '1..2' and '3..4'"));
    struct parsed twice = parse("--seeds 1..2 --seeds 1..2 a");
    CU_ASSERT_EQUAL(twice.todo, OPTIONS_RUN);
    drop(&twice);
    struct parsed others = parse("--seeds 1..2 --vary ttl=1s,2s --set timeout=9s a");
    CU_ASSERT_EQUAL(others.todo, OPTIONS_RUN);
    drop(&others);
}

static void a_setting_of_one_node_goes_with_values_of_all(void)
{
    char *words[] = {
        "dpsim", "--seeds=1..2", "--vary=load=1ms,2ms", "--set", "load=20ms on n2", "a.txt", NULL};
    struct options options;
    CU_ASSERT_EQUAL_FATAL(options_parse(6, words, &options, stdout, stderr), OPTIONS_RUN);
    options_close(&options);
}

static void threads_are_a_whole_number_of_1_to_1024(void)
{
    struct parsed least = parse("--threads 1 a");
    CU_ASSERT_EQUAL(least.options.threads, 1);
    drop(&least);
    struct parsed most = parse("--threads 1024 a");
    CU_ASSERT_EQUAL(most.options.threads, 1024);
    drop(&most);
    static const char *const bad[] = {"0", "1025", "-1", "+1", "1x", "0x1", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char line[64], message[96];
        snprintf(line, sizeof line, "--threads=%s a", bad[i]);
        snprintf(message, sizeof message, "dpsim: --threads %s: want a whole number of 1..1024",
                 bad[i]);
        CU_ASSERT_TRUE(wrong(line, message));
    }
}

static void no_scenario_is_an_error_that_shows_the_usage(void)
{
    CU_ASSERT_TRUE(wrong("", "dpsim: no scenario was given"));
    CU_ASSERT_TRUE(wrong("--json", "dpsim: no scenario was given"));
    struct parsed parsed = parse("");
    CU_ASSERT_PTR_NOT_NULL(strstr(parsed.err, "Usage: dpsim [OPTION]... SCENARIO..."));
    drop(&parsed);
}

static void a_node_has_a_cluster_and_a_key_and_no_scenario(void)
{
    struct parsed parsed = parse("--net --cluster c --node n1 --key k");
    CU_ASSERT_EQUAL_FATAL(parsed.todo, OPTIONS_RUN);
    CU_ASSERT_TRUE(parsed.options.net);
    CU_ASSERT_STRING_EQUAL(parsed.options.cluster_file, "c");
    CU_ASSERT_STRING_EQUAL(parsed.options.node_name, "n1");
    CU_ASSERT_STRING_EQUAL(parsed.options.key_file, "k");
    CU_ASSERT_EQUAL(parsed.options.scenarios_count, 0);
    drop(&parsed);
    CU_ASSERT_TRUE(wrong("--net --cluster c --node n1 a",
                         "dpsim: --node takes no scenario, and there is 'a'"));
    CU_ASSERT_TRUE(
        wrong("--net --node n1",
              "dpsim: --node needs --cluster FILE: dpsim --net --cluster FILE --key FILE "
              "--node NAME (--nodes N is how many there are)"));
    CU_ASSERT_TRUE(wrong("--net --cluster c --node n1 --request 4",
                         "dpsim: --node and --request do not go together: --node is a node of a "
                         "cluster, whose settings are those of its cluster file; leave one of them "
                         "out"));
}

static void words_are_ids_where_ids_are_asked_for(void)
{
    struct parsed parsed = parse("--net --request 42 a --cluster c --request=b - --key k -- --d");
    static const char *const want[] = {"42", "b", "a", "-", "--d"};
    CU_ASSERT_EQUAL_FATAL(parsed.todo, OPTIONS_RUN);
    CU_ASSERT_EQUAL(parsed.options.scenarios_count, 0);
    CU_ASSERT_EQUAL_FATAL(parsed.options.requests_count, sizeof want / sizeof *want);
    for (size_t i = 0; i < parsed.options.requests_count; i++)
        CU_ASSERT_STRING_EQUAL(parsed.options.requests[i], want[i]);
    drop(&parsed);
    parsed = parse("--net --cluster c --request -- -x --json");
    CU_ASSERT_EQUAL_FATAL(parsed.options.requests_count, 2);
    CU_ASSERT_STRING_EQUAL(parsed.options.requests[0], "-x");
    CU_ASSERT_STRING_EQUAL(parsed.options.requests[1], "--json");
    CU_ASSERT_FALSE(parsed.options.json);
    drop(&parsed);
    CU_ASSERT_TRUE(
        wrong("--net --cluster c --request --", "dpsim: --request -- is followed by no id"));
    CU_ASSERT_TRUE(wrong("--net --cluster c --request --json 4",
                         "dpsim: --request --json: an id that begins with '-' comes after '--': "
                         "--request -- --json"));
    parsed = parse("--net --cluster c --request=--json --request -");
    CU_ASSERT_EQUAL_FATAL(parsed.options.requests_count, 2);
    CU_ASSERT_STRING_EQUAL(parsed.options.requests[0], "--json");
    drop(&parsed);
    CU_ASSERT_TRUE(wrong("--net --cluster c --request a\001b",
                         "dpsim: --request 'a\xef\xbf\xbd"
                         "b': an id is 1..63 bytes of printable UTF-8"));
    CU_ASSERT_TRUE(wrong("--net --cluster c --request a b\001",
                         "dpsim: --request 'b\xef\xbf\xbd': an id is 1..63 bytes of printable "
                         "UTF-8"));
    CU_ASSERT_TRUE(wrong("--net --request 4",
                         "dpsim: --request needs --cluster FILE: dpsim --net --cluster FILE --key "
                         "FILE --request ID..."));
    CU_ASSERT_TRUE(wrong("--net --cluster c --request 4 --set ttl=1s",
                         "dpsim: --request and --set do not go together: --request asks a running "
                         "cluster, whose settings are those of its cluster file; leave one of them "
                         "out"));
}

static void what_is_for_real_processes_needs_net(void)
{
    static const char drive[] = " needs --net: dpsim --net --cluster FILE --key FILE SCENARIO...";
    static const char *const of_drives[] = {"--cluster", "--key"};
    CU_ASSERT_TRUE(wrong("--node n1", "dpsim: --node needs --net: dpsim --net --cluster FILE --key "
                                      "FILE --node NAME (--nodes N is how many there are)"));
    CU_ASSERT_TRUE(wrong("--node 3 a",
                         "dpsim: --node needs --net: dpsim --net --cluster FILE --key "
                         "FILE --node NAME (--nodes N is how many there are)"));
    CU_ASSERT_TRUE(wrong("--request 4", "dpsim: --request needs --net: dpsim --net --cluster FILE "
                                        "--key FILE --request ID..."));
    CU_ASSERT_TRUE(wrong("--process-fd 3", "dpsim: --process-fd needs --net: dpsim --net "
                                           "--process-fd N"));
    for (size_t i = 0; i < sizeof of_drives / sizeof *of_drives; i++) {
        char line[64], message[128];
        snprintf(line, sizeof line, "%s c -q a", of_drives[i]);
        snprintf(message, sizeof message, "dpsim: %s%s", of_drives[i], drive);
        CU_ASSERT_TRUE(wrong(line, message));
    }
    CU_ASSERT_TRUE(wrong("--net --key k a", "dpsim: --key needs --cluster FILE: dpsim --net "
                                            "--cluster FILE --key FILE SCENARIO..."));
    CU_ASSERT_TRUE(wrong("--net", "dpsim: no scenario was given"));
}

static void net_runs_scenarios_on_this_host_or_on_a_cluster(void)
{
    struct parsed local = parse("--net --nodes 3 --json a b");
    CU_ASSERT_EQUAL(local.todo, OPTIONS_RUN);
    CU_ASSERT_TRUE(local.options.net);
    CU_ASSERT_EQUAL(local.options.scenarios_count, 2);
    CU_ASSERT_EQUAL(local.options.overrides_count, 1);
    drop(&local);
    struct parsed far = parse("--net --cluster c --key k a");
    CU_ASSERT_EQUAL(far.todo, OPTIONS_RUN);
    CU_ASSERT_EQUAL(far.options.scenarios_count, 1);
    drop(&far);
    CU_ASSERT_TRUE(wrong("--threads 2 --net a",
                         "dpsim: --net and --threads do not go together: --net has a process for "
                         "each node, and runs in real time; leave one of them out"));
}

static void a_key_is_made_alone(void)
{
    struct parsed parsed = parse("--keygen me");
    CU_ASSERT_EQUAL(parsed.todo, OPTIONS_RUN);
    CU_ASSERT_STRING_EQUAL(parsed.options.keygen_name, "me");
    drop(&parsed);
    CU_ASSERT_TRUE(wrong("--keygen", "dpsim: option '--keygen' wants an argument: --keygen NAME"));
    CU_ASSERT_TRUE(wrong("--keygen n1 a", "dpsim: --keygen takes no scenario, and there is 'a'"));
    CU_ASSERT_TRUE(
        wrong("--keygen n1 --cluster c",
              "dpsim: --keygen and --cluster do not go together: --keygen makes a key and nothing "
              "else; leave one of them out"));
}

static void a_node_started_by_its_parent_has_a_descriptor(void)
{
    struct parsed parsed = parse("--net --process-fd 0");
    CU_ASSERT_EQUAL(parsed.todo, OPTIONS_RUN);
    CU_ASSERT_EQUAL(parsed.options.process_fd, 0);
    drop(&parsed);
    CU_ASSERT_TRUE(wrong("--net --process-fd -1",
                         "dpsim: --process-fd -1: want a whole number of 0..10000000"));
    CU_ASSERT_TRUE(
        wrong("--net --process-fd=", "dpsim: --process-fd : want a whole number of 0..10000000"));
    CU_ASSERT_TRUE(
        wrong("--net --process-fd 3 a", "dpsim: --process-fd takes no scenario, and there is 'a'"));
}

/* Which options each command understands, once more. Every pair is tried, both ways round: it is an
 * error exactly if no command has both. */
static void two_options_which_no_command_has_both_are_an_error(void)
{
#define OF_CLUSTERS "--net --cluster=c --key=k"
    static const char *const commands[] = {
        "--nodes=3 --seed=7 --set=ttl=1s --threads=2 --trace=t --json --junit=j --viz --png=p",
        "--nodes=3 --seed=7 --set=ttl=1s --threads=2 --trace=t --junit=j --quiet --viz --png=p",
        "--nodes=3 --seed=7 --set=ttl=1s --check",
        "--net --nodes=3 --seed=7 --set=ttl=1s --trace=t --json --junit=j --viz --png=p",
        OF_CLUSTERS " --nodes=3 --seed=7 --set=ttl=1s --trace=t --json --junit=j --viz --png=p",
        OF_CLUSTERS " --nodes=3 --seed=7 --set=ttl=1s --trace=t --junit=j --quiet --viz --png=p",
        OF_CLUSTERS " --node=n1",
        OF_CLUSTERS " --request=4 --json",
        "--keygen=me",
        "--net --process-fd=3"};
    static const char *const options[] = {
        "--nodes=3", "--seed=7",  "--set=ttl=1s", "--threads=2", "--trace=t",   "--json",
        "--junit=j", "--quiet",   "--viz",        "--png=p",     "--check",     "--net",
        "--key=k",   "--node=n1", "--cluster=c",  "--request=4", "--keygen=me", "--process-fd=3"};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        for (size_t j = 0; j < sizeof options / sizeof *options; j++) {
            char line[64];
            bool together = false;
            for (size_t k = 0; k < sizeof commands / sizeof *commands; k++)
                together |= strstr(commands[k], options[i]) && strstr(commands[k], options[j]);
            snprintf(line, sizeof line, "%s %s", options[i], options[j]);
            struct parsed parsed = parse(line);
            bool refused = strstr(parsed.err, " do not go together") != NULL;
            if (refused == together)
                printf("\n%s: %s\n", line, parsed.err);
            CU_ASSERT_EQUAL(refused, !together);
            if (refused) {
                CU_ASSERT_EQUAL(parsed.todo, OPTIONS_WRONG);
                CU_ASSERT_PTR_NOT_NULL(strstr(parsed.err, "leave one of them out"));
            }
            drop(&parsed);
        }
}

static void standard_output_holds_one_kind_of_data(void)
{
    CU_ASSERT_TRUE(wrong("--json --trace - a",
                         "dpsim: --json and --trace - can't share standard output: write one to a "
                         "file"));
    CU_ASSERT_TRUE(wrong("--junit - --trace - a",
                         "dpsim: --trace - and --junit - can't share standard output: write one to "
                         "a file"));
    CU_ASSERT_TRUE(wrong("--trace t a b", "dpsim: --trace takes one scenario, and there are 2"));
    CU_ASSERT_TRUE(wrong("--png - a",
                         "dpsim: --png: a picture does not go to standard output: name "
                         "a file"));
    CU_ASSERT_TRUE(wrong("--trace t --trace u a", "dpsim: --trace is given twice: 't' and 'u'"));
    CU_ASSERT_TRUE(wrong("- a -", "dpsim: standard input can be read once, and '-' is given more "
                                  "often"));
    struct parsed parsed = parse("--junit j --json a b");
    CU_ASSERT_EQUAL(parsed.todo, OPTIONS_RUN);
    drop(&parsed);
}

static size_t longest_line(const char *text)
{
    size_t longest = 0;
    while (*text) {
        size_t size = strcspn(text, "\n");
        longest = size > longest ? size : longest;
        text += size + (text[size] == '\n');
    }
    return longest;
}

static void help_names_every_option_within_80_columns(void)
{
    static const char *const names[] = {
        "-n, --nodes N", "-s, --seed S",    "--set KEY=VALUE",    "--threads K",
        "--trace FILE",  "--json",          "-q, --quiet",        "--check",
        "--junit FILE",  "--man [PAGE]",    "--completion SHELL", "-h, --help [TOPIC]",
        "--version",     "--net",           "--cluster FILE",     "--node NAME",
        "--key FILE",    "--request ID...", "--keygen NAME"};
    struct parsed parsed = parse("--help");
    CU_ASSERT_EQUAL(parsed.todo, OPTIONS_DONE);
    CU_ASSERT_STRING_EQUAL(parsed.err, "");
    CU_ASSERT_TRUE(longest_line(parsed.out) <= 80);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        CU_ASSERT_PTR_NOT_NULL(strstr(parsed.out, names[i]));
    CU_ASSERT_PTR_NULL(strstr(parsed.out, "--process-fd"));
    drop(&parsed);
}

static void help_is_printed_whatever_else_is_asked_for_after_it(void)
{
    struct parsed parsed = parse("-h --elephant");
    CU_ASSERT_EQUAL(parsed.todo, OPTIONS_DONE);
    drop(&parsed);
    CU_ASSERT_TRUE(wrong("--elephant -h", "dpsim: unknown option '--elephant'"));
}

static void the_manual_page_names_the_rare_options_too(void)
{
    struct parsed parsed = parse("--man");
    CU_ASSERT_EQUAL(parsed.todo, OPTIONS_DONE);
    CU_ASSERT_EQUAL(strncmp(parsed.out, ".TH DPSIM 1", 11), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(parsed.out, "\\-\\-completion"));
    CU_ASSERT_PTR_NOT_NULL(strstr(parsed.out, "\\-\\-nodes"));
    drop(&parsed);
}

static bool prints(const char *line, const char *words)
{
    struct parsed parsed = parse(line);
    bool there = parsed.todo == OPTIONS_DONE && strstr(parsed.out, words) && !*parsed.err;
    drop(&parsed);
    return there;
}

static void help_on_a_topic_is_that_of_the_manual(void)
{
    CU_ASSERT_TRUE(prints("--help language", "\nSETTINGS\n"));
    CU_ASSERT_TRUE(prints("--help language", " real processes.\n\n\nA FIRST SCENARIO\n"));
    CU_ASSERT_TRUE(prints("--help=faults", "crash n2 silently"));
    CU_ASSERT_TRUE(prints("-h trace", "JSON lines"));
    CU_ASSERT_TRUE(prints("--help cluster", "load command PROGRAM"));
    CU_ASSERT_TRUE(prints("--help demo.txt", "Usage: dpsim"));
    CU_ASSERT_TRUE(prints("--help -q", "Usage: dpsim"));
    CU_ASSERT_TRUE(prints("--help lease", "\nLeases\n"));
    CU_ASSERT_FALSE(prints("--help lease", "TIME\n"));
    CU_ASSERT_TRUE(prints("--help hand-over", "\nHand-over\n"));
    CU_ASSERT_TRUE(prints("--help scenario", "\nSETTINGS\n"));
    CU_ASSERT_TRUE(prints("--help hunt", "--hunt D "));
    CU_ASSERT_TRUE(prints("--help hunt", "--swarm "));
    CU_ASSERT_FALSE(prints("--help hunt", "Usage: dpsim"));
    CU_ASSERT_TRUE(prints("--set help", "  ttl=5s  "));
    CU_ASSERT_TRUE(prints("--man cluster", ".TH DPSIM-CLUSTER 5 "));
    CU_ASSERT_TRUE(
        wrong("--help langage", "dpsim: no help on 'langage'; did you mean 'language'?"));
    CU_ASSERT_TRUE(
        wrong("--man foo", "dpsim: no manual page 'foo'; there are: scenario trace cluster"));
    CU_ASSERT_TRUE(
        wrong("--completion csh", "dpsim: no completion for 'csh'; there are: bash zsh fish"));
}

static void every_setting_has_a_line_of_help(void)
{
    struct parsed parsed = parse("--set help");
    for (enum setting_id id = 0; id < SETTINGS_COUNT; id++) {
        char head[64];
        bool unset = settings_table[id].unset;
        snprintf(head, sizeof head, "\n  %s%s", settings_table[id].name, unset ? " (" : "=");
        CU_ASSERT_PTR_NOT_NULL(strstr(parsed.out, head));
    }
    drop(&parsed);
}

static void what_could_not_be_printed_is_a_failure(void)
{
    struct options options;
    char *words[] = {"dpsim", "--help", NULL}, *message;
    size_t size;
    FILE *full = fopen("/dev/full", "w"), *err = open_memstream(&message, &size);
    if (full) {
        CU_ASSERT_EQUAL(options_parse(2, words, &options, full, err), OPTIONS_FAILED);
        fclose(full);
        fflush(err);
        CU_ASSERT_STRING_EQUAL(message, "dpsim: standard output: No space left on device\n");
    }
    fclose(err);
    free(message);
}

SUITE(options, TEST(scenarios_are_the_words_that_are_no_options), TEST(what_is_not_given_is_off),
      TEST(overrides_keep_the_order_in_which_they_were_given),
      TEST(a_beginning_of_one_long_option_means_it),
      TEST(a_wrong_option_is_named_with_the_one_that_was_meant),
      TEST(a_wrong_argument_is_printed_with_what_is_wanted),
      TEST(seeds_are_a_range_and_what_varies_is_a_list),
      TEST(what_seeds_and_vary_have_is_not_set_besides),
      TEST(a_setting_of_one_node_goes_with_values_of_all),
      TEST(threads_are_a_whole_number_of_1_to_1024),
      TEST(no_scenario_is_an_error_that_shows_the_usage),
      TEST(a_node_has_a_cluster_and_a_key_and_no_scenario),
      TEST(words_are_ids_where_ids_are_asked_for), TEST(what_is_for_real_processes_needs_net),
      TEST(net_runs_scenarios_on_this_host_or_on_a_cluster), TEST(a_key_is_made_alone),
      TEST(a_node_started_by_its_parent_has_a_descriptor),
      TEST(two_options_which_no_command_has_both_are_an_error),
      TEST(standard_output_holds_one_kind_of_data), TEST(help_names_every_option_within_80_columns),
      TEST(help_is_printed_whatever_else_is_asked_for_after_it),
      TEST(the_manual_page_names_the_rare_options_too), TEST(help_on_a_topic_is_that_of_the_manual),
      TEST(every_setting_has_a_line_of_help), TEST(what_could_not_be_printed_is_a_failure));

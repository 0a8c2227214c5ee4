/* Nodes by name, lists of them, and links between them. */
#include "scenario/parser.h"

#include "base/memory.h"

#include <stdlib.h>

static uint32_t nodes_limit(const struct parser *p)
{
    return p->nodes_known ? p->nodes : NODES_MAX;
}

static bool is_arrow(struct word word)
{
    return word_is(word, "->") || word_is(word, "<->");
}

static enum error fail_node(struct parser *p, const char *what, struct word word)
{
    if (word.size == 0)
        return fail_at(p, word, "%s: want a node, such as n1", what);
    for (size_t i = 0; i < word.size; i++)
        if (word.text[i] == '>' || word.text[i] == '|')
            return fail_at(p, word, "'%s': put blanks round '->', '<->' and '|'", shown(word).text);
    if (p->nodes == 1)
        return fail_at(p, word, "'%s' is no node; the only one is n1", shown(word).text);
    uint64_t number = 0;
    bool is_number = value_is_digits(word) && !value_number(word, &number);
    if (is_number && number > 0 && number <= p->nodes)
        return fail_at(p, word, "'%s' is no node; the nodes are n1..n%u; did you mean 'n%u'?",
                       shown(word).text, p->nodes, (unsigned)number);
    return fail_at(p, word, "'%s' is no node; the nodes are n1..n%u", shown(word).text, p->nodes);
}

/* `word` as one node; `*node` is set on OK. */
static enum error read_node(struct parser *p, const char *what, struct word word, node_id *node)
{
    uint64_t number;
    if (!is_node_name(word) || word.text[1] == '0')
        return fail_node(p, what, word);
    const char *why = value_number((struct word){word.text + 1, word.size - 1}, &number);
    bool known = !why && number <= nodes_limit(p);
    if (!known && nodes_limit(p) == 1)
        return fail_at(p, word, "%s: the scenario has 1 node (n1)", shown(word).text);
    if (!known)
        return fail_at(p, word, "%s: the scenario has %u nodes (n1..n%u)", shown(word).text,
                       nodes_limit(p), nodes_limit(p));
    *node = (node_id)(number - 1);
    return OK;
}

enum error parse_node(struct parser *p, const char *what, node_id *node)
{
    return read_node(p, what, next_word(p), node);
}

enum error node_set_begin(struct parser *p)
{
    if (!p->stamps) {
        p->stamps = memory_zeroed(nodes_limit(p) * sizeof *p->stamps);
        if (!p->stamps)
            return ERROR_MEMORY;
    }
    p->stamp++;
    return OK;
}

bool node_set_add(struct parser *p, node_id node)
{
    bool there = p->stamps[node] == p->stamp;
    p->stamps[node] = p->stamp;
    return !there;
}

enum error all_nodes(struct parser *p, struct node_list *list)
{
    uint32_t count = p->nodes;
    if (!p->all) {
        p->all = arena_take(p->plan->arena, count * sizeof *p->all);
        if (!p->all)
            return ERROR_MEMORY;
        for (uint32_t i = 0; i < count; i++)
            p->all[i] = i;
    }
    *list = (struct node_list){.count = count, .nodes = p->all};
    return OK;
}

static int by_number(const void *a, const void *b)
{
    node_id x = *(const node_id *)a, y = *(const node_id *)b;
    return (x > y) - (x < y);
}

/* Puts p->list, which is in order, into the plan. */
static enum error keep_list(struct parser *p, uint32_t count, struct node_list *list)
{
    list->nodes = arena_take(p->plan->arena, count * sizeof *list->nodes);
    if (!list->nodes)
        return ERROR_MEMORY;
    memcpy(list->nodes, p->list, count * sizeof *list->nodes);
    list->count = count;
    return OK;
}

/* n1,n3 */
static enum error parse_named(struct parser *p, const char *what, struct word word,
                              struct node_list *list)
{
    uint32_t count = 0;
    if (node_set_begin(p))
        return ERROR_MEMORY;
    for (const char *at = word.text, *end = word.text + word.size;; at++) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        struct word one = {at, (size_t)((comma ? comma : end) - at)};
        node_id node = 0;
        if (one.size == 0 && word.size)
            return fail_at(p, word, "'%s': a list is written without blanks, such as n1,n3",
                           shown(word).text);
        enum error error = read_node(p, what, one, &node);
        if (error)
            return error;
        if (!node_set_add(p, node))
            return fail_at(p, one, "%s is in the list twice", shown(one).text);
        if (memory_reserve((void **)&p->list, &p->list_capacity, count + 1, sizeof *p->list))
            return ERROR_MEMORY;
        p->list[count++] = node;
        if (!comma) {
            qsort(p->list, count, sizeof *p->list, by_number);
            return keep_list(p, count, list);
        }
        at = comma;
    }
}

/* A word that stands for nodes, where they can't be given so. */
static enum error fail_list_word(struct parser *p, struct word word)
{
    if (word_is(word, "others"))
        return fail_at(
            p, word,
            "'others' are all but the nodes named before it on the line, as in: partition "
            "n1 | others");
    return fail_at(p, word, "'%s' can't stand here: want nodes by name, such as n1,n3",
                   shown(word).text);
}

enum error parse_nodes(struct parser *p, const char *what, unsigned allowed, struct node_list *list)
{
    struct word word = next_word(p);
    bool all = word_is(word, "all") || word_is(word, "each");
    *list = (struct node_list){0};
    if (all && (allowed & LIST_ALL))
        return all_nodes(p, list);
    if (word_is(word, "any") && (allowed & LIST_ANY)) {
        list->any = true;
        return OK;
    }
    if (word_is(word, "owner") && (allowed & LIST_OWNER)) {
        list->owner = true;
        return parse_id(p, "owner", &list->id);
    }
    if (word_is(word, "others") && (allowed & LIST_OTHERS)) {
        list->others = true;
        return OK;
    }
    if (all || word_is(word, "any") || word_is(word, "owner") || word_is(word, "others"))
        return fail_list_word(p, word);
    return parse_named(p, what, word, list);
}

static bool by_name(const struct node_list *list)
{
    return !list->any && !list->owner && !list->others;
}

enum error name_others(struct parser *p, struct word word, const struct node_list *before,
                       struct node_list *list)
{
    uint32_t count = 0;
    if (!list->others || !by_name(before))
        return OK;
    if (node_set_begin(p) ||
        memory_reserve((void **)&p->list, &p->list_capacity, nodes_limit(p), sizeof *p->list))
        return ERROR_MEMORY;
    for (uint32_t i = 0; i < before->count; i++)
        node_set_add(p, before->nodes[i]);
    for (node_id node = 0; node < nodes_limit(p); node++)
        if (node_set_add(p, node))
            p->list[count++] = node;
    if (!count)
        return fail_at(p, word, "'others': no node is left");
    if (count > PARSE_OTHERS_MAX - p->others_named)
        return fail_at(p, word,
                       "'others' can stand for %u nodes at most, all together in a scenario",
                       PARSE_OTHERS_MAX);
    p->others_named += count;
    list->others = false;
    return keep_list(p, count, list);
}

bool link_is_next(const struct parser *p)
{
    if (!more_words(p))
        return false;
    struct word word = peek_word(p);
    if (p->at + 1 < p->words.count && is_arrow(p->words.list[p->at + 1]))
        return true;
    return word_is(word, "all") || word_is(word, "any") || word_is(word, "each") ||
           word_is(word, "owner") || word_is(word, "others") ||
           (word.size > 1 && word.text[0] == 'n' && word.text[1] >= '0' && word.text[1] <= '9');
}

static bool one_and_the_same(const struct link_set *link)
{
    return link->from.count == 1 && link->to.count == 1 && link->from.nodes[0] == link->to.nodes[0];
}

enum error parse_link(struct parser *p, const char *what, struct link_set *link)
{
    enum error error = parse_nodes(p, what, LIST_ACTION, &link->from);
    if (error)
        return error;
    struct word arrow = next_word(p);
    if (!is_arrow(arrow))
        return fail_value(p, what, arrow, "want '->' or '<->' between the link's ends");
    link->both = word_is(arrow, "<->");
    struct word to = peek_word(p);
    error = parse_nodes(p, what, LIST_ACTION | LIST_OTHERS, &link->to);
    if (!error)
        error = name_others(p, to, &link->from, &link->to);
    if (!error && one_and_the_same(link))
        return fail_at(p, to, "%s: a node has no link to itself", shown(to).text);
    return error;
}

/* Faults in force. Crashes, leaves and freezes are known by the node's own records; cuts and
 * partitions are said in the words of the scenario only, so they are read from there:
 *
 *     cut n1 -> n2      cut n1,n2 <-> n3      partition n1,n2 | n3      heal      heal: cut n1 ->
 * n2
 */
#include "viz/model/model_internal.h"

#include <ctype.h>
#include <string.h>

/* Of one text. */
struct words {
    const char *at;
    const char *end;
};

static bool is_blank(char c)
{
    return c == ' ' || c == ',' || c == '\t';
}

static bool next_word(struct words *words, struct words *word)
{
    while (words->at < words->end && is_blank(*words->at))
        words->at++;
    word->at = words->at;
    while (words->at < words->end && !is_blank(*words->at))
        words->at++;
    word->end = words->at;
    return word->at < word->end;
}

static bool word_is(struct words word, const char *text)
{
    size_t size = (size_t)(word.end - word.at);
    return size == strlen(text) && memcmp(word.at, text, size) == 0;
}

/* Whether the word is a node's name; then `node` is its number. */
static bool word_node(struct words word, node_id *node)
{
    if (word.end - word.at < 2 || word.end - word.at > 7 || *word.at != 'n')
        return false;
    uint32_t number = 0;
    for (const char *at = word.at + 1; at < word.end; at++) {
        if (!isdigit((unsigned char)*at))
            return false;
        number = number * 10 + (uint32_t)(*at - '0');
    }
    *node = number - 1;
    return number > 0;
}

enum error bands_start(struct model *model, node_id node, enum band_kind kind, int64_t t_ns)
{
    const struct mark *mark =
        model->marks.count ? model_mark(model, (uint32_t)model->marks.count - 1) : NULL;
    bool told = mark && mark->kind == MARK_FAULT && mark->t_ns == t_ns;
    struct band band = {
        .span = {t_ns, TIME_NEVER},
        .node = node,
        .kind = kind,
        .text = told ? mark->text : STRING_EMPTY,
        .line = told ? mark->line : 0,
    };
    return spans_add(&model->bands, &band);
}

void bands_end(struct model *model, node_id node, enum band_kind kind, int64_t t_ns)
{
    for (size_t i = spans_next(&model->bands, 0, TIME_NEVER, INT64_MAX); i != SPANS_NONE;
         i = spans_next(&model->bands, i + 1, TIME_NEVER, INT64_MAX)) {
        const struct band *band = model_band(model, (uint32_t)i);
        if (band->node == node && band->kind == kind)
            spans_end(&model->bands, i, t_ns);
    }
}

static bool names_cut(struct words text)
{
    struct words word;
    return next_word(&text, &word) && (word_is(word, "cut") || word_is(word, "partition"));
}

static bool same(struct words a, struct words b)
{
    return a.end - a.at == b.end - b.at && memcmp(a.at, b.at, (size_t)(a.end - a.at)) == 0;
}

static struct words words_of(const struct model *model, string_id name)
{
    const char *bytes = model_string(model, name);
    return (struct words){bytes, bytes + string_table_size(&model->strings, name)};
}

/* Ends the cuts that were told in the words of `text`, or, if it is empty, all. */
static void heal(struct model *model, struct words text)
{
    bool all = text.at == text.end;
    for (size_t i = spans_next(&model->bands, 0, TIME_NEVER, INT64_MAX); i != SPANS_NONE;
         i = spans_next(&model->bands, i + 1, TIME_NEVER, INT64_MAX)) {
        const struct band *band = model_band(model, (uint32_t)i);
        if (band->kind == BAND_CUT && (all || same(words_of(model, band->text), text)))
            spans_end(&model->bands, i, model->last_ns);
    }
}

static enum error cut(struct model *model, struct words text, string_id name, uint32_t line)
{
    struct words word;
    while (next_word(&text, &word)) {
        node_id node;
        if (word_is(word, "for"))
            break;
        if (!word_node(word, &node) || node >= model->nodes)
            continue;
        struct band band = {
            .span = {model->last_ns, TIME_NEVER},
            .node = node,
            .kind = BAND_CUT,
            .text = name,
            .line = line,
        };
        enum error error = spans_add(&model->bands, &band);
        if (error)
            return error;
    }
    return OK;
}

enum error bands_fault(struct model *model, const struct record *record)
{
    const struct mark *mark = model_mark(model, (uint32_t)model->marks.count - 1);
    struct words text = words_of(model, mark->text);
    struct words rest = text;
    struct words first;
    if (!next_word(&rest, &first))
        return OK;
    while (rest.at < rest.end && is_blank(*rest.at))
        rest.at++;
    bool heals = word_is(first, "heal") || word_is(first, "heal:");
    if (heals)
        heal(model, rest);
    return !heals && names_cut(text) ? cut(model, text, mark->text, record->line) : OK;
}

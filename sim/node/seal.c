#include "node/seal.h"

#include "base/memory.h"

void seal_close(struct seal *last)
{
    text_clear(&last->value);
    text_clear(&last->sealed);
}

/* ---- sealing ------------------------------------------------------------------------------- */

static enum error join(struct text *sealed, const char *token, size_t token_size,
                       const struct text *value)
{
    char small[TEXT_SMALL_MAX], *bytes = small;
    size_t size = token_size + text_size(value);
    if (size > sizeof small && !(bytes = memory_resize(NULL, size)))
        return ERROR_MEMORY;
    memcpy(bytes, token, token_size);
    memcpy(bytes + token_size, text_bytes(value), text_size(value));
    enum error error = text_set(sealed, bytes, size);
    if (bytes != small)
        memory_free(bytes);
    return error;
}

enum error seal_value(struct seal *last, const struct token *token, struct text *value)
{
    char bytes[SEAL_SIZE_MAX];
    struct text sealed;
    enum error error = OK;
    if (text_is_same_block(value, &last->value) && token_compare(token, &last->token) == 0)
        error = text_copy(&sealed, &last->sealed);
    else
        error = join(&sealed, bytes, token_put(token, bytes), value);
    if (!error && text_is_large(value) && !text_is_same_block(value, &last->value)) {
        seal_close(last);
        *last = (struct seal){.token = *token};
        text_copy(&last->value, value); /* both share their blocks: it needs no memory */
        text_copy(&last->sealed, &sealed);
    }
    text_clear(value);
    if (!error)
        *value = sealed;
    return error;
}

/* ---- opening ------------------------------------------------------------------------------- */

static bool split(const struct text *sealed, struct token *token, struct text *value)
{
    const char *at = text_bytes(sealed), *end = at + text_size(sealed);
    *value = (struct text){0};
    if (!token_get(&at, end, token))
        return false;
    *value = text_borrow(at, (size_t)(end - at));
    return true;
}

bool seal_open(struct seal *last, const struct text *sealed, struct token *token,
               struct text *value)
{
    if (text_is_same_block(sealed, &last->sealed)) {
        *token = last->token;
        *value = last->value;
        return true;
    }
    if (!split(sealed, token, value))
        return false;
    struct text own;
    bool is_shared = (unsigned char)sealed->as.small[15] == TEXT_LARGE_MARK;
    if (!text_is_large(value) || !is_shared || text_copy(&own, value))
        return true;
    seal_close(last);
    *last = (struct seal){.token = *token, .value = own};
    text_copy(&last->sealed, sealed);
    *value = own;
    return true;
}

struct text seal_value_of(const struct message *reply)
{
    struct token token;
    struct text value = reply->as.answer.value;
    if (reply->part & REPLY_SEALED)
        split(&reply->as.answer.value, &token, &value);
    return value;
}

#include "node/message.h"

const char *message_name(enum message_kind kind)
{
    static const char *const names[] = {
#define X(name, text) text,
        MESSAGES(X)
#undef X
    };
    return names[kind];
}

const char *outcome_name(enum outcome outcome)
{
    static const char *const names[] = {
#define X(name, text, replied) text,
        OUTCOMES(X)
#undef X
    };
    return names[outcome];
}

bool outcome_is_replied(enum outcome outcome)
{
    static const bool are_replied[] = {
#define X(name, text, replied) replied,
        OUTCOMES(X)
#undef X
    };
    return are_replied[outcome];
}

struct text *message_text(struct message *message)
{
    if (message->kind == MESSAGE_REQUEST)
        return &message->as.ask.id;
    if (message->kind == MESSAGE_REPLY)
        return &message->as.answer.value;
    if (message->kind == MESSAGE_WELCOME)
        return &message->as.members;
    if (message->kind == MESSAGE_LEASE)
        return &message->as.entries;
    if (message->kind == MESSAGE_HAND_OVER)
        return &message->as.parcel;
    return NULL;
}

void message_clear(struct message *message)
{
    struct text *text = message_text(message);
    if (text)
        text_clear(text);
}

enum error message_copy(struct message *to, const struct message *from)
{
    *to = *from;
    struct text *text = message_text(to);
    if (!text || !text_is_large(text))
        return OK;
    struct text original = *text;
    return text_copy(text, &original);
}

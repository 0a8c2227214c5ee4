#include "node/parcel.h"

#include "node/demand.h"
#include "node/record.h"

#define VALUE_MOST (1u << 20)

static void put_text(struct string_builder *bytes, const struct text *text)
{
    varint_put(bytes, text_size(text));
    string_builder_add_bytes(bytes, text_bytes(text), text_size(text));
}

static struct text get_text(struct byte_reader *reader, uint32_t most)
{
    size_t size = (size_t)varint_get(reader, most);
    const char *at = byte_reader_take(reader, size);
    return text_borrow(at ? at : "", at ? size : 0);
}

void parcel_put_take(struct string_builder *bytes, const struct parcel_take *take)
{
    varint_put(bytes, take->got);
    varint_put(bytes, take->stamp_ns);
    varint_put(bytes, take->view);
    varint_put(bytes, take->knows);
}

bool parcel_get_take(const struct text *bytes, struct parcel_take *take)
{
    struct byte_reader reader = byte_reader_over(text_bytes(bytes), text_size(bytes));
    take->got = varint_get(&reader, UINT64_MAX);
    take->stamp_ns = varint_get(&reader, INT64_MAX);
    take->view = varint_get(&reader, UINT64_MAX);
    take->knows = varint_get(&reader, 1);
    return byte_reader_done(&reader);
}

void parcel_put_pass(struct string_builder *bytes, const struct parcel_pass *pass)
{
    varint_put(bytes, pass->payload);
    put_text(bytes, &pass->asked);
    varint_put(bytes, pass->caller);
    varint_put(bytes, pass->try);
    varint_put(bytes, pass->hops);
    varint_put(bytes, pass->request);
    varint_put(bytes, pass->budget_ns);
}

bool parcel_get_pass(const struct text *bytes, uint32_t nodes, struct parcel_pass *pass)
{
    struct byte_reader reader = byte_reader_over(text_bytes(bytes), text_size(bytes));
    pass->payload = varint_get(&reader, 1);
    pass->asked = get_text(&reader, pass->payload ? DEMAND_MAX : ID_SIZE_MAX);
    pass->caller = (uint32_t)varint_get(&reader, nodes - 1);
    pass->try = (uint8_t)varint_get(&reader, 2);
    pass->hops = (uint8_t)varint_get(&reader, UINT8_MAX - 1);
    pass->request = varint_get(&reader, UINT64_MAX);
    pass->budget_ns = varint_get(&reader, INT64_MAX / 2);
    if (!byte_reader_done(&reader) || !pass->try || !pass->request ||
        number_owner(pass->request, nodes) != pass->caller)
        return false;
    return pass->payload ? demand_valid(&pass->asked)
                         : id_valid(text_bytes(&pass->asked), text_size(&pass->asked));
}

void parcel_put_give(struct string_builder *bytes, const struct parcel_give *give)
{
    varint_put(bytes, give->serial);
    varint_put(bytes, give->stamp_ns);
    varint_put(bytes, give->view);
    varint_put(bytes, (uint64_t)give->extent << 2 | (unsigned)give->adds << 1 | give->mixed);
    varint_put(bytes, give->strayed_ns);
    put_text(bytes, &give->leaving);
}

void parcel_put_life(struct string_builder *bytes, uint32_t node, uint32_t incarnation)
{
    varint_put(bytes, node);
    varint_put(bytes, incarnation);
}

bool parcel_next_life(struct byte_reader *reader, uint32_t nodes, uint32_t *node,
                      uint32_t *incarnation)
{
    if (reader->at == reader->end)
        return false;
    *node = (uint32_t)varint_get(reader, nodes - 1);
    *incarnation = (uint32_t)varint_get(reader, UINT32_MAX);
    return !reader->failed;
}

void parcel_put_worker(struct string_builder *bytes, const struct parcel_worker *worker)
{
    put_text(bytes, &worker->id);
    varint_put(bytes, worker->number);
    if (!worker->number) {
        varint_put(bytes, worker->to_come);
        return;
    }
    varint_put(bytes, worker->rest_ns);
    varint_put(bytes, worker->token.epoch);
    varint_put(bytes, worker->token.counter);
    varint_put(bytes, worker->failed);
    if (!worker->failed)
        put_text(bytes, &worker->value);
}

bool parcel_get_give(const struct text *bytes, struct byte_reader *reader, struct parcel_give *give)
{
    *reader = byte_reader_over(text_bytes(bytes), text_size(bytes));
    give->serial = varint_get(reader, UINT64_MAX);
    give->stamp_ns = varint_get(reader, INT64_MAX);
    give->view = varint_get(reader, UINT64_MAX);
    uint64_t extent = varint_get(reader, PARCEL_WHOLE << 2 | 3);
    give->extent = (enum parcel_extent)(extent >> 2);
    give->adds = extent >> 1 & 1;
    give->mixed = extent & 1;
    give->strayed_ns = varint_get(reader, INT64_MAX / 2);
    give->leaving = get_text(reader, LIVES_MOST);
    return !reader->failed;
}

bool parcel_next(struct byte_reader *reader, struct parcel_worker *worker)
{
    *worker = (struct parcel_worker){0};
    if (reader->at == reader->end)
        return false;
    worker->id = get_text(reader, ID_SIZE_MAX);
    worker->number = varint_get(reader, UINT64_MAX);
    if (!worker->number) {
        worker->to_come = varint_get(reader, 1);
    } else {
        worker->rest_ns = varint_get(reader, INT64_MAX);
        worker->token.epoch = (uint32_t)varint_get(reader, UINT32_MAX);
        worker->token.counter = varint_get(reader, UINT64_MAX);
        worker->failed = varint_get(reader, 1);
        if (!worker->failed)
            worker->value = get_text(reader, VALUE_MOST);
    }
    return !reader->failed && id_valid(text_bytes(&worker->id), text_size(&worker->id));
}

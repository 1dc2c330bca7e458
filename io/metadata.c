/* metadata.c: the metadata of the user in a safetensors file. */
#include "io/load.h"

#include <stdlib.h>
#include <string.h>

void tg_metadata_free(tg_metadata *metadata)
{
    if (!metadata) return;
    if (metadata->allocator.free) tg__free(&metadata->allocator, metadata->pairs);
    *metadata = (tg_metadata){ .count = 0 };
}

const char *tg_metadata_find(const tg_metadata *metadata, const char *key)
{
    for (int64_t i = 0; metadata && key && i < metadata->count; i++)
        if (strcmp(metadata->pairs[i].key, key) == 0) return metadata->pairs[i].value;
    return NULL;
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const tg_pair *)a)->key, ((const tg_pair *)b)->key);
}

static bool is_own(const char *key)
{
    return strncmp(key, TG__META_OWN, strlen(TG__META_OWN)) == 0;
}

/* Copies the pairs, and behind them their text, into one block. */
static tg_status copy_pairs(const tg__loading *load, tg_metadata *out)
{
    size_t count = 0, text = 0, bytes;
    json_t *metadata = json_object_get(load->header.root, TG__METADATA);
    const char *key;
    json_t *value;
    json_object_foreach(metadata, key, value)
    {
        if (is_own(key)) continue;
        count++;
        text += strlen(key) + strlen(json_string_value(value)) + 2; /* no overflow: in memory */
    }
    if (count == 0) return TG_OK;
    if (!tg__size_mul(count, sizeof *out->pairs, &bytes) || !tg__size_add(bytes, text, &bytes))
        bytes = SIZE_MAX;
    out->pairs = tg__alloc(load->allocator, bytes);
    if (!out->pairs) return tg__complain_memory(load->report, bytes);
    out->allocator = *load->allocator;
    char *next = (char *)(out->pairs + count);
    json_object_foreach(metadata, key, value)
    {
        if (is_own(key)) continue;
        const size_t key_size = strlen(key) + 1, size = strlen(json_string_value(value)) + 1;
        tg_pair *pair = &out->pairs[out->count++];
        pair->key = memcpy(next, key, key_size);
        pair->value = memcpy(next + key_size, json_string_value(value), size);
        next += key_size + size;
    }
    qsort(out->pairs, count, sizeof *out->pairs, by_key);
    return TG_OK;
}

tg_status tg_read_metadata_with(const tg_read_metadata_args *given)
{
    tg_read_metadata_args args = { TG_READ_METADATA_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_read_metadata")) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, "tg_read_metadata", args.path, args.error);
    if (!args.out)
        return tg__complain(&report, TG_ERR_ARGUMENT, "the metadata to write to is NULL");
    *args.out = (tg_metadata){ .count = 0 };
    const tg_load_args options = { TG_LOAD_DEFAULTS, .no_checksum = args.no_checksum };
    tg__loading load = { .report = &report,
                         .args = &options,
                         .allocator = tg__allocator_or_default(args.allocator) };
    tg_metadata made = { .count = 0 };
    tg_status status = tg__source_open_plain(&load.source, &report, args.io, load.allocator);
    if (status == TG_OK) (void)tg__load_header(&load);
    status = tg__source_close(&load.source);
    if (status == TG_OK) status = copy_pairs(&load, &made);
    tg__free(load.allocator, load.text.data);
    tg__header_free(load.allocator, &load.header);
    if (status == TG_OK) *args.out = made;
    return status;
}

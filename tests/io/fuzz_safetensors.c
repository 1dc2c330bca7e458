/* fuzz_safetensors.c: hostile safetensors files. As a test: thousands of mutations, always the
 * same, of small files. Built with -DTG_LIBFUZZER it is a libFuzzer target instead.
 *
 * Whatever the bytes, tg_load either changes the store as it says, or leaves it as it was with an
 * error that has a message; it leaves nothing open or allocated, and takes no more memory than the
 * bytes warrant. */
#define FUZZ_NAME "fuzz_safetensors"
#include "fuzz.h"

#include <tapegrad.h>

/* ---- One input -------------------------------------------------------------------------- */

static const float weights[6] = { 1, 2, 3, 4, 5, 6 };

static void make_variables(tg_store *store)
{
    tg_var *w = tg_param(store, "w", TG_SHAPE(2, 3), tg_init_constant(0));
    demand(tg_var_set(w, weights, 6) == TG_OK, "the weights are set", "");
    (void)tg_state(store, "flag", TG_BOOL, TG_SHAPE(2), 0);
}

/* Reads every element, so that a sanitizer sees one that is not there. */
static unsigned touch_store(const tg_store *store)
{
    unsigned sum = 0;
    for (size_t i = 0; i < tg_var_count(store); i++) {
        const tg_var *var = tg_var_nth(store, i);
        const size_t count = (size_t)tg_shape_count(tg_var_shape(var));
        const size_t size = count * tg_dtype_size(tg_var_dtype(var));
        unsigned char *copy = malloc(size + 1);
        if (!copy) abort();
        demand(tg_var_get_as(var, tg_var_dtype(var), copy, count) == TG_OK, "values are there", "");
        for (size_t k = 0; k < size; k++) sum += copy[k];
        free(copy);
    }
    return sum;
}

static void demand_untouched(const tg_store *store, const char *message)
{
    float w[6];
    demand(tg_var_count(store) == 2 && tg_store_seed(store) == 1 && tg_store_step(store) == 0,
           "the store is as it was", message);
    demand(tg_var_get(tg_var_nth(store, 0), w, 6) == TG_OK && memcmp(w, weights, sizeof w) == 0,
           "the weights are as they were", message);
}

/* Names that begin with an f are all the same; those with an o are left out. */
static const char *rename_some(void *context, const char *name, char *room)
{
    (void)context;
    if (*name == 'o') return NULL;
    return *name == 'f' ? strcpy(room, "flag") : name;
}

static void try_metadata(const tg_io_layer *io, const tg_allocator *allocator, bool no_checksum)
{
    tg_metadata metadata;
    tg_error error;
    const tg_status status = tg_read_metadata(&metadata, "file.0", &error, .io = io,
                                              .allocator = allocator, .no_checksum = no_checksum);
    demand((status == TG_OK) == (error.text[0] == 0) && status != TG_ERR_MEMORY,
           "the metadata is read or told of", error.text);
    for (int64_t i = 0; i < metadata.count; i++)
        demand(strlen(metadata.pairs[i].key) + strlen(metadata.pairs[i].value) < 4096 &&
                   (i == 0 || strcmp(metadata.pairs[i - 1].key, metadata.pairs[i].key) < 0),
               "pairs are text, by their keys", "");
    tg_metadata_free(&metadata);
}

/* [how]: options and the temper of the I/O layer. */
static tg_status try_file(const unsigned char *data, size_t size, unsigned how)
{
    memory_layer layer = layer_of(data, size, how);
    counting_heap heap = { .calls = 0 };
    const tg_io_layer io = memory_io(&layer);
    const tg_allocator allocator = counting_allocator(&heap);
    tg_store *store = tg_store_new(.seed = 1, .allocator = &allocator);
    tg_error error;
    tg_load_report report;
    make_variables(store);
    const size_t before = heap.bytes;
    const tg_status status = tg_load(
        store, "file.0", &error, .partial = (how & 1) != 0, .params_only = (how & 2) != 0,
        .prefix = how & 4 ? "w" : NULL, .no_checksum = (how & 8) != 0, .narrow = (how & 16) != 0,
        .rename = how & 32 ? rename_some : NULL, .report = &report, .io = &io);
    demand(report.loaded == 0 || status == TG_OK, "an error loads nothing", error.text);
    demand(report.made <= report.loaded && report.missing <= 2 &&
               (report.missing > 0) == (report.first_missing[0] != 0),
           "the report makes sense", error.text);
    demand_honest(&layer, status, &error);
    demand(tg_store_status(store) == TG_OK, "the store has no error", error.text);
    if (status == TG_OK) (void)touch_store(store);
    else demand_untouched(store, error.text);
    try_metadata(&io, &allocator, (how & 8) != 0);
    demand(heap.peak - before <= (1 << 19) + 64 * size, "memory is bounded", error.text);
    tg_store_free(store);
    demand(heap.blocks == 0, "nothing leaks", error.text);
    return status;
}

#ifndef TG_LIBFUZZER

/* ---- Mutations -------------------------------------------------------------------------- */

enum { LARGEST_TEXT = 2048 };

/* Puts [text] in the place of [old] bytes at [at], as far as there is room. */
static size_t replace(char *file, size_t length, size_t at, size_t old, const char *text)
{
    const size_t size = strlen(text);
    if (old > length - at) old = length - at;
    if (length - old + size > LARGEST_TEXT) return length;
    memmove(file + at + size, file + at + old, length - at - old);
    memcpy(file + at, text, size);
    return length - old + size;
}

static size_t mutate_text(char *file, size_t length)
{
    /* clang-format off */
    static const char *const pieces[] = {
        "F32", "F64", "BOOL", "I64", "F16", "0", "1", "24", "-1", "99999999999999999999", "1e9", "9223372036854775807", "[", "]", "{ ", " }", ",", ":", "\"",
        "\\u0000", "\\ud800", "\xff", "\"w\"", "\"flag\"", "\"__metadata__\"", "\"data_offsets\"", "\"shape\"", "null", "true", "tapegrad.state.",
        "tapegrad.step", "{ }", "[]", " ", "[[[[[[[[[[[[[[[[",
    };
    /* clang-format on */
    enum { PIECES = sizeof pieces / sizeof *pieces };
    const size_t at = draw(length + 1);
    switch (draw(5)) {
    case 0:
        if (at < length) file[at] = (char)(file[at] ^ (1 << draw(8)));
        return length;
    case 1: return replace(file, length, at, 1 + draw(8), "");
    case 2: return at;
    case 3: return replace(file, length, at, 0, pieces[draw(PIECES)]);
    default: return replace(file, length, at, 1 + draw(6), pieces[draw(PIECES)]);
    }
}

/* ---- Seeds ------------------------------------------------------------------------------ */

#define TENSOR(name, dtype, shape, offsets)                                                        \
    "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"
#define BOTH TENSOR("w", "F32", "[2,3]", "[0,24]") "," TENSOR("flag", "BOOL", "[2]", "[24,26]")

static const struct {
    const char *header;
    size_t data;
} seeds[] = {
    { "{" BOTH "}", 26 },
    { "{\"__metadata__\":{\"tapegrad.version\":\"1\",\"tapegrad.step\":\"3\",\"tapegrad.seed\":"
      "\"4\",\"tapegrad.state.flag\":\"\",\"tapegrad.state.w.adam.m\":\"\"}," BOTH
      "," TENSOR("w.adam.m", "F64", "[2]", "[26,42]") "}",
      42 },
    { "{\"__metadata__\":{\"tapegrad.version\":\"2\",\"tapegrad.crc32\":\"00000000\","
      "\"tapegrad.header_crc32\":\"00000000\"}," BOTH "}",
      26 },
    { "{" BOTH "," TENSOR("other", "F16", "[0,5]", "[26,26]") "}", 26 },
    { "{" TENSOR("w", "BF16", "[2,3]", "[0,12]") "," TENSOR("flag", "BOOL", "[2]", "[12,14]") "}",
      14 },
    { "{" TENSOR("w", "F64", "[2,3]", "[0,48]") "," TENSOR("flags", "BOOL", "[2]", "[48,50]") "}",
      50 },
    { "{}", 0 },
};
enum { SEEDS = sizeof seeds / sizeof *seeds };

/* The length in front is the header's, but for one file in eight. */
static bytes assemble(const char *header, size_t length, size_t data)
{
    unsigned char file[8 + LARGEST_TEXT + 64] = { 0 };
    uint64_t written = length;
    if (draw(8) == 0) written = draw(4) ? length + draw(64) - 32 : (uint64_t)1 << draw(64);
    for (int i = 0; i < 8; i++) file[i] = (unsigned char)(written >> 8 * i);
    memcpy(file + 8, header, length);
    for (size_t i = 0; i < data; i++)
        file[8 + length + i] = (unsigned char)draw(draw(20) ? 2 : 256);
    return bytes_of(file, 8 + length + data);
}

int main(void)
{
    int64_t accepted = 0, refused = 0;
    for (int64_t i = 0; i < scaled(60000); i++) {
        char header[LARGEST_TEXT];
        const size_t kind = draw(SEEDS);
        size_t length = strlen(seeds[kind].header), data = seeds[kind].data;
        memcpy(header, seeds[kind].header, length);
        for (size_t left = draw(4); left > 0; left--) length = mutate_text(header, length);
        if (draw(10) == 0) data = draw(64);
        bytes file = assemble(header, length, data);
        const tg_status status = try_file(file.data, file.size, (unsigned)draw(256));
        *(status == TG_OK ? &accepted : &refused) += 1;
        free(file.data);
    }
    printf("fuzz_safetensors: %lld files accepted, %lld refused\n", (long long)accepted,
           (long long)refused);
    demand(accepted > 0 && refused > 0, "files of both kinds were tried", "");
    return EXIT_SUCCESS;
}

#endif

/* vocabulary.c: text as numbers of its bytes or characters, and back. */
#include "tg_text.h"
#include "io/io.h"

#include "autograd/engine.h"

#include <string.h>

enum { CODES = 0x110000, REPLACEMENT = 0xFFFD };

void tg_vocabulary_free(tg_vocabulary *vocabulary)
{
    if (!vocabulary) return;
    tg_array_free(&vocabulary->symbols);
    vocabulary->bytes = false;
}

/* ---- Files -------------------------------------------------------------------------- */

tg_status tg_read_text_with(const tg_read_text_args *given)
{
    tg_read_text_args args = { TG_READ_TEXT_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_read_text")) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, "tg_read_text", args.path, args.error);
    if (!args.out) return tg__complain(&report, TG_ERR_ARGUMENT, "the array to read into is NULL");
    *args.out = (tg_array){ .dtype = TG_DTYPE_DEFAULT };
    const tg_allocator *allocator = tg__allocator_or_default(args.allocator);
    tg__source source;
    tg__growing memory = { .data = NULL };
    tg_status status = tg__source_open(&source, &report, args.io, allocator);
    if (status == TG_OK) (void)tg__source_take(&source, &memory, UINT64_MAX);
    status = tg__source_close(&source);
    if (status == TG_OK)
        status =
            tg__array_make(&report, allocator, TG_U8, TG_SHAPE((int64_t)memory.used), args.out);
    if (status == TG_OK && memory.used) memcpy(args.out->data, memory.data, memory.used);
    tg__free(allocator, memory.data);
    return status;
}

/* ---- Symbols of a text -------------------------------------------------------------- */

/* A text that is being read. */
typedef struct reading {
    tg__report *report;
    const unsigned char *text;
    size_t size, at;
    bool bytes, replace;
} reading;

/* The length of the character at the beginning. If there is none, the number of bytes that could
 * have begun one, and *code is -1. (Table 3-7 of the Unicode Standard.) */
static size_t read_character(const unsigned char *text, size_t size, int32_t *code)
{
    const unsigned char first = text[0];
    const size_t length = first < 0x80   ? 1
                          : first < 0xC2 ? 0
                          : first < 0xE0 ? 2
                          : first < 0xF0 ? 3
                          : first < 0xF5 ? 4
                                         : 0;
    *code = length == 1 ? first : -1;
    if (length <= 1) return 1;
    int32_t value = first & (0x7F >> length);
    for (size_t i = 1; i < length; i++) {
        unsigned char low = 0x80, high = 0xBF;
        if (i == 1 && first == 0xE0) low = 0xA0;
        if (i == 1 && first == 0xED) high = 0x9F;
        if (i == 1 && first == 0xF0) low = 0x90;
        if (i == 1 && first == 0xF4) high = 0x8F;
        if (i == size || text[i] < low || text[i] > high) return i;
        value = value << 6 | (text[i] & 0x3F);
    }
    *code = value;
    return length;
}

/* The next symbol. False at the end, and after an error. */
static bool next_symbol(reading *r, int32_t *symbol)
{
    if (r->at == r->size) return false;
    if (r->bytes) {
        *symbol = r->text[r->at++];
        return true;
    }
    const size_t length = read_character(r->text + r->at, r->size - r->at, symbol);
    if (*symbol < 0 && !r->replace) {
        tg__complain(r->report, TG_ERR_FORMAT,
                     "the text is not UTF-8 at byte %zu, which is %02x (.replace = true takes such "
                     "for U+FFFD)",
                     r->at, r->text[r->at]);
        return false;
    }
    if (*symbol < 0) *symbol = REPLACEMENT;
    r->at += length;
    return true;
}

static tg_status check_text(tg__report *report, const tg_array *text)
{
    size_t bytes;
    if (!text) return tg__complain(report, TG_ERR_ARGUMENT, "the text is NULL");
    if (text->dtype != TG_U8 || text->shape.rank != 1)
        return tg__complain(report, text->dtype != TG_U8 ? TG_ERR_DTYPE : TG_ERR_SHAPE,
                            "the text is %s of rank %d; it is u8 [n]",
                            text->dtype ? tg_dtype_name(text->dtype) : "empty", text->shape.rank);
    if (!tg__array_bytes(text->dtype, text->shape, &bytes) || (bytes && !text->data))
        return tg__complain(report, TG_ERR_ARGUMENT, "the text is no array: %lld bytes at %s",
                            (long long)text->shape.dim[0], tg__place_text(text->data));
    return TG_OK;
}

static reading read_from(tg__report *report, const tg_array *text, bool bytes, bool replace)
{
    return (reading){ .report = report,
                      .text = text->data,
                      .size = (size_t)text->shape.dim[0],
                      .bytes = bytes,
                      .replace = replace };
}

/* ---- Building ----------------------------------------------------------------------- */

/* Marks the symbols that occur. Returns their number. */
static int32_t mark(reading *r, bool *occurs)
{
    int32_t count = 0;
    for (int32_t symbol; next_symbol(r, &symbol);) {
        count += !occurs[symbol];
        occurs[symbol] = true;
    }
    return count;
}

tg_status tg_vocabulary_build_with(const tg_vocabulary_build_args *given)
{
    tg_vocabulary_build_args args = { TG_VOCABULARY_BUILD_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_vocabulary_build")) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, "tg_vocabulary_build", NULL, args.error);
    if (!args.out)
        return tg__complain(&report, TG_ERR_ARGUMENT, "the vocabulary to write to is NULL");
    memset(args.out, 0, sizeof *args.out);
    if (check_text(&report, args.text) != TG_OK) return report.status;
    const tg_allocator *allocator =
        args.allocator ? args.allocator : tg__array_allocator(args.text);
    bool *occurs = tg__alloc_zero(allocator, CODES);
    if (!occurs) return tg__complain_memory(&report, CODES);
    reading r = read_from(&report, args.text, args.bytes, args.replace);
    const int32_t count = mark(&r, occurs);
    tg_array symbols = { .dtype = TG_DTYPE_DEFAULT };
    if (report.status == TG_OK && count == 0)
        tg__complain(&report, TG_ERR_ARGUMENT, "the text is empty: it has no symbols");
    if (report.status == TG_OK)
        (void)tg__array_make(&report, allocator, TG_I32, TG_SHAPE(count), &symbols);
    if (report.status == TG_OK)
        for (int32_t code = 0, id = 0; code < CODES; code++)
            if (occurs[code]) ((int32_t *)symbols.data)[id++] = code;
    tg__free(allocator, occurs);
    if (report.status == TG_OK) *args.out = (tg_vocabulary){ symbols, args.bytes };
    return report.status;
}

/* ---- Asking ------------------------------------------------------------------------- */

static bool is_vocabulary(const tg_vocabulary *v)
{
    return v && v->symbols.dtype == TG_I32 && v->symbols.shape.rank == 1 && v->symbols.data &&
           v->symbols.shape.dim[0] > 0 && v->symbols.shape.dim[0] <= CODES;
}

int32_t tg_vocabulary_size(const tg_vocabulary *vocabulary)
{
    return is_vocabulary(vocabulary) ? (int32_t)vocabulary->symbols.shape.dim[0] : 0;
}

int32_t tg_vocabulary_id(const tg_vocabulary *vocabulary, int32_t symbol)
{
    int32_t first = 0, end = tg_vocabulary_size(vocabulary);
    const int32_t *symbols = end ? vocabulary->symbols.data : NULL;
    while (first < end) {
        const int32_t middle = first + (end - first) / 2;
        if (symbols[middle] == symbol) return middle;
        if (symbol < symbols[middle]) end = middle;
        else first = middle + 1;
    }
    return -1;
}

int32_t tg_vocabulary_symbol(const tg_vocabulary *vocabulary, int32_t id)
{
    if (id < 0 || id >= tg_vocabulary_size(vocabulary)) return -1;
    return ((const int32_t *)vocabulary->symbols.data)[id];
}

static bool is_symbol(int32_t code, bool bytes)
{
    return code >= 0 && code < (bytes ? 256 : CODES) && (bytes || (code & ~0x7FF) != 0xD800);
}

/* The symbols may come from the user or from a file, so they are checked. */
static tg_status check_vocabulary(tg__report *report, const tg_vocabulary *vocabulary)
{
    if (!vocabulary) return tg__complain(report, TG_ERR_ARGUMENT, "the vocabulary is NULL");
    bool holds = is_vocabulary(vocabulary);
    for (int32_t i = 0; holds && i < tg_vocabulary_size(vocabulary); i++) {
        const int32_t *symbols = vocabulary->symbols.data;
        holds = is_symbol(symbols[i], vocabulary->bytes) && (i == 0 || symbols[i - 1] < symbols[i]);
    }
    if (holds) return TG_OK;
    return tg__complain(report, TG_ERR_ARGUMENT,
                        "the vocabulary is empty or damaged: its symbols are not i32 [count], "
                        "ascending, as tg_vocabulary_build makes them");
}

/* ---- There and back ----------------------------------------------------------------- */

static tg_status complain_unknown(const reading *r, size_t before, int32_t symbol)
{
    return tg__complain(r->report, TG_ERR_INDEX,
                        "the vocabulary has no %s%04x, which is at byte %zu of the text (.unknown "
                        "gives such an id)",
                        r->bytes ? "byte 0x" : "U+", (unsigned)symbol, before);
}

/* Writes the ids to [out], if it is not NULL. Returns their number. */
static int64_t encode(reading r, const tg_vocabulary_encode_args *args, int32_t *out)
{
    int64_t count = 0;
    size_t before = 0;
    for (int32_t symbol; next_symbol(&r, &symbol); before = r.at) {
        int32_t id = out ? tg_vocabulary_id(args->vocabulary, symbol) : 0;
        if (id < 0 && args->unknown == TG_NO_INDEX) {
            complain_unknown(&r, before, symbol);
            return -1;
        }
        if (id < 0) id = (int32_t)args->unknown;
        if (out) out[count] = id;
        count++;
    }
    return count;
}

tg_status tg_vocabulary_encode_with(const tg_vocabulary_encode_args *given)
{
    tg_vocabulary_encode_args args = { TG_VOCABULARY_ENCODE_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_vocabulary_encode")) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, "tg_vocabulary_encode", NULL, args.error);
    if (!args.out || args.out == args.text)
        return tg__complain(&report, TG_ERR_ARGUMENT, "the array to write to is %s",
                            args.out ? "the text" : "NULL");
    *args.out = (tg_array){ .dtype = TG_DTYPE_DEFAULT };
    if (check_vocabulary(&report, args.vocabulary) != TG_OK) return report.status;
    if (check_text(&report, args.text) != TG_OK) return report.status;
    if (args.unknown != TG_NO_INDEX && (args.unknown < 0 || args.unknown > INT32_MAX))
        return tg__complain(&report, TG_ERR_INDEX, ".unknown is %lld, and an id is from 0 on",
                            (long long)args.unknown);
    const reading r = read_from(&report, args.text, args.vocabulary->bytes, args.replace);
    const int64_t count = encode(r, &args, NULL);
    if (report.status == TG_OK)
        (void)tg__array_make(&report,
                             args.allocator ? args.allocator : tg__array_allocator(args.text),
                             TG_I32, TG_SHAPE(count), args.out);
    if (report.status == TG_OK) (void)encode(r, &args, args.out->data);
    if (report.status != TG_OK) tg_array_free(args.out);
    return report.status;
}

static size_t write_character(int32_t code, unsigned char out[4])
{
    if (code < 0x80) {
        out[0] = (unsigned char)code;
        return 1;
    }
    const size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = length; --i > 0; code >>= 6) out[i] = (unsigned char)(0x80 | (code & 0x3F));
    out[0] = (unsigned char)((0xF00 >> length & 0xFF) | code);
    return length;
}

static int64_t id_at(const tg_array *ids, int64_t i)
{
    return tg__integer_at((int)ids->dtype, ids->data, i);
}

static tg_status check_ids(tg__report *report, const tg_vocabulary *vocabulary, const tg_array *ids)
{
    size_t bytes;
    if (!ids) return tg__complain(report, TG_ERR_ARGUMENT, "the ids are NULL");
    if (ids->dtype != TG_I32 && ids->dtype != TG_I64 && ids->dtype != TG_U8)
        return tg__complain(report, TG_ERR_DTYPE, "ids are integers; these are %s",
                            ids->dtype ? tg_dtype_name(ids->dtype) : "empty");
    if (ids->shape.rank != 1 || !tg__array_bytes(ids->dtype, ids->shape, &bytes) ||
        (bytes && !ids->data))
        return tg__complain(report, TG_ERR_SHAPE, "the ids are no array [n]: their rank is %d",
                            ids->shape.rank);
    for (int64_t i = 0; i < ids->shape.dim[0]; i++)
        if (id_at(ids, i) < 0 || id_at(ids, i) >= tg_vocabulary_size(vocabulary))
            return tg__complain(report, TG_ERR_INDEX,
                                "ids[%lld] is %lld, which is not one of 0 .. %d", (long long)i,
                                (long long)id_at(ids, i), (int)tg_vocabulary_size(vocabulary) - 1);
    return TG_OK;
}

/* Writes the bytes to [out], if it is not NULL. Returns their number. */
static int64_t decode(const tg_vocabulary *vocabulary, const tg_array *ids, unsigned char *out)
{
    int64_t count = 0;
    for (int64_t i = 0; i < ids->shape.dim[0]; i++) {
        unsigned char bytes[4];
        const int32_t symbol = tg_vocabulary_symbol(vocabulary, (int32_t)id_at(ids, i));
        size_t length = 1;
        if (vocabulary->bytes) bytes[0] = (unsigned char)symbol;
        else length = write_character(symbol, bytes);
        if (out) memcpy(out + count, bytes, length);
        count += (int64_t)length;
    }
    return count;
}

tg_status tg_vocabulary_decode_at(tg_site at, const tg_vocabulary *vocabulary, const tg_array *ids,
                                  tg_array *out, tg_error *error)
{
    tg__report report = tg__report_new(at, "tg_vocabulary_decode", NULL, error);
    if (!out || out == ids)
        return tg__complain(&report, TG_ERR_ARGUMENT, "the array to write to is %s",
                            out ? "that of the ids" : "NULL");
    *out = (tg_array){ .dtype = TG_DTYPE_DEFAULT };
    if (check_vocabulary(&report, vocabulary) != TG_OK) return report.status;
    if (check_ids(&report, vocabulary, ids) != TG_OK) return report.status;
    const tg_shape shape = TG_SHAPE(decode(vocabulary, ids, NULL));
    if (tg__array_make(&report, tg__array_allocator(ids), TG_U8, shape, out) == TG_OK)
        (void)decode(vocabulary, ids, out->data);
    return report.status;
}

/* ---- In a store --------------------------------------------------------------------- */

static const char *field_of(bool bytes) { return bytes ? "bytes" : "characters"; }

tg_status tg_vocabulary_keep_at(tg_site at, tg_store *store, const char *name,
                                const tg_vocabulary *vocabulary, tg_error *error)
{
    tg__report report = tg__report_new(at, "tg_vocabulary_keep", NULL, error);
    char text[TG__STATE_NAME];
    if (tg__state_check(&report, store, name, field_of(false)) != TG_OK) return report.status;
    if (check_vocabulary(&report, vocabulary) != TG_OK) return report.status;
    (void)tg__state_name(text, name, field_of(vocabulary->bytes));
    tg_var *var = tg_state_at(at, store, text, TG_I32, vocabulary->symbols.shape, 0);
    if (var)
        return tg_var_set_as(var, TG_I32, vocabulary->symbols.data,
                             (size_t)tg_vocabulary_size(vocabulary));
    tg__complain(&report, tg_store_status(store), "the state cannot be made:\n    %s",
                 tg_store_error(store));
    tg_store_clear_error(store);
    return report.status;
}

tg_status tg_vocabulary_from_at(tg_site at, tg_vocabulary *out, const tg_store *store,
                                const char *name, tg_error *error)
{
    tg__report report = tg__report_new(at, "tg_vocabulary_from", NULL, error);
    char text[TG__STATE_NAME], seen[TG_TEXT_SEEN];
    if (!out) return tg__complain(&report, TG_ERR_ARGUMENT, "the vocabulary to write to is NULL");
    memset(out, 0, sizeof *out);
    if (tg__state_check(&report, store, name, field_of(false)) != TG_OK) return report.status;
    const tg_var *var = NULL;
    bool bytes = false;
    for (int way = 0; way < 2 && !var; way++) {
        bytes = way == 1;
        var = tg__state_name(text, name, field_of(bytes)) ? tg_find(store, text) : NULL;
    }
    if (!var)
        return tg__complain(&report, TG_ERR_ARGUMENT,
                            "the store has no vocabulary \"%s\": tg_vocabulary_keep keeps one "
                            "there, and tg_load brings it back",
                            tg__text_seen(seen, name, strlen(name)));
    const tg_vocabulary there = { tg_array_view(var->dtype, var->shape, var->data), bytes };
    if (check_vocabulary(&report, &there) != TG_OK) return report.status;
    tg_vocabulary made = { .bytes = bytes };
    if (tg__array_make(&report, &store->allocator, TG_I32, var->shape, &made.symbols) != TG_OK)
        return report.status;
    memcpy(made.symbols.data, var->data, var->bytes);
    *out = made;
    return TG_OK;
}

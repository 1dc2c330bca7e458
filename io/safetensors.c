/* safetensors.c: the header of a safetensors file. jansson parses the JSON; it refuses text that is
 * not UTF-8 and duplicate keys. Everything else is checked here, the depth of nesting before
 * jansson sees the text, because jansson recurses. */
#include "io/safetensors.h"

#include "autograd/engine.h"

#include <stdlib.h>
#include <string.h>

/* ---- Dtypes ------------------------------------------------------------------------- */

typedef struct dtype_row {
    const char *name;
    uint64_t size;
    tg_dtype dtype;
} dtype_row;

static const dtype_row dtypes[] = {
    { "F64", 8, TG_F64 }, { "F32", 4, TG_F32 },   { "I64", 8, TG_I64 }, { "I32", 4, TG_I32 },
    { "U8", 1, TG_U8 },   { "BOOL", 1, TG_BOOL }, { "F16", 2, 0 },      { "BF16", 2, 0 },
    { "U64", 8, 0 },      { "U32", 4, 0 },        { "I16", 2, 0 },      { "U16", 2, 0 },
    { "I8", 1, 0 },       { "F8_E4M3", 1, 0 },    { "F8_E5M2", 1, 0 },  { "C64", 8, 0 },
};
enum { DTYPES = sizeof dtypes / sizeof *dtypes };

const char *tg__dtype_written(tg_dtype dtype)
{
    for (int i = 0; i < DTYPES; i++)
        if (dtypes[i].dtype == dtype && dtype) return dtypes[i].name;
    return NULL;
}

static const dtype_row *dtype_named(const char *name)
{
    for (int i = 0; i < DTYPES; i++)
        if (strcmp(dtypes[i].name, name) == 0) return &dtypes[i];
    return NULL;
}

/* ---- One tensor --------------------------------------------------------------------- */

static tg_status complain_entry(tg__report *report, tg_status status, const char *name,
                                const char *what)
{
    char seen[TG_TEXT_SEEN];
    return tg__complain(report, status, "the tensor \"%s\": %s",
                        tg__text_seen(seen, name, strlen(name)), what);
}

/* A whole number >= 0. */
static bool whole(const json_t *value, uint64_t *out)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0) return false;
    *out = (uint64_t)json_integer_value(value);
    return true;
}

static tg_status read_shape(tg__report *report, const json_t *list, tg__entry *entry)
{
    const size_t rank = json_array_size(list);
    if (!json_is_array(list))
        return complain_entry(report, TG_ERR_FORMAT, entry->name, "it has no list \"shape\"");
    if (rank > TG_MAX_RANK)
        return complain_entry(report, TG_ERR_UNSUPPORTED, entry->name,
                              "its shape has more than 8 axes");
    entry->shape = (tg_shape){ .rank = (int)rank };
    for (size_t i = 0; i < rank; i++) {
        uint64_t size;
        if (!whole(json_array_get(list, i), &size))
            return complain_entry(report, TG_ERR_FORMAT, entry->name,
                                  "its shape is not made of whole numbers");
        entry->shape.dim[i] = (int64_t)size;
    }
    if (tg_shape_count(entry->shape) < 0)
        return complain_entry(report, TG_ERR_FORMAT, entry->name,
                              "its shape has more elements than can be counted");
    return TG_OK;
}

static tg_status read_offsets(tg__report *report, const json_t *list, uint64_t element,
                              tg__entry *entry)
{
    uint64_t bytes;
    if (json_array_size(list) != 2 || !whole(json_array_get(list, 0), &entry->begin) ||
        !whole(json_array_get(list, 1), &entry->end) || entry->begin > entry->end)
        return complain_entry(report, TG_ERR_FORMAT, entry->name,
                              "its \"data_offsets\" are not [begin, end]");
    if (__builtin_mul_overflow((uint64_t)tg_shape_count(entry->shape), element, &bytes) ||
        bytes != entry->end - entry->begin) {
        char shape[TG_SHAPE_SEEN], what[TG_SHAPE_SEEN + 100];
        (void)snprintf(what, sizeof what, "%s %s does not take the %llu bytes from %llu to %llu",
                       entry->dtype_name, tg__shape_seen(shape, entry->shape),
                       (unsigned long long)(entry->end - entry->begin),
                       (unsigned long long)entry->begin, (unsigned long long)entry->end);
        return complain_entry(report, TG_ERR_FORMAT, entry->name, what);
    }
    return TG_OK;
}

static tg_status read_entry(tg__report *report, const char *name, const json_t *value,
                            tg__entry *entry)
{
    *entry = (tg__entry){ .name = name };
    entry->dtype_name = json_string_value(json_object_get(value, "dtype"));
    if (!entry->dtype_name)
        return complain_entry(report, TG_ERR_FORMAT, name, "it has no \"dtype\"");
    const dtype_row *row = dtype_named(entry->dtype_name);
    if (!row) return complain_entry(report, TG_ERR_FORMAT, name, "its dtype is unknown");
    entry->dtype = row->dtype;
    entry->element = (size_t)row->size;
    const tg_status status = read_shape(report, json_object_get(value, "shape"), entry);
    if (status != TG_OK) return status;
    return read_offsets(report, json_object_get(value, "data_offsets"), row->size, entry);
}

/* ---- All of them -------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
    const tg__entry *left = a, *right = b;
    if (left->begin != right->begin) return left->begin < right->begin ? -1 : 1;
    return (left->end > right->end) - (left->end < right->end);
}

/* Checks that each tensor's data begins where that of the one before ends. */
static tg_status check_places(tg__report *report, const tg__header *header)
{
    uint64_t end = 0;
    for (size_t i = 0; i < header->count; i++) {
        const tg__entry *entry = &header->entries[i];
        if (entry->begin != end)
            return complain_entry(report, TG_ERR_FORMAT, entry->name,
                                  entry->begin < end ? "its data overlaps another's"
                                                     : "before its data there is a gap");
        end = entry->end;
    }
    return TG_OK;
}

static tg_status read_metadata(tg__report *report, const json_t *metadata)
{
    void *member;
    bool strings = json_is_object(metadata);
    for (member = json_object_iter((json_t *)(uintptr_t)metadata); strings && member;
         member = json_object_iter_next((json_t *)(uintptr_t)metadata, member))
        strings = json_is_string(json_object_iter_value(member));
    if (strings) return TG_OK;
    return tg__complain(report, TG_ERR_FORMAT, "its \"__metadata__\" is not made of strings");
}

static tg_status read_members(tg__report *report, tg__header *out)
{
    for (void *member = json_object_iter(out->root); member;
         member = json_object_iter_next(out->root, member)) {
        const char *name = json_object_iter_key(member);
        const json_t *value = json_object_iter_value(member);
        tg_status status;
        if (strcmp(name, TG__METADATA) == 0) {
            status = read_metadata(report, value);
            out->metadata = value;
        } else {
            status = read_entry(report, name, value, &out->entries[out->count++]);
        }
        if (status != TG_OK) return status;
    }
    return TG_OK;
}

/* True if jansson can still allocate memory. */
static bool has_memory(void)
{
    json_t *probe = json_object();
    json_decref(probe);
    return probe;
}

/* True if the nesting is deeper than allowed, counted up to the first bracket that does not
 * match. */
static bool nests_too_deep(const char *text, size_t size)
{
    bool quoted = false;
    int depth = 0;
    for (size_t i = 0; i < size; i++) {
        const char c = text[i];
        if (c == '"') quoted = !quoted;
        else if (quoted) i += c == '\\';
        else if (c == ']' || c == '}') depth--;
        else if ((c == '[' || c == '{') && ++depth > TG__HEADER_DEPTH) return true;
    }
    return false;
}

static tg_status parse(tg__report *report, const char *text, size_t size, tg__header *out)
{
    char seen[TG_TEXT_SEEN];
    json_error_t error;
    if (nests_too_deep(text, size))
        return tg__complain(report, TG_ERR_FORMAT, "its header nests to a depth above %d",
                            TG__HEADER_DEPTH);
    out->root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    if (out->root) return TG_OK;
    /* Without memory jansson may report an error of the text. So if the text is refused it is
     * parsed again after a test of the memory. */
    if (has_memory()) out->root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    if (out->root) return TG_OK;
    if (!has_memory() || json_error_code(&error) == json_error_out_of_memory)
        return tg__complain_memory(report, size);
    return tg__complain(report, TG_ERR_FORMAT, "its header is not JSON at byte %d: %s",
                        8 + error.position, tg__text_seen(seen, error.text, strlen(error.text)));
}

tg_status tg__header_read(tg__report *report, const tg_allocator *allocator, const char *text,
                          size_t size, tg__header *out)
{
    *out = (tg__header){ .root = NULL };
    tg_status status = parse(report, text, size, out);
    if (status != TG_OK) return status;
    if (!json_is_object(out->root))
        return tg__complain(report, TG_ERR_FORMAT, "its header is no JSON object");
    const size_t count = json_object_size(out->root);
    size_t bytes;
    if (count == 0) return TG_OK;
    if (!tg__size_mul(count, sizeof *out->entries, &bytes)) bytes = SIZE_MAX;
    out->entries = tg__alloc(allocator, bytes);
    if (!out->entries) return tg__complain_memory(report, bytes);
    status = read_members(report, out);
    if (status != TG_OK) return status;
    if (out->count) qsort(out->entries, out->count, sizeof *out->entries, by_place);
    return check_places(report, out);
}

void tg__header_free(const tg_allocator *allocator, tg__header *header)
{
    tg__free(allocator, header->entries);
    json_decref(header->root);
    *header = (tg__header){ .root = NULL };
}

const char *tg__header_meta(const tg__header *header, const char *key)
{
    return json_string_value(json_object_get(header->metadata, key));
}

/* ---- Checksums -------------------------------------------------------------------------- */

void tg__sum_written(uint32_t sum, char out[TG__SUM_DIGITS + 1])
{
    (void)snprintf(out, TG__SUM_DIGITS + 1, "%08lx", (unsigned long)sum);
}

size_t tg__header_sum_place(const char *text, size_t size)
{
    static const char before[] = "\"" TG__META_HEADER_SUM "\":\"";
    enum { BEFORE = sizeof before - 1 };
    for (size_t i = 0; i + BEFORE + TG__SUM_DIGITS <= size; i++)
        if (text[i] == '"' && memcmp(text + i, before, BEFORE) == 0) return i + BEFORE;
    return 0;
}

uint32_t tg__header_sum(uint32_t front, const char *text, size_t size, size_t place)
{
    uint32_t sum = tg__sum(front, text, place);
    sum = tg__sum(sum, "00000000", TG__SUM_DIGITS);
    return tg__sum(sum, text + place + TG__SUM_DIGITS, size - place - TG__SUM_DIGITS);
}

/* ---- Whose state ---------------------------------------------------------------------- */

bool tg__is_optimizer_state(const tg_var *var)
{
    char name[1001]; /* room for the longest name */
    if (var->parameter) return false;
    (void)snprintf(name, sizeof name, "%s", tg_var_name(var));
    for (char *dot; (dot = strrchr(name, '.')) != NULL;) {
        *dot = 0;
        const tg_var *owner = tg_find(var->store, name);
        if (owner && owner->parameter) return true;
    }
    return false;
}

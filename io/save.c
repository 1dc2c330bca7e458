/* save.c: writes a store as a safetensors file: which variables, in which order, the header, the
 * data. */
#include "io/safetensors.h"

#include "autograd/engine.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

typedef struct chosen_var {
    const tg_var *var;
    const char *name; /* in the file */
} chosen_var;

/* The variables to write, in the order of their data. */
typedef struct selection {
    chosen_var *list;
    size_t count;
    tg__arena names; /* of names that differ from the variables' */
} selection;

/* ---- Which variables ---------------------------------------------------------------- */

/* By element size, the largest first, so that each tensor is aligned; then by name. */
static int by_size_and_name(const void *a, const void *b)
{
    const chosen_var *left = a, *right = b;
    const size_t left_size = tg_dtype_size(left->var->dtype);
    const size_t right_size = tg_dtype_size(right->var->dtype);
    if (left_size != right_size) return left_size > right_size ? -1 : 1;
    return strcmp(left->name, right->name);
}

static tg_status complain_empty(tg__report *report, const tg_save_args *args)
{
    char looked[TG_TEXT_SEEN], example[TG_TEXT_SEEN];
    const tg_store *store = args->store;
    const char *name = store->count ? store->vars[0]->name : "";
    return tg__complain(
        report, TG_ERR_ARGUMENT, "no variable lies under .prefix = \"%s\"%s; the store has %s%s%s",
        tg__text_seen(looked, args->prefix, strlen(args->prefix)),
        args->params_only ? ", or only optimizer states" : "", *name ? "\"" : "none",
        tg__text_seen(example, name, strlen(name)), *name ? "\"" : "");
}

/* Adds a variable under its name in the file, if it is to be written. */
static tg_status add_variable(tg__report *report, const tg_save_args *args, const tg_var *var,
                              selection *out)
{
    char room[TG_RENAME_ROOM];
    const char *name = var->name;
    room[0] = 0;
    if (args->rename) name = args->rename(args->rename_context, var->name, room);
    if (!name) return TG_OK;
    if (!*name || strlen(name) > 1000)
        return tg__complain(report, TG_ERR_ARGUMENT,
                            ".rename gives \"%s\" a name of %zu bytes; it has 1 to 1000", var->name,
                            strlen(name));
    if (strcmp(name, TG__METADATA) == 0)
        return tg__complain(report, TG_ERR_ARGUMENT,
                            "the format keeps the name \"%s\" for itself: no variable can "
                            "have it in a file",
                            name);
    if (name != var->name) name = tg__arena_string(&out->names, name);
    if (!name) return tg__complain(report, TG_ERR_MEMORY, "out of memory for the names");
    out->list[out->count++] = (chosen_var){ var, name };
    return TG_OK;
}

static tg_status select_variables(tg__report *report, const tg_save_args *args, selection *out)
{
    const tg_store *store = args->store;
    size_t bytes;
    if (store->count == 0)
        return args->prefix && *args->prefix ? complain_empty(report, args) : TG_OK;
    if (!tg__size_mul(store->count, sizeof *out->list, &bytes)) bytes = SIZE_MAX;
    out->list = tg__alloc(&store->allocator, bytes);
    if (!out->list) return tg__complain_memory(report, bytes);
    for (size_t i = 0; i < store->count; i++) {
        const tg_var *var = store->vars[i];
        if (!tg_name_under(var->name, args->prefix)) continue;
        if (args->params_only && tg__is_optimizer_state(var)) continue;
        if (add_variable(report, args, var, out) != TG_OK) return report->status;
    }
    if (out->count == 0 && args->prefix && *args->prefix) return complain_empty(report, args);
    if (out->count) qsort(out->list, out->count, sizeof *out->list, by_size_and_name);
    return TG_OK;
}

/* ---- The header --------------------------------------------------------------------- */

/* Both take ownership of [value], also on an error. */
static bool put(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0;
}
static bool add(json_t *list, uint64_t number)
{
    return json_array_append_new(list, json_integer((json_int_t)number)) == 0;
}

static bool put_text(json_t *object, const char *key, const char *format, ...) TG_PRINTF(3, 4);
static bool put_text(json_t *object, const char *key, const char *format, ...)
{
    char text[32];
    va_list list;
    va_start(list, format);
    (void)tg__vformat(text, sizeof text, format, list);
    va_end(list);
    return put(object, key, json_string(text));
}

static int by_key(const void *a, const void *b)
{
    const uint64_t left = (*(tg__counter *const *)a)->key, right = (*(tg__counter *const *)b)->key;
    return (left > right) - (left < right);
}

/* Adds the counters of all draws that have been made, by their keys. */
static bool put_draws(json_t *metadata, const tg_store *store)
{
    size_t count = 0, most = 0;
    tg__counter **list = NULL, *c = NULL;
    char key[sizeof TG__META_DRAW + TG__DRAW_DIGITS];
    bool done = true;
    while (done && (c = tg__counter_next(store, c)) != NULL) {
        if (tg__counter_value(c) == 0) continue;
        done = tg__grow(&store->allocator, &list, &most, count + 1, sizeof *list);
        if (done) list[count++] = c;
    }
    if (count) qsort(list, count, sizeof *list, by_key);
    for (size_t i = 0; done && i < count; i++) {
        (void)snprintf(key, sizeof key, TG__META_DRAW "%016" PRIx64, list[i]->key);
        done = put_text(metadata, key, "%" PRIu64, tg__counter_value(list[i]));
    }
    tg__free(&store->allocator, list);
    return done;
}

static bool fill_metadata(json_t *metadata, const tg_save_args *args, const selection *chosen)
{
    char key[sizeof TG__META_STATE + 1001];
    bool done = put_text(metadata, TG__META_FORMAT, "pt") && /* the layouts are those of PyTorch */
                put_text(metadata, TG__META_VERSION, "%d",
                         args->no_checksum ? TG__PLAIN_VERSION : TG__FORMAT_VERSION);
    if (!args->params_only && !(args->prefix && *args->prefix))
        done = done && put_text(metadata, TG__META_STEP, "%" PRId64, args->store->step) &&
               put_text(metadata, TG__META_SEED, "%" PRIu64, args->store->seed) &&
               put_draws(metadata, args->store);
    for (size_t i = 0; done && i < chosen->count; i++) {
        if (chosen->list[i].var->parameter) continue;
        (void)snprintf(key, sizeof key, TG__META_STATE "%s", chosen->list[i].name);
        done = put_text(metadata, key, "%s", "");
    }
    for (const tg_pair *pair = args->metadata; done && pair && pair->key; pair++)
        done = put(metadata, pair->key, json_string(pair->value));
    return done;
}

/* The bytes of a variable from [begin] on, in the file's byte order; *size is how many are
 * given. */
static const void *file_bytes(const tg_var *var, size_t begin, size_t *size,
                              unsigned char room[TG__TURNED])
{
    return tg__file_bytes(var->data, var->bytes, tg_dtype_size(var->dtype), false, begin, size,
                          room);
}

/* Adds the checksums; the header's own one is filled in when the header is complete. */
static bool fill_sums(json_t *metadata, const tg_save_args *args, const selection *chosen)
{
    char digits[TG__SUM_DIGITS + 1];
    unsigned char room[TG__TURNED];
    uint32_t sum = 0;
    if (args->no_checksum) return true;
    for (size_t i = 0; i < chosen->count; i++) {
        const tg_var *var = chosen->list[i].var;
        for (size_t begin = 0, size; begin < var->bytes; begin += size) {
            const void *bytes = file_bytes(var, begin, &size, room);
            sum = tg__sum(sum, bytes, size);
        }
    }
    tg__sum_written(sum, digits);
    return put_text(metadata, TG__META_SUM, "%s", digits) &&
           put_text(metadata, TG__META_HEADER_SUM, "%s", "00000000");
}

static bool fill_entry(json_t *entry, const tg_var *var, uint64_t begin)
{
    json_t *shape = json_array(), *offsets = json_array();
    bool done = put(entry, "dtype", json_string(tg__dtype_written(var->dtype)));
    for (int i = 0; i < var->shape.rank; i++)
        done = done && add(shape, (uint64_t)var->shape.dim[i]);
    done = done && add(offsets, begin) && add(offsets, begin + var->bytes);
    done = put(entry, "shape", shape) && done;
    return put(entry, "data_offsets", offsets) && done;
}

static bool is_utf8(const char *text)
{
    json_t *string = json_string(text);
    json_decref(string);
    return string;
}

/* Builds the header; the caller frees it, also after an error. */
static tg_status build(tg__report *report, const tg_save_args *args, const selection *chosen,
                       json_t **out)
{
    json_t *root = json_object(), *metadata = json_object();
    uint64_t begin = 0;
    *out = root;
    bool done = fill_metadata(metadata, args, chosen) && fill_sums(metadata, args, chosen);
    done = put(root, TG__METADATA, metadata) && done;
    for (size_t i = 0; done && i < chosen->count; i++) {
        const tg_var *var = chosen->list[i].var;
        const char *name = chosen->list[i].name;
        if (json_object_get(root, name))
            return tg__complain(report, TG_ERR_ARGUMENT,
                                ".rename gives two variables the name \"%s\"", name);
        json_t *entry = json_object();
        done = fill_entry(entry, var, begin);
        done = put(root, name, entry) && done;
        begin += var->bytes;
    }
    return done ? TG_OK : tg__complain(report, TG_ERR_MEMORY, "out of memory for the header");
}

/* [what] names the text in the message, as "the name". */
static tg_status check_utf8(tg__report *report, const char *text, const char *what)
{
    char seen[TG_TEXT_SEEN];
    if (is_utf8(text)) return TG_OK;
    /* jansson also says no if there is no memory; then it refuses "a", too. */
    if (is_utf8(text) || !is_utf8("a"))
        return tg__complain(report, TG_ERR_MEMORY, "out of memory for the header");
    return tg__complain(report, TG_ERR_ARGUMENT, "%s \"%s\" is not UTF-8, and the file's header is",
                        what, tg__text_seen(seen, text, strlen(text)));
}

static tg_status check_names(tg__report *report, const selection *chosen)
{
    for (size_t i = 0; i < chosen->count; i++)
        if (check_utf8(report, chosen->list[i].name, "the name") != TG_OK) return report->status;
    return TG_OK;
}

static tg_status check_metadata(tg__report *report, const tg_pair *pairs)
{
    char seen[TG_TEXT_SEEN];
    for (const tg_pair *pair = pairs; pair && pair->key; pair++) {
        const char *key = tg__text_seen(seen, pair->key, strlen(pair->key));
        if (strcmp(pair->key, TG__META_FORMAT) == 0 ||
            strncmp(pair->key, TG__META_OWN, strlen(TG__META_OWN)) == 0)
            return tg__complain(report, TG_ERR_ARGUMENT,
                                "the key \"%s\" of .metadata is one of tg_save's own", key);
        if (!pair->value)
            return tg__complain(report, TG_ERR_ARGUMENT, "the value of \"%s\" in .metadata is NULL",
                                key);
        for (const tg_pair *other = pairs; other < pair; other++)
            if (strcmp(other->key, pair->key) == 0)
                return tg__complain(report, TG_ERR_ARGUMENT, ".metadata has the key \"%s\" twice",
                                    key);
        if (check_utf8(report, pair->key, "the key") != TG_OK ||
            check_utf8(report, pair->value, "the value") != TG_OK)
            return report->status;
    }
    return TG_OK;
}

/* Fills in the header's checksum; [text] is the length and the JSON. */
static void sign(char *text, size_t size)
{
    char digits[TG__SUM_DIGITS + 1];
    const size_t place = tg__header_sum_place(text, size);
    if (!place) return; /* with .no_checksum */
    tg__sum_written(tg__header_sum(0, text, size, place), digits);
    memcpy(text + place, digits, TG__SUM_DIGITS);
}

/* Writes the length and the JSON, padded with blanks so that the data is aligned to 8 bytes. */
static tg_status write_header(tg__report *report, const tg_allocator *allocator, tg__sink *sink,
                              const json_t *root)
{
    const size_t used = json_dumpb(root, NULL, 0, JSON_COMPACT);
    const size_t padded = (used + 7) & ~(size_t)7;
    if (padded > TG__HEADER_MOST)
        return tg__complain(report, TG_ERR_UNSUPPORTED,
                            "the header takes %zu bytes, and the format allows %d", padded,
                            TG__HEADER_MOST);
    if (used == 0) return tg__complain(report, TG_ERR_MEMORY, "out of memory for the header");
    unsigned char *text = tg__alloc(allocator, 8 + padded);
    if (!text) return tg__complain_memory(report, 8 + padded);
    for (int i = 0; i < 8; i++) text[i] = (unsigned char)((uint64_t)padded >> 8 * i);
    memset(text + 8, ' ', padded);
    tg_status status;
    if (json_dumpb(root, (char *)text + 8, padded, JSON_COMPACT) == used) {
        sign((char *)text, 8 + padded);
        status = tg__sink_write(sink, text, 8 + padded);
    } else {
        status = tg__complain(report, TG_ERR_MEMORY, "out of memory for the header");
    }
    tg__free(allocator, text);
    return status;
}

/* ---- The file ----------------------------------------------------------------------- */

static tg_status write_data(tg__sink *sink, const tg_var *var)
{
    unsigned char room[TG__TURNED];
    tg_status status = TG_OK;
    for (size_t begin = 0, size; status == TG_OK && begin < var->bytes; begin += size) {
        const void *bytes = file_bytes(var, begin, &size, room);
        status = tg__sink_write(sink, bytes, size);
    }
    return status;
}

static tg_status write_file(tg__report *report, const tg_save_args *args, const selection *chosen)
{
    tg__sink sink = { .report = report };
    json_t *root = NULL;
    tg_status status = check_names(report, chosen);
    if (status == TG_OK) status = check_metadata(report, args->metadata);
    if (status == TG_OK) status = build(report, args, chosen, &root);
    if (status == TG_OK) {
        const tg_allocator *allocator = &args->store->allocator;
        status = tg__sink_open(&sink, report, args->io, allocator);
        if (status == TG_OK) status = write_header(report, allocator, &sink, root);
        for (size_t i = 0; status == TG_OK && i < chosen->count; i++)
            status = write_data(&sink, chosen->list[i].var);
        if (status == TG_OK) (void)tg__sink_commit(&sink);
        status = tg__sink_close(&sink);
    }
    json_decref(root);
    return status;
}

tg_status tg_save_with(const tg_save_args *given)
{
    tg_save_args args = { TG_SAVE_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_save")) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, "tg_save", args.path, args.error);
    selection chosen = { .list = NULL };
    if (!args.store) return tg__complain(&report, TG_ERR_ARGUMENT, "the store is NULL");
    if (tg_store_status(args.store) != TG_OK)
        return tg__complain(&report, tg_store_status(args.store),
                            "the store is not fit to be saved:\n    %s",
                            tg_store_error(args.store));
    tg__arena_init(&chosen.names, &args.store->allocator);
    tg_status status = select_variables(&report, &args, &chosen);
    if (status == TG_OK) status = write_file(&report, &args, &chosen);
    tg__free(&args.store->allocator, chosen.list);
    tg__arena_free(&chosen.names);
    return status;
}

/* load.c: a safetensors file into a store, all or nothing. The file is read once, from front to
 * back: header, then the data into memory of its own; only when all of it is there and right is
 * anything of the store changed, and from then on only what can be undone may fail. */
#include "io/safetensors.h"

#include "autograd/engine.h"

#include <inttypes.h>
#include <string.h>

typedef enum fate { PASSED_OVER, LOADED, MADE } fate;

/* What becomes of one of the file's tensors. */
typedef struct target {
    fate fate;
    tg_var *var; /* LOADED: the variable */
    tg__growing data;
} target;

typedef struct loading {
    tg__report *report;
    const tg_load_args *args;
    const tg_allocator *allocator;
    tg__source source;
    tg__growing text; /* the header's */
    tg__header header;
    target *targets; /* as many as the header's entries */
    bool *found;     /* by the variable's index */
    bool whole;      /* step and seed belong to it */
    const char *step_text, *seed_text;
    uint64_t step, seed;
} loading;

/* ---- The header --------------------------------------------------------------------- */

static tg_status complain_short(tg__report *report, const tg__source *source, const char *what)
{
    return tg__complain(report, TG_ERR_FORMAT, "cut short: it ends at byte %llu, inside %s",
                        (unsigned long long)source->offset, what);
}

static tg_status read_header(loading *load)
{
    unsigned char first[8];
    uint64_t length = 0;
    size_t got;
    tg_status status = tg__source_read(&load->source, first, sizeof first, &got);
    if (status != TG_OK) return status;
    for (size_t i = 0; i < got; i++) length |= (uint64_t)first[i] << 8 * i;
    const char *looks = tg__looks_like(first, got);
    if (got == sizeof first && length > TG__HEADER_MOST)
        return tg__complain(load->report, TG_ERR_FORMAT,
                            "it is no safetensors file%s%s: its header would have %llu bytes",
                            looks ? " but looks like " : "", looks ? looks : "",
                            (unsigned long long)length);
    if (got < sizeof first) return complain_short(load->report, &load->source, "the length");
    status = tg__source_take(&load->source, &load->text, length);
    if (status != TG_OK) return status;
    if (load->text.used < length) return complain_short(load->report, &load->source, "the header");
    return tg__header_read(load->report, load->allocator, load->text.data, load->text.used,
                           &load->header);
}

/* Digits and nothing else, up to [most]. */
static bool read_digits(const char *text, uint64_t most, uint64_t *out)
{
    *out = 0;
    for (const char *digit = text; *digit; digit++) {
        if (*digit < '0' || *digit > '9' || *out > (most - (uint64_t)(*digit - '0')) / 10)
            return false;
        *out = *out * 10 + (uint64_t)(*digit - '0');
    }
    return *text;
}

static tg_status read_counters(loading *load)
{
    char seen[TG_TEXT_SEEN];
    uint64_t version;
    const char *text = tg__header_meta(&load->header, TG__META_VERSION);
    if (!text) return TG_OK; /* from elsewhere */
    if (!read_digits(text, INT_MAX, &version) || version != TG__FORMAT_VERSION)
        return tg__complain(load->report, TG_ERR_UNSUPPORTED,
                            "it is of version \"%s\" of tg_save's files, and this reads %d",
                            tg__text_seen(seen, text, strlen(text)), TG__FORMAT_VERSION);
    load->step_text = tg__header_meta(&load->header, TG__META_STEP);
    load->seed_text = tg__header_meta(&load->header, TG__META_SEED);
    if (load->step_text && !read_digits(load->step_text, INT64_MAX, &load->step))
        return tg__complain(load->report, TG_ERR_FORMAT, "its step is no step: \"%s\"",
                            tg__text_seen(seen, load->step_text, strlen(load->step_text)));
    if (load->seed_text && !read_digits(load->seed_text, UINT64_MAX, &load->seed))
        return tg__complain(load->report, TG_ERR_FORMAT, "its seed is no seed: \"%s\"",
                            tg__text_seen(seen, load->seed_text, strlen(load->seed_text)));
    return TG_OK;
}

/* ---- What becomes of each tensor ---------------------------------------------------- */

static tg_status check_agreement(tg__report *report, const tg_var *var, const tg__entry *entry)
{
    char ours[TG_SHAPE_SEEN], theirs[TG_SHAPE_SEEN];
    const bool dtype = var->dtype == entry->dtype;
    if (dtype && tg_shape_equal(var->shape, entry->shape)) return TG_OK;
    return tg__complain(report, dtype ? TG_ERR_SHAPE : TG_ERR_DTYPE,
                        "\"%s\" is %s %s in the store and %s %s in the file", var->name,
                        tg__dtype_written(var->dtype), tg__shape_seen(ours, var->shape),
                        entry->dtype_name, tg__shape_seen(theirs, entry->shape));
}

/* Did tg_save say that the tensor is a state? */
static bool is_state(const loading *load, const tg__entry *entry)
{
    char key[sizeof TG__META_STATE + 1001];
    if (strlen(entry->name) > 1000) return false; /* longer than a variable's can be */
    (void)snprintf(key, sizeof key, TG__META_STATE "%s", entry->name);
    return entry->dtype && tg__header_meta(&load->header, key);
}

static tg_status decide(loading *load, const tg__entry *entry, target *out)
{
    const tg_load_args *args = load->args;
    if (!tg_name_under(entry->name, args->prefix)) return TG_OK;
    out->var = tg_find(args->store, entry->name);
    if (out->var) {
        if (args->params_only && tg__is_optimizer_state(out->var)) return TG_OK;
        load->found[out->var->index] = true;
        out->fate = LOADED;
        return check_agreement(load->report, out->var, entry);
    }
    if (is_state(load, entry)) {
        if (!args->params_only) out->fate = MADE;
        return TG_OK;
    }
    if (args->partial) return TG_OK;
    char shape[TG_SHAPE_SEEN], seen[TG_TEXT_SEEN];
    return tg__complain(load->report, TG_ERR_ARGUMENT,
                        "the store has no \"%s\", which is %s %s in the file (.partial = true "
                        "passes over such tensors)",
                        tg__text_seen(seen, entry->name, strlen(entry->name)), entry->dtype_name,
                        tg__shape_seen(shape, entry->shape));
}

/* Is every variable in the file? */
static tg_status check_complete(const loading *load)
{
    const tg_load_args *args = load->args;
    const tg_var *first = NULL;
    size_t missing = 0;
    for (size_t i = 0; !args->partial && i < args->store->count; i++) {
        const tg_var *var = args->store->vars[i];
        if (load->found[i] || !tg_name_under(var->name, args->prefix) ||
            (args->params_only && tg__is_optimizer_state(var)))
            continue;
        if (missing++ == 0) first = var;
    }
    if (missing == 0) return TG_OK;
    char shape[TG_SHAPE_SEEN], more[40] = "";
    if (missing > 1) (void)snprintf(more, sizeof more, ", nor %zu others", missing - 1);
    return tg__complain(load->report, TG_ERR_ARGUMENT,
                        "the file has no \"%s\", which is %s %s in the store%s (.partial = true "
                        "leaves such variables as they are)",
                        first->name, tg__dtype_written(first->dtype),
                        tg__shape_seen(shape, first->shape), more);
}

static tg_status allocate_zero(const loading *load, size_t count, size_t size, void **out)
{
    size_t bytes;
    if (!tg__size_mul(count, size, &bytes)) bytes = SIZE_MAX;
    *out = tg__alloc_zero(load->allocator, bytes);
    return *out || bytes == 0 ? TG_OK : tg__complain_memory(load->report, bytes);
}

static tg_status decide_all(loading *load)
{
    void *targets, *found = NULL;
    tg_status status = allocate_zero(load, load->header.count, sizeof *load->targets, &targets);
    load->targets = targets;
    if (status == TG_OK)
        status = allocate_zero(load, load->args->store->count, sizeof *load->found, &found);
    load->found = found;
    for (size_t i = 0; status == TG_OK && i < load->header.count; i++)
        status = decide(load, &load->header.entries[i], &load->targets[i]);
    return status == TG_OK ? check_complete(load) : status;
}

/* ---- The data ----------------------------------------------------------------------- */

/* Reads what nobody wants. */
static tg_status pass_over(tg__source *source, uint64_t size)
{
    unsigned char ignored[4096];
    while (size > 0) {
        size_t got;
        const size_t step = size < sizeof ignored ? (size_t)size : sizeof ignored;
        const tg_status status = tg__source_read(source, ignored, step, &got);
        if (status != TG_OK) return status;
        if (got < step) return TG_OK; /* at the end, which the caller sees */
        size -= got;
    }
    return TG_OK;
}

/* A bool of any other value would be no value at all in C. */
static tg_status check_bools(tg__report *report, const tg__entry *entry, const target *to)
{
    const unsigned char *bytes = to->data.data;
    char seen[TG_TEXT_SEEN];
    for (size_t i = 0; entry->dtype == TG_BOOL && i < to->data.used; i++)
        if (bytes[i] > 1)
            return tg__complain(report, TG_ERR_FORMAT,
                                "the tensor \"%s\": element %zu is a BOOL "
                                "of value %d",
                                tg__text_seen(seen, entry->name, strlen(entry->name)), i, bytes[i]);
    return TG_OK;
}

static tg_status read_data(loading *load)
{
    uint64_t begin = load->source.offset;
    for (size_t i = 0; i < load->header.count; i++) {
        const tg__entry *entry = &load->header.entries[i];
        target *to = &load->targets[i];
        const uint64_t size = entry->end - entry->begin;
        tg_status status = to->fate == PASSED_OVER
                               ? pass_over(&load->source, size)
                               : tg__source_take(&load->source, &to->data, size);
        if (status != TG_OK) return status;
        if (load->source.offset - begin != size)
            return complain_short(load->report, &load->source, "the data");
        begin = load->source.offset;
        status = check_bools(load->report, entry, to);
        if (status != TG_OK) return status;
    }
    unsigned char beyond;
    size_t got;
    const tg_status status = tg__source_read(&load->source, &beyond, 1, &got);
    if (status == TG_OK && got > 0)
        return tg__complain(load->report, TG_ERR_FORMAT,
                            "there is something behind the last tensor, from byte %llu on",
                            (unsigned long long)begin);
    return status;
}

/* ---- Changing the store ------------------------------------------------------------- */

/* Makes the states that the store does not have: all, or none. */
static tg_status make_states(loading *load)
{
    tg_store *store = load->args->store;
    const size_t before = store->count;
    for (size_t i = 0; i < load->header.count; i++) {
        const tg__entry *entry = &load->header.entries[i];
        target *to = &load->targets[i];
        if (to->fate != MADE) continue;
        to->var =
            tg_state_at(load->args->call.at, store, entry->name, entry->dtype, entry->shape, 0);
        if (to->var) continue;
        const tg_status status = tg_store_status(store);
        tg__complain(load->report, status, "a state cannot be made:\n    %s",
                     tg_store_error(store));
        tg_store_clear_error(store);
        tg__store_shrink(store, before);
        return status;
    }
    return TG_OK;
}

/* Nothing here can fail. */
static void take_over(loading *load)
{
    tg_store *store = load->args->store;
    for (size_t i = 0; i < load->header.count; i++) {
        const target *to = &load->targets[i];
        if (to->fate != PASSED_OVER && to->data.used)
            memcpy(to->var->data, to->data.data, to->data.used);
    }
    if (load->whole && load->step_text) store->step = (int64_t)load->step;
    if (load->whole && load->seed_text) store->seed = load->seed;
    store->variables_moved++;
    store->counters_moved++;
}

static tg_status load_file(loading *load)
{
    tg_status status =
        tg__source_open_plain(&load->source, load->report, load->args->io, load->allocator);
    if (status == TG_OK) status = read_header(load);
    if (status == TG_OK) status = read_counters(load);
    if (status == TG_OK) status = decide_all(load);
    if (status == TG_OK) (void)read_data(load);
    status = tg__source_close(&load->source);
    if (status == TG_OK) status = make_states(load);
    if (status == TG_OK) take_over(load);
    return status;
}

static void free_loading(loading *load)
{
    for (size_t i = 0; load->targets && i < load->header.count; i++)
        tg__free(load->allocator, load->targets[i].data.data);
    tg__free(load->allocator, load->targets);
    tg__free(load->allocator, load->found);
    tg__free(load->allocator, load->text.data);
    tg__header_free(load->allocator, &load->header);
}

tg_status tg_load_with(tg_load_args args)
{
    tg__report report = tg__report_new(args.call.at, "tg_load", args.path, args.error);
    if (!args.store) return tg__complain(&report, TG_ERR_ARGUMENT, "the store is NULL");
    if (tg_store_status(args.store) != TG_OK)
        return tg__complain(&report, tg_store_status(args.store),
                            "the store has an error already:\n    %s", tg_store_error(args.store));
    if (!tg__is_little_endian())
        return tg__complain(&report, TG_ERR_UNSUPPORTED, "the format is little-endian");
    loading load = { .report = &report, .args = &args, .allocator = &args.store->allocator };
    load.whole = !args.params_only && !(args.prefix && *args.prefix);
    const tg_status status = load_file(&load);
    free_loading(&load);
    return status;
}

/* load.c: loads a safetensors file into a store, completely or not at all. The file is read once:
 * the header, then the data into new memory. The store is changed only when all of it has been read
 * and checked; after that only steps that can be undone may fail. (To check the file first and read
 * it a second time, directly into the variables, would need no memory, but the file may change in
 * between.) */
#include "io/load.h"

#include <inttypes.h>
#include <string.h>

/* ---- The header --------------------------------------------------------------------- */

static tg_status complain_short(tg__report *report, const tg__source *source, const char *what)
{
    return tg__complain(report, TG_ERR_FORMAT, "cut short: it ends at byte %llu, inside %s",
                        (unsigned long long)source->offset, what);
}

/* Reads a hexadecimal number of that many digits, as tg_save writes it. Characters behind it are
 * ignored. */
static bool read_hex(const char *text, int digits, uint64_t *out)
{
    *out = 0;
    for (int i = 0; i < digits; i++) {
        const char c = text[i];
        const bool decimal = c >= '0' && c <= '9';
        if (!decimal && (c < 'a' || c > 'f')) return false;
        *out = *out << 4 | (uint64_t)(decimal ? c - '0' : c - 'a' + 10);
    }
    return true;
}

static tg_status complain_damaged(tg__report *report, const char *what)
{
    return tg__complain(report, TG_ERR_FORMAT,
                        "the file is damaged: its %s does not have the checksum that tg_save "
                        "wrote (or another program changed it, and kept the old checksum: "
                        ".no_checksum = true loads it all the same)",
                        what);
}

/* Checks the header's checksum before the header is used. [first] is the length that precedes
 * it. */
static tg_status check_header_sum(const tg__loading *load, const unsigned char first[8])
{
    const char *text = load->text.data;
    const size_t size = load->text.used, place = tg__header_sum_place(text, size);
    uint64_t wanted;
    if (!place || load->args->no_checksum) return TG_OK;
    const uint32_t front = tg__sum(0, first, 8), sum = tg__header_sum(front, text, size, place);
    if (read_hex(text + place, TG__SUM_DIGITS, &wanted) && sum == wanted) return TG_OK;
    return complain_damaged(load->report, "header");
}

/* Reads the checksum of the data from the metadata; it is compared after the data is read. */
static tg_status read_data_sum(tg__loading *load, uint64_t version)
{
    const char *text = tg__header_meta(&load->header, TG__META_SUM);
    const bool header = tg__header_meta(&load->header, TG__META_HEADER_SUM);
    if (load->args->no_checksum) return TG_OK;
    if ((version >= TG__FORMAT_VERSION || text || header) &&
        (!text || !header || !read_hex(text, TG__SUM_DIGITS, &load->sum_wanted) ||
         text[TG__SUM_DIGITS]))
        return complain_damaged(load->report, "header");
    load->has_sum = text;
    return TG_OK;
}

tg_status tg__load_header(tg__loading *load)
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
    if (length == 0)
        return tg__complain(load->report, TG_ERR_FORMAT,
                            "it is no safetensors file: its header has a length of 0");
    status = tg__source_take(&load->source, &load->text, length);
    if (status != TG_OK) return status;
    if (load->text.used < length) return complain_short(load->report, &load->source, "the header");
    status = check_header_sum(load, first);
    if (status == TG_OK)
        status = tg__header_read(load->report, load->allocator, load->text.data, load->text.used,
                                 &load->header);
    tg__free(load->allocator, load->text.data);
    load->text = (tg__growing){ .data = NULL };
    return status;
}

/* Reads a decimal number up to [most]; false if there is any other character. */
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

static tg_status read_draw(tg__loading *load, const char *key, const char *count)
{
    char seen[2][TG_TEXT_SEEN];
    tg__draw draw = { .counter = NULL };
    if (!read_hex(key, TG__DRAW_DIGITS, &draw.key) || key[TG__DRAW_DIGITS] ||
        !read_digits(count, INT64_MAX, &draw.count))
        return tg__complain(
            load->report, TG_ERR_FORMAT, "its count of the draws by \"%s\" is none: \"%s\"",
            tg__text_seen(seen[0], key, strlen(key)), tg__text_seen(seen[1], count, strlen(count)));
    if (!tg__grow(load->allocator, &load->draws, &load->draw_capacity, load->draw_count + 1,
                  sizeof *load->draws))
        return tg__complain_memory(load->report, sizeof *load->draws);
    load->draws[load->draw_count++] = draw;
    return TG_OK;
}

static tg_status read_draws(tg__loading *load)
{
    json_t *metadata = json_object_get(load->header.root, TG__METADATA);
    tg_status status = TG_OK;
    for (void *member = json_object_iter(metadata); status == TG_OK && member;
         member = json_object_iter_next(metadata, member)) {
        const char *key = json_object_iter_key(member);
        if (strncmp(key, TG__META_DRAW, strlen(TG__META_DRAW)) == 0)
            status = read_draw(load, key + strlen(TG__META_DRAW),
                               json_string_value(json_object_iter_value(member)));
    }
    return status;
}

static tg_status read_counters(tg__loading *load)
{
    char seen[TG_TEXT_SEEN];
    uint64_t version = 0;
    const char *text = tg__header_meta(&load->header, TG__META_VERSION);
    if (text && (!read_digits(text, INT_MAX, &version) || version < TG__PLAIN_VERSION ||
                 version > TG__FORMAT_VERSION))
        return tg__complain(load->report, TG_ERR_UNSUPPORTED,
                            "it is of version \"%s\" of tg_save's files, and this reads up to %d",
                            tg__text_seen(seen, text, strlen(text)), TG__FORMAT_VERSION);
    if (read_data_sum(load, version) != TG_OK) return load->report->status;
    if (!text) return TG_OK; /* not written by tg_save */
    load->step_text = tg__header_meta(&load->header, TG__META_STEP);
    load->seed_text = tg__header_meta(&load->header, TG__META_SEED);
    if (load->step_text && !read_digits(load->step_text, INT64_MAX, &load->step))
        return tg__complain(load->report, TG_ERR_FORMAT, "its step is no step: \"%s\"",
                            tg__text_seen(seen, load->step_text, strlen(load->step_text)));
    if (load->seed_text && !read_digits(load->seed_text, UINT64_MAX, &load->seed))
        return tg__complain(load->report, TG_ERR_FORMAT, "its seed is no seed: \"%s\"",
                            tg__text_seen(seen, load->seed_text, strlen(load->seed_text)));
    return read_draws(load);
}

/* ---- What becomes of each tensor ---------------------------------------------------- */

/* True if tg_save has marked the tensor as a state. */
static bool is_state(const tg__loading *load, const tg__entry *entry)
{
    char key[sizeof TG__META_STATE + 1001];
    if (strlen(entry->name) > 1000) return false; /* longer than the name of any variable */
    (void)snprintf(key, sizeof key, TG__META_STATE "%s", entry->name);
    return entry->dtype && tg__header_meta(&load->header, key);
}

/* Stores the name of a state that is to be made. */
static tg_status keep_name(const tg__loading *load, const char *name, tg__target *out)
{
    const size_t size = strlen(name) + 1;
    out->name = tg__alloc(load->allocator, size);
    if (!out->name) return tg__complain_memory(load->report, size);
    memcpy(out->name, name, size);
    return TG_OK;
}

/* Checks a tensor that has a variable in the store. */
static tg_status decide_loaded(tg__loading *load, const tg__entry *entry, tg__target *out)
{
    if (load->args->params_only && tg__is_optimizer_state(out->var)) return TG_OK;
    if (load->found[out->var->index])
        return tg__complain(load->report, TG_ERR_ARGUMENT,
                            ".rename gives two tensors of the file the name \"%s\"",
                            out->var->name);
    load->found[out->var->index] = true;
    out->fate = TG__LOADED;
    load->theirs++;
    load->taken++;
    return tg__load_agree(load->report, out->var, entry, load->args->narrow);
}

static tg_status decide(tg__loading *load, const tg__entry *entry, tg__target *out)
{
    const tg_load_args *args = load->args;
    char room[TG_RENAME_ROOM];
    const char *name = entry->name;
    room[0] = 0;
    if (args->rename) name = args->rename(args->rename_context, name, room);
    if (!name || !tg_name_under(name, args->prefix)) return TG_OK;
    out->var = tg_find(args->store, name);
    if (out->var) return decide_loaded(load, entry, out);
    if (is_state(load, entry)) {
        if (args->params_only) return TG_OK;
        out->fate = TG__MADE;
        if (args->rename && keep_name(load, name, out) != TG_OK) return load->report->status;
    } else if (load->counts.unused++ == 0) {
        load->unused = entry;
    }
    load->theirs++;
    load->taken += out->fate != TG__PASSED_OVER;
    return TG_OK;
}

/* Finds the variables that are not in the file. */
static void find_missing(tg__loading *load)
{
    const tg_load_args *args = load->args;
    for (size_t i = 0; i < args->store->count; i++) {
        const tg_var *var = args->store->vars[i];
        if (!tg_name_under(var->name, args->prefix) ||
            (args->params_only && tg__is_optimizer_state(var)))
            continue;
        load->ours++;
        if (!load->found[i] && load->counts.missing++ == 0) load->missing = var;
    }
}

/* Copies a name as far as it fits, without cutting a character, and without control characters. */
static void copy_name(char out[TG_LOAD_NAME], const char *name)
{
    size_t length = strlen(name);
    if (length >= TG_LOAD_NAME) {
        length = TG_LOAD_NAME - 1;
        while (length > 0 && ((unsigned char)name[length] & 0xC0) == 0x80) length--;
    }
    for (size_t i = 0; i < length; i++)
        out[i] = (unsigned char)name[i] < 0x20 || name[i] == 0x7f ? '?' : name[i];
    out[length] = 0;
}

static void write_report(tg__loading *load, tg_load_report *out)
{
    if (load->missing) copy_name(load->counts.first_missing, load->missing->name);
    if (load->unused) copy_name(load->counts.first_unused, load->unused->name);
    *out = load->counts;
}

static tg_status allocate_zero(const tg__loading *load, size_t count, size_t size, void **out)
{
    size_t bytes;
    if (!tg__size_mul(count, size, &bytes)) bytes = SIZE_MAX;
    *out = tg__alloc_zero(load->allocator, bytes);
    return *out || bytes == 0 ? TG_OK : tg__complain_memory(load->report, bytes);
}

static tg_status decide_all(tg__loading *load)
{
    void *targets, *found = NULL;
    tg_status status = allocate_zero(load, load->header.count, sizeof *load->targets, &targets);
    load->targets = targets;
    if (status == TG_OK)
        status = allocate_zero(load, load->args->store->count, sizeof *load->found, &found);
    load->found = found;
    for (size_t i = 0; status == TG_OK && i < load->header.count; i++)
        status = decide(load, &load->header.entries[i], &load->targets[i]);
    if (status != TG_OK) return status;
    find_missing(load);
    return tg__load_check_names(load);
}

/* ---- The data ----------------------------------------------------------------------- */

static tg_status read_bytes(tg__loading *load, void *out, size_t size)
{
    size_t got;
    const tg_status status = tg__source_read(&load->source, out, size, &got);
    if (status != TG_OK) return status;
    if (load->has_sum) load->sum = tg__sum(load->sum, out, got);
    return got == size ? TG_OK : complain_short(load->report, &load->source, "the data");
}

/* Reads bytes that are not needed. */
static tg_status pass_over(tg__loading *load, uint64_t size)
{
    unsigned char ignored[4096];
    tg_status status = TG_OK;
    while (status == TG_OK && size > 0) {
        const size_t step = size < sizeof ignored ? (size_t)size : sizeof ignored;
        status = read_bytes(load, ignored, step);
        size -= step;
    }
    return status;
}

/* Reads a tensor. For TG__LOADED the size is that of the variable. Else it is only stated by the
 * file, so memory is allocated as bytes arrive, in pieces that do not have to be moved. */
static tg_status take(tg__loading *load, tg__target *to, uint64_t size)
{
    enum { PIECE = 1 << 18 }; /* a multiple of every element's size */
    tg__piece **last = &to->data;
    tg_status status = TG_OK;
    while (status == TG_OK && size > 0) {
        const size_t step = to->fate == TG__LOADED || size < PIECE ? (size_t)size : PIECE;
        tg__piece *fresh = tg__alloc(load->allocator, sizeof *fresh + step);
        if (!fresh) return tg__complain_memory(load->report, sizeof *fresh + step);
        fresh->next = NULL;
        fresh->size = step;
        *last = fresh;
        last = &fresh->next;
        status = read_bytes(load, fresh->bytes, step);
        size -= step;
    }
    return status;
}

static tg_status read_data(tg__loading *load)
{
    for (size_t i = 0; i < load->header.count; i++) {
        const tg__entry *entry = &load->header.entries[i];
        tg__target *to = &load->targets[i];
        const uint64_t size = entry->end - entry->begin;
        const tg_status status =
            to->fate == TG__PASSED_OVER ? pass_over(load, size) : take(load, to, size);
        if (status != TG_OK) return status;
    }
    unsigned char beyond;
    size_t got;
    const uint64_t end = load->source.offset;
    const tg_status status = tg__source_read(&load->source, &beyond, 1, &got);
    if (status == TG_OK && got > 0)
        return tg__complain(load->report, TG_ERR_FORMAT,
                            "there is something behind the last tensor, from byte %llu on",
                            (unsigned long long)end);
    return status;
}

/* Checks the data after all of it was read. */
static tg_status check_data(const tg__loading *load)
{
    tg_status status = TG_OK;
    if (load->has_sum && load->sum != load->sum_wanted)
        return complain_damaged(load->report, "data");
    for (size_t i = 0; status == TG_OK && i < load->header.count; i++)
        status = tg__load_check_elements(load->report, &load->header.entries[i], &load->targets[i]);
    return status;
}

/* ---- Changing the store ------------------------------------------------------------- */

/* Makes the states that the store lacks: all of them, or none. */
static tg_status make_states(tg__loading *load)
{
    tg_store *store = load->args->store;
    const size_t before = store->count;
    for (size_t i = 0; i < load->header.count; i++) {
        const tg__entry *entry = &load->header.entries[i];
        tg__target *to = &load->targets[i];
        if (to->fate != TG__MADE) continue;
        to->var = tg_state_at(load->args->at, store, to->name ? to->name : entry->name,
                              entry->dtype, entry->shape, 0);
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

/* Copies everything to the store. Cannot fail. */
static void take_over(tg__loading *load)
{
    tg_store *store = load->args->store;
    for (size_t i = 0; i < load->header.count; i++) {
        const tg__entry *entry = &load->header.entries[i];
        const tg__target *to = &load->targets[i];
        if (to->fate == TG__PASSED_OVER) continue;
        load->counts.loaded++;
        load->counts.made += to->fate == TG__MADE;
        load->counts.converted += tg__load_converts(entry, to->var);
        tg__load_take_over(entry, to);
    }
    if (load->whole && load->step_text) {
        store->step = (int64_t)load->step;
        tg__draws_set(store, load->draws, load->draw_count);
    }
    if (load->whole && load->seed_text) store->seed = load->seed;
    store->variables_moved++;
    store->counters_moved++;
}

static tg_status load_file(tg__loading *load)
{
    tg_status status =
        tg__source_open_plain(&load->source, load->report, load->args->io, load->allocator);
    if (status == TG_OK) status = tg__load_header(load);
    if (status == TG_OK) status = read_counters(load);
    if (status == TG_OK) status = decide_all(load);
    if (status == TG_OK) status = read_data(load);
    if (status == TG_OK) (void)check_data(load);
    status = tg__source_close(&load->source);
    if (status == TG_OK && load->whole &&
        !tg__draws_find(load->args->store, load->draws, load->draw_count))
        status = tg__complain_memory(load->report, sizeof *load->draws);
    if (status == TG_OK) status = make_states(load);
    if (status == TG_OK) take_over(load);
    return status;
}

static void free_loading(tg__loading *load)
{
    for (size_t i = 0; load->targets && i < load->header.count; i++)
        tg__free(load->allocator, load->targets[i].name);
    for (size_t i = 0; load->targets && i < load->header.count; i++)
        for (tg__piece *at = load->targets[i].data, *next; at; at = next) {
            next = at->next;
            tg__free(load->allocator, at);
        }
    tg__free(load->allocator, load->targets);
    tg__free(load->allocator, load->found);
    tg__free(load->allocator, load->draws);
    tg__free(load->allocator, load->text.data);
    tg__header_free(load->allocator, &load->header);
}

tg_status tg_load_with(const tg_load_args *given)
{
    tg_load_args args = { TG_LOAD_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_load")) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, "tg_load", args.path, args.error);
    if (args.report) *args.report = (tg_load_report){ .loaded = 0 };
    if (tg__store_check(&report, args.store) != TG_OK) return report.status;
    tg__loading load = { .report = &report, .args = &args, .allocator = &args.store->allocator };
    load.whole = !args.params_only && !(args.prefix && *args.prefix);
    const tg_status status = load_file(&load);
    if (args.report) write_report(&load, args.report);
    free_loading(&load);
    return status;
}

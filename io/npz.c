/* npz.c: NPZ files: ZIP archives of NPY files. */
#include "io/npy.h"
#include "io/zip.h"

#include <stdlib.h>
#include <string.h>

#define SUFFIX ".npy"
enum { SUFFIX_BYTES = sizeof SUFFIX - 1 };

/* ---- Names ------------------------------------------------------------------------------ */

/* The length of an array's name in the name of a member; 0 if the member is no array. */
static size_t array_name(const tg__zip_entry *entry)
{
    const size_t length = entry->name_length;
    if (length <= SUFFIX_BYTES) return 0;
    const char *end = entry->name + length - SUFFIX_BYTES;
    return memcmp(end, SUFFIX, SUFFIX_BYTES) == 0 ? length - SUFFIX_BYTES : 0;
}

/* The length of a UTF-8 character by its first byte; 0 if no character begins with it. */
static size_t character_bytes(unsigned char first)
{
    if (first < 0x80) return 1;
    if (first < 0xc2) return 0;
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
}

/* False also for overlong forms, surrogates and code points above U+10FFFF. */
static bool is_utf8(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at) {
        const size_t bytes = character_bytes(*at);
        if (bytes == 0 || (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] >= 0xa0) ||
            (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] >= 0x90))
            return false;
        for (size_t i = 1; i < bytes; i++)
            if ((at[i] & 0xc0) != 0x80) return false;
        at += bytes;
    }
    return true;
}

/* ---- Reading one ------------------------------------------------------------------------ */

/* Reads the member, or only its header. */
static tg_status read_member(tg__zip *zip, const tg__zip_entry *entry, bool header_only,
                             tg_npy_report *is, tg_array *out)
{
    tg__zip_member member;
    tg__npy_header header;
    tg__report *report = zip->source.report;
    report->part = entry->name;
    tg_status status = tg__zip_member_begin(&member, zip, entry);
    if (status == TG_OK) {
        tg__source source;
        status = tg__source_open_plain(&source, report, &member.io, zip->source.allocator);
        if (status == TG_OK && header_only) {
            status = tg__npy_header_read(&source, &header);
            *is = header.report;
        } else if (status == TG_OK) {
            status = tg__npy_read(&source, entry->size, is, out);
        }
        status = tg__source_close(&source);
    }
    tg__zip_member_end(&member);
    if (status == TG_OK) report->part = NULL;
    return status;
}

static tg_status complain_missing(tg__report *report, const tg__zip *zip, const char *name)
{
    char seen[TG_TEXT_SEEN], there[TG_TEXT_SEEN];
    size_t arrays = 0, first = 0;
    for (size_t i = zip->count; i-- > 0;) {
        if (array_name(&zip->entries[i]) == 0) continue;
        arrays++;
        first = i;
    }
    (void)tg__text_seen(seen, name, strlen(name));
    if (arrays == 0)
        return tg__complain(report, TG_ERR_ARGUMENT,
                            "there is no array \"%s\": the archive has none at all", seen);
    return tg__complain(
        report, TG_ERR_ARGUMENT,
        "there is no array \"%s\" among the archive's %zu; the first is \"%s\"", seen, arrays,
        tg__text_seen(there, zip->entries[first].name, array_name(&zip->entries[first])));
}

tg_status tg__npz_read_one(tg__report *report, const char *name, const tg_io_layer *io,
                           const tg_allocator *allocator, tg_npy_report *is, tg_array *out)
{
    tg__zip zip;
    const tg__zip_entry *found = NULL;
    tg_status status = tg__zip_open(&zip, report, io, allocator);
    for (size_t i = 0; status == TG_OK && i < zip.count && !found; i++) {
        const tg__zip_entry *entry = &zip.entries[i];
        const size_t length = array_name(entry);
        if (length > 0 && strlen(name) == length && memcmp(entry->name, name, length) == 0)
            found = entry;
    }
    if (status == TG_OK)
        (void)(found ? read_member(&zip, found, false, is, out)
                     : complain_missing(report, &zip, name));
    status = tg__zip_close(&zip);
    if (status != TG_OK) tg_array_free(out);
    return status;
}

/* ---- Reading all ------------------------------------------------------------------------ */

/* Allocates members, reports and names of the archive's arrays, as one block. */
static tg_status make_room(tg__zip *zip, tg_npz *out)
{
    size_t names = 0, count = 0, bytes;
    for (size_t i = 0; i < zip->count; i++) {
        const size_t length = array_name(&zip->entries[i]);
        if (length == 0) continue;
        count++;
        names += length + 1; /* cannot overflow: the names are in memory */
    }
    if (count == 0) return TG_OK;
    const size_t one = sizeof *out->members + sizeof *out->reports;
    if (!tg__size_mul(count, one, &bytes) || !tg__size_add(bytes, names, &bytes)) bytes = SIZE_MAX;
    unsigned char *block = tg__alloc_zero(zip->source.allocator, bytes);
    if (!block) return tg__complain_memory(zip->source.report, bytes);
    out->members = (tg_npz_member *)(void *)block;
    out->reports = (tg_npy_report *)(void *)(block + count * sizeof *out->members);
    out->allocator = *zip->source.allocator;
    char *name = (char *)(block + count * one);
    for (size_t i = 0; i < zip->count; i++) {
        const size_t length = array_name(&zip->entries[i]);
        if (length == 0) continue;
        memcpy(name, zip->entries[i].name, length); /* the block was zeroed: the 0 is there */
        out->members[out->count++].name = name;
        name += length + 1;
    }
    return TG_OK;
}

static tg_status read_members(tg__zip *zip, bool headers_only, tg_npz *out)
{
    tg_status status = make_room(zip, out);
    for (size_t i = 0, k = 0; status == TG_OK && i < zip->count; i++) {
        if (array_name(&zip->entries[i]) == 0) continue;
        status = read_member(zip, &zip->entries[i], headers_only, &out->reports[k],
                             &out->members[k].array);
        k++;
    }
    return status;
}

tg_status tg_read_npz_with(const tg_npz_args *given)
{
    tg_npz_args args = { TG_NPZ_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_read_npz")) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, "tg_read_npz", args.path, args.error);
    tg__zip zip;
    if (!args.out) return tg__complain(&report, TG_ERR_ARGUMENT, "the tg_npz to read into is NULL");
    *args.out = (tg_npz){ .count = 0 };
    tg_status status =
        tg__zip_open(&zip, &report, args.io, tg__allocator_or_default(args.allocator));
    if (status == TG_OK) (void)read_members(&zip, args.headers_only, args.out);
    status = tg__zip_close(&zip);
    if (status != TG_OK) tg_npz_free(args.out);
    return status;
}

tg_array *tg_npz_find(const tg_npz *npz, const char *name)
{
    if (!npz || !name) return NULL;
    for (size_t i = 0; i < npz->count; i++)
        if (npz->members[i].name && strcmp(npz->members[i].name, name) == 0)
            return &npz->members[i].array;
    return NULL;
}

void tg_npz_free(tg_npz *npz)
{
    if (!npz) return;
    if (npz->allocator.free) { /* else the list was made by the program itself */
        for (size_t i = 0; i < npz->count; i++) tg_array_free(&npz->members[i].array);
        tg__free(&npz->allocator, npz->members);
    }
    *npz = (tg_npz){ .count = 0 };
}

/* ---- Writing ---------------------------------------------------------------------------- */

static tg_status check_members(tg__report *report, const tg_npz *npz)
{
    char seen[TG_TEXT_SEEN];
    if (!npz) return tg__complain(report, TG_ERR_ARGUMENT, "the list of arrays is NULL");
    if (npz->count > 0 && !npz->members)
        return tg__complain(report, TG_ERR_ARGUMENT, "the list of %zu arrays has members NULL",
                            npz->count);
    for (size_t i = 0; i < npz->count; i++) {
        const char *name = npz->members[i].name;
        size_t bytes;
        if (!name) return tg__complain(report, TG_ERR_ARGUMENT, "the name of array %zu is NULL", i);
        const size_t length = strlen(name);
        if (length == 0 || length > TG_NPZ_NAME || !is_utf8(name))
            return tg__complain(report, TG_ERR_ARGUMENT,
                                "the name \"%s\" of array %zu is not UTF-8 of 1 to %d bytes",
                                tg__text_seen(seen, name, length), i, TG_NPZ_NAME);
        report->part = name;
        const tg_status status = tg__array_check(report, &npz->members[i].array, &bytes);
        if (status != TG_OK) return status;
        report->part = NULL;
    }
    return TG_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static tg_status check_doubles(tg__report *report, const tg_allocator *allocator, const tg_npz *npz)
{
    char seen[TG_TEXT_SEEN];
    size_t bytes, twice = 0;
    if (npz->count == 0) return TG_OK;
    if (!tg__size_mul(npz->count, sizeof(char *), &bytes)) bytes = SIZE_MAX;
    const char **names = tg__alloc(allocator, bytes);
    if (!names) return tg__complain_memory(report, bytes);
    for (size_t i = 0; i < npz->count; i++) names[i] = npz->members[i].name;
    qsort(names, npz->count, sizeof *names, by_name);
    for (size_t i = 1; i < npz->count && !twice; i++)
        if (strcmp(names[i - 1], names[i]) == 0) twice = i;
    if (twice)
        tg__complain(report, TG_ERR_ARGUMENT, "two arrays have the name \"%s\"",
                     tg__text_seen(seen, names[twice], strlen(names[twice])));
    tg__free(allocator, names);
    return report->status;
}

static tg_status write_member(tg__zipper *zipper, const tg_npz_member *member, bool compress)
{
    char name[TG_NPZ_NAME + SUFFIX_BYTES + 1];
    const size_t length = strlen(member->name) + SUFFIX_BYTES;
    const tg_array *array = &member->array;
    size_t bytes;
    /* A first pass gives checksum and size, which precede the data. */
    tg__packer trial = { .sink = zipper->packer.sink, .packing = TG__NOWHERE };
    (void)snprintf(name, sizeof name, "%s" SUFFIX, member->name);
    tg_status status = tg__array_check(zipper->packer.sink->report, array, &bytes);
    if (status != TG_OK) return status;
    if (compress) trial.taken = TG__NPY_HEADER + (uint64_t)bytes;
    else (void)tg__npy_write(&trial, array, bytes);
    status = tg__zipper_member(zipper, name, length, compress ? TG__DEFLATE : TG__PLAIN,
                               trial.taken, trial.sum);
    if (status == TG_OK) status = tg__npy_write(&zipper->packer, array, bytes);
    return status == TG_OK ? tg__zipper_member_end(zipper) : status;
}

tg_status tg_write_npz_with(const tg_write_npz_args *given)
{
    tg_write_npz_args args = { TG_WRITE_NPZ_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_write_npz")) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, "tg_write_npz", args.path, args.error);
    tg__sink sink;
    tg__zipper zipper;
    const tg_allocator *allocator = tg__allocator_or_default(args.allocator);
    tg_status status = check_members(&report, args.arrays);
    if (status == TG_OK) status = check_doubles(&report, allocator, args.arrays);
    if (status != TG_OK) return status;
    status = tg__sink_open(&sink, &report, args.io, allocator);
    tg__zipper_begin(&zipper, &sink);
    for (size_t i = 0; status == TG_OK && i < args.arrays->count; i++)
        status = write_member(&zipper, &args.arrays->members[i], args.compress);
    if (status == TG_OK) status = tg__zipper_end(&zipper);
    if (status == TG_OK) (void)tg__sink_commit(&sink);
    tg__zipper_close(&zipper);
    return tg__sink_close(&sink);
}

/* zip.c: reads ZIP archives. The directory at the end lists the members, and each member's own
 * header must agree with it. Everything is checked: members must not overlap, sizes and checksums
 * must be right. */
#include "io/zip.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_COMMENT = 65535,
    MOST_VARIABLE = 65535, /* the longest name, and the longest extra field */
    INPUT_BYTES = 1 << 15,
    ALL16 = 0xffff,
};
#define ALL32 UINT32_C(0xffffffff)

static uint16_t u16(const unsigned char *at) { return (uint16_t)(at[0] | at[1] << 8); }
static uint32_t u32(const unsigned char *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}
static uint64_t u64(const unsigned char *at) { return u32(at) | (uint64_t)u32(at + 4) << 32; }

static tg_status complain_damaged(tg__report *report, uint64_t at, const char *what)
{
    return tg__complain(report, TG_ERR_FORMAT, "a damaged ZIP archive: at byte %llu, %s",
                        (unsigned long long)at, what);
}

/* Reads bytes that must be there. */
static tg_status take(tg__source *source, void *out, size_t size)
{
    size_t got;
    const tg_status status = tg__source_read(source, out, size, &got);
    if (status != TG_OK || got == size) return status;
    return complain_damaged(source->report, source->offset, "the file ends too early");
}

/* ---- The end ---------------------------------------------------------------------------- */

typedef struct ending {
    uint64_t at; /* the offset of the end record, where the directory ends */
    uint64_t count, directory, directory_bytes;
} ending;

/* Reports what the file is instead (tg__looks_like). */
static tg_status complain_no_zip(tg__zip *zip)
{
    unsigned char start[16] = { 0 };
    size_t got;
    tg_status status = tg__source_seek(&zip->source, 0);
    if (status == TG_OK) status = tg__source_read(&zip->source, start, sizeof start, &got);
    if (status != TG_OK) return status;
    const char *what = tg__looks_like(start, got);
    if (what && strcmp(what, "a ZIP archive") == 0)
        return tg__complain(zip->source.report, TG_ERR_FORMAT,
                            "a ZIP archive without its end: it was cut short, or something "
                            "follows it");
    if (got == 0) return tg__complain(zip->source.report, TG_ERR_FORMAT, "the file is empty");
    return tg__complain(zip->source.report, TG_ERR_FORMAT, "not a ZIP archive%s%s",
                        what ? ": this looks like " : "", what ? what : "");
}

/* The end record is the last one whose comment ends at the end of the file. */
static const unsigned char *find_end(const unsigned char *tail, size_t size)
{
    if (size < TG__ZIP_END_BYTES) return NULL;
    for (size_t at = size - TG__ZIP_END_BYTES + 1; at-- > 0;)
        if (u32(tail + at) == TG__ZIP_END && u16(tail + at + 20) == size - at - TG__ZIP_END_BYTES)
            return tail + at;
    return NULL;
}

/* True if a field of the old end record has the value of the ZIP64 record, or the value that refers
 * to it. */
static bool agrees(uint64_t old, uint64_t most, uint64_t is) { return old == most || old == is; }

/* Reads the ZIP64 end record, if its locator precedes the old end record. */
static tg_status read_end64(tg__zip *zip, const unsigned char *end, ending *out)
{
    tg__source *source = &zip->source;
    unsigned char locator[TG__ZIP_LOCATOR64_BYTES], record[TG__ZIP_END64_BYTES];
    if (out->at < TG__ZIP_LOCATOR64_BYTES) return TG_OK;
    const uint64_t at = out->at - TG__ZIP_LOCATOR64_BYTES;
    tg_status status = tg__source_seek(source, at);
    if (status == TG_OK) status = take(source, locator, sizeof locator);
    if (status != TG_OK || u32(locator) != TG__ZIP_LOCATOR64) return status;
    const uint64_t place = u64(locator + 8);
    if (u32(locator + 4) != 0 || u32(locator + 16) > 1 || place > at ||
        at - place < TG__ZIP_END64_BYTES)
        return complain_damaged(source->report, at, "the locator of ZIP64 points nowhere");
    status = tg__source_seek(source, place);
    if (status == TG_OK) status = take(source, record, sizeof record);
    if (status != TG_OK) return status;
    if (u32(record) != TG__ZIP_END64 || u64(record + 4) != at - place - 12 ||
        u32(record + 16) != 0 || u32(record + 20) != 0 || u64(record + 24) != u64(record + 32))
        return complain_damaged(source->report, place, "the end of ZIP64 makes no sense");
    *out = (ending){ place, u64(record + 32), u64(record + 48), u64(record + 40) };
    if (agrees(u16(end + 10), ALL16, out->count) && agrees(u32(end + 16), ALL32, out->directory) &&
        agrees(u32(end + 12), ALL32, out->directory_bytes))
        return TG_OK;
    return complain_damaged(source->report, place, "the two ends of the archive contradict");
}

static tg_status read_end(tg__zip *zip, ending *out)
{
    tg__source *source = &zip->source;
    unsigned char copy[TG__ZIP_END_BYTES];
    uint64_t size;
    tg_status status = tg__source_size(source, &size);
    if (status != TG_OK) return status;
    const size_t most = TG__ZIP_END_BYTES + MOST_COMMENT;
    const size_t length = size < most ? (size_t)size : most;
    unsigned char *tail = tg__alloc(source->allocator, most);
    if (!tail) return tg__complain_memory(source->report, most);
    status = tg__source_seek(source, size - length);
    if (status == TG_OK) status = take(source, tail, length);
    const unsigned char *end = status == TG_OK ? find_end(tail, length) : NULL;
    if (end) {
        memcpy(copy, end, sizeof copy);
        out->at = size - length + (uint64_t)(end - tail);
    }
    tg__free(source->allocator, tail);
    if (status != TG_OK) return status;
    if (!end) return complain_no_zip(zip);
    const uint64_t at = out->at;
    *out = (ending){ at, u16(copy + 10), u32(copy + 16), u32(copy + 12) };
    status = read_end64(zip, copy, out);
    if (status != TG_OK) return status;
    if (u16(copy + 4) != u16(copy + 6) || (u16(copy + 4) != 0 && u16(copy + 4) != ALL16) ||
        u16(copy + 8) != u16(copy + 10))
        return tg__complain(source->report, TG_ERR_UNSUPPORTED,
                            "a ZIP archive in several parts: join them first");
    if (out->directory > out->at || out->at - out->directory != out->directory_bytes)
        return complain_damaged(source->report, at,
                                "the directory does not reach to the end, or begins elsewhere");
    if (out->count > out->directory_bytes / TG__ZIP_CENTRAL_BYTES)
        return complain_damaged(source->report, at,
                                "the end announces more members than the directory has room for");
    return TG_OK;
}

/* ---- The directory ---------------------------------------------------------------------- */

/* The ZIP64 numbers are in one extra field: only those that are needed, in this order. */
static tg_status read_extra64(tg__report *report, const unsigned char *extra, size_t size,
                              uint64_t at, uint64_t *numbers[3])
{
    bool needed = false;
    for (int i = 0; i < 3; i++) needed |= *numbers[i] == ALL32;
    while (needed && size >= 4) {
        const size_t length = u16(extra + 2);
        if (length > size - 4)
            return complain_damaged(report, at, "an extra field is longer than all of them");
        if (u16(extra) != TG__ZIP_EXTRA64) {
            extra += 4 + length;
            size -= 4 + length;
            continue;
        }
        size_t used = 0;
        for (int i = 0; i < 3; i++) {
            if (*numbers[i] != ALL32) continue;
            if (used + 8 > length)
                return complain_damaged(report, at, "the field of ZIP64 lacks a number");
            *numbers[i] = u64(extra + 4 + used);
            used += 8;
        }
        return TG_OK;
    }
    return TG_OK; /* the value itself may be the largest */
}

/* Reads one record of the directory. [room] has MOST_VARIABLE bytes. The name is stored as an
 * offset until all names are read. */
static tg_status read_record(tg__zip *zip, const ending *end, unsigned char *room,
                             tg__zip_entry *entry)
{
    tg__source *source = &zip->source;
    unsigned char record[TG__ZIP_CENTRAL_BYTES];
    const uint64_t at = source->offset;
    tg_status status = take(source, record, sizeof record);
    if (status != TG_OK) return status;
    if (u32(record) != TG__ZIP_CENTRAL)
        return complain_damaged(source->report, at, "the directory has no record");
    const size_t name = u16(record + 28), extra = u16(record + 30), comment = u16(record + 32);
    const uint64_t left = end->at - at;
    if (left < sizeof record || name + extra + comment > left - sizeof record)
        return complain_damaged(source->report, at, "the record reaches beyond the directory");
    if (name == 0) return complain_damaged(source->report, at, "the member has no name");
    if (!tg__reserve(source->allocator, &zip->names, name + 1, SIZE_MAX))
        return tg__complain_memory(source->report, zip->names.used + name + 1);
    char *text = (char *)zip->names.data + zip->names.used;
    status = take(source, text, name);
    if (status == TG_OK) status = take(source, room, extra);
    if (status != TG_OK) return status;
    if (memchr(text, 0, name))
        return complain_damaged(source->report, at, "the member's name has a zero byte");
    text[name] = 0;
    zip->names.used += name + 1;
    *entry = (tg__zip_entry){ .name_length = name,
                              .packed = u32(record + 20),
                              .size = u32(record + 24),
                              .offset = u32(record + 42),
                              .sum = u32(record + 16),
                              .flags = u16(record + 8),
                              .method = u16(record + 10) };
    status = read_extra64(source->report, room, extra, at,
                          (uint64_t *[]){ &entry->size, &entry->packed, &entry->offset });
    return status == TG_OK ? take(source, room, comment) : status;
}

static int by_offset(const void *a, const void *b)
{
    const tg__zip_entry *left = *(tg__zip_entry *const *)a, *right = *(tg__zip_entry *const *)b;
    return (left->offset > right->offset) - (left->offset < right->offset);
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(tg__zip_entry *const *)a)->name, (*(tg__zip_entry *const *)b)->name);
}

/* Checks that members do not overlap and names are unique. [sorted] has room for all entries. */
static tg_status check_entries(tg__zip *zip, const ending *end, tg__zip_entry **sorted)
{
    char seen[TG_TEXT_SEEN];
    tg__report *report = zip->source.report;
    for (size_t i = 0; i < zip->count; i++) sorted[i] = &zip->entries[i];
    qsort(sorted, zip->count, sizeof *sorted, by_offset);
    for (size_t i = 0; i < zip->count; i++) {
        tg__zip_entry *entry = sorted[i];
        entry->limit = i + 1 < zip->count ? sorted[i + 1]->offset : end->directory;
        const uint64_t header = TG__ZIP_LOCAL_BYTES + entry->name_length;
        if (entry->limit > end->directory || entry->offset > entry->limit ||
            entry->limit - entry->offset < header ||
            entry->limit - entry->offset - header < entry->packed)
            return tg__complain(report, TG_ERR_FORMAT,
                                "a damaged ZIP archive: the member \"%s\" reaches into what "
                                "follows it",
                                tg__text_seen(seen, entry->name, entry->name_length));
    }
    qsort(sorted, zip->count, sizeof *sorted, by_name);
    for (size_t i = 1; i < zip->count; i++)
        if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0)
            return tg__complain(report, TG_ERR_FORMAT,
                                "the ZIP archive has two members of the name \"%s\"",
                                tg__text_seen(seen, sorted[i]->name, sorted[i]->name_length));
    return TG_OK;
}

static tg_status read_records(tg__zip *zip, const ending *end, unsigned char *room)
{
    tg__growing entries = { NULL, 0, 0 };
    tg__source *source = &zip->source;
    tg_status status = tg__source_seek(source, end->directory);
    for (uint64_t i = 0; status == TG_OK && i < end->count; i++) {
        if (!tg__reserve(source->allocator, &entries, sizeof(tg__zip_entry), SIZE_MAX))
            status = tg__complain_memory(source->report, entries.used + sizeof(tg__zip_entry));
        zip->entries = entries.data;
        if (status != TG_OK) break;
        status = read_record(zip, end, room, &zip->entries[zip->count]);
        entries.used += sizeof(tg__zip_entry);
        zip->count += status == TG_OK;
    }
    if (status == TG_OK && source->offset != end->at)
        return complain_damaged(source->report, source->offset,
                                "the directory goes on behind its last record");
    const char *name = zip->names.data;
    for (size_t i = 0; i < zip->count; i++) {
        zip->entries[i].name = name;
        name += zip->entries[i].name_length + 1;
    }
    return status;
}

static tg_status read_directory(tg__zip *zip, const ending *end)
{
    tg__source *source = &zip->source;
    unsigned char *room = tg__alloc(source->allocator, MOST_VARIABLE);
    if (!room) return tg__complain_memory(source->report, MOST_VARIABLE);
    tg_status status = read_records(zip, end, room);
    tg__free(source->allocator, room);
    if (status != TG_OK || zip->count == 0) return status;
    /* Cannot overflow: the entries themselves are larger. */
    tg__zip_entry **sorted = tg__alloc(source->allocator, zip->count * sizeof *sorted);
    if (!sorted) return tg__complain_memory(source->report, zip->count * sizeof *sorted);
    status = check_entries(zip, end, sorted);
    tg__free(source->allocator, sorted);
    return status;
}

tg_status tg__zip_open(tg__zip *zip, tg__report *report, const tg_io_layer *io,
                       const tg_allocator *allocator)
{
    ending end = { .at = 0 };
    *zip = (tg__zip){ .entries = NULL };
    tg_status status = tg__source_open_plain(&zip->source, report, io, allocator);
    if (status == TG_OK) status = read_end(zip, &end);
    return status == TG_OK ? read_directory(zip, &end) : status;
}

tg_status tg__zip_close(tg__zip *zip)
{
    tg__free(zip->source.allocator, zip->entries);
    tg__free(zip->source.allocator, zip->names.data);
    zip->entries = NULL;
    zip->names = (tg__growing){ NULL, 0, 0 };
    return tg__source_close(&zip->source);
}

/* ---- A member --------------------------------------------------------------------------- */

static tg_status complain_member(const tg__zip_member *member, const char *what)
{
    return tg__complain(member->zip->source.report, TG_ERR_FORMAT, "damaged in its ZIP archive: %s",
                        what);
}

/* Reports an error unless the member's header agrees with the directory. */
static tg_status check_local(tg__zip_member *member, const unsigned char *local)
{
    const tg__zip_entry *entry = member->entry;
    tg__source *source = &member->zip->source;
    char name[64];
    const uint64_t data = (uint64_t)TG__ZIP_LOCAL_BYTES + u16(local + 26) + u16(local + 28);
    const bool described = u16(local + 6) & TG__ZIP_DESCRIBED;
    const uint32_t packed = u32(local + 18), size = u32(local + 22);
    if (u32(local) != TG__ZIP_LOCAL) return complain_member(member, "it has no header");
    bool same = u16(local + 8) == entry->method && u16(local + 26) == entry->name_length;
    if (!described)
        same = same && u32(local + 14) == entry->sum && agrees(packed, ALL32, entry->packed) &&
               agrees(size, ALL32, entry->size);
    for (size_t done = 0, step; same && done < entry->name_length; done += step) {
        step = entry->name_length - done < sizeof name ? entry->name_length - done : sizeof name;
        const tg_status status = take(source, name, step);
        if (status != TG_OK) return status;
        same = memcmp(name, entry->name + done, step) == 0;
    }
    if (!same) return complain_member(member, "its header and the directory contradict");
    if (data > entry->limit - entry->offset || entry->packed > entry->limit - entry->offset - data)
        return complain_member(member, "its data reaches into what follows");
    return tg__source_seek(source, entry->offset + data);
}

static tg_status check_method(const tg__zip_member *member)
{
    const tg__zip_entry *entry = member->entry;
    tg__report *report = member->zip->source.report;
    if (entry->flags & TG__ZIP_ENCRYPTED)
        return tg__complain(report, TG_ERR_UNSUPPORTED, "it is encrypted");
    if (entry->method != TG__ZIP_STORED && entry->method != TG__ZIP_DEFLATED)
        return tg__complain(report, TG_ERR_UNSUPPORTED,
                            "it is compressed by method %d; stored (0) and deflated (8) are read",
                            entry->method);
    if (entry->method == TG__ZIP_STORED && entry->packed != entry->size)
        return complain_member(member, "it is stored, and its two sizes differ");
    return TG_OK;
}

static tg_status start_inflating(tg__zip_member *member)
{
    const tg_allocator *allocator = member->zip->source.allocator;
    tg__report *report = member->zip->source.report;
    member->input = tg__alloc(allocator, INPUT_BYTES);
    if (!member->input) return tg__complain_memory(report, INPUT_BYTES);
    tg__z_memory(&member->z, allocator);
    if (inflateInit2(&member->z, -15) != Z_OK) /* 15 bits of window, raw deflate */
        return tg__complain(report, TG_ERR_MEMORY, "out of memory for decompression");
    member->inflating = true;
    return TG_OK;
}

/* Gives inflate more of the member's bytes, if it has used all it had. */
static tg_status feed(tg__zip_member *member)
{
    const uint64_t left = member->entry->packed - member->taken;
    if (member->z.avail_in > 0 || left == 0) return TG_OK;
    const size_t step = left < INPUT_BYTES ? (size_t)left : INPUT_BYTES;
    const tg_status status = take(&member->zip->source, member->input, step);
    member->taken += step;
    member->z.next_in = member->input;
    member->z.avail_in = (uInt)step;
    return status;
}

/* Inflates until [out] is full or the data ends. */
static tg_status inflate_some(tg__zip_member *member, unsigned char *out, size_t size, size_t *got)
{
    z_stream *z = &member->z;
    *got = 0;
    while (*got < size && !member->ended) {
        const tg_status status = feed(member);
        if (status != TG_OK) return status;
        const size_t room = size - *got < UINT_MAX ? size - *got : UINT_MAX;
        const bool starved = z->avail_in == 0;
        z->next_out = out + *got;
        z->avail_out = (uInt)room;
        const int result = inflate(z, Z_NO_FLUSH);
        const size_t made = room - z->avail_out;
        *got += made;
        member->ended = result == Z_STREAM_END;
        if (result == Z_MEM_ERROR)
            return tg__complain(member->zip->source.report, TG_ERR_MEMORY,
                                "out of memory for decompression");
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
            return complain_member(member, z->msg ? z->msg : "no deflated data");
        if (starved && made == 0 && !member->ended)
            return complain_member(member, "its deflated data does not end");
    }
    return TG_OK;
}

/* Checks size and checksum after all was read. */
static tg_status check_end(tg__zip_member *member)
{
    unsigned char more;
    size_t got = 0;
    member->checked = true;
    if (member->inflating) {
        const tg_status status = inflate_some(member, &more, 1, &got);
        if (status != TG_OK) return status;
        if (got > 0) return complain_member(member, "it has more bytes than the directory says");
        if (member->z.avail_in > 0 || member->taken < member->entry->packed)
            return complain_member(member, "something follows its deflated data");
    }
    if (member->sum != member->entry->sum)
        return complain_member(member, "its checksum (CRC) does not match the data");
    return TG_OK;
}

static tg_status read_some(tg__zip_member *member, unsigned char *out, size_t size, size_t *got)
{
    const uint64_t left = member->entry->size - member->given;
    *got = 0;
    if (left == 0) return member->checked ? TG_OK : check_end(member);
    const size_t step = left < size ? (size_t)left : size;
    tg_status status;
    if (member->inflating) {
        status = inflate_some(member, out, step, got);
        if (status == TG_OK && *got < step)
            return complain_member(member, "it has fewer bytes than the directory says");
    } else {
        status = take(&member->zip->source, out, step);
        *got = status == TG_OK ? step : 0;
    }
    member->given += *got;
    member->sum = tg__sum(member->sum, out, *got);
    return status;
}

static int member_open(void *context, const char *path, void **file)
{
    (void)path;
    *file = context;
    return 0;
}

static int64_t member_read(void *context, void *file, void *buffer, size_t size)
{
    size_t got;
    (void)file;
    return read_some(context, buffer, size, &got) == TG_OK ? (int64_t)got : -EIO;
}

static int member_close(void *context, void *file)
{
    (void)context;
    (void)file;
    return 0;
}

tg_status tg__zip_member_begin(tg__zip_member *member, tg__zip *zip, const tg__zip_entry *entry)
{
    unsigned char local[TG__ZIP_LOCAL_BYTES];
    *member = (tg__zip_member){ .zip = zip, .entry = entry };
    member->io = (tg_io_layer){
        .open = member_open, .read = member_read, .close = member_close, .context = member
    };
    tg_status status = check_method(member);
    if (status == TG_OK) status = tg__source_seek(&zip->source, entry->offset);
    if (status == TG_OK) status = take(&zip->source, local, sizeof local);
    if (status == TG_OK) status = check_local(member, local);
    if (status == TG_OK && entry->method == TG__ZIP_DEFLATED) status = start_inflating(member);
    return status;
}

void tg__zip_member_end(tg__zip_member *member)
{
    if (member->inflating) (void)inflateEnd(&member->z);
    tg__free(member->zip->source.allocator, member->input);
    member->inflating = false;
    member->input = NULL;
}

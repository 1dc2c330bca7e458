/* numpy_files.h: NPY and ZIP files built by hand, byte by byte and wrong where a test wants it, for
 * the tests of tg_numpy.h. */
#ifndef TG_TESTS_NUMPY_FILES_H
#define TG_TESTS_NUMPY_FILES_H

#include "io_files.h"

#include "tg_numpy.h"

/* ---- Growing bytes ---------------------------------------------------------------------- */

static inline void add_bytes(bytes *to, const void *data, size_t size)
{
    bytes more = { (unsigned char *)(uintptr_t)data, size };
    bytes both = bytes_join(*to, more);
    free(to->data);
    *to = both;
}

/* Little-endian. */
static inline void add_number(bytes *to, int size, uint64_t number)
{
    unsigned char text[8];
    for (int i = 0; i < size; i++) text[i] = (unsigned char)(number >> 8 * i);
    add_bytes(to, text, (size_t)size);
}

/* ---- NPY -------------------------------------------------------------------------------- */

/* An NPY file of that version with that text as its header, as long as it is, and that data. */
static inline bytes npy_of(int version, const char *header, bytes data)
{
    bytes file = bytes_of("\x93NUMPY", 6);
    add_number(&file, 2, (uint64_t)version);
    add_number(&file, version == 1 ? 2 : 4, strlen(header));
    add_bytes(&file, header, strlen(header));
    add_bytes(&file, data.data, data.size);
    return file;
}

/* The usual header. */
static inline bytes npy_plain(const char *descr, bool fortran, const char *shape, bytes data)
{
    char header[256];
    (void)snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n",
                   descr, fortran ? "True" : "False", shape);
    return npy_of(1, header, data);
}

/* ---- ZIP -------------------------------------------------------------------------------- */

/* A member, right unless it says otherwise. */
typedef struct zip_part {
    const char *name;
    size_t name_length; /* 0: the string's */
    bytes data;
    int method, flags;
    bool zip64;     /* sizes and place in fields of ZIP64, in both headers */
    bool described; /* sizes and sum stand behind the data */
    /* Faults. */
    uint32_t sum_off;       /* added to the sum */
    int64_t size_off;       /* added to the size, in both headers */
    int64_t packed_off;     /* to the packed size */
    int64_t place_off;      /* to the place in the directory */
    const char *local_name; /* the name in the local header */
    uint32_t local_sum_off;
    int local_method_off;
    bool short_extra; /* the field of ZIP64 has no numbers */
} zip_part;

static inline bytes bytes_deflated(bytes plain)
{
    bytes zipped = bytes_gzip(plain), bare; /* ten bytes of header, eight of trailer */
    bare = bytes_of(zipped.data + 10, zipped.size - 18);
    free(zipped.data);
    return bare;
}

static inline void add_extra64(bytes *to, const zip_part *part, uint64_t size, uint64_t packed,
                               const uint64_t *place)
{
    if (!part->zip64) return;
    add_number(to, 2, 0x7075); /* another field goes before */
    add_number(to, 2, 3);
    add_bytes(to, "abc", 3);
    add_number(to, 2, 1);
    add_number(to, 2, part->short_extra ? 0 : place ? 24 : 16);
    if (part->short_extra) return;
    add_number(to, 8, size);
    add_number(to, 8, packed);
    if (place) add_number(to, 8, *place);
}

enum { EXTRA_BEFORE = 7 };
static inline size_t extra64_size(const zip_part *part, bool place)
{
    return !part->zip64 ? 0 : EXTRA_BEFORE + 4 + (part->short_extra ? 0 : place ? 24 : 16);
}

static inline void zip_add(bytes *file, bytes *directory, const zip_part *part)
{
    const char *name = part->local_name ? part->local_name : part->name;
    const size_t length = part->name_length ? part->name_length : strlen(part->name);
    bytes packed =
        part->method == 8 ? bytes_deflated(part->data) : bytes_of(part->data.data, part->data.size);
    const uint32_t sum = (uint32_t)crc32(0, part->data.data, (uInt)part->data.size) + part->sum_off;
    const uint64_t size = part->data.size + (uint64_t)part->size_off,
                   packed_size = packed.size + (uint64_t)part->packed_off,
                   place = file->size + (uint64_t)part->place_off;
    const uint64_t flags = (uint64_t)part->flags | (part->described ? 8 : 0);
    const bool behind = part->described;
    add_number(file, 4, 0x04034b50);
    add_number(file, 2, 20);
    add_number(file, 2, flags);
    add_number(file, 2, (uint64_t)(part->method + part->local_method_off));
    add_number(file, 4, 0x00210000);
    add_number(file, 4, behind ? 0 : sum + part->local_sum_off);
    add_number(file, 4, part->zip64 ? 0xffffffff : behind ? 0 : packed_size);
    add_number(file, 4, part->zip64 ? 0xffffffff : behind ? 0 : size);
    add_number(file, 2, length);
    add_number(file, 2, extra64_size(part, false));
    add_bytes(file, name, length);
    add_extra64(file, part, size, packed_size, NULL);
    add_bytes(file, packed.data, packed.size);
    if (behind) {
        add_number(file, 4, 0x08074b50);
        add_number(file, 4, sum);
        add_number(file, part->zip64 ? 8 : 4, packed_size);
        add_number(file, part->zip64 ? 8 : 4, size);
    }
    add_number(directory, 4, 0x02014b50);
    add_number(directory, 2, 20);
    add_number(directory, 2, 20);
    add_number(directory, 2, flags);
    add_number(directory, 2, (uint64_t)part->method);
    add_number(directory, 4, 0x00210000);
    add_number(directory, 4, sum);
    add_number(directory, 4, part->zip64 ? 0xffffffff : packed_size);
    add_number(directory, 4, part->zip64 ? 0xffffffff : size);
    add_number(directory, 2, length);
    add_number(directory, 2, extra64_size(part, true));
    add_number(directory, 6, 0);
    add_number(directory, 4, 0);
    add_number(directory, 4, part->zip64 ? 0xffffffff : place);
    add_bytes(directory, part->name, length);
    add_extra64(directory, part, size, packed_size, &place);
    free(packed.data);
}

/* How the archive ends. */
typedef struct zip_tail {
    const char *comment;
    bool zip64;
    int64_t count_off, directory_off, size_off; /* faults: of the numbers in the end, */
    int64_t locator_off;                        /* of the place in the locator */
    int disk;
} zip_tail;

static inline void add_end64(bytes *file, const zip_tail *tail, uint64_t count, uint64_t directory,
                             uint64_t size)
{
    const uint64_t at = file->size + (uint64_t)tail->locator_off;
    add_number(file, 4, 0x06064b50);
    add_number(file, 8, 44);
    add_number(file, 4, 45 | 45 << 16);
    add_number(file, 8, 0);
    add_number(file, 8, count);
    add_number(file, 8, count);
    add_number(file, 8, size);
    add_number(file, 8, directory);
    add_number(file, 4, 0x07064b50);
    add_number(file, 4, 0);
    add_number(file, 8, at);
    add_number(file, 4, 1);
}

static inline bytes zip_of(const zip_part *parts, size_t count, zip_tail tail)
{
    bytes file = bytes_of("", 0), directory = bytes_of("", 0);
    const char *comment = tail.comment ? tail.comment : "";
    for (size_t i = 0; i < count; i++) zip_add(&file, &directory, &parts[i]);
    const uint64_t members = count + (uint64_t)tail.count_off,
                   place = file.size + (uint64_t)tail.directory_off,
                   size = directory.size + (uint64_t)tail.size_off;
    add_bytes(&file, directory.data, directory.size);
    if (tail.zip64) add_end64(&file, &tail, members, place, size);
    add_number(&file, 4, 0x06054b50);
    add_number(&file, 2, (uint64_t)tail.disk);
    add_number(&file, 2, (uint64_t)tail.disk);
    add_number(&file, 2, tail.zip64 ? 0xffff : members);
    add_number(&file, 2, tail.zip64 ? 0xffff : members);
    add_number(&file, 4, tail.zip64 ? 0xffffffff : size);
    add_number(&file, 4, tail.zip64 ? 0xffffffff : place);
    add_number(&file, 2, strlen(comment));
    add_bytes(&file, comment, strlen(comment));
    free(directory.data);
    return file;
}

#endif

/* zip_write.c: writes ZIP archives from front to back. All times are 1980-01-01, the earliest
 * possible, so that equal members give equal archives. */
#include "io/zip.h"

#include <string.h>

enum {
    FIRST_DAY = 1 << 5 | 1, /* January 1, 1980 */
    VERSION = 20,
    VERSION64 = 45, /* the version needed to read them */
    MADE_ON_UNIX = 3 << 8,
};
#define REGULAR_FILE (UINT32_C(0100644) << 16)
#define ALL32        UINT32_C(0xffffffff)
#define ALL16        UINT16_C(0xffff)

/* ---- Records ---------------------------------------------------------------------------- */

/* A record that is appended to; the largest has a few fields of 8 bytes. */
typedef struct record {
    unsigned char bytes[128];
    size_t used;
} record;

static void put(record *r, unsigned size, uint64_t number)
{
    for (unsigned i = 0; i < size; i++) r->bytes[r->used++] = (unsigned char)(number >> 8 * i);
}

/* A number of 32 bits, or the value that refers to the ZIP64 field. */
static void put32(record *r, bool elsewhere, uint64_t number)
{
    put(r, 4, elsewhere ? ALL32 : number);
}

/* True for ASCII; other names need the flag for UTF-8. */
static bool is_ascii(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] >= 0x80) return false;
    return true;
}

static unsigned needed_version(const tg__zipper *z)
{
    return z->big || z->offset > z->most32 ? VERSION64 : VERSION;
}

/* The fields that both headers of a member have. */
static void put_common(record *r, const tg__zipper *z, uint32_t sum, uint64_t packed, uint64_t size,
                       size_t extra)
{
    const bool deflated = z->packer.packing == TG__DEFLATE;
    put(r, 2, needed_version(z));
    put(r, 2,
        (deflated ? TG__ZIP_DESCRIBED : 0u) |
            (is_ascii(z->name, z->name_length) ? 0u : TG__ZIP_UTF8));
    put(r, 2, deflated ? TG__ZIP_DEFLATED : TG__ZIP_STORED);
    put(r, 2, 0); /* midnight */
    put(r, 2, FIRST_DAY);
    put(r, 4, sum);
    put32(r, z->big, packed);
    put32(r, z->big, size);
    put(r, 2, z->name_length);
    put(r, 2, extra);
}

/* ---- Members ---------------------------------------------------------------------------- */

void tg__zipper_begin(tg__zipper *zipper, tg__sink *sink)
{
    *zipper = (tg__zipper){ .packer.sink = sink, .most32 = ALL32 - 1, .most16 = ALL16 - 1 };
}

tg_status tg__zipper_member(tg__zipper *z, const char *name, size_t name_length,
                            tg__packing packing, uint64_t size, uint32_t sum)
{
    record r = { .used = 0 };
    tg__sink *sink = z->packer.sink;
    const bool deflated = packing == TG__DEFLATE;
    z->name = name;
    z->name_length = name_length;
    z->offset = sink->offset;
    /* Deflate makes data that it cannot compress larger by less than this. */
    z->big = size > z->most32 || size + size / 1000 + 1024 > z->most32;
    tg_status status = tg__pack_begin(&z->packer, packing);
    if (status != TG_OK) return status;
    put(&r, 4, TG__ZIP_LOCAL);
    put_common(&r, z, deflated ? 0 : sum, deflated ? 0 : size, deflated ? 0 : size,
               z->big ? 20 : 0);
    status = tg__sink_write(sink, r.bytes, r.used);
    if (status == TG_OK) status = tg__sink_write(sink, name, name_length);
    r.used = 0;
    if (z->big) {
        put(&r, 2, TG__ZIP_EXTRA64);
        put(&r, 2, 16);
        put(&r, 8, deflated ? 0 : size);
        put(&r, 8, deflated ? 0 : size);
    }
    if (status == TG_OK) status = tg__sink_write(sink, r.bytes, r.used);
    z->begin = sink->offset;
    return status;
}

/* Adds the member's record to the directory. */
static tg_status add_to_directory(tg__zipper *z, uint64_t packed)
{
    record r = { .used = 0 };
    const tg__sink *sink = z->packer.sink;
    const bool far = z->offset > z->most32;
    const size_t numbers = (z->big ? 16u : 0u) + (far ? 8u : 0u), extra = numbers ? numbers + 4 : 0;
    put(&r, 4, TG__ZIP_CENTRAL);
    put(&r, 2, (unsigned)MADE_ON_UNIX | needed_version(z));
    put_common(&r, z, z->packer.sum, packed, z->packer.taken, extra);
    put(&r, 6, 0); /* no comment, disk 0, not text */
    put(&r, 4, REGULAR_FILE);
    put32(&r, far, z->offset);
    const size_t head = r.used;
    if (extra) put(&r, 2, TG__ZIP_EXTRA64);
    if (extra) put(&r, 2, numbers);
    if (z->big) put(&r, 8, z->packer.taken);
    if (z->big) put(&r, 8, packed);
    if (far) put(&r, 8, z->offset);
    if (!tg__reserve(sink->allocator, &z->directory, r.used + z->name_length, SIZE_MAX))
        return tg__complain_memory(sink->report, z->directory.used + r.used + z->name_length);
    unsigned char *to = (unsigned char *)z->directory.data + z->directory.used;
    memcpy(to, r.bytes, head);
    memcpy(to + head, z->name, z->name_length);
    memcpy(to + head + z->name_length, r.bytes + head, r.used - head);
    z->directory.used += r.used + z->name_length;
    z->count++;
    return TG_OK;
}

tg_status tg__zipper_member_end(tg__zipper *z)
{
    record r = { .used = 0 };
    tg__sink *sink = z->packer.sink;
    tg_status status = tg__pack_end(&z->packer);
    if (status != TG_OK) return status;
    const uint64_t packed = sink->offset - z->begin;
    if (z->packer.packing == TG__DEFLATE) {
        put(&r, 4, TG__ZIP_DESCRIPTOR);
        put(&r, 4, z->packer.sum);
        put(&r, z->big ? 8 : 4, packed);
        put(&r, z->big ? 8 : 4, z->packer.taken);
        status = tg__sink_write(sink, r.bytes, r.used);
    }
    return status == TG_OK ? add_to_directory(z, packed) : status;
}

/* ---- The end ---------------------------------------------------------------------------- */

static void put_end64(record *r, const tg__zipper *z, uint64_t directory)
{
    const uint64_t at = directory + z->directory.used;
    put(r, 4, TG__ZIP_END64);
    put(r, 8, TG__ZIP_END64_BYTES - 12);
    put(r, 2, MADE_ON_UNIX | VERSION64);
    put(r, 2, VERSION64);
    put(r, 8, 0); /* disks */
    put(r, 8, z->count);
    put(r, 8, z->count);
    put(r, 8, z->directory.used);
    put(r, 8, directory);
    put(r, 4, TG__ZIP_LOCATOR64);
    put(r, 4, 0);
    put(r, 8, at);
    put(r, 4, 1);
}

tg_status tg__zipper_end(tg__zipper *z)
{
    record r = { .used = 0 };
    tg__sink *sink = z->packer.sink;
    const uint64_t directory = sink->offset;
    const bool many = z->count > z->most16, far = directory > z->most32,
               large = z->directory.used > z->most32;
    const tg_status status = tg__sink_write(sink, z->directory.data, z->directory.used);
    if (status != TG_OK) return status;
    if (many || far || large) put_end64(&r, z, directory);
    put(&r, 4, TG__ZIP_END);
    put(&r, 4, 0); /* disks */
    put(&r, 2, many ? ALL16 : z->count);
    put(&r, 2, many ? ALL16 : z->count);
    put32(&r, large, z->directory.used);
    put32(&r, far, directory);
    put(&r, 2, 0); /* no comment */
    return tg__sink_write(sink, r.bytes, r.used);
}

void tg__zipper_close(tg__zipper *zipper)
{
    tg__pack_close(&zipper->packer);
    tg__free(zipper->packer.sink->allocator, zipper->directory.data);
    zipper->directory = (tg__growing){ NULL, 0, 0 };
}

/* fuzz_numpy.c: hostile NPY, NPZ and PNG files. As a test: tens of thousands of mutations, always
 * the same, of small files that our own writers made. Built with -DTG_LIBFUZZER it is a libFuzzer
 * target instead, whose first byte selects reader and options.
 *
 * Whatever the bytes, a reader returns arrays that fit their shapes or an error, leaves nothing
 * open or allocated, and takes no more memory than the bytes warrant. */
#define FUZZ_NAME "fuzz_numpy"
#include "fuzz.h"

#include "tests/support/disk.h"

/* ---- One input -------------------------------------------------------------------------- */

static void touch_all(const tg_npz *npz)
{
    for (size_t i = 0; i < npz->count; i++) {
        demand(tg_npz_find(npz, npz->members[i].name) == &npz->members[i].array,
               "names are there once", npz->members[i].name);
        demand(npz->reports[i].type[0] != 0 || npz->reports[i].dtype == 0, "types have names", "");
        (void)touch(&npz->members[i].array);
    }
}

enum { NPY, NPZ, ONE, PNG, READERS };

/* [how]: bits 0 and 1 the reader, then options and the temper of the I/O layer. */
static tg_status try_file(const unsigned char *data, size_t size, unsigned how)
{
    memory_layer layer = layer_of(data, size, how);
    counting_heap heap = { .calls = 0 };
    const tg_io_layer io = memory_io(&layer);
    const tg_allocator allocator = counting_allocator(&heap);
    tg_error error;
    tg_array array = { .data = NULL };
    tg_npz npz = { .count = 0 };
    tg_status status;
    switch (how % READERS) {
    case NPY:
        status = tg_read_npy(&array, "file.0", &error, .io = &io, .allocator = &allocator);
        break;
    case NPZ:
        status = tg_read_npz(&npz, "file.0", &error, .headers_only = (how & 4) != 0, .io = &io,
                             .allocator = &allocator);
        break;
    case ONE:
        status = tg_read_npy(&array, "file.0", &error, .member = how & 4 ? "a" : "b", .io = &io,
                             .allocator = &allocator);
        break;
    default:
        status = tg_read_png(&array, "file.0", &error,
                             .channels = (int64_t[]){ 0, 1, 3, 4 }[how >> 2 & 3],
                             .max_pixels = 1 << 16, .io = &io, .allocator = &allocator);
        break;
    }
    demand_honest(&layer, status, &error);
    if (status == TG_OK) {
        (void)touch(&array);
        touch_all(&npz);
    }
    /* Deflate packs at most 1032 to 1. A picture has as many pixels as it may have, and libpng some
     * lines of the longest. */
    const size_t most =
        how % READERS == PNG ? (size_t)1 << 23 : ((size_t)1 << 19) + 16 * 1032 * size;
    demand(heap.peak <= most, "memory is bounded", error.text);
    tg_array_free(&array);
    tg_npz_free(&npz);
    demand(heap.blocks == 0, "nothing leaks", error.text);
    return status;
}

#ifndef TG_LIBFUZZER

/* ---- Seeds ------------------------------------------------------------------------------ */

enum { SEEDS = 9 };

/* Which reader each is for. */
static const unsigned reader_of[SEEDS] = { NPY, NPY, NPY, NPZ, NPZ, ONE, PNG, PNG, PNG };

static bytes taken(disk *drive)
{
    const disk_file *file = disk_find(drive, "a");
    if (!file) return bytes_of("", 0); /* a picture, without libpng */
    bytes copy = bytes_of(file->data, file->size);
    disk_empty(drive);
    return copy;
}

static void make_seeds(bytes seeds[SEEDS])
{
    static disk drive;
    static float numbers[60];
    static uint8_t small[96];
    const tg_io_layer io = disk_io(&drive);
    for (int i = 0; i < 60; i++) numbers[i] = (float)i / 60;
    for (int i = 0; i < 96; i++) small[i] = (uint8_t)(i * i);
    const tg_array a = tg_array_view(TG_F32, TG_SHAPE(3, 4, 5), numbers),
                   b = tg_array_view(TG_U8, TG_SHAPE(2, 16, 3), small);
    (void)tg_write_npy(&a, "a", NULL, .io = &io);
    seeds[0] = taken(&drive);
    (void)tg_write_npy(&b, "a", NULL, .io = &io);
    seeds[1] = taken(&drive);
    seeds[2] = bytes_gzip(seeds[0]);
    (void)tg_write_npz(TG_NPZ({ "a", a }, { "b", b }), "a", NULL, .io = &io);
    seeds[3] = taken(&drive);
    (void)tg_write_npz(TG_NPZ({ "a", a }, { "b", b }), "a", NULL, .compress = true, .io = &io);
    seeds[4] = taken(&drive);
    seeds[5] = bytes_of(seeds[4].data, seeds[4].size);
    (void)tg_write_png(&b, "a", NULL, .io = &io);
    seeds[6] = taken(&drive);
    const tg_array grey = tg_array_view(TG_F32, TG_SHAPE(6, 10), numbers),
                   clear = tg_array_view(TG_U8, TG_SHAPE(4, 6, 4), small);
    (void)tg_write_png(&grey, "a", NULL, .level = 0, .io = &io);
    seeds[7] = taken(&drive);
    (void)tg_write_png(&clear, "a", NULL, .io = &io);
    seeds[8] = taken(&drive);
}

/* Makes the sums of a picture's chunks right, so that what is in them is looked at. */
static void mend_chunks(unsigned char *file, size_t length)
{
    size_t at = 8;
    while (at + 12 <= length) {
        const size_t size = (size_t)file[at] << 24 | (size_t)file[at + 1] << 16 |
                            (size_t)file[at + 2] << 8 | file[at + 3];
        if (size > length - at - 12) return;
        const uLong sum = crc32(0, file + at + 4, (uInt)size + 4);
        for (int i = 0; i < 4; i++)
            file[at + 8 + size + (size_t)i] = (unsigned char)(sum >> (24 - 8 * i));
        at += size + 12;
    }
}

/* clang-format off */
static const char *const pieces[] = {
    "\xff\xff\xff\xff", "\x7f\xff\xff\xff", "\xff\xff", "\x80", "", "\x01", "PK\x01\x02", "PK\x03\x04", "PK\x05\x06", "PK\x06\x06", "PK\x06\x07",
    "PK\x07\x08", "\x01\0\x18", ".npy", "a.npy", "\x93NUMPY", "{ 'descr': ", "'|O'", "'>i2'", "'<f2'", "'<u8'", "'|b1'", "True", "False", "(", ")", ",",
    "9223372036854775807", "99999999999999999999", "0", "'shape': ", "'fortran_order': True", "[('a', '<f4')]", "IHDR", "PLTE", "tRNS", "IDAT", "IEND",
    "zTXt", "\x08", "\x10", "\x06", "\x03",
};
/* clang-format on */
enum { PIECES = sizeof pieces / sizeof *pieces };

int main(void)
{
    bytes seeds[SEEDS];
    int64_t accepted[READERS] = { 0 }, refused = 0;
    make_seeds(seeds);
    const bool pictures = seeds[SEEDS - 1].size > 0;
    for (int64_t i = 0; i < scaled(60000); i++) {
        unsigned char file[LARGEST];
        const size_t kind = draw(SEEDS);
        const bytes *seed = &seeds[kind];
        size_t length = seed->size;
        if (length) memcpy(file, seed->data, length);
        /* Mostly the reader that the seed is for. */
        unsigned how = (unsigned)draw(256);
        if (draw(16)) how = (how & ~3u) | reader_of[kind];
        for (size_t left = draw(5); left > 0; left--) length = mutate(file, length, pieces, PIECES);
        if (reader_of[kind] == PNG && draw(4)) mend_chunks(file, length);
        /* An exact copy, so that a sanitizer sees a read beyond the end. */
        bytes exact = bytes_of(file, length);
        const tg_status status = pictures || how % READERS != PNG
                                     ? try_file(exact.data, length, how)
                                     : TG_ERR_UNSUPPORTED;
        *(status == TG_OK ? &accepted[how % READERS] : &refused) += 1;
        free(exact.data);
    }
    for (int i = 0; i < SEEDS; i++) free(seeds[i].data);
    printf("fuzz_numpy: %lld arrays, %lld archives, %lld of their members and %lld pictures "
           "accepted, %lld refused\n",
           (long long)accepted[NPY], (long long)accepted[NPZ], (long long)accepted[ONE],
           (long long)accepted[PNG], (long long)refused);
    for (int reader = 0; reader < READERS; reader++)
        demand(accepted[reader] > 0 || (reader == PNG && !pictures), "all kinds were tried", "");
    demand(refused > 0, "bad files were tried", "");
    return EXIT_SUCCESS;
}

#endif

/* idx.c: IDX files. The header is checked before anything is allocated, and memory grows
 * with the data that arrives, up to what the header announces, so a header that lies costs
 * nothing. */
#include "io/io.h"

#include <string.h>

enum { FIRST_BYTES = 1 << 16, DIMENSION_BYTES = 4 };

static uint32_t big_endian_32(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static tg_status complain_magic(tg__source *source, const unsigned char magic[4])
{
    const char *what = tg__looks_like(magic, 4);
    bool text = true;
    for (int i = 0; i < 4; i++)
        text = text && ((magic[i] >= 0x20 && magic[i] < 0x7f) || (magic[i] >= 9 && magic[i] <= 13));
    if (!what && text) what = "text, CSV perhaps";
    if (what)
        return tg__complain(source->report, TG_ERR_FORMAT, "not an IDX file: this looks like %s%s",
                            what, source->gzip ? " inside gzip" : "");
    return tg__complain(source->report, TG_ERR_FORMAT,
                        "not an IDX file: it begins with %02x %02x %02x %02x, not with 00 00, a "
                        "type code and a rank",
                        magic[0], magic[1], magic[2], magic[3]);
}

static tg_status dtype_of_code(tg__report *report, unsigned char code, tg_dtype *dtype)
{
    switch (code) {
    case 0x08: *dtype = TG_U8; return TG_OK;
    case 0x0C: *dtype = TG_I32; return TG_OK;
    case 0x0D: *dtype = TG_F32; return TG_OK;
    case 0x0E: *dtype = TG_F64; return TG_OK;
    case 0x09:
    case 0x0B:
        return tg__complain(report, TG_ERR_UNSUPPORTED,
                            "IDX type 0x%02x (%s) has no dtype here; write the file as int (0x0c) "
                            "or float (0x0d)",
                            code, code == 0x09 ? "signed byte" : "short");
    default:
        return tg__complain(
            report, TG_ERR_FORMAT,
            "IDX type 0x%02x at byte 2 is unknown; known are 08 (unsigned byte), 0c "
            "(int), 0d (float), 0e (double)",
            code);
    }
}

static tg_status complain_short(tg__source *source)
{
    if (source->offset == 0)
        return tg__complain(source->report, TG_ERR_FORMAT, "the file is empty");
    return tg__complain(source->report, TG_ERR_FORMAT,
                        "cut short: it ends after %llu bytes, inside the IDX header",
                        (unsigned long long)source->offset);
}

static tg_status read_header(tg__source *source, tg_dtype *dtype, tg_shape *shape)
{
    unsigned char magic[4], dims[DIMENSION_BYTES * TG_MAX_RANK];
    size_t got;
    tg_status status = tg__source_read(source, magic, sizeof magic, &got);
    if (status != TG_OK) return status;
    if (got < sizeof magic) return complain_short(source);
    if (magic[0] != 0 || magic[1] != 0) return complain_magic(source, magic);
    status = dtype_of_code(source->report, magic[2], dtype);
    if (status != TG_OK) return status;
    const int rank = magic[3];
    if (rank < 1 || rank > TG_MAX_RANK)
        return tg__complain(source->report, TG_ERR_FORMAT,
                            "the IDX header has rank %d at byte 3; it must be 1 to %d", rank,
                            TG_MAX_RANK);
    const size_t bytes = (size_t)rank * DIMENSION_BYTES;
    status = tg__source_read(source, dims, bytes, &got);
    if (status != TG_OK) return status;
    if (got < bytes) return complain_short(source);
    *shape = (tg_shape){ .rank = rank };
    for (int i = 0; i < rank; i++) shape->dim[i] = big_endian_32(dims + i * DIMENSION_BYTES);
    return TG_OK;
}

/* The bytes that the header announces. */
static tg_status announced_bytes(tg__report *report, tg_dtype dtype, tg_shape shape, size_t *bytes)
{
    char text[TG_SHAPE_SEEN];
    if (tg__array_bytes(dtype, shape, bytes)) return TG_OK;
    return tg__complain(report, TG_ERR_FORMAT,
                        "the IDX header announces %s elements, more than any memory holds",
                        tg__shape_seen(text, shape));
}

static tg_status read_elements(tg__source *source, tg_dtype dtype, tg_shape shape, size_t bytes,
                               tg__growing *memory)
{
    char text[TG_SHAPE_SEEN];
    size_t got = 1;
    while (memory->used < bytes && got > 0) {
        if (memory->used == memory->capacity) {
            const size_t left = bytes - memory->used;
            if (!tg__reserve(source->allocator, memory, left < FIRST_BYTES ? left : FIRST_BYTES,
                             bytes))
                return tg__complain_memory(source->report, memory->used + FIRST_BYTES);
        }
        const tg_status status =
            tg__source_read(source, (unsigned char *)memory->data + memory->used,
                            memory->capacity - memory->used, &got);
        if (status != TG_OK) return status;
        memory->used += got;
    }
    if (memory->used < bytes)
        return tg__complain(
            source->report, TG_ERR_FORMAT,
            "cut short: the IDX header announces %s %s, which is %zu bytes of data; "
            "there are %zu",
            tg__shape_seen(text, shape), tg_dtype_name(dtype), bytes, memory->used);
    unsigned char extra;
    const tg_status status = tg__source_read(source, &extra, 1, &got);
    if (status != TG_OK) return status;
    if (got > 0)
        return tg__complain(source->report, TG_ERR_FORMAT,
                            "more bytes follow the %s %s that the IDX header announces, from byte "
                            "%llu on%s",
                            tg__shape_seen(text, shape), tg_dtype_name(dtype),
                            (unsigned long long)source->offset - 1,
                            source->gzip ? " of the decompressed data" : "");
    return TG_OK;
}

/* Elements of 4 or 8 bytes, from the file's byte order to the machine's. */
static void to_native(unsigned char *data, size_t bytes, size_t size)
{
    if (size == 4) {
        for (size_t i = 0; i < bytes; i += 4) {
            const uint32_t value = big_endian_32(data + i);
            memcpy(data + i, &value, sizeof value);
        }
    } else if (size == 8) {
        for (size_t i = 0; i < bytes; i += 8) {
            const uint64_t value =
                (uint64_t)big_endian_32(data + i) << 32 | big_endian_32(data + i + 4);
            memcpy(data + i, &value, sizeof value);
        }
    }
}

tg_status tg__idx_load(tg__report *report, const tg_io_layer *io, const tg_allocator *allocator,
                       tg_array *out)
{
    tg__source source;
    tg__growing memory = { NULL, 0, 0 };
    tg_dtype dtype = TG_DTYPE_DEFAULT;
    tg_shape shape = { .rank = 0 };
    size_t bytes = 0;
    *out = (tg_array){ .dtype = TG_DTYPE_DEFAULT };
    tg_status status = tg__source_open(&source, report, io, allocator);
    if (status == TG_OK) status = read_header(&source, &dtype, &shape);
    if (status == TG_OK) status = announced_bytes(report, dtype, shape, &bytes);
    if (status == TG_OK) status = read_elements(&source, dtype, shape, bytes, &memory);
    if (tg__source_close(&source) != TG_OK) {
        tg__free(allocator, memory.data);
        return report->status;
    }
    to_native(memory.data, bytes, tg_dtype_size(dtype));
    *out = (tg_array){ dtype, shape, memory.data, *allocator };
    return TG_OK;
}

tg_status tg_read_idx_with(const tg_idx_args *given)
{
    tg_idx_args args = { TG_IDX_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_read_idx")) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, "tg_read_idx", args.path, args.error);
    if (!args.out) return tg__complain(&report, TG_ERR_ARGUMENT, "the array to read into is NULL");
    return tg__idx_load(&report, args.io, tg__allocator_or_default(args.allocator), args.out);
}

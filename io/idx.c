/* idx.c: reads and writes IDX files. The header is checked before anything is allocated, and memory
 * grows with the data that arrives. So a wrong header cannot cause a large allocation. */
#include "io/elements.h"

#include <string.h>

enum { DIMENSION_BYTES = 4 };

/* The element types: their codes, and the dtypes that are written with them. */
static const struct type {
    unsigned char code;
    tg__element element;
} types[] = {
    { 0x08, { TG__UNSIGNED, 1, true } }, { 0x09, { TG__SIGNED, 1, true } },
    { 0x0B, { TG__SIGNED, 2, true } },   { 0x0C, { TG__SIGNED, 4, true } },
    { 0x0D, { TG__FLOAT, 4, true } },    { 0x0E, { TG__FLOAT, 8, true } },
};
enum { TYPES = sizeof types / sizeof *types };

/* ---- Reading ---------------------------------------------------------------------------- */

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

static tg_status element_of_code(tg__report *report, unsigned char code, tg__element *element)
{
    for (int i = 0; i < TYPES; i++) {
        if (types[i].code != code) continue;
        *element = types[i].element;
        return TG_OK;
    }
    return tg__complain(report, TG_ERR_FORMAT,
                        "IDX type 0x%02x at byte 2 is unknown; known are 08 (unsigned byte), 09 "
                        "(signed byte), 0b (short), 0c (int), 0d (float), 0e (double)",
                        code);
}

static tg_status complain_short(tg__source *source)
{
    if (source->offset == 0)
        return tg__complain(source->report, TG_ERR_FORMAT, "the file is empty");
    return tg__complain(source->report, TG_ERR_FORMAT,
                        "cut short: it ends after %llu bytes, inside the IDX header",
                        (unsigned long long)source->offset);
}

static tg_status read_header(tg__source *source, tg__announced *array)
{
    unsigned char magic[4], dims[DIMENSION_BYTES * TG_MAX_RANK];
    size_t got;
    tg_status status = tg__source_read(source, magic, sizeof magic, &got);
    if (status != TG_OK) return status;
    if (got < sizeof magic) return complain_short(source);
    if (magic[0] != 0 || magic[1] != 0) return complain_magic(source, magic);
    status = element_of_code(source->report, magic[2], &array->element);
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
    array->shape = (tg_shape){ .rank = rank };
    for (int i = 0; i < rank; i++) array->shape.dim[i] = big_endian_32(dims + i * DIMENSION_BYTES);
    return TG_OK;
}

tg_status tg__idx_load(tg__report *report, const tg_io_layer *io, const tg_allocator *allocator,
                       tg_array *out)
{
    tg__source source;
    tg__announced array = { .format = "IDX" };
    *out = (tg_array){ .dtype = TG_DTYPE_DEFAULT };
    tg_status status = tg__source_open(&source, report, io, allocator);
    if (status == TG_OK) status = read_header(&source, &array);
    if (status == TG_OK) (void)tg__source_array(&source, &array, out);
    status = tg__source_close(&source);
    if (status != TG_OK) tg_array_free(out);
    return status;
}

tg_status tg_read_idx_with(const tg_idx_args *given)
{
    tg_idx_args args = { TG_IDX_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_read_idx")) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, "tg_read_idx", args.path, args.error);
    if (!args.out) return tg__complain(&report, TG_ERR_ARGUMENT, "the array to read into is NULL");
    return tg__idx_load(&report, args.io, tg__allocator_or_default(args.allocator), args.out);
}

/* ---- Writing ---------------------------------------------------------------------------- */

/* The code with which a dtype is written; 0 if there is none. */
static unsigned char code_of_dtype(tg_dtype dtype)
{
    for (int i = 0; i < TYPES; i++)
        if (tg__element_is_own(types[i].element) && tg__element_dtype(types[i].element) == dtype)
            return types[i].code;
    return 0;
}

static tg_status make_header(tg__report *report, const tg_array *array,
                             unsigned char out[4 + DIMENSION_BYTES * TG_MAX_RANK])
{
    char text[TG_SHAPE_SEEN];
    const tg_shape shape = array->shape;
    const unsigned char code = code_of_dtype(array->dtype);
    if (code == 0)
        return tg__complain(report, TG_ERR_DTYPE,
                            "an IDX file cannot hold %s: only u8, i32, f32 and f64",
                            tg_dtype_name(array->dtype));
    if (shape.rank == 0)
        return tg__complain(report, TG_ERR_SHAPE,
                            "an IDX file cannot hold a scalar: give it the shape [1]");
    memcpy(out, (unsigned char[]){ 0, 0, code, (unsigned char)shape.rank }, 4);
    for (int i = 0; i < shape.rank; i++) {
        if (shape.dim[i] > UINT32_MAX)
            return tg__complain(report, TG_ERR_SHAPE,
                                "the array is %s, and a dimension of an IDX file is at most %llu",
                                tg__shape_seen(text, shape), (unsigned long long)UINT32_MAX);
        for (int k = 0; k < DIMENSION_BYTES; k++)
            out[4 + DIMENSION_BYTES * i + k] =
                (unsigned char)((uint64_t)shape.dim[i] >> (24 - 8 * k));
    }
    return TG_OK;
}

/* True if the file is to be compressed, by the end of its name. */
static bool is_gzip_name(const char *path)
{
    const size_t length = path ? strlen(path) : 0;
    return length > 3 && strcmp(path + length - 3, ".gz") == 0;
}

static tg_status write_file(tg__packer *packer, const tg_array *array, const unsigned char *header,
                            size_t bytes, tg__packing packing)
{
    const size_t header_bytes = 4 + DIMENSION_BYTES * (size_t)array->shape.rank;
    tg_status status = tg__pack_begin(packer, packing);
    if (status == TG_OK) status = tg__pack(packer, header, header_bytes);
    if (status == TG_OK)
        status = tg__pack_elements(packer, array->data, bytes, tg_dtype_size(array->dtype), true);
    return status == TG_OK ? tg__pack_end(packer) : status;
}

tg_status tg_write_idx_with(const tg_write_idx_args *given)
{
    tg_write_idx_args args = { TG_WRITE_IDX_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_write_idx")) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, "tg_write_idx", args.path, args.error);
    unsigned char header[4 + DIMENSION_BYTES * TG_MAX_RANK];
    size_t bytes;
    tg_status status = tg__array_check(&report, args.array, &bytes);
    if (status == TG_OK) status = make_header(&report, args.array, header);
    if (status != TG_OK) return status;
    tg__sink sink;
    tg__packer packer = { .sink = &sink };
    status = tg__sink_open(&sink, &report, args.io, tg__allocator_or_default(args.allocator));
    if (status == TG_OK)
        status = write_file(&packer, args.array, header, bytes,
                            is_gzip_name(args.path) ? TG__GZIP : TG__PLAIN);
    if (status == TG_OK) (void)tg__sink_commit(&sink);
    tg__pack_close(&packer);
    return tg__sink_close(&sink);
}

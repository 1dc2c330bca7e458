/* npy.c: NPY files, read into memory and written. */
#include "io/npy.h"

/* ---- Reading ---------------------------------------------------------------------------- */

/* Checks that the file has as many bytes as its header states. */
static tg_status check_size(tg__source *source, const tg__npy_header *header, uint64_t size)
{
    char text[TG_SHAPE_SEEN], name[TG__ELEMENT_NAME];
    uint64_t bytes;
    const tg_status status = tg__announced_bytes(source->report, &header->array, &bytes);
    if (status != TG_OK || size == TG__NPY_ANY_SIZE || size - header->bytes == bytes) return status;
    return tg__complain(source->report, TG_ERR_FORMAT,
                        "it has %llu bytes, and the NPY header announces %s %s, which is %llu with "
                        "the header",
                        (unsigned long long)size, tg__shape_seen(text, header->array.shape),
                        tg__element_name(header->array.element, name),
                        (unsigned long long)(header->bytes + bytes));
}

tg_status tg__npy_read(tg__source *source, uint64_t size, tg_npy_report *report, tg_array *out)
{
    tg__npy_header header;
    tg_status status = tg__npy_header_read(source, &header);
    if (report) *report = header.report;
    if (status == TG_OK) status = tg__npy_header_check(source->report, &header);
    if (status == TG_OK) status = check_size(source, &header, size);
    return status == TG_OK ? tg__source_array(source, &header.array, out) : status;
}

static tg_status read_file(tg__report *report, const tg_npy_args *args,
                           const tg_allocator *allocator)
{
    tg__source source;
    tg_status status = tg__source_open(&source, report, args->io, allocator);
    if (status == TG_OK) (void)tg__npy_read(&source, TG__NPY_ANY_SIZE, args->report, args->out);
    status = tg__source_close(&source);
    if (status != TG_OK) tg_array_free(args->out);
    return status;
}

tg_status tg_read_npy_with(const tg_npy_args *given)
{
    tg_npy_args args = { TG_NPY_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_read_npy")) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, "tg_read_npy", args.path, args.error);
    if (args.report) *args.report = (tg_npy_report){ .dtype = TG_DTYPE_DEFAULT };
    if (!args.out) return tg__complain(&report, TG_ERR_ARGUMENT, "the array to read into is NULL");
    *args.out = (tg_array){ .dtype = TG_DTYPE_DEFAULT };
    const tg_allocator *allocator = tg__allocator_or_default(args.allocator);
    if (!args.member) return read_file(&report, &args, allocator);
    return tg__npz_read_one(&report, args.member, args.io, allocator, args.report, args.out);
}

/* ---- Writing ---------------------------------------------------------------------------- */

tg_status tg__npy_write(tg__packer *packer, const tg_array *array, size_t bytes)
{
    unsigned char header[TG__NPY_HEADER];
    const tg_status status = tg__pack(packer, header, tg__npy_header_make(array, header));
    if (status != TG_OK) return status;
    return tg__pack_elements(packer, array->data, bytes, tg_dtype_size(array->dtype), false);
}

tg_status tg_write_npy_with(const tg_write_npy_args *given)
{
    tg_write_npy_args args = { TG_WRITE_NPY_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_write_npy")) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, "tg_write_npy", args.path, args.error);
    size_t bytes;
    tg_status status = tg__array_check(&report, args.array, &bytes);
    if (status != TG_OK) return status;
    tg__sink sink;
    tg__packer packer = { .sink = &sink };
    status = tg__sink_open(&sink, &report, args.io, tg__allocator_or_default(args.allocator));
    if (status == TG_OK) status = tg__npy_write(&packer, args.array, bytes);
    if (status == TG_OK) (void)tg__sink_commit(&sink);
    return tg__sink_close(&sink);
}

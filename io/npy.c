/* npy.c: the public functions that read and write an NPY file; they also read one member of an
 * archive (npz.c). */
#include "io/npy.h"

/* ---- Reading ---------------------------------------------------------------------------- */

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

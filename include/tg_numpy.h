/* tg_numpy.h: arrays in NumPy's files: .npy, one array, and .npz, a ZIP archive of them
 * (numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
 *
 *     tg_array x, y;
 *     tg_error error;
 *     if (tg_read_npy(&x, "x.npy", &error) ||
 *         tg_read_npy(&y, "data.npz", &error, .member = "y") ||
 *         tg_write_npz(TG_NPZ({ "x", x }, { "y", y }), "copy.npz", &error, .compress = true))
 *         return fprintf(stderr, "%s\n", error.text), 1;
 *
 *     >>> numpy.load("copy.npz")["x"]
 *
 * The dtypes of files, and the dtypes of the arrays:
 *
 *     bool -> TG_BOOL (any byte but 0 is true)     float16 -> TG_F32
 *     uint8 -> TG_U8                               float32 -> TG_F32
 *     int8, int16, uint16, int32 -> TG_I32         float64 -> TG_F64
 *     uint32, int64 -> TG_I64
 *     uint64 -> TG_I64, if all numbers fit; else TG_ERR_UNSUPPORTED, with the first that does not
 *
 * No conversion rounds. Both byte orders are read, and arrays in Fortran order are transposed to
 * row-major order. A tg_npy_report describes what the file has. Complex numbers, strings, dates,
 * records (structured dtypes), long doubles and bfloat16 are TG_ERR_UNSUPPORTED, as are arrays of
 * Python objects: they are pickles, and nothing in a file is ever executed. Headers may have
 * version 1.0, 2.0 or 3.0.
 *
 * Files are written in version 1.0, little-endian on every machine, row-major, with data aligned to
 * 64 bytes. Equal arrays give equal files. A file appears complete or not at all, as by tg_save.
 *
 * Errors: TG_ERR_FORMAT for an invalid file, TG_ERR_UNSUPPORTED for a valid one that no array can
 * hold, TG_ERR_ARGUMENT, TG_ERR_IO, TG_ERR_MEMORY. */
#ifndef TG_NUMPY_H
#define TG_NUMPY_H

#include "tg_io.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- One array -------------------------------------------------------------------------- */

/* The description of an array in a file. */
enum { TG_NPY_TYPE = 16 };
typedef struct tg_npy_report {
    char type[TG_NPY_TYPE]; /* the dtype as the file writes it: "<i2"; cut to fit. A record: "[" */
    tg_dtype dtype;         /* of the array that is read; 0 if no dtype can hold it */
    tg_shape shape;         /* of rank -1 if it has more than TG_MAX_RANK dimensions */
    bool fortran;           /* column-major: reading transposes */
    bool widened;           /* the file's dtype is smaller than the array's, or is uint64 */
} tg_npy_report;

typedef struct tg_npy_args {
    size_t struct_size;
    tg_site at;
    tg_array *out;
    const char *path;
    tg_error *error;               /* may be NULL */
    const char *member;            /* of an .npz: the array's name; default: the file is an .npy */
    tg_npy_report *report;         /* receives the description; default: not wanted */
    const tg_io_layer *io;         /* default: POSIX */
    const tg_allocator *allocator; /* copied into the array; default: the C library's */
} tg_npy_args;
#define TG_NPY_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_npy_args, allocator)

/* tg_read_npy(&x, "x.npy", &error): an array of any rank up to TG_MAX_RANK. The file is plain or
 * gzip. If an error is not in the header, the report has what the header says. */
TG_API tg_status tg_read_npy_with(const tg_npy_args *args);

typedef struct tg_map_npy_args {
    size_t struct_size;
    tg_site at;
    tg_array *out;
    const char *path;
    tg_error *error;       /* may be NULL */
    tg_npy_report *report; /* receives the description; default: not wanted */
} tg_map_npy_args;
#define TG_MAP_NPY_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_map_npy_args, report)

/* tg_map_npy(&x, "x.npy", &error): maps the file into memory as an array. Only the header is read,
 * and later the pages that the program uses, so a file may be larger than memory; tg_array_free
 * unmaps it. Writing to the array does not change the file.
 *
 * If the file's bytes differ from an array's, the result is TG_ERR_UNSUPPORTED with the reason;
 * tg_read_npy can read such files: a dtype that would be widened, the other byte order, Fortran
 * order (with more than one dimension that is not 1), data that is not aligned to its elements,
 * gzip. Files of NumPy 1.14 or later align data to 64 bytes, older ones to 16. The bytes of a bool
 * array must be 0 or 1; all of them are checked. Mapping is done by the file system, so there is no
 * .io, and arrays in an .npz cannot be mapped.
 *
 * The file must not change meanwhile. If another program shortens it, this program is ended by
 * SIGBUS when it uses the missing part; if another program writes to it in place, the array may
 * change. A file that is replaced by renaming, as tg_write_npy and tg_save do, stays as it was. */
TG_API tg_status tg_map_npy_with(const tg_map_npy_args *args);

typedef struct tg_write_npy_args {
    size_t struct_size;
    tg_site at;
    const tg_array *array;
    const char *path;
    tg_error *error;               /* may be NULL */
    const tg_io_layer *io;         /* default: POSIX */
    const tg_allocator *allocator; /* for temporary memory; default: the C library's */
} tg_write_npy_args;
#define TG_WRITE_NPY_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_write_npy_args, allocator)

/* tg_write_npy(&x, "x.npy", &error): TG_BOOL "|b1", TG_U8 "|u1", TG_I32 "<i4", TG_I64 "<i8", TG_F32
 * "<f4", TG_F64 "<f8". TG_ERR_DTYPE or TG_ERR_SHAPE for an invalid array. */
TG_API tg_status tg_write_npy_with(const tg_write_npy_args *args);

/* ---- Several arrays --------------------------------------------------------------------- */

typedef struct tg_npz_member {
    const char *name; /* without the ".npy" that it has in the archive */
    tg_array array;
} tg_npz_member;

/* Named arrays: those of an archive, freed with tg_npz_free; or a list that a program writes:
 * TG_NPZ({ "x", x }, { "y", y }), which it does not free. All zero: none. */
typedef struct tg_npz {
    size_t count;
    tg_npz_member *members;
    tg_npy_report *reports; /* one for each, for an archive that was read; else NULL */
    /* The rest is private. */
    tg_allocator allocator;
} tg_npz;

/* It takes the address of a compound literal, which C++ does not have: tapegrad.hpp has tg::npz. */
#ifndef __cplusplus
#define TG_NPZ(...)                                                                                \
    (&(tg_npz){ .count = sizeof((tg_npz_member[]){ __VA_ARGS__ }) / sizeof(tg_npz_member),         \
                .members = (tg_npz_member[]){ __VA_ARGS__ } })
#endif

typedef struct tg_npz_args {
    size_t struct_size;
    tg_site at;
    tg_npz *out;
    const char *path;
    tg_error *error;               /* may be NULL */
    bool headers_only;             /* only names and reports: the arrays stay empty */
    const tg_io_layer *io;         /* default: POSIX */
    const tg_allocator *allocator; /* copied into all of it; default: the C library's */
} tg_npz_args;
#define TG_NPZ_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_npz_args, allocator)

/* tg_read_npz(&npz, "data.npz", &error): all arrays, in the archive's order. Members whose names do
 * not end in ".npy" are skipped.
 *
 * With .headers_only = true no data is read, and arrays that cannot be read are listed, too, with a
 * report whose dtype is 0:
 *
 *     for (size_t i = 0; i < npz.count; i++)
 *         printf("%s: %s\n", npz.members[i].name, npz.reports[i].type);
 *
 * Archives are ZIP with or without ZIP64, with stored or deflated members (numpy.savez and
 * numpy.savez_compressed), not encrypted. Everything is checked: the central directory, the
 * members' own headers and the NPY headers must agree; members must not overlap, and their names
 * must be unique; sizes and CRC-32 must be right; a member must have as many bytes as its NPY
 * header states, so memory never grows beyond that. An I/O layer cannot seek: with .io the file is
 * opened and read from the beginning several times, for its end, for the directory, and for the
 * members. */
TG_API tg_status tg_read_npz_with(const tg_npz_args *args);
/* The array of that name; NULL if there is none. */
TG_API tg_array *tg_npz_find(const tg_npz *npz, const char *name);
/* Frees the arrays and the names. Accepts NULL and an empty one. */
TG_API void tg_npz_free(tg_npz *npz);

typedef struct tg_write_npz_args {
    size_t struct_size;
    tg_site at;
    const tg_npz *arrays;
    const char *path;
    tg_error *error;               /* may be NULL */
    bool compress;                 /* deflate the members, as numpy.savez_compressed does */
    const tg_io_layer *io;         /* default: POSIX */
    const tg_allocator *allocator; /* for temporary memory; default: the C library's */
} tg_write_npz_args;
#define TG_WRITE_NPZ_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_write_npz_args, allocator)

/* tg_write_npz(TG_NPZ({ "x", x }, { "y", y }), "data.npz", &error). Names are UTF-8, of 1 to
 * TG_NPZ_NAME bytes, and unique; else TG_ERR_ARGUMENT. ZIP64 is used if sizes, offsets or the
 * number of members require it. Without arrays it writes an empty archive. */
enum { TG_NPZ_NAME = 1000 };
TG_API tg_status tg_write_npz_with(const tg_write_npz_args *args);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_read_npy(...)                                                                           \
    tg_read_npy_with(&(tg_npy_args){ TG_NPY_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_map_npy(...)                                                                            \
    tg_map_npy_with(&(tg_map_npy_args){ TG_MAP_NPY_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_write_npy(...)                                                                          \
    tg_write_npy_with(&(tg_write_npy_args){ TG_WRITE_NPY_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_read_npz(...)                                                                           \
    tg_read_npz_with(&(tg_npz_args){ TG_NPZ_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_write_npz(...)                                                                          \
    tg_write_npz_with(&(tg_write_npz_args){ TG_WRITE_NPZ_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#endif

#endif

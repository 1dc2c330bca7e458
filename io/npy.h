/* npy.h: the header of an NPY file, and arrays behind it, wherever the bytes come from or go.
 * Shared by npy.c, map.c and npz.c. */
#ifndef TG_IO_NPY_H
#define TG_IO_NPY_H

#include "tg_numpy.h"
#include "io/elements.h"

/* What a header says. Where it is of an array that none of ours can be (report.dtype is 0, or
 * report.shape.rank -1), [array] says nothing. */
typedef struct tg__npy_header {
    tg__announced array;
    tg_npy_report report;
    uint64_t bytes; /* up to the data */
} tg__npy_header;

/* Reads a header from the source's beginning. */
tg_status tg__npy_header_read(tg__source *source, tg__npy_header *out);
/* Complains of an array that none of ours can be. */
tg_status tg__npy_header_check(tg__report *report, const tg__npy_header *header);

enum { TG__NPY_HEADER = 320 }; /* room for the longest; a multiple of 64 */
/* Writes the header of an array that passed tg__array_check; returns its bytes. */
size_t tg__npy_header_make(const tg_array *array, unsigned char out[TG__NPY_HEADER]);

#define TG__NPY_ANY_SIZE UINT64_MAX
/* Reads a whole file from the source, header and data. [size]: the bytes that it has, if they are
 * known. *report is what the header says, as soon as that is known; may be NULL. */
tg_status tg__npy_read(tg__source *source, uint64_t size, tg_npy_report *report, tg_array *out);
/* Writes a whole file: what passed tg__array_check, of [bytes] bytes. */
tg_status tg__npy_write(tg__packer *packer, const tg_array *array, size_t bytes);

/* Reads the member of that name of the archive report->path. */
tg_status tg__npz_read_one(tg__report *report, const char *name, const tg_io_layer *io,
                           const tg_allocator *allocator, tg_npy_report *is, tg_array *out);

#endif

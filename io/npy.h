/* npy.h: the header of an NPY file and the array behind it, from any source and to any packer.
 * npy_header.c has the one, npy_array.c both; npy.c, npz.c and map.c use them. */
#ifndef TG_IO_NPY_H
#define TG_IO_NPY_H

#include "tg_numpy.h"
#include "io/elements.h"

/* The content of a header. If the library has no such array (report.dtype is 0, or
 * report.shape.rank is -1), [array] is not set. */
typedef struct tg__npy_header {
    tg__announced array;
    tg_npy_report report;
    uint64_t bytes; /* the offset of the data */
} tg__npy_header;

/* Reads a header from the beginning of the source. */
tg_status tg__npy_header_read(tg__source *source, tg__npy_header *out);
/* Reports an error if the library has no such array. */
tg_status tg__npy_header_check(tg__report *report, const tg__npy_header *header);

enum { TG__NPY_HEADER = 320 }; /* room for the longest header; a multiple of 64 */
/* Writes the header of an array that passed tg__array_check. Returns its size. */
size_t tg__npy_header_make(const tg_array *array, unsigned char out[TG__NPY_HEADER]);

#define TG__NPY_ANY_SIZE UINT64_MAX
/* Reads a whole file, header and data. [size]: its size, if known. *report (may be NULL) receives
 * the content of the header as soon as that is known. */
tg_status tg__npy_read(tg__source *source, uint64_t size, tg_npy_report *report, tg_array *out);
/* Writes a whole file; the array passed tg__array_check, and its elements have [bytes] bytes. */
tg_status tg__npy_write(tg__packer *packer, const tg_array *array, size_t bytes);

/* Reads the member of that name from the archive report->path. */
tg_status tg__npz_read_one(tg__report *report, const char *name, const tg_io_layer *io,
                           const tg_allocator *allocator, tg_npy_report *is, tg_array *out);

#endif

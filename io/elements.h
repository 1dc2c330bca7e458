/* elements.h: numbers as files store them: of more types than there are dtypes, and in both byte
 * orders. IDX and NPY are read by this; all binary formats are written by it. */
#ifndef TG_IO_ELEMENTS_H
#define TG_IO_ELEMENTS_H

#include "io/io.h"

/* ---- What an element is ----------------------------------------------------------------- */

typedef enum tg__number { TG__BOOLEAN, TG__UNSIGNED, TG__SIGNED, TG__FLOAT } tg__number;
typedef struct tg__element {
    tg__number kind;
    unsigned char size; /* bytes */
    bool big_endian;
} tg__element;

/* The dtype that holds all numbers of that type (for unsigned numbers of 8 bytes i64, which holds
 * half of them); 0 for a size that does not exist. */
tg_dtype tg__element_dtype(tg__element element);
/* True if the type is exactly that of its dtype, in either byte order. */
bool tg__element_is_own(tg__element element);
/* "i16", "f32"; returns [out]. */
enum { TG__ELEMENT_NAME = 8 };
const char *tg__element_name(tg__element element, char out[TG__ELEMENT_NAME]);

/* ---- Reading ---------------------------------------------------------------------------- */

/* An array as described by a file's header. */
typedef struct tg__announced {
    const char *format; /* the file format's name, for messages: "IDX" */
    tg__element element;
    tg_shape shape;
    bool fortran; /* column-major: the first index changes fastest */
} tg__announced;

/* The size in bytes of its elements in the file. Reports an error if the array's size overflows. */
tg_status tg__announced_bytes(tg__report *report, const tg__announced *array, uint64_t *bytes);
/* Reports an error unless the data that begins at byte [begin] has exactly the [bytes] of the
 * header; [there] is what it has. */
tg_status tg__announced_there(tg__source *source, const tg__announced *array, uint64_t begin,
                              uint64_t bytes, uint64_t there);
/* True if the order of the elements in the file differs from that in the array. */
bool tg__is_transposed(const tg__announced *array);
/* Reads the elements, up to the end of the source, which must be directly behind them. Memory grows
 * as they arrive. On an error *out is empty. */
tg_status tg__source_array(tg__source *source, const tg__announced *array, tg_array *out);

/* ---- Writing ---------------------------------------------------------------------------- */

bool tg__is_little_endian(void);

/* Copies elements of [element] bytes each; [turned] reverses the bytes of each. [size] is the total
 * in bytes. */
void tg__copy_elements(void *out, const void *in, size_t size, size_t element, bool turned);

enum { TG__TURNED = 4096 }; /* bytes; a multiple of every element's size */
/* The bytes of [data] from [begin] on, in a file's byte order; *size is how many are given. If no
 * element must be reversed that is a pointer into [data], else into [room], which limits their
 * number. */
const void *tg__file_bytes(const void *data, size_t bytes, size_t element, bool big_endian,
                           size_t begin, size_t *size, unsigned char room[TG__TURNED]);

/* TG_OK if the array can be written, with *bytes the size of its elements; else reports an
 * error. */
tg_status tg__array_check(tg__report *report, const tg_array *array, size_t *bytes);

#endif

/* elements.h: numbers as files have them: of more types than there are dtypes, in either order of
 * bytes. IDX and NPY are read by this, and all binary formats are written by it. */
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

/* The dtype that holds all numbers of that type (of unsigned ones of 8 bytes: half of them); 0 for
 * sizes that do not exist. */
tg_dtype tg__element_dtype(tg__element element);
/* Is it a dtype's own type, in whatever order? */
bool tg__element_is_own(tg__element element);
/* "i16", "f32"; returns [out]. */
enum { TG__ELEMENT_NAME = 8 };
const char *tg__element_name(tg__element element, char out[TG__ELEMENT_NAME]);

/* ---- Reading ---------------------------------------------------------------------------- */

/* An array as a file's header announces it. */
typedef struct tg__announced {
    const char *format; /* the header's, in messages: "IDX" */
    tg__element element;
    tg_shape shape;
    bool fortran; /* the first index runs fastest */
} tg__announced;

/* The bytes of its elements in the file. Complains if no memory could hold them, or the array. */
tg_status tg__announced_bytes(tg__report *report, const tg__announced *array, uint64_t *bytes);
/* Complains unless [there] bytes of data, from byte [begin] on, are the [bytes] announced. */
tg_status tg__announced_there(tg__source *source, const tg__announced *array, uint64_t begin,
                              uint64_t bytes, uint64_t there);
/* Are its elements in the file in another order than in an array? */
bool tg__is_transposed(const tg__announced *array);
/* Reads the elements, up to the end of the source, which must be behind the last of them. Memory
 * grows as they arrive. On an error *out is empty. */
tg_status tg__source_array(tg__source *source, const tg__announced *array, tg_array *out);

/* ---- Writing ---------------------------------------------------------------------------- */

bool tg__is_little_endian(void);

/* Copies elements of [element] bytes each, turning each around if [turned]. [size]: of all, in
 * bytes. */
void tg__copy_elements(void *out, const void *in, size_t size, size_t element, bool turned);

enum { TG__TURNED = 4096 }; /* bytes; a multiple of every element's */
/* Bytes of [data], of which there are [bytes], from [begin] on, as many as [size] says then, as a
 * file of that order has them: where they lie, or, turned around, some of them in [room]. */
const void *tg__file_bytes(const void *data, size_t bytes, size_t element, bool big_endian,
                           size_t begin, size_t *size, unsigned char room[TG__TURNED]);

/* CRC-32 of [size] more bytes; that of none is 0. */
uint32_t tg__sum(uint32_t sum, const void *data, size_t size);

/* Is this an array that can be written? Else complains. *bytes: of its elements. */
tg_status tg__array_check(tg__report *report, const tg_array *array, size_t *bytes);

#endif

/* fuzz.h: what the programs that try hostile files share. Each defines FUZZ_NAME, includes this
 * once and has try_file; with -DTG_LIBFUZZER it is a libFuzzer target, else its main draws
 * mutations. */
#ifndef TG_TESTS_FUZZ_H
#define TG_TESTS_FUZZ_H

#include "tests/support/random.h"
#include "io_files.h"

static void demand(bool condition, const char *what, const char *message)
{
    if (condition) return;
    fprintf(stderr, FUZZ_NAME ": not so: %s (%s)\n", what, message);
    abort();
}

/* What holds of every reader, whatever the bytes. */
static void demand_honest(const memory_layer *layer, tg_status status, const tg_error *error)
{
    demand(layer->open_files == 0, "every file is closed", error->text);
    demand((status == TG_OK) == (error->text[0] == 0), "an error has a message", error->text);
    demand(status == error->status, "status and error agree", error->text);
    demand(strlen(error->text) < TG_ERROR_TEXT, "the message ends", "");
    demand(status != TG_ERR_MEMORY && status != TG_ERR_INTERNAL, "the file is to blame",
           error->text);
}

/* Reads every element, so that a sanitizer sees an array that is too small. */
static inline unsigned touch(const tg_array *array)
{
    const int64_t count = tg_shape_count(array->shape);
    const size_t size = (size_t)count * tg_dtype_size(array->dtype);
    unsigned sum = 0;
    for (size_t i = 0; i < size; i++) sum += ((const unsigned char *)array->data)[i];
    return sum;
}

/* An I/O layer that has these bytes; bits 6 and 7 of [how] say how it reads. */
static inline memory_layer layer_of(const unsigned char *data, size_t size, unsigned how)
{
    const bytes file = { (unsigned char *)(uintptr_t)data, size };
    return (memory_layer){ .file = { file, file },
                           .longest_read = how & 0x40 ? 1 + (how & 7) : 0,
                           .storm = (how & 0x80) != 0 };
}

/* Reads one file, whose bytes are [data]. [how]: which options, in an order of the program's own,
 * and how the I/O layer reads. */
static tg_status try_file(const unsigned char *data, size_t size, unsigned how);

#ifdef TG_LIBFUZZER

/* The first byte is [how]. */
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    if (size > 0) (void)try_file(data + 1, size - 1, data[0]);
    return 0;
}

#else

static rng draws = { 20240229 };

static size_t draw(size_t below) { return (size_t)(rng_next(&draws) % below); }

enum { LARGEST = 4096 }; /* bytes of a mutated file */

/* Puts [size] bytes in at [at], as far as there is room. */
static inline size_t insert(unsigned char *file, size_t length, size_t at, const void *data,
                            size_t size)
{
    if (length + size > LARGEST) return length;
    memmove(file + at + size, file + at, length - at);
    memcpy(file + at, data, size);
    return length + size;
}

/* Changes something in [file], which has room for LARGEST bytes; returns its new length. [pieces]
 * are what means something to its reader; "" stands for four zeros. */
static inline size_t mutate(unsigned char *file, size_t length, const char *const *pieces,
                            size_t count)
{
    const size_t at = draw(length + 1), run = 1 + draw(8);
    switch (draw(7)) {
    case 0:
        if (at < length) file[at] ^= (unsigned char)(1 << draw(8));
        return length;
    case 1:
        if (at < length) file[at] = (unsigned char)draw(256);
        return length;
    case 2: return at;
    case 3: /* cut some out */
        if (at + run > length) return length;
        memmove(file + at, file + at + run, length - at - run);
        return length - run;
    case 4: { /* repeat some */
        unsigned char copy[8];
        if (at + run > length) return length;
        memcpy(copy, file + at, run);
        return insert(file, length, at, copy, run);
    }
    default: { /* a piece, put in or over what is there */
        const char *piece = pieces[draw(count)];
        const size_t size = *piece ? strlen(piece) : 4;
        const char *text = *piece ? piece : "\0\0\0";
        if (draw(2)) return insert(file, length, at, text, size);
        if (at + size <= length) memcpy(file + at, text, size);
        return length;
    }
    }
}

#endif

#endif

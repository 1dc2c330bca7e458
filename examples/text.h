/* text.h: a text as numbers, and windows of it, for the example "chars". */
#ifndef EXAMPLES_TEXT_H
#define EXAMPLES_TEXT_H

#include <tapegrad.h>

/* The bytes of a file, numbered by those that occur in it. */
typedef struct text {
    tg_vocabulary vocabulary;
    tg_array ids;
    const int32_t *symbols; /* the elements of [ids] */
    int64_t count;
} text;

/* Reads the file. False, with a message on standard error, if it cannot be read or is empty. */
bool text_read(text *out, const char *path);
void text_free(text *t);

/* Cuts windows out of a text, which is treated as a circle. There are [batch] windows of [length]
 * symbols. Each moves on by [length] every time; or, if they are scattered, to a random
 * position. */
typedef struct windows {
    const int32_t *symbols;
    int64_t count, batch, length;
    bool scattered;
    uint64_t random; /* state of the random numbers */
    int64_t *at;     /* position of each window */
    int32_t *x, *y;  /* [batch, length]: the symbols of the windows, and the symbol after each */
} windows;

windows windows_new(const int32_t *symbols, int64_t count, int64_t batch, int64_t length);
void windows_free(windows *w);
/* Puts the windows at equal distances, as at the beginning. */
void windows_rewind(windows *w);
/* Fills x and y, and moves the windows. */
void windows_next(windows *w);

/* Zeroed memory for [count] elements, to be freed; ends the program if there is none. */
void *take_memory(size_t count, size_t size);

#endif

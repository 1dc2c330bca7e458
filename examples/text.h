/* text.h: a text as numbers, and what the example "chars" trains on: windows of it. */
#ifndef EXAMPLES_TEXT_H
#define EXAMPLES_TEXT_H

#include <tapegrad.h>

/* The bytes of a file, each as its number among those that occur in it. */
typedef struct text {
    tg_vocabulary vocabulary;
    tg_array ids;
    const int32_t *symbols; /* the elements of [ids] */
    int64_t count;
} text;

/* False, after saying why on stderr, if the file cannot be read or has nothing in it. */
bool text_read(text *out, const char *path);
void text_free(text *t);

/* Cuts pieces out of a text that has its beginning behind its end. Of [batch] windows each stands
 * [length] symbols further every time; or anywhere at random, if they are scattered. */
typedef struct windows {
    const int32_t *symbols;
    int64_t count, batch, length;
    bool scattered;
    uint64_t random; /* where the next random number comes from */
    int64_t *at;     /* where each window stands */
    int32_t *x, *y;  /* [batch, length]: what the windows show, and which symbol comes next */
} windows;

windows windows_new(const int32_t *symbols, int64_t count, int64_t batch, int64_t length);
void windows_free(windows *w);
/* Puts the windows at even distances, as they are in the beginning. */
void windows_rewind(windows *w);
/* Fills in x and y, and moves on. */
void windows_next(windows *w);

/* So many elements of zeros, to be freed; where there is no memory the program ends. */
void *take_memory(size_t count, size_t size);

#endif

/* split.h: rows by class, shared by splits and folds. */
#ifndef TG_SPLIT_INTERNAL_H
#define TG_SPLIT_INTERNAL_H

#include "tg_prepare.h"
#include "io/io.h"

/* Numbers of random streams, so that draws by one seed are independent of each other. */
#define TG__STREAM_SPLIT UINT64_C(0x73706c6974)
#define TG__STREAM_FOLDS UINT64_C(0x666f6c6473)

typedef struct tg__class {
    int64_t first, count; /* in the sorted rows */
    int64_t test;         /* the number of rows for the test set */
    double remainder;
} tg__class;

/* Rows sorted by label; rows with equal labels are in their original order. */
typedef struct tg__classes {
    int64_t *rows, *spare; /* [count] */
    tg__class *classes;
    int64_t count, class_count;
} tg__classes;

/* The label of a row; labels have an integer dtype. */
int64_t tg__label_at(const tg_array *labels, int64_t row);
/* Sorts rows[0 .. count). tg__classes_free must follow, also after an error. */
tg_status tg__classes_find(tg__report *report, const tg_allocator *allocator,
                           const tg_array *labels, const int64_t *rows, int64_t count,
                           tg__classes *out);
void tg__classes_free(const tg_allocator *allocator, tg__classes *classes);
/* Shuffles the rows of a class with a seed that depends on its label, so that their order does not
 * depend on the other classes. */
void tg__class_shuffle(tg__classes *classes, int64_t which, const tg_array *labels, uint64_t seed);
/* TG_OK if these are labels of classes; else reports an error about [what]. */
tg_status tg__labels_check(tg__report *report, const tg_array *labels, const char *what);
/* Allocates [count] numbers (at least one). */
int64_t *tg__rows_alloc(tg__report *report, const tg_allocator *allocator, int64_t count);

#endif

/* split.h: rows by class, which splits and folds share. */
#ifndef TG_SPLIT_INTERNAL_H
#define TG_SPLIT_INTERNAL_H

#include "tg_prepare.h"
#include "io/io.h"

/* The numbers of different draws by one seed have nothing to do with each other. */
#define TG__STREAM_SPLIT UINT64_C(0x73706c6974)
#define TG__STREAM_FOLDS UINT64_C(0x666f6c6473)

typedef struct tg__class {
    int64_t first, count; /* in the sorted rows */
    int64_t test;         /* how many of them go to the test set */
    double remainder;
} tg__class;

/* Rows sorted by label, those of one label in their order. */
typedef struct tg__classes {
    int64_t *rows, *spare; /* [count] */
    tg__class *classes;
    int64_t count, class_count;
} tg__classes;

/* The label of a row; of an integer dtype. */
int64_t tg__label_at(const tg_array *labels, int64_t row);
/* Sorts rows[0 .. count). Whatever is returned, tg__classes_free must follow. */
tg_status tg__classes_find(tg__report *report, const tg_allocator *allocator,
                           const tg_array *labels, const int64_t *rows, int64_t count,
                           tg__classes *out);
void tg__classes_free(const tg_allocator *allocator, tg__classes *classes);
/* Shuffles the rows of a class by its label, so that they come in the same order whatever other
 * classes there are. */
void tg__class_shuffle(tg__classes *classes, int64_t which, const tg_array *labels, uint64_t seed);
/* Are these labels of classes? [what] names them. */
tg_status tg__labels_check(tg__report *report, const tg_array *labels, const char *what);
/* Room for [count] numbers, of which there is one at least. */
int64_t *tg__rows_alloc(tg__report *report, const tg_allocator *allocator, int64_t count);

#endif

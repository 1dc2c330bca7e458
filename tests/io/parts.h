/* parts.h: a small dataset, and which of its rows a part of it has. For the tests of splits and
 * folds. */
#ifndef TG_TESTS_PARTS_H
#define TG_TESTS_PARTS_H

#include "io_files.h"
#include "three_classes.h"
#include "told.h"
#include "tg_prepare.h"

#include <math.h>

static counting_heap heap;

enum { CLASSES = 4 };
static double numbers[ROWS];
static int32_t labels[ROWS];
static int64_t groups[ROWS];
static tg_dataset data;

/* Classes of 52, 26, 17 and 8 rows; groups of many sizes. */
static inline void make_data(void)
{
    for (int i = 0; i < ROWS; i++) {
        numbers[i] = i;
        labels[i] = i % 2 == 0 ? 0 : i % 4 == 1 ? 1 : i % 3 == 0 ? 2 : -5;
        groups[i] = (int64_t)sqrt((double)i) - 3;
    }
    data = (tg_dataset){ .x = tg_array_view(TG_F64, TG_SHAPE(ROWS), numbers),
                         .y = tg_array_view(TG_I32, TG_SHAPE(ROWS), labels) };
    heap = (counting_heap){ .calls = 0 };
}

/* Marks the rows of a set, which must ascend and have their labels. */
static inline void mark(const tg_dataset *set, int *seen)
{
    const double *x = set->x.data;
    for (int64_t i = 0; i < tg_dataset_rows(set); i++) {
        const int row = (int)x[i];
        ck_assert(i == 0 || x[i] > x[i - 1]);
        if (set->y.dtype) ck_assert_int_eq(((int32_t *)set->y.data)[i], labels[row]);
        seen[row]++;
    }
}

static inline int64_t of_class(const tg_dataset *set, int32_t label)
{
    int64_t count = 0;
    for (int64_t i = 0; i < tg_dataset_rows(set); i++)
        count += ((int32_t *)set->y.data)[i] == label;
    return count;
}

#endif

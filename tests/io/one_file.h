/* one_file.h: a file in memory that a test reads, and what a read must leave: an I/O layer and an
 * allocator that count and break, and the error. */
#ifndef TG_TESTS_ONE_FILE_H
#define TG_TESTS_ONE_FILE_H

#include "io_files.h"
#include "told.h"

static memory_layer layer;
static counting_heap heap;

/* The file is there, and nothing breaks. */
static inline void quiet(bytes file)
{
    layer = (memory_layer){ .file = { file, file } };
    heap = (counting_heap){ .calls = 0 };
}

/* Breaks call after call of the layer, or allocation after allocation, until a read gets through
 * undisturbed; returns how many broke. [read] frees what it has read. */
static inline int break_reads(bytes file, bool memory, tg_status (*read)(void))
{
    for (int broken = 0;; broken++) {
        quiet(file);
        layer.longest_read = 7;
        layer.storm = broken % 2 == 0;
        *(memory ? &heap.fail_at : &layer.fail_at) = broken + 1;
        const tg_status status = read();
        ck_assert_int_eq(heap.blocks, 0);
        if (status == TG_OK) return broken;
        ck_assert_int_eq(status, memory ? TG_ERR_MEMORY : TG_ERR_IO);
        ck_assert_int_lt(broken, 10000);
    }
}

#endif

/* fenced.h: memory between two pages that nobody may touch, so that reading one element too many
 * ends the test. */
#ifndef TG_TESTS_FENCED_H
#define TG_TESTS_FENCED_H

#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct fenced {
    unsigned char *data; /* what was asked for; around it, up to the fences, all bits are set */
    unsigned char *all;
    size_t page, pages;
} fenced;

/* [size] bytes that begin behind the first fence, or end before the last. */
static inline fenced new_fenced(size_t size, bool at_end)
{
    fenced f = { .page = (size_t)sysconf(_SC_PAGESIZE) };
    f.pages = 2 + (size + f.page - 1) / f.page;
    void *all = NULL;
    ck_assert_int_eq(posix_memalign(&all, f.page, f.pages * f.page), 0);
    f.all = all;
    memset(f.all, 0xff, f.pages * f.page);
    f.data = f.all + (at_end ? (f.pages - 1) * f.page - size : f.page);
    ck_assert_int_eq(mprotect(f.all, f.page, PROT_NONE), 0);
    ck_assert_int_eq(mprotect(f.all + (f.pages - 1) * f.page, f.page, PROT_NONE), 0);
    return f;
}

static inline void free_fenced(fenced f)
{
    ck_assert_int_eq(mprotect(f.all, f.page, PROT_READ | PROT_WRITE), 0);
    ck_assert_int_eq(mprotect(f.all + (f.pages - 1) * f.page, f.page, PROT_READ | PROT_WRITE), 0);
    free(f.all);
}

#endif

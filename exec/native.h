/* native.h: instructions as machine code: several become one function, which is written as C and
 * compiled while the process runs (jit/). What they compute has the same bits: a function has the
 * texts of the elementwise operations (tg__map), a loop over elements or statements of single
 * numbers, and is compiled by the flags that kernels are compiled with.
 *
 * Of the loop in code.h with a shift, MAP r1 = exp(r0) is alone, and so is MAP r3 = r1 + r2,
 * because elements of r2 are others' in r1. Were the last one followed by a MAP r4 = tanh(r3), both
 * would become one function, whose text is in function.h. What r3 held is stored if somebody reads
 * it later.
 *
 *     native.c             the pass: has the functions compiled, and puts them into the code
 *     native_loop.c        stretches of a loop: maps
 *     native_scalar.c      stretches of a scalar program
 *     native_functions.c   the functions that these need, each once                            */
#ifndef TG_NATIVE_H
#define TG_NATIVE_H

#include "exec/code.h"
#include "exec/function.h"

/* One stretch of a kernel's instructions. */
typedef struct tg__stretch {
    uint32_t kernel, first, count; /* its instructions */
    uint32_t function;
    uint32_t *at; /* what the function's parameters are in the kernel: registers; or of a scalar
                     program slots and functions */
    uint32_t at_count;
} tg__stretch;

typedef struct tg__native {
    tg__executable *exe;
    tg_allocator allocator;
    tg__arena scratch;
    tg__text source; /* the functions, each once, named f0, f1, ... */
    struct tg__native_function {
        uint64_t hash;
        size_t begin, length; /* where in the source its text is */
    } * function;
    uint32_t function_count;
    size_t function_capacity;
    uint32_t *table; /* functions by their hash, + 1; 0: free */
    size_t table_size;
    tg__stretch *stretch;
    size_t stretch_count, stretch_capacity;
    bool failed; /* out of memory */
} tg__native;

/* The stretch is done by a function of that text, from its parameters on. It is written down unless
 * there is one already. The stretch and its [at] are copied. */
void tg__native_add(tg__native *native, const tg__stretch *stretch, const tg__text *text);
/* Zeros, one more than [count], until the kernel is done; NULL when out of memory. */
uint32_t *tg__native_numbers(tg__native *native, size_t count);

/* Find what can be functions in a kernel's code. */
void tg__native_find_maps(tg__native *native, uint32_t k);
void tg__native_find_scalars(tg__native *native, uint32_t k);

/* What became of an executable. */
typedef struct tg__native_result {
    bool cached;                      /* nothing was compiled */
    double seconds;                   /* to write, compile and load */
    uint32_t functions, instructions; /* instructions that the functions stand for */
    char text[512];                   /* why there are none; or a remark; or "" */
} tg__native_result;

/* Compiles what can be of the executable's code, before it is run for the first time. On failure
 * the code stays as it is. */
tg__native_result tg__native_compile(tg__executable *exe);

#endif

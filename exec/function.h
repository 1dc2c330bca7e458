/* function.h: what a stretch of maps computes, as data: a loop over elements, in which operations
 * follow one another, each from results of those before it and from elements that parameters point
 * to. All that tells equal stretches apart is in it, and nothing that belongs to one place: so
 * equal steps of a recurrence, or equal layers, have equal functions, whatever their sizes are.
 *
 * r3 = r1 + r2 and r4 = tanh(r3), of which somebody reads r3 later (exec/code.h), are
 *
 *     step 0  add   f32  of parameter 0, parameter 1        parameter 0  f32
 *     step 1  tanh  f32  of step 0                          parameter 1  f32
 *                                                           parameter 2  f32, stores step 1
 *                                                           parameter 3  f32, stores step 0
 * and as C
 *
 *     (size_t n, void *const *at)
 *     {
 *         const float *const p0 = at[0];                           r1
 *         const float *const p1 = at[1];                           r2
 *         float *const p2 = at[2];                                 r4
 *         float *const p3 = at[3];                                 r3
 *         n &= ~(size_t)15;                                        TG_PAD
 *         TG_SIMD
 *         for (size_t i = 0; i < n; i++) {
 *             float t0;
 *             { typedef float T; const float a = p0[i]; const float b = p1[i]; t0 = (float)(a + b);
 * } float t1; { typedef float T; const float x = t0; t1 = (float)(TG_MATH1(tg__tanh, x)); } p2[i] =
 * t1; p3[i] = t0;
 *         }
 *     }                                                                                      */
#ifndef TG_FUNCTION_H
#define TG_FUNCTION_H

#include "autograd/op.h"
#include "autograd/text.h"

/* A map is a step, or two if it is a pair; and there may be as many maps as parameters. */
enum { TG__FUNCTION_PARAMETERS = 48, TG__FUNCTION_STEPS = 2 * TG__FUNCTION_PARAMETERS };

/* Where an operand is. */
typedef struct tg__wire {
    bool is_step;   /* the result of a step; else a parameter's element */
    uint8_t number; /* of the one or the other */
} tg__wire;

typedef struct tg__step {
    const tg_op *op;       /* a map */
    uint8_t dtype, result; /* of its last operand; of its result */
    tg__wire in[3];
} tg__step;

typedef struct tg__parameter {
    uint8_t dtype;
    bool one;       /* a single element is read, which stands for all */
    uint8_t stores; /* the step whose result is stored there, + 1; 0: none */
} tg__parameter;

typedef struct tg__function {
    uint32_t step_count, parameter_count;
    tg__step step[TG__FUNCTION_STEPS];
    tg__parameter parameter[TG__FUNCTION_PARAMETERS];
} tg__function;

typedef void (*tg__function_fn)(size_t n, void *const *at);

/* As C, from the parameters on. */
void tg__function_text(const tg__function *function, tg__text *out);

#endif

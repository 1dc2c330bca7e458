/* program_custom.h: the user's own operations in random programs, and programs that must fail: on
 * a divisor of 0, an index out of range, or a kernel that refuses what it is given. */
#ifndef TG_TESTS_PROGRAM_CUSTOM_H
#define TG_TESTS_PROGRAM_CUSTOM_H

#include "program_shape.h"

/* ---- Kernels and rules ------------------------------------------------------------------ */

/* mix: scale * x + y + z ..., of any number of operands. */
static inline tg_status mix_shape(const void *attr, int arity, const tg_type *in, tg_type *out,
                                  tg_error *error)
{
    (void)attr, (void)arity, (void)error;
    *out = in[0];
    return TG_OK;
}

static inline tg_status mix_run(const tg_call *k)
{
    const double scale = *(const double *)k->attr;
    for (int64_t i = 0; i < k->out.count; i++) {
        double sum = 0;
        for (int j = 0; j < k->arity; j++) {
            const double x = k->in[j].dtype == TG_F32 ? (double)((const float *)k->in[j].data)[i]
                                                      : ((const double *)k->in[j].data)[i];
            sum += j == 0 ? scale * x : x;
        }
        if (k->out.dtype == TG_F32) ((float *)k->out.data)[i] = (float)sum;
        else ((double *)k->out.data)[i] = sum;
    }
    return TG_OK;
}

static inline void mix_vjp(tg_tensor *y, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)in;
    to[0] = tg_mul_num(g, *(const double *)tg_attr_of(y));
    for (int i = 1; i < tg_arity(y); i++) to[i] = g;
}

/* picked: the element at a place of each row of the last axis, which goes. */
static inline tg_status picked_shape(const void *attr, int arity, const tg_type *in, tg_type *out,
                                     tg_error *error)
{
    (void)attr, (void)arity, (void)error;
    *out = in[0];
    out->shape.rank--;
    return TG_OK;
}

static inline tg_status picked_run(const tg_call *k)
{
    const int64_t place = *(const int64_t *)k->attr, n = k->in[0].shape.dim[k->out.shape.rank];
    const size_t size = tg_dtype_size(k->out.dtype);
    for (int64_t i = 0; i < k->out.count; i++)
        memcpy((char *)k->out.data + (size_t)i * size,
               (const char *)k->in[0].data + (size_t)(i * n + place) * size, size);
    return TG_OK;
}

static inline void picked_vjp(tg_tensor *y, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    const int64_t place = *(const int64_t *)tg_attr_of(y), n = tg_dim(in[0], -1);
    to[0] = tg_pad(tg_unsqueeze(g, -1), -1, place, n - 1 - place, 0, 0);
}

/* refuse: its operand, unless there is a 99 in it. */
static inline tg_status refuse_run(const tg_call *k)
{
    const int32_t *x = k->in[0].data;
    for (int64_t i = 0; i < k->in[0].count; i++) {
        ((int32_t *)k->out.data)[i] = x[i];
        if (x[i] != 99) continue;
        snprintf(k->error->text, sizeof k->error->text, "no %d at %d, please", x[i], (int)i);
        return TG_ERR_ARGUMENT;
    }
    return TG_OK;
}

/* They belong to the store, so they are made anew with it. */
static inline void make_operations(program *p)
{
    p->mix =
        tg_op_new(store, "mix", .run = mix_run, .shape = mix_shape, .vjp = mix_vjp, .arity = -1);
    p->picked =
        tg_op_new(store, "picked", .run = picked_run, .shape = picked_shape, .vjp = picked_vjp);
    p->refuse = tg_op_new(store, "refuse", .run = refuse_run, .dtype = TG_I32,
                          .no_gradient = "of integers");
}

/* ---- In programs ------------------------------------------------------------------------ */

/* Two of them that differ by their attributes alone. */
static inline void add_custom(program *p)
{
    rng *r = &p->random;
    const entry *found = pick(p, TG_DTYPE_DEFAULT);
    if (!found) return;
    const entry e = *found;
    if (rng_once_in(r, 2)) {
        const int64_t size = tg_rank(e.x) ? tg_dim(e.x, -1) : 0;
        if (size == 0) return;
        const int64_t places[] = { rng_below(r, (int)size), rng_below(r, (int)size) };
        for (int i = 0; i < 2; i++)
            add(p,
                tg_apply(p->picked, TG_LIST(e.x), .attr = &places[i], .attr_size = sizeof *places),
                e.most, e.grain, e.rough);
        return;
    }
    entry all;
    tg_tensor *list[6];
    int count = draw_list(p, &e, -1, list, &all);
    if (count > 3) count = 3;
    for (int i = 0; i < 2; i++) {
        const double scale = i ? -1 : 2, most = all.most * (fabs(scale) + count - 1);
        if (fits(p, tg_dtype_of(e.x), most, all.grain))
            add(p,
                tg_apply(p->mix, (tg_list){ (size_t)count, list }, .attr = &scale,
                         .attr_size = sizeof scale),
                most, all.grain, all.rough);
    }
}

/* Something that fails when its input, which is good in all steps but one, is bad. */
static inline void add_fault(program *p)
{
    static const int bad[] = { 0, 0, 3, -1, 5, 7, 99 };
    rng *r = &p->random;
    const int choice = rng_below(r, COUNT_OF(bad));
    const tg_dtype dtype = choice < 2 && rng_once_in(r, 3)   ? TG_U8
                           : choice < 6 && rng_once_in(r, 2) ? TG_I64
                                                             : TG_I32;
    tg_tensor *x = new_input(p, dtype, TG_SHAPE(2, 3), choice < 2, 3);
    p->fed[p->fed_count - 1].faulty = true;
    p->fed[p->fed_count - 1].bad = bad[choice];
    tg_tensor *values = tg_full(tape, p->dtype, TG_SHAPE(3, 3), 1), *y = NULL;
    switch (choice) {
    case 0: y = tg_floor_div(tg_iota(tape, dtype, 3), x); break;
    case 1: y = tg_remainder(tg_number_as(tape, dtype, 7), tg_flip(x, TG_AXES(1))); break;
    case 2: y = tg_gather(values, x, 0); break;
    case 3: y = tg_take_along(values, tg_flip(x, TG_AXES(0, 1)), 0); break;
    case 4: y = tg_scatter_add_along(tg_slice(values, 0, 1, 3, 1), x, 1, 3); break;
    case 5: y = tg_one_hot(x, 3, p->dtype); break;
    default: y = tg_apply(p->refuse, TG_LIST(tg_transpose(x))); break;
    }
    p->fault = y;
    add(p, y, 7, 0, false);
}

#endif

/* product.c: products along an axis, running ones (cumprod) and whole ones (prod), with derivatives
 * of all orders, in which nothing is divided and no intermediate result overflows.
 *
 * A running product of x + t_1 u_1 + ... + t_r u_r is a polynomial in the t; its coefficient of t_1
 * ... t_r is the r-th derivative of the running product along the directions u_1, ..., u_r. So the
 * product is computed with numbers that are such polynomials with t_i^2 = 0: one coefficient for
 * each set of directions, which is a number with a bit for each. Two primitives are enough.
 *
 * cumprod(x, u_1 .. u_r): after each element, the coefficient of all t. With r = 0, the product.
 *
 * cumprod_back(x, u_1 .. u_r, c): the cotangent of x for the cotangent c of cumprod. That of
 * element k is a sum over all sets of directions: the coefficient of the set in the product of what
 * stands before k, times the coefficient of the other directions in the sum over j of c_j times the
 * product of the elements from k + 1 to j.
 *
 * The rules of both are made of the two: the gradient by x is one direction more.
 *
 * Coefficients are f64 with an exponent of their own, so a result is right if a double can hold
 * it, whatever the size of the products that it is made of. */
#include <float.h>
#include <math.h>

#include "kernels/vector.h"
#include "ops/attributes.h"
#include "ops/ops.h"
#include "kernels/parallel.h"

/* ---- Numbers of any size ---------------------------------------------------------------- */

/* [w] lines are computed side by side. At first as [plain] doubles, which also finds out whether
 * a number leaves the range in which nothing is lost. Lines where one does are computed again,
 * one by one, with numbers m 2^(512 e), where |m| is in [SMALL, BIG) or 0; e is infinite for
 * infinity and NaN. Where both ways are right they round alike, so a line does not depend on its
 * neighbours. */
enum { LINES = 8 };
typedef struct number {
    double m[LINES], e[LINES];
} number;

static const double MOST = 0x1p900, LEAST = 0x1p-900; /* the range of plain doubles */
static const double UNIT = 0x1p512, INVERSE = 0x1p-512, BIG = 0x1p256, SMALL = 0x1p-256;

/* Brings an m in [SMALL / UNIT, BIG UNIT) into its range. */
TG_INLINE void settle(number *a)
{
    const double size = fabs(a->m[0]);
    if (size < BIG && (size >= SMALL || size == 0)) return;
    const bool big = !(size < BIG);
    a->m[0] *= big ? INVERSE : UNIT;
    a->e[0] += big ? 1 : -1;
    if (!(size <= DBL_MAX)) a->e[0] = (double)INFINITY;
}

TG_INLINE void multiply(int w, bool plain, const number *a, const number *b, number *out,
                        double *lost)
{
    double y[LINES];
    TG_SIMD
    for (int l = 0; l < w; l++) y[l] = a->m[l] * b->m[l];
    if (plain) {
        TG_SIMD
        for (int l = 0; l < w; l++) {
            const double size = fabs(y[l]), factor = a->m[l] == 0 ? 0 : fabs(b->m[l]);
            const double least = factor == 0 ? 0 : LEAST;
            const double large = size <= MOST ? lost[l] : 1;
            lost[l] = size >= least ? large : 1;
        }
    }
    for (int l = 0; l < w; l++) out->m[l] = y[l];
    if (plain) return;
    out->e[0] = a->e[0] + b->e[0];
    settle(out);
}

/* A number counts beside another with a larger e only if that e is larger by 1. A plain sum is
 * not checked: it becomes a factor of a product, which is. */
TG_INLINE void add(int w, bool plain, number *a, const number *b)
{
    for (int l = 0; plain && l < w; l++) a->m[l] += b->m[l];
    if (plain) return;
    const bool second = a->m[0] == 0 || (b->m[0] != 0 && b->e[0] > a->e[0]);
    const double m = second ? b->m[0] : a->m[0], e = second ? b->e[0] : a->e[0];
    const double less = second ? a->m[0] : b->m[0], f = second ? a->e[0] : b->e[0];
    a->m[0] = m + less * (e == f ? 1 : e == f + 1 ? INVERSE : 0);
    a->e[0] = e;
    settle(a);
}

TG_INLINE void add_product(int w, bool plain, number *sum, const number *a, const number *b,
                           double *lost)
{
    number product;
    multiply(w, plain, a, b, &product, lost);
    add(w, plain, sum, &product);
}

TG_INLINE void set(int w, bool plain, number *a, double value)
{
    for (int l = 0; l < w; l++) a->m[l] = value;
    if (!plain) a->e[0] = 0;
}

TG_INLINE void copy(int w, bool plain, int count, number *to, const number *from)
{
    for (int i = 0; i < count; i++) {
        for (int l = 0; l < w; l++) to[i].m[l] = from[i].m[l];
        if (!plain) to[i].e[0] = from[i].e[0];
    }
}

/* The number as a double, rounded once; infinite or 0 if it is out of range. */
TG_INLINE double narrow(const number *a)
{
    double m = a->m[0], e = a->e[0];
    for (int i = 0; i < 3 && e != 0; i++) {
        m *= e > 0 ? UNIT : INVERSE;
        e -= e > 0 ? 1 : -1;
    }
    return m;
}

/* ---- Lines ------------------------------------------------------------------------------ */

/* How often a product can be differentiated. Each time doubles the number of coefficients. */
enum { MOST_DIRECTIONS = 12 };

typedef struct products {
    const tg__call *call;
    int order;
    int64_t n, inner, lines, block;
    bool running; /* a result for each element, not one for the line */
    size_t scratch;
} products;

/* Where lines begin: in an array with all elements, and in one with one element for each line. */
typedef struct place {
    int64_t whole[LINES], total[LINES];
} place;

/* The lines from [first] on; after the last one, that one again. */
TG_INLINE place place_of(int w, const products *p, int64_t first)
{
    place at;
    for (int l = 0; l < w; l++) {
        const int64_t line = first + l < p->lines ? first + l : p->lines - 1;
        at.whole[l] = line / p->inner * p->n * p->inner + line % p->inner;
        at.total[l] = line;
    }
    return at;
}

TG_INLINE void load(int w, bool plain, const tg__operand *from, const int64_t *at, int64_t more,
                    number *x)
{
    if (from->dtype == TG_F32)
        for (int l = 0; l < w; l++) x->m[l] = (double)((const float *)from->data)[at[l] + more];
    else
        for (int l = 0; l < w; l++) x->m[l] = ((const double *)from->data)[at[l] + more];
    if (plain) return;
    x->e[0] = 0;
    settle(x);
    settle(x); /* the largest and the smallest doubles need two steps */
}

TG_INLINE void store(int w, bool plain, const tg__operand *to, const int64_t *at, int64_t more,
                     const number *y)
{
    double value[LINES];
    for (int l = 0; l < w; l++) value[l] = plain ? y->m[l] : narrow(y);
    if (to->dtype == TG_F32)
        for (int l = 0; l < w; l++) ((float *)to->data)[at[l] + more] = (float)value[l];
    else
        for (int l = 0; l < w; l++) ((double *)to->data)[at[l] + more] = value[l];
}

/* ---- Coefficients ----------------------------------------------------------------------- */

TG_INLINE int members(int set)
{
    int count = 0;
    for (; set; set &= set - 1) count++;
    return count;
}

/* Multiplies the coefficients [f] of a product of [count] elements by element [j] of the line.
 * Those of more directions than there are elements are left out; as zeros they would give NaN
 * beside an infinity. */
TG_INLINE void take(int w, bool plain, int order, const products *p, const place *at, int64_t j,
                    int64_t count, number *f, double *lost)
{
    number x, u[MOST_DIRECTIONS];
    load(w, plain, &p->call->in[0], at->whole, j * p->inner, &x);
    for (int i = 0; i < order; i++)
        load(w, plain, &p->call->in[1 + i], at->whole, j * p->inner, &u[i]);
    for (int s = (1 << order) - 1; s >= 0; s--) {
        const int size = members(s);
        if (size > count + 1) continue;
        if (size <= count) multiply(w, plain, &f[s], &x, &f[s], lost);
        else set(w, plain, &f[s], 0);
        for (int i = 0; i < order; i++)
            if (s >> i & 1) add_product(w, plain, &f[s], &f[s ^ 1 << i], &u[i], lost);
    }
}

/* ---- Forward ---------------------------------------------------------------------------- */

TG_INLINE void forward(int w, bool plain, int order, const products *p, int64_t first, number *f,
                       double *lost)
{
    const tg__operand *out = &p->call->out;
    const place at = place_of(w, p, first);
    number none;
    set(w, plain, &none, 0);
    set(w, plain, &f[0], 1);
    for (int64_t j = 0; j < p->n; j++) {
        take(w, plain, order, p, &at, j, j, f, lost);
        const number *y = order <= j + 1 ? &f[(1 << order) - 1] : &none;
        if (p->running) store(w, plain, out, at.whole, j * p->inner, y);
    }
    if (!p->running)
        store(w, plain, out, at.total, 0, order <= p->n ? &f[(1 << order) - 1] : &none);
}

/* ---- Back ------------------------------------------------------------------------------- */

/* The cotangent of element k: [before] are the coefficients of the product of what stands before
 * it, [after] those of the sum over what follows. */
TG_INLINE void receive(int w, bool plain, int order, const products *p, int64_t k,
                       const number *before, const number *after, number *y, double *lost)
{
    const int all = (1 << order) - 1;
    set(w, plain, y, 0);
    for (int s = 0; s <= all; s++)
        if (members(s) <= k && members(all ^ s) < p->n - k)
            add_product(w, plain, y, &before[s], &after[all ^ s], lost);
}

/* The products up to the beginning of each block are kept; those inside a block are computed
 * again. */
TG_INLINE void back(int w, bool plain, int order, const products *p, int64_t first, number *scratch,
                    double *lost)
{
    const tg__operand *c = &p->call->in[1 + order];
    const place at = place_of(w, p, first);
    const int sets = 1 << order;
    const int64_t blocks = (p->n - 1) / p->block + 1;
    number *after = scratch, *now = after + sets, *inside = now + sets;
    number *kept = inside + p->block * sets;
    set(w, plain, &now[0], 1);
    for (int64_t j = 0; j < (blocks - 1) * p->block; j++) {
        if (j % p->block == 0) copy(w, plain, sets, kept + j / p->block * sets, now);
        take(w, plain, order, p, &at, j, j, now, lost);
    }
    copy(w, plain, sets, kept + (blocks - 1) * sets, now);
    set(w, plain, &after[0], 0);
    for (int64_t b = blocks; b-- > 0;) {
        const int64_t start = b * p->block;
        const int64_t end = start + p->block < p->n ? start + p->block : p->n;
        copy(w, plain, sets, now, kept + b * sets);
        for (int64_t j = start; j < end; j++) {
            copy(w, plain, sets, inside + (j - start) * sets, now);
            if (j + 1 < end) take(w, plain, order, p, &at, j, j, now, lost);
        }
        for (int64_t k = end; k-- > start;) {
            number y;
            if (k + 1 < p->n) take(w, plain, order, p, &at, k + 1, p->n - 2 - k, after, lost);
            if (p->running || k == p->n - 1) {
                const int64_t *from = p->running ? at.whole : at.total;
                load(w, plain, c, from, p->running ? k * p->inner : 0, &y);
                add(w, plain, &after[0], &y);
            }
            receive(w, plain, order, p, k, inside + (k - start) * sets, after, &y, lost);
            store(w, plain, &p->call->out, at.whole, k * p->inner, &y);
        }
    }
}

/* ---- Calls ------------------------------------------------------------------------------ */

#define PRODUCTS_WORK(how)                                                                         \
    TG_CLONES static void how##_lines(const products *p, int64_t first, number *f, double *lost)   \
    {                                                                                              \
        how(LINES, true, 0, p, first, f, lost);                                                    \
    }                                                                                              \
    static void how##_line(const products *p, int64_t first, number *f, double *lost)              \
    {                                                                                              \
        how(1, true, 0, p, first, f, lost);                                                        \
    }                                                                                              \
    static void how##_derived(const products *p, int64_t first, number *f, double *lost)           \
    {                                                                                              \
        how(LINES, true, p->order, p, first, f, lost);                                             \
    }                                                                                              \
    static void how##_far(const products *p, int64_t first, number *f)                             \
    {                                                                                              \
        how(1, false, p->order, p, first, f, NULL);                                                \
    }                                                                                              \
    static void how##_work(void *context, int64_t from, int64_t to, int worker)                    \
    {                                                                                              \
        const products *p = context;                                                               \
        number *scratch = (number *)((char *)p->call->scratch + (size_t)worker * p->scratch);      \
        for (int64_t i = from; i < to; i++) {                                                      \
            const int64_t first = i * LINES;                                                       \
            double lost[LINES] = { 0 };                                                            \
            if (p->order > 0) how##_derived(p, first, scratch, lost);                              \
            else if (p->lines == 1) how##_line(p, first, scratch, lost);                           \
            else how##_lines(p, first, scratch, lost);                                             \
            for (int l = 0; l < LINES && first + l < p->lines; l++)                                \
                if (lost[l] != 0) how##_far(p, first + l, scratch);                                \
        }                                                                                          \
    }
PRODUCTS_WORK(forward)
PRODUCTS_WORK(back)

/* The number of elements of a block: the square root of the length, so that little is kept. */
static int64_t block_of(int64_t n)
{
    int64_t block = 1;
    while (block * block < n) block++;
    return block;
}

static void run(const tg__call *call, size_t scratch, tg__work work)
{
    enum { GRAIN = 4096 };
    const tg__product_attr *attr = call->attr;
    const tg__operand *x = &call->in[0];
    products p = { .call = call, .order = (int)attr->order };
    int64_t outer;
    tg__around(x, attr->axis, &outer, &p.inner);
    p.n = x->dim[attr->axis];
    p.lines = outer * p.inner;
    p.block = block_of(p.n);
    p.scratch = scratch;
    /* The result of cumprod, or its cotangent. Where it has one element along the axis, so has
     * the other. */
    const tg__operand *y = call->arity > 1 + attr->order ? &call->in[1 + attr->order] : &call->out;
    p.running = y->dim[attr->axis] == p.n;
    const int64_t tiles = (p.lines + LINES - 1) / LINES;
    tg__parallel(call->pool, tiles, 1 + GRAIN / (1 + (p.n << p.order)), work, &p);
}

#define WRAPPED(id, dtype, type, T, U, ...)                                                        \
    static void product_##type(const tg__call *call, int64_t axis)                                 \
    {                                                                                              \
        const tg__operand *x = &call->in[0];                                                       \
        int64_t outer, inner;                                                                      \
        tg__around(x, axis, &outer, &inner);                                                       \
        const int64_t n = x->dim[axis];                                                            \
        const bool running = call->out.dim[axis] == n;                                             \
        for (int64_t line = 0; line < outer * inner; line++) {                                     \
            const int64_t first = line / inner * n * inner + line % inner;                         \
            U product = 1;                                                                         \
            for (int64_t j = 0; j < n; j++) {                                                      \
                product *= (U)((const T *)x->data)[first + j * inner];                             \
                if (running) ((T *)call->out.data)[first + j * inner] = (T)product;                \
            }                                                                                      \
            if (!running) ((T *)call->out.data)[line] = (T)product;                                \
        }                                                                                          \
    }
#define WRAPPED_CASE(id, dtype, type, ...)                                                         \
    case dtype: product_##type(call, attr->axis); break;
TG_EACH_INT(WRAPPED, product)

/* Has the result no elements? Then its other axes may have any length. */
static bool is_empty(int rank, const int64_t *dim)
{
    for (int i = 0; i < rank; i++)
        if (dim[i] == 0) return true;
    return false;
}

static size_t forward_scratch(const tg__call *call, int threads)
{
    return (sizeof(number) << ((const tg__product_attr *)call->attr)->order) * (size_t)threads;
}

static size_t back_scratch(const tg__call *call, int threads)
{
    const tg__product_attr *product = call->attr;
    if (is_empty(call->out.rank, call->out.dim)) return 0;
    const int64_t n = call->out.dim[product->axis], block = block_of(n),
                  blocks = (n - 1) / block + 1;
    return (size_t)(2 + block + blocks) * (sizeof(number) << product->order) * (size_t)threads;
}

static tg_status cumprod_call(const tg__call *call)
{
    const tg__product_attr *attr = call->attr;
    switch (call->out.dtype) {
        TG_EACH_INT(WRAPPED_CASE, product)
    default: run(call, forward_scratch(call, 1), forward_work); break;
    }
    return TG_OK;
}

static tg_status cumprod_back_call(const tg__call *call)
{
    const tg__operand *out = &call->out;
    if (is_empty(out->rank, out->dim)) return TG_OK;
    run(call, back_scratch(call, 1), back_work);
    return TG_OK;
}

/* ---- Recording -------------------------------------------------------------------------- */

/* Records either of the two for x, the directions and perhaps a cotangent. The result has
 * [length] elements along the axis. */
static tg_tensor *record(tg_site at, const tg_op *op, int64_t axis, int order, tg_tensor **in,
                         int arity, int64_t length)
{
    for (int i = 0; i < arity; i++)
        if (!in[i]) return NULL;
    tg_tensor *x = in[0];
    if (order > MOST_DIRECTIONS)
        return tg__fail_op(x->tape, at, TG_ERR_UNSUPPORTED, "cumprod", 1, &x,
                           "a product has been differentiated %d times, and can be no more often",
                           order);
    const tg__product_attr attr = { axis, order };
    int64_t dim[TG_MAX_RANK];
    for (int i = 0; i < x->rank; i++) dim[i] = i == axis ? length : x->dim[i];
    return tg__record(x->tape, at, op, (tg_dtype)x->dtype, x->rank, dim, arity, in, &attr,
                      sizeof attr);
}

tg_tensor *tg__products(tg_site at, tg_tensor *x, int axis, bool running)
{
    return record(at, &tg__op_cumprod, axis, 0, &x, 1, running ? x->dim[axis] : 1);
}

/* The cotangent of x takes one more operand, g. That of a direction has the other directions,
 * and g. */
static void cumprod_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    const tg__product_attr *attr = y->attr;
    const int order = (int)attr->order;
    const int64_t n = y->in[0]->dim[attr->axis];
    tg_tensor *in[MOST_DIRECTIONS + 3];
    memcpy(in, y->in, sizeof *in * (size_t)y->arity);
    in[1 + order] = g;
    to[0] = record(*y->site, &tg__op_cumprod_back, attr->axis, order, in, order + 2, n);
    for (int i = order; i > 0; i--) {
        /* All but direction i. */
        tg_tensor *others[MOST_DIRECTIONS + 3];
        int count = 0;
        for (int k = 0; k < order + 2; k++)
            if (k != i) others[count++] = in[k];
        to[i] = record(*y->site, &tg__op_cumprod_back, attr->axis, order - 1, others, count, n);
    }
}

static void cumprod_back_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    const tg__product_attr *attr = y->attr;
    const int order = (int)attr->order;
    tg_tensor *c = y->in[1 + order], *in[MOST_DIRECTIONS + 4];
    const int64_t n = y->in[0]->dim[attr->axis], length = c->dim[attr->axis];
    memcpy(in, y->in, sizeof *in * (size_t)y->arity);
    for (int i = 1; i <= order; i++) {
        in[i] = g;
        to[i] = record(*y->site, &tg__op_cumprod_back, attr->axis, order, in, order + 2, n);
        in[i] = y->in[i];
    }
    in[1 + order] = g;
    to[1 + order] = record(*y->site, &tg__op_cumprod, attr->axis, order + 1, in, order + 2, length);
    in[2 + order] = c;
    to[0] = record(*y->site, &tg__op_cumprod_back, attr->axis, order + 1, in, order + 3, n);
}

static void product_print(const void *attr, FILE *out)
{
    const tg__product_attr *product = attr;
    fprintf(out, " axis=%d", (int)product->axis);
    if (product->order) fprintf(out, " directions=%d", (int)product->order);
}

const tg_op tg__op_cumprod = { .name = "cumprod",
                               .kind = TG_KIND_CALL,
                               .arity = 255,
                               .call = cumprod_call,
                               .scratch = forward_scratch,
                               .vjp = cumprod_vjp,
                               .print = product_print };
const tg_op tg__op_cumprod_back = { .name = "cumprod_back",
                                    .kind = TG_KIND_CALL,
                                    .arity = 255,
                                    .call = cumprod_back_call,
                                    .scratch = back_scratch,
                                    .vjp = cumprod_back_vjp,
                                    .print = product_print };

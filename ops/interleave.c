/* interleave.c: arrays put together of others whose elements take turns along some axes. No
 * function records it: the planner makes it of the phases of a folded product
 * (window_product.h), which are the gradient by its input of a convolution at strides, and a
 * transposed convolution. What is cut off behind, as the padding of that convolution, is not
 * computed. */
#include "ops/interleave.h"

#include "ops/dot_rewrite.h"
#include "ops/ops.h"

#include "kernels/parallel.h"
#include "kernels/vector.h"

static const tg_site at = { 0 };

/* ---- The operation ---------------------------------------------------------------------- */

/* A line of an operand along the last axis: its elements, how far apart they are, and where in the
 * result's line the first one is. */
typedef struct line {
    const void *from;
    int64_t count, stride, before;
} line;

/* Lines into one of the result. Of two that take turns the compiler makes shuffles of vectors. */
#define LINES(id, bytes, bits, T)                                                                  \
    TG_CLONES static void zip_##bits(const T *restrict even, const T *restrict odd, int64_t count, \
                                     T *restrict to)                                               \
    {                                                                                              \
        TG_SIMD                                                                                    \
        for (int64_t i = 0; i < count; i++) {                                                      \
            to[2 * i] = even[i];                                                                   \
            to[2 * i + 1] = odd[i];                                                                \
        }                                                                                          \
    }                                                                                              \
    static void lines_##bits(const line *l, int count, int64_t every, T *to)                       \
    {                                                                                              \
        int64_t done = 0;                                                                          \
        if (count == 2 && every == 2 && l[0].before == 0 && l[0].stride == 1 && l[1].stride == 1)  \
            zip_##bits(l[0].from, l[1].from, done = l[1].count, to);                               \
        for (int k = 0; k < count; k++) {                                                          \
            const T *from = l[k].from;                                                             \
            T *at_line = to + l[k].before;                                                         \
            for (int64_t i = done; i < l[k].count; i++)                                            \
                at_line[i * every] = from[i * l[k].stride];                                        \
        }                                                                                          \
    }
TG_EACH_SIZE(LINES, lines)

#define LINES_CASE(id, bytes, bits, T)                                                             \
    case bytes: lines_##bits(l, count, every, to); break;
static void put_lines(size_t size, const line *l, int count, int64_t every, void *to)
{
    if (count == 1 && every == 1 && l->stride == 1) {
        tg__copy_run(to, l->from, (size_t)l->count * size);
        return;
    }
    switch (size) {
        TG_EACH_SIZE(LINES_CASE, lines)
    default: break;
    }
}

/* In front of axis [outer] every operand has all of the result's elements: a unit of it for each of
 * these. */
typedef struct interleaving {
    const tg__call *call;
    const tg__interleave_attr *attr;
    int outer, last;
    int64_t unit; /* elements in it */
    size_t size;  /* of an element */
} interleaving;

/* Where a unit of the operand begins. */
static int64_t unit_of(const interleaving *job, const tg__view *view, int64_t unit)
{
    int64_t from = view->offset;
    for (int axis = job->outer - 1; axis >= 0; axis--) {
        from += unit % view->dim[axis] * view->stride[axis];
        unit /= view->dim[axis];
    }
    return from;
}

/* The operands [first, end), which differ in where they are along the last axis alone. */
static void put_operands(const interleaving *job, int64_t unit, int first, int end,
                         unsigned char *to)
{
    const tg__interleave_attr *attr = job->attr;
    const tg__operand *in = job->call->in;
    const int64_t *dim = job->call->out.dim;
    int64_t position[TG_MAX_RANK] = { 0 }, from[TG_PHASES];
    line l[TG_PHASES];
    for (int k = first; k < end; k++) from[k] = unit_of(job, &in[k].view, unit);
    for (;;) {
        int64_t row = 0;
        for (int axis = job->outer; axis < job->last; axis++)
            row = row * dim[axis] + attr->before[first][axis] + position[axis] * attr->every[axis];
        for (int k = first; k < end; k++) {
            const tg__view *view = &in[k].view;
            int64_t place = from[k];
            for (int axis = job->outer; axis < job->last; axis++)
                place += position[axis] * view->stride[axis];
            l[k - first] =
                (line){ (const unsigned char *)in[k].data + place * (int64_t)job->size,
                        view->dim[job->last], view->stride[job->last], attr->before[k][job->last] };
        }
        put_lines(job->size, l, end - first, attr->every[job->last],
                  to + (size_t)(row * dim[job->last]) * job->size);
        int axis = job->last - 1;
        while (axis >= job->outer && ++position[axis] == in[first].dim[axis]) position[axis--] = 0;
        if (axis < job->outer) return;
    }
}

static void put_units(void *context, int64_t first, int64_t last, int worker)
{
    const interleaving *job = context;
    const size_t bytes = (size_t)job->unit * job->size;
    const size_t places = (size_t)job->last * sizeof **job->attr->before;
    (void)worker;
    for (int64_t unit = first; unit < last; unit++) {
        unsigned char *to = (unsigned char *)job->call->out.data + (size_t)unit * bytes;
        if (job->attr->gaps) memset(to, 0, bytes);
        for (int k = 0, end; k < job->call->arity; k = end) {
            for (end = k + 1; end < job->call->arity; end++)
                if (memcmp(job->attr->before[k], job->attr->before[end], places) != 0) break;
            put_operands(job, unit, k, end, to);
        }
    }
}

static tg_status interleave_call(const tg__call *call)
{
    enum { GRAIN = 16384 };
    const tg__operand *out = &call->out;
    interleaving job = { .call = call,
                         .attr = call->attr,
                         .last = out->rank - 1,
                         .unit = 1,
                         .size = tg_dtype_size(out->dtype) };
    int64_t units = 1;
    while (job.outer < job.last && job.attr->every[job.outer] == 1) units *= out->dim[job.outer++];
    for (int axis = job.outer; axis < out->rank; axis++) job.unit *= out->dim[axis];
    tg__parallel(call->pool, units, 1 + GRAIN / job.unit, put_units, &job);
    return TG_OK;
}

static void interleave_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    const tg__interleave_attr *turns = y->attr;
    for (int k = 0; k < y->arity; k++) {
        to[k] = g;
        for (int i = 0; i < y->rank && to[k]; i++) {
            const int64_t first = turns->before[k][i], every = turns->every[i];
            const int64_t last = first + (y->in[k]->dim[i] - 1) * every;
            to[k] = tg_slice(to[k], i, first, last + 1, every);
        }
    }
}

static void interleave_print(const void *attr, FILE *out)
{
    const tg__interleave_attr *turns = attr;
    const char *separator = " every=";
    for (int i = 0; i < TG_MAX_RANK; i++, separator = ",")
        if (turns->every[i]) fprintf(out, "%s%d", separator, (int)turns->every[i]);
}

/* ---- Phases of folded products ---------------------------------------------------------- */

/* The phases that have elements and taps, of all axes. Sets [gaps] if there are any without taps.
 */
static int find_phases(const tg__folded_product *f, tg__interleave_attr *attr,
                       tg__phase phase[][TG_FOLDS])
{
    const int64_t all = tg__count_phases(f);
    int count = 0;
    for (int64_t i = 0; i < all; i++) {
        int64_t rest = i;
        bool elements = true, taps = true;
        memset(attr->before[count], 0, sizeof attr->before[count]);
        for (int j = f->count - 1; j >= 0; j--) {
            const int64_t begin = rest % f->window[j].stride;
            rest /= f->window[j].stride;
            phase[count][j] = tg__phase_of(f, j, begin);
            elements &= phase[count][j].elements > 0;
            taps &= phase[count][j].taps > 0;
            attr->before[count][f->window[j].axis] = begin;
        }
        attr->gaps |= elements && !taps;
        count += elements && taps;
    }
    return count;
}

/* The products of those phases, interleaved: a value of the shape of the node [x] of the fold, but
 * for what is not wanted of the folded axes. */
static tg__ref products_of_phases(tg__rewriter *r, const tg_tensor *x, const tg__folded_product *f)
{
    tg__interleave_attr attr = { .gaps = 0 };
    tg__phase phase[TG_PHASES + 1][TG_FOLDS];
    tg__ref part[TG_PHASES];
    int64_t dim[TG_MAX_RANK];
    memcpy(dim, x->dim, sizeof *dim * x->rank);
    for (int i = 0; i < x->rank; i++) attr.every[i] = 1;
    for (int j = 0; j < f->count; j++) {
        const int64_t axis = f->window[j].axis;
        dim[axis] = f->length[j];
        attr.every[axis] = f->window[j].stride;
        attr.cut[axis] = f->first[j];
    }
    const int count = find_phases(f, &attr, phase);
    const tg__padded padded = tg__pad_places(r, x, f);
    if (padded.value == TG__NONE) return tg__no_ref();
    for (int i = 0; i < count; i++) {
        part[i] = tg__product_of_windows(r, x, f, phase[i], &padded);
        if (part[i].value == TG__NONE) return tg__no_ref();
    }
    if (tg__count_phases(f) == 1) return part[0];
    const tg__view shape = tg__view_dense(x->rank, dim);
    tg__value *value = tg__value_new_as(&r->values, x, &shape, &tg__op_interleave, count, &attr,
                                        offsetof(tg__interleave_attr, before[count]));
    if (!value) return tg__no_ref();
    for (int i = 0; i < count; i++) {
        value->in[i] = part[i].value;
        value->view[i] = part[i].view;
    }
    return (tg__ref){ tg__value_keep(&r->values), NULL };
}

/* Has any wanted element a tap? Else all are zeros. */
static bool has_taps(const tg__folded_product *f)
{
    for (int j = 0; j < f->count; j++) {
        bool any = false;
        for (int64_t begin = 0; begin < f->window[j].stride && begin < f->length[j]; begin++)
            any |= tg__phase_of(f, j, begin).taps > 0;
        if (!any) return false;
    }
    return true;
}

/* Do several windows see one element, along an axis at all? Else what is folded is no larger than
 * the result, and its elements need but to be moved. */
static bool overlaps(const tg__folded_product *f)
{
    for (int j = 0; j < f->count; j++)
        if (tg__window_overlaps(&f->window[j], f->places[j], f->size[j])) return true;
    return false;
}

/* Of the vectors of eight lanes that a row of a phase takes: lanes that stay empty, for each that
 * is used. */
static double idle_lanes(int64_t row) { return (double)((row + 7) / 8 * 8) / (double)row - 1; }

/* The axis of the places that steps the least: along it lie rows of a phase. */
static int axis_of_rows(const tg__folded_product *f)
{
    const tg__view *view = f->dot.view[1 - f->kernel];
    int64_t least = INT64_MAX;
    int found = 0;
    for (int j = 0; j < f->count; j++) {
        const int axis = tg__dot_operand_axis(&f->attr, 1 - f->kernel, f->place[j]);
        if (view->dim[axis] == 1 || view->stride[axis] >= least) continue;
        least = view->stride[axis];
        found = j;
    }
    return found;
}

/* At strides, is it worth it? The cotangent is padded and the kernel copied, which takes more
 * memory and time than folding does, if both are not clearly smaller than what is folded; and short
 * rows leave lanes empty, which may cost more than to fold an element: as much as some 40
 * multiply-adds. */
static bool pays(const tg__folded_product *f)
{
    enum { SHORTEST_ROW = 6, FOLDING = 40 };
    const int64_t phases = tg__count_phases(f);
    if (phases == 1 || phases > TG_PHASES || !overlaps(f)) return phases == 1;
    const tg__view *left = f->dot.view[0], *right = f->dot.view[1];
    const double operands = (double)tg__view_count(left) + (double)tg__view_count(right);
    if ((double)f->dot.count < 1.5 * operands) return false;
    double terms = 1;
    for (int64_t i = 0; i < f->attr.k; i++) terms *= (double)right->dim[f->attr.batch + i];
    const int j = axis_of_rows(f);
    const int64_t stride = f->window[j].stride, row = f->length[j] / stride;
    double idle = idle_lanes(row);
    if (f->length[j] % stride != 0 && idle_lanes(row + 1) > idle) idle = idle_lanes(row + 1);
    return row >= SHORTEST_ROW && idle * terms < FOLDING;
}

bool tg__fold_by_phases(tg__rewriter *r, const tg_tensor *x, tg__ref *result)
{
    tg__folded_product f;
    if (!tg__find_folded_product(r, x, &f) || !pays(&f)) return false;
    *result = products_of_phases(r, x, &f);
    return true;
}

/* ---- Parts of them ---------------------------------------------------------------------- */

/* What a view shows of a dense array, if it is a box: along each axis of the array a range. */
typedef struct box {
    int64_t first[TG_MAX_RANK], size[TG_MAX_RANK];
    int along[TG_MAX_RANK]; /* the axis of the array, for each of the view; of several joined the
                               last */
} box;

/* The axes of the array that an axis of the view steps through: one in part, or several as one. */
static bool add_axis(const tg__view *dense, const tg__view *view, int i, box *b)
{
    int k = dense->rank - 1;
    while (k >= 0 && (dense->dim[k] == 1 || dense->stride[k] != view->stride[i])) k--;
    if (k < 0 || b->size[k] != 1) return false;
    b->along[i] = k;
    int64_t left = view->dim[i];
    for (; left > dense->dim[k]; k--) {
        if (k == 0 || left % dense->dim[k] != 0 || b->first[k] != 0 || b->size[k] != 1)
            return false;
        b->size[k] = dense->dim[k];
        left /= dense->dim[k];
    }
    if (b->size[k] != 1) return false;
    b->size[k] = left;
    return b->first[k] + left <= dense->dim[k] && (k == b->along[i] || left == dense->dim[k]);
}

static bool find_box(const tg__view *dense, const tg__view *view, box *b)
{
    int64_t offset = view->offset;
    *b = (box){ .first = { 0 } };
    for (int k = 0; k < dense->rank; k++) {
        b->first[k] = offset / dense->stride[k];
        offset %= dense->stride[k];
        b->size[k] = 1;
    }
    for (int i = 0; i < view->rank; i++)
        if (view->dim[i] != 1 && !add_axis(dense, view, i, b)) return false;
    return view->offset >= 0;
}

/* The fold behind views that nobody else wants; NULL if there is none. */
static const tg_tensor *fold_behind(const tg__rewriter *r, const tg_tensor *x)
{
    for (; tg__uses_of(r, x) == 1; x = x->in[0]) {
        if (x->op->kind == TG_KIND_VIEW) continue;
        /* What it becomes is no value of its own operation: only a fold can be that. */
        return x->op->kind == TG_KIND_CALL && x->op != &tg__op_interleave ? x : NULL;
    }
    return NULL;
}

/* If [x] shows a part of a folded product that nobody else wants, cut along folded axes: the
 * products of that part. */
bool tg__fold_part_by_phases(tg__rewriter *r, const tg_tensor *x, tg__ref of, const tg__view *whole,
                             const tg__view *part, tg__ref *result)
{
    const tg__value *value = tg__value_at(r, of.value);
    const tg__view dense = tg__view_dense(value->rank, value->dim);
    const bool interleaved = value->op == &tg__op_interleave;
    const tg__interleave_attr *attr = interleaved ? value->attr : NULL;
    const tg_tensor *fold = fold_behind(r, x->in[0]);
    tg__folded_product f;
    box b;
    if (!fold || tg__view_count(part) >= tg__view_count(whole) || tg__view_count(part) == 0 ||
        !find_box(&dense, part, &b) || !tg__find_folded_product(r, fold, &f))
        return false;
    tg__view left = dense, seen = *part;
    for (int j = 0; j < f.count; j++) {
        const int64_t axis = f.window[j].axis;
        f.first[j] = b.first[axis] + (interleaved ? attr->cut[axis] : 0);
        f.length[j] = left.dim[axis] = b.size[axis];
    }
    for (int k = 0; k < dense.rank; k++)
        if (b.size[k] != left.dim[k]) return false; /* cut along another axis */
    if (!(interleaved || pays(&f)) || !has_taps(&f)) return false;
    left = tg__view_dense(left.rank, left.dim);
    seen.offset = 0;
    for (int i = 0; i < seen.rank; i++)
        if (seen.dim[i] != 1) seen.stride[i] = left.stride[b.along[i]];
    *result = products_of_phases(r, fold, &f);
    if (result->value == TG__NONE) return true;
    const tg__view *kept = tg__value_view(&r->values, &seen);
    *result = kept ? (tg__ref){ result->value, kept } : tg__no_ref();
    return true;
}

static const tg__rewrites interleave_rewrites = { .view = tg__fold_part_by_phases };

const tg_op tg__op_interleave = { .name = "interleave",
                                  .kind = TG_KIND_CALL,
                                  .arity = 255,
                                  .flags = TG_OP_VIEWS,
                                  .call = interleave_call,
                                  .rewrites = &interleave_rewrites,
                                  .vjp = interleave_vjp,
                                  .print = interleave_print };

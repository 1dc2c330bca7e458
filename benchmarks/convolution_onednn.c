/* convolution_onednn.c: a convolution by oneDNN, version 2 or 3, through its C interface. On plain
 * arrays it takes the kernel that it has for those; else it chooses the layouts, and what brings
 * the arrays into them and back is part of the time.
 *
 * Its threads wait busily for the next work, into the turns of the others: with more than one, set
 * OMP_WAIT_POLICY=passive. */
#include "convolution_products.h"
#include "onednn.h"

#include <oneapi/dnnl/dnnl.h>
#include <stdlib.h>
#include <string.h>

/* How an array is laid out. */
#if DNNL_VERSION_MAJOR == 2
typedef const dnnl_memory_desc_t *layout;
#else
typedef const_dnnl_memory_desc_t layout;
#endif

/* An array as the primitive wants it; where that is not as it is, with the way there, or back. */
typedef struct place {
    dnnl_memory_t plain, wanted; /* the same one where no reorder is needed */
    dnnl_primitive_t reorder;
} place;

typedef struct onednn {
    const task *task;
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dnnl_primitive_t primitive;
    place at[OPERANDS];
} onednn;

static void must(dnnl_status_t status, const char *what)
{
    if (status == dnnl_success) return;
    fprintf(stderr, "oneDNN: %s failed with status %d\n", what, (int)status);
    exit(EXIT_FAILURE);
}

/* ---- What versions 2 and 3 do differently ------------------------------------------------ */

/* A convolution to describe, and the layouts of its arrays. */
typedef struct described {
    operand target;
    dnnl_dims_t strides, padding;
    layout at[OPERANDS];
} described;

#if DNNL_VERSION_MAJOR == 2

static layout layout_new(int rank, const dnnl_dims_t dim, dnnl_format_tag_t tag)
{
    dnnl_memory_desc_t *desc = bench_alloc(sizeof *desc);
    must(dnnl_memory_desc_init_by_tag(desc, rank, dim, dnnl_f32, tag), "describing an array");
    return desc;
}

static void layout_free(layout l) { free((void *)l); }

/* [forward] is that of the same convolution, for its gradients. */
static dnnl_status_t describe(const described *d, dnnl_engine_t engine,
                              dnnl_primitive_desc_t forward, dnnl_primitive_desc_t *to)
{
    const dnnl_alg_kind_t direct = dnnl_convolution_direct;
    dnnl_convolution_desc_t desc;
    dnnl_status_t status;
    if (d->target == Y) {
        status = dnnl_convolution_forward_desc_init(&desc, dnnl_forward_training, direct, d->at[X],
                                                    d->at[W], NULL, d->at[Y], d->strides,
                                                    d->padding, d->padding);
    } else if (d->target == X) {
        status = dnnl_convolution_backward_data_desc_init(
            &desc, direct, d->at[X], d->at[W], d->at[Y], d->strides, d->padding, d->padding);
    } else {
        status = dnnl_convolution_backward_weights_desc_init(
            &desc, direct, d->at[X], d->at[W], NULL, d->at[Y], d->strides, d->padding, d->padding);
    }
    if (status != dnnl_success) return status;
    return dnnl_primitive_desc_create(to, &desc, NULL, engine, forward);
}

#else

static layout layout_new(int rank, const dnnl_dims_t dim, dnnl_format_tag_t tag)
{
    dnnl_memory_desc_t desc;
    must(dnnl_memory_desc_create_with_tag(&desc, rank, dim, dnnl_f32, tag), "describing an array");
    return desc;
}

static void layout_free(layout l)
{
    must(dnnl_memory_desc_destroy((dnnl_memory_desc_t)l), "freeing a description");
}

/* [forward] is that of the same convolution, for its gradients. */
static dnnl_status_t describe(const described *d, dnnl_engine_t engine,
                              dnnl_primitive_desc_t forward, dnnl_primitive_desc_t *to)
{
    const dnnl_alg_kind_t direct = dnnl_convolution_direct;
    const dnnl_dims_t dense = { 0 };
    if (d->target == Y)
        return dnnl_convolution_forward_primitive_desc_create(
            to, engine, dnnl_forward_training, direct, d->at[X], d->at[W], NULL, d->at[Y],
            d->strides, dense, d->padding, d->padding, NULL);
    if (d->target == X)
        return dnnl_convolution_backward_data_primitive_desc_create(
            to, engine, direct, d->at[X], d->at[W], d->at[Y], d->strides, dense, d->padding,
            d->padding, forward, NULL);
    return dnnl_convolution_backward_weights_primitive_desc_create(
        to, engine, direct, d->at[X], d->at[W], NULL, d->at[Y], d->strides, dense, d->padding,
        d->padding, forward, NULL);
}

#endif

/* ---- Choosing a kernel ------------------------------------------------------------------- */

static layout layout_of(const task *t, operand which, dnnl_format_tag_t tag)
{
    const tg_shape shape = shape_of(t->of, which);
    dnnl_dims_t dim;
    memcpy(dim, shape.dim, (size_t)shape.rank * sizeof *dim);
    return layout_new(shape.rank, dim, tag);
}

/* What the primitive calls the operand. */
static int name_of(const task *t, operand which)
{
    static const int value[OPERANDS] = { DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST };
    static const int gradient[OPERANDS] = { DNNL_ARG_DIFF_SRC, DNNL_ARG_DIFF_WEIGHTS,
                                            DNNL_ARG_DIFF_DST };
    const bool differentiates = t->target != Y && (which == t->target || which == Y);
    return differentiates ? gradient[which] : value[which];
}

/* Its kernel, in layouts of [tag]; NULL if it has none. */
static dnnl_primitive_desc_t choose(const onednn *o, dnnl_format_tag_t tag)
{
    const convolution *c = o->task->of;
    described d = { Y, { c->stride, c->stride }, { c->padding, c->padding }, { 0 } };
    dnnl_primitive_desc_t forward = NULL, chosen = NULL;
    for (operand which = X; which < OPERANDS; which++) d.at[which] = layout_of(o->task, which, tag);
    if (describe(&d, o->engine, NULL, &forward) != dnnl_success) forward = NULL;
    d.target = o->task->target;
    if (d.target == Y) {
        chosen = forward;
    } else if (forward) {
        if (describe(&d, o->engine, forward, &chosen) != dnnl_success) chosen = NULL;
        must(dnnl_primitive_desc_destroy(forward), "freeing a description");
    }
    for (operand which = X; which < OPERANDS; which++) layout_free(d.at[which]);
    return chosen;
}

static dnnl_primitive_t reorder_between(const onednn *o, layout from, layout to)
{
    dnnl_primitive_desc_t desc;
    dnnl_primitive_t reorder;
    must(dnnl_reorder_primitive_desc_create(&desc, from, o->engine, to, o->engine, NULL),
         "describing a reorder");
    must(dnnl_primitive_create(&reorder, desc), "making a reorder");
    must(dnnl_primitive_desc_destroy(desc), "freeing a description");
    return reorder;
}

static place find_place(const onednn *o, dnnl_primitive_desc_t primitive, operand which)
{
    place at = { 0 };
    const layout plain = layout_of(o->task, which, dnnl_nchw);
    const layout wanted =
        dnnl_primitive_desc_query_md(primitive, dnnl_query_exec_arg_md, name_of(o->task, which));
    must(dnnl_memory_create(&at.plain, plain, o->engine, o->task->data[which]), "an array");
    at.wanted = at.plain;
    if (!dnnl_memory_desc_equal(plain, wanted)) {
        must(dnnl_memory_create(&at.wanted, wanted, o->engine, DNNL_MEMORY_ALLOCATE), "an array");
        at.reorder = which == o->task->target ? reorder_between(o, wanted, plain)
                                              : reorder_between(o, plain, wanted);
    }
    layout_free(plain);
    return at;
}

/* ---- The way ----------------------------------------------------------------------------- */

static void *begin(const task *t, dnnl_format_tag_t tag)
{
    onednn *o = bench_alloc(sizeof *o);
    *o = (onednn){ .task = t };
    bench_onednn_threads(t->threads);
    must(dnnl_engine_create(&o->engine, dnnl_cpu, 0), "making an engine");
    must(dnnl_stream_create(&o->stream, o->engine, dnnl_stream_default_flags), "making a stream");
    dnnl_primitive_desc_t desc = choose(o, tag);
    if (!desc) {
        must(dnnl_stream_destroy(o->stream), "freeing a stream");
        must(dnnl_engine_destroy(o->engine), "freeing an engine");
        free(o);
        return NULL;
    }
    must(dnnl_primitive_create(&o->primitive, desc), "making a primitive");
    for (operand which = X; which < OPERANDS; which++) o->at[which] = find_place(o, desc, which);
    must(dnnl_primitive_desc_destroy(desc), "freeing a description");
    return o;
}

static void *begin_plain(const task *t) { return begin(t, dnnl_nchw); }
static void *begin_any(const task *t) { return begin(t, dnnl_format_tag_any); }

static void reorder(const onednn *o, const place *at, dnnl_memory_t from, dnnl_memory_t to)
{
    if (!at->reorder) return;
    const dnnl_exec_arg_t arguments[] = { { DNNL_ARG_FROM, from }, { DNNL_ARG_TO, to } };
    must(dnnl_primitive_execute(at->reorder, o->stream, 2, arguments), "a reorder");
}

static void call(void *state)
{
    const onednn *o = state;
    dnnl_exec_arg_t arguments[OPERANDS];
    for (operand which = X; which < OPERANDS; which++) {
        const place *at = &o->at[which];
        arguments[which] = (dnnl_exec_arg_t){ name_of(o->task, which), at->wanted };
        if (which != o->task->target) reorder(o, at, at->plain, at->wanted);
    }
    must(dnnl_primitive_execute(o->primitive, o->stream, OPERANDS, arguments), "a product");
    const place *result = &o->at[o->task->target];
    reorder(o, result, result->wanted, result->plain);
    must(dnnl_stream_wait(o->stream), "waiting");
}

static void end(void *state)
{
    onednn *o = state;
    for (operand which = X; which < OPERANDS; which++) {
        const place *at = &o->at[which];
        if (at->wanted != at->plain) must(dnnl_memory_destroy(at->wanted), "freeing an array");
        must(dnnl_memory_destroy(at->plain), "freeing an array");
        if (at->reorder) must(dnnl_primitive_destroy(at->reorder), "freeing a reorder");
    }
    must(dnnl_primitive_destroy(o->primitive), "freeing a primitive");
    must(dnnl_stream_destroy(o->stream), "freeing a stream");
    must(dnnl_engine_destroy(o->engine), "freeing an engine");
    free(o);
}

const way by_onednn_plain = { "onednn_nchw", begin_plain, call, end };
const way by_onednn_any = { "onednn_any", begin_any, call, end };

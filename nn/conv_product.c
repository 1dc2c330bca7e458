/* conv_product.c: the product that convolutions and transposed convolutions are made of; their
 * variables; the checks of their operands.
 *
 * The windows are a view of x: [N, C, places..., kernel...]. The product sums over C and the
 * kernel's axes, and gives [out, N, places...]. The executor may read the windows where they are in
 * memory, so nothing larger than x is copied (docs/architecture.md, "Convolutions"). A transposed
 * convolution is recorded as the gradient by x of a convolution is: the product of x and the
 * weight, [N, out, places..., kernel...], is folded. */
#include "spatial.h"

#undef TG_HERE
#define TG_HERE at

/* ---- Variables -------------------------------------------------------------------------- */

static bool channels_hold(const tg__nn_conv_new *new)
{
    if (new->in >= 0 && new->out >= 0 && new->in % new->groups == 0 && new->out % new->groups == 0)
        return true;
    tg_store_fail(new->store, new->at, TG_ERR_SHAPE,
                  new->in < 0 || new->out < 0
                      ? "%s: layer \"%s\" cannot have in = %lld and out = %lld channels (groups = "
                        "%lld)"
                      : "%s: layer \"%s\" has in = %lld and out = %lld channels, and groups = %lld "
                        "must divide both",
                  new->op, new->name, (long long)new->in, (long long)new->out,
                  (long long)new->groups);
    return false;
}

bool tg__nn_conv_new_fail(const tg__nn_conv_new *new, const tg_error *why)
{
    tg_store_fail(new->store, new->at, why->status, "%s: layer \"%s\": %s", new->op, new->name,
                  why->text);
    return false;
}

void tg__nn_conv_variables(const tg__nn_conv_new *new, tg_var **weight, tg_var **bias)
{
    const tg_site at = new->at;
    if (!channels_hold(new)) return;
    const int64_t outer = new->transposed ? new->in : new->out;
    const int64_t inner = (new->transposed ? new->out : new->in) / new->groups;
    tg_shape shape = TG_SHAPE(outer, inner);
    double fan = (double)inner;
    for (int i = 0; i < new->dims; i++) {
        shape.dim[shape.rank++] = new->kernel[i];
        fan *= (double)new->kernel[i];
    }
    *weight = tg__nn_field(at, new->op, new->store, new->name, "weight", shape,
                           tg__nn_chosen_init(new->init, fan, shape));
    if (!*weight || new->no_bias) return;
    *bias = tg__nn_field(at, new->op, new->store, new->name, "bias", TG_SHAPE(new->out),
                         tg__nn_chosen_init(new->bias_init, fan, shape));
    /* If the bias could not be made, the layer must not look like one without a bias. */
    if (!*bias) *weight = NULL;
}

/* ---- Operands --------------------------------------------------------------------------- */

bool tg__nn_conv_fail(const tg__nn_conv *conv, const tg_error *why)
{
    tg_tape *tape = tg_tape_of(conv->x);
    tg_fail(tape, conv->at, why->status, "%s: %s", conv->op, why->text);
    tg_fail_operands(tape, (tg_list){ conv->bias ? 3 : 2,
                                      (tg_tensor *[]){ conv->x, conv->weight, conv->bias } });
    return false;
}

bool tg__nn_conv_read(tg__nn_conv *conv, tg_var *weight, tg_var *bias, const char *hint)
{
    const tg_site at = conv->at;
    tg_tape *tape = tg_tape_of(conv->x);
    if (!weight) {
        tg__nn_no_layer(at, conv->op, hint, tape);
        return false;
    }
    conv->weight = tg_read(tape, weight);
    conv->bias = bias ? tg_read(tape, bias) : NULL;
    return conv->weight && (conv->bias || !bias);
}

void tg__nn_conv_kernel(const tg_tensor *weight, int64_t kernel[TG_CONV_DIMS])
{
    for (int i = 0; i < tg_rank(weight) - 2; i++) kernel[i] = tg_dim(weight, 2 + i);
}

/* True if all operands have one dtype. */
static bool belong_together(const tg__nn_conv *conv, tg_error *why)
{
    tg_tensor *const others[] = { conv->weight, conv->bias };
    const char *const names[] = { "weight", "bias" };
    for (int i = 0; i < 2; i++) {
        if (!others[i]) continue;
        if (tg_dtype_of(others[i]) != tg_dtype_of(conv->x))
            return tg__nn_message(why, TG_ERR_DTYPE, "x is %s and the %s is %s (see tg_cast)",
                                  tg_dtype_name(tg_dtype_of(conv->x)), names[i],
                                  tg_dtype_name(tg_dtype_of(others[i])));
    }
    return true;
}

static bool channels_fit(const tg__nn_conv *conv, int64_t groups, tg_error *why)
{
    const int64_t in = tg_dim(conv->x, 1);
    const int64_t outer = tg_dim(conv->weight, 0), inner = tg_dim(conv->weight, 1);
    if (in % groups != 0 || outer % groups != 0)
        return tg__nn_message(
            why, TG_ERR_SHAPE,
            "groups = %lld does not divide both the %lld channels of x and axis 0 of "
            "the weight, %lld",
            (long long)groups, (long long)in, (long long)outer);
    const int64_t want = conv->transposed ? outer : inner;
    const int64_t have = conv->transposed ? in : in / groups;
    if (have != want)
        return tg__nn_message(
            why, TG_ERR_SHAPE,
            "x has %lld channels (groups = %lld), and the weight is for %lld: it is "
            "[%s, kernel...]",
            (long long)in, (long long)groups, (long long)(conv->transposed ? want : want * groups),
            conv->transposed ? "in, out / groups" : "out, in / groups");
    const int64_t out = conv->transposed ? inner * groups : outer;
    if (conv->bias && (tg_rank(conv->bias) != 1 || tg_dim(conv->bias, 0) != out))
        return tg__nn_message(why, TG_ERR_SHAPE,
                              "the bias is %s, and must be [%lld], the channels of "
                              "the result",
                              tg__nn_shape_words(tg_shape_from(conv->bias)).text, (long long)out);
    return true;
}

/* The steps are a public struct, and variables may be shared with another layer; so both are
 * checked at each application. */
bool tg__nn_conv_steps_fit(const tg__nn_conv *conv, const tg_conv_steps *steps, tg_error *why)
{
    bool made = steps->dims == tg_rank(conv->x) - 2 && steps->groups >= 1;
    for (int i = 0; made && i < steps->dims; i++)
        made = steps->stride[i] >= 1 && steps->dilation[i] >= 1;
    if (!made)
        return tg__nn_message(
            why, TG_ERR_ARGUMENT,
            "the layer's steps are for %d spatial axes, and x has %d; or they are "
            "not what a constructor makes",
            steps->dims, tg_rank(conv->x) - 2);
    return channels_fit(conv, steps->groups, why);
}

static bool ranks_fit(const tg__nn_conv *conv, tg_error *why)
{
    static const char *const layouts[] = { "N, C, L", "N, C, H, W", "N, C, D, H, W" };
    const int dims = tg_rank(conv->weight) - 2;
    if (dims < 1 || dims > TG_CONV_DIMS)
        return tg__nn_message(why, TG_ERR_SHAPE,
                              "the weight must have 3 to %d axes, and not %d: two of channels, and "
                              "the kernel's",
                              TG_CONV_DIMS + 2, dims + 2);
    const char *layout = layouts[dims - 1];
    const tg__nn_words have = tg__nn_shape_words(tg_shape_from(conv->x));
    const tg__nn_words beside = tg__nn_shape_words(tg_shape_from(conv->weight));
    if (tg_rank(conv->x) > dims + 2)
        return tg__nn_message(why, TG_ERR_SHAPE,
                              "x must be [%s] for a weight %s, and is %s: it has too many axes",
                              layout, beside.text, have.text);
    if (tg_rank(conv->x) < dims + 2)
        return tg__nn_message(why, TG_ERR_SHAPE,
                              "x must be [%s] for a weight %s, and is %s; did you forget the batch "
                              "or the channel axis? tg_reshape(x, TG_SHAPE(%s))",
                              layout, beside.text, have.text, layout);
    for (int i = 2; i < dims + 2; i++)
        if (tg_dim(conv->weight, i) < 1)
            return tg__nn_message(why, TG_ERR_SHAPE, "the kernel is of size 0 along axis %d", i);
    return true;
}

bool tg__nn_conv_fits(const tg__nn_conv *conv)
{
    const tg_site at = conv->at;
    tg_error why = { TG_OK, "" };
    if (!tg__nn_usable(at, conv->x)) return false;
    if (!belong_together(conv, &why)) return tg__nn_conv_fail(conv, &why);
    if (!tg__nn_usable(at, conv->weight) || (conv->bias && !tg__nn_usable(at, conv->bias)) ||
        !tg__nn_is_float(at, conv->op, "operand x", conv->x))
        return false;
    return ranks_fit(conv, &why) || tg__nn_conv_fail(conv, &why);
}

/* ---- The product ------------------------------------------------------------------------ */

/* x with [axis] split into two: [groups, size / groups]. */
static tg_tensor *split_axis(tg_site at, tg_tensor *x, int axis, int64_t groups)
{
    if (!x) return NULL;
    tg_shape shape = tg_shape_from(x);
    for (int i = shape.rank++; i > axis; i--) shape.dim[i] = shape.dim[i - 1];
    shape.dim[axis + 1] /= groups;
    shape.dim[axis] = groups;
    return tg_reshape(x, shape);
}

/* x with [axis] and the next one joined. */
static tg_tensor *join_axes(tg_site at, tg_tensor *x, int axis)
{
    if (!x) return NULL;
    tg_shape shape = tg_shape_from(x);
    shape.dim[axis + 1] *= shape.dim[axis];
    for (int i = axis + 1; i < shape.rank; i++) shape.dim[i - 1] = shape.dim[i];
    shape.rank--;
    return tg_reshape(x, shape);
}

/* True for a kernel of one element. It needs no windows, only every stride-th element of x. */
static bool is_point(const int64_t kernel[], int dims)
{
    for (int i = 0; i < dims; i++)
        if (kernel[i] != 1) return false;
    return true;
}

static tg_tensor *every_stride(tg_site at, tg_tensor *x, int first, const tg_conv_steps *steps)
{
    for (int i = 0; i < steps->dims; i++)
        if (steps->stride[i] > 1)
            x = tg_slice(x, first + i, 0, tg_dim(x, first + i), steps->stride[i]);
    return x;
}

/* The weight without the kernel's axes, which all have size 1. */
static tg_tensor *without_kernel(tg_site at, tg_tensor *weight, int dims)
{
    if (!weight) return NULL;
    tg_shape shape = tg_shape_from(weight);
    shape.rank -= dims;
    return tg_reshape(weight, shape);
}

/* The operands, and the axes of their products. Groups are a batch. */
typedef struct factors {
    tg_tensor *x, *weight;
    int grouped;              /* 1: [N, groups, ...] and [groups, ...]; or 0 */
    tg_axes x_batch, w_batch; /* the groups */
    tg_axes x_axes, w_axes;   /* the channels that are summed over */
    bool point;               /* the weight is without the kernel's axes */
    int64_t kernel[TG_CONV_DIMS];
} factors;

static factors factors_of(const tg__nn_conv *conv, const tg_conv_steps *steps)
{
    const tg_site at = conv->at;
    factors f = { .x = conv->x, .weight = conv->weight, .grouped = steps->groups > 1 };
    tg__nn_conv_kernel(conv->weight, f.kernel);
    if (f.grouped) {
        f.x = split_axis(at, f.x, 1, steps->groups);
        f.weight = split_axis(at, f.weight, 0, steps->groups);
        f.w_batch = TG_AXES(0);
        f.x_batch = TG_AXES(1);
    }
    f.w_axes = TG_AXES((conv->transposed ? 0 : 1) + f.grouped);
    f.x_axes = TG_AXES(1 + f.grouped);
    f.point = is_point(f.kernel, steps->dims);
    if (f.point) f.weight = without_kernel(at, f.weight, steps->dims);
    return f;
}

static tg_tensor *product_of(tg_site at, const factors *f)
{
    return tg_dot(f->weight, f->x, .a_axes = f->w_axes, .b_axes = f->x_axes, .a_batch = f->w_batch,
                  .b_batch = f->x_batch);
}

/* The product [out, N, places...]. */
static tg_tensor *out_first(const tg__nn_conv *conv, const tg_conv_steps *steps)
{
    const tg_site at = conv->at;
    const int dims = steps->dims;
    factors f = factors_of(conv, steps);
    const int first = 2 + f.grouped;
    if (f.point) {
        f.x = every_stride(at, f.x, first, steps);
    } else {
        f.x = tg__nn_windows(at, f.x, first, f.kernel, steps);
        for (int i = 0; i < dims; i++) {
            f.w_axes.axis[f.w_axes.count++] = first + i;
            f.x_axes.axis[f.x_axes.count++] = first + dims + i;
        }
    }
    tg_tensor *y = product_of(at, &f);
    return f.grouped ? join_axes(at, y, 0) : y;
}

/* The windows that x spreads over the result, [N, groups if any, out, places..., kernel...]. */
static tg_tensor *windows_of_result(tg_site at, const factors *f, int dims)
{
    const int grouped = f->grouped, kernel = f->point ? 0 : dims;
    tg_axes order = TG_AXES(1 + grouped + kernel);
    for (int i = 0; i < 1 + grouped; i++) order.axis[order.count++] = i;
    for (int i = 0; i < dims; i++) order.axis[order.count++] = 2 + grouped + kernel + i;
    for (int i = 0; i < kernel; i++) order.axis[order.count++] = 1 + grouped + i;
    return tg_permute(product_of(at, f), order);
}

/* The transposed convolution [N, out, lengths...]: each element of x gives a window of the result,
 * and these are folded. What is cut off of it is not computed: the planner makes products of
 * windows of x of this, a product for each phase of the stride. */
static tg_tensor *fold_result(const tg__nn_conv *conv, const tg_conv_steps *steps)
{
    const tg_site at = conv->at;
    const factors f = factors_of(conv, steps);
    const int first = 2 + f.grouped;
    int64_t length[TG_CONV_DIMS], end[TG_CONV_DIMS];
    tg_tensor *y = windows_of_result(at, &f, steps->dims);
    for (int i = steps->dims - 1; i >= 0; i--) {
        const int64_t stride = steps->stride[i], dilation = steps->dilation[i];
        const int64_t reach = tg__nn_reach(f.kernel[i], dilation);
        length[i] = (tg_dim(conv->x, 2 + i) - 1) * stride + reach + 1;
        end[i] = length[i] - steps->after[i];
        /* So many elements behind the last window are behind it in the fold, too. */
        if (!f.point && end[i] > length[i])
            length[i] = end[i] - length[i] < stride ? end[i] : length[i] + stride - 1;
        if (!f.point) y = tg_fold(y, first + i, length[i], stride, dilation);
    }
    for (int i = 0; i < steps->dims; i++) {
        const int64_t more = end[i] > length[i] ? end[i] - length[i] : 0;
        y = tg_pad(y, first + i, 0, more, f.point ? steps->stride[i] - 1 : 0, 0);
        y = tg_slice(y, first + i, steps->before[i], end[i], 1);
    }
    return f.grouped ? join_axes(at, y, 1) : y;
}

/* The product with its axes in the usual order, [N, out, places...]. */
static tg_tensor *batch_first(const tg__nn_conv *conv, const tg_conv_steps *steps)
{
    const tg_site at = conv->at;
    if (conv->transposed) return fold_result(conv, steps);
    tg_axes order = TG_AXES(1, 0);
    for (int i = 0; i < steps->dims; i++) order.axis[order.count++] = 2 + i;
    return tg_permute(out_first(conv, steps), order);
}

/* With groups, three spatial axes and three of the kernel, the operands would have more axes than
 * TG_MAX_RANK. So each group is a product of its own. */
static tg_tensor *group_by_group(const tg__nn_conv *conv, const tg_conv_steps *steps)
{
    const tg_site at = conv->at;
    const int64_t groups = steps->groups;
    const int64_t in = tg_dim(conv->x, 1) / groups, outer = tg_dim(conv->weight, 0) / groups;
    tg_tensor **parts = tg_scratch(tg_tape_of(conv->x), (size_t)groups * sizeof *parts);
    if (!parts) return NULL;
    tg_conv_steps alone = *steps;
    alone.groups = 1;
    for (int64_t g = 0; g < groups; g++) {
        tg__nn_conv part = *conv;
        part.x = tg_slice(conv->x, 1, g * in, (g + 1) * in, 1);
        part.weight = tg_slice(conv->weight, 0, g * outer, (g + 1) * outer, 1);
        parts[g] = part.x && part.weight ? batch_first(&part, &alone) : NULL;
    }
    return tg_concat((tg_list){ (size_t)groups, parts }, 1);
}

tg_tensor *tg__nn_conv_product(const tg__nn_conv *conv, const tg_conv_steps *steps)
{
    const tg_site at = conv->at;
    if (!conv->x || !conv->weight) return NULL;
    const bool apart = steps->groups > 1 && 3 + 2 * steps->dims > TG_MAX_RANK;
    tg_tensor *y = apart ? group_by_group(conv, steps) : batch_first(conv, steps);
    if (!conv->bias) return y;
    tg_shape column = tg_shape_from(conv->bias);
    for (int i = 0; i < steps->dims; i++) column.dim[column.rank++] = 1;
    return tg_add(y, tg_reshape(conv->bias, column));
}

/* spatial.c: options with a number for each spatial axis; windows, and products with matrices,
 * along those axes. */
#include "spatial.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#undef TG_HERE
#define TG_HERE at

bool tg__nn_message(tg_error *why, tg_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    why->status = status;
    (void)vsnprintf(why->text, sizeof why->text, format, arguments);
    va_end(arguments);
    return false;
}

/* ---- Options ---------------------------------------------------------------------------- */

bool tg__nn_option_given(const tg__nn_option *option)
{
    return option->shape.rank != 0 || option->number != option->otherwise;
}

bool tg__nn_option_of(const tg__nn_option *option, int dims, int64_t out[TG_CONV_DIMS],
                      tg_error *why)
{
    const char *name = option->name;
    if (option->shape.rank != 0 && option->number != option->otherwise)
        return tg__nn_message(why, TG_ERR_ARGUMENT, "give %s or %s_shape, not both", name, name);
    if (option->shape.rank != 0 && option->shape.rank != dims)
        return tg__nn_message(why, TG_ERR_SHAPE, "%s_shape is %s, and there are %d spatial axes",
                              name, tg__nn_shape_words(option->shape).text, dims);
    for (int i = 0; i < dims; i++) {
        out[i] = option->shape.rank != 0 ? option->shape.dim[i] : option->number;
        if (out[i] < option->least)
            return tg__nn_message(why, TG_ERR_ARGUMENT, "%s is %lld, and must be at least %lld",
                                  name, (long long)out[i], (long long)option->least);
    }
    return true;
}

bool tg__nn_groups_of(int64_t number, int64_t *groups, tg_error *why)
{
    const tg__nn_option option = { "groups", number, { 0 }, 1, 1 };
    int64_t out[TG_CONV_DIMS];
    if (!tg__nn_option_of(&option, 1, out, why)) return false;
    *groups = out[0];
    return true;
}

int64_t tg__nn_reach(int64_t kernel, int64_t dilation)
{
    const int64_t gaps = kernel - 1;
    return gaps > 0 && dilation > INT64_MAX / gaps ? -1 : gaps * dilation;
}

int64_t tg__nn_places(int64_t length, int64_t before, int64_t after, int64_t reach, int64_t stride)
{
    if (reach < 0 || before > INT64_MAX - length || after > INT64_MAX - length - before) return -1;
    const int64_t padded = length + before + after;
    return reach >= padded ? -1 : (padded - 1 - reach) / stride + 1;
}

/* ---- Operands --------------------------------------------------------------------------- */

/* A reshape to x's own shape returns x, and checks that x may be used. */
bool tg__nn_usable(tg_site at, tg_tensor *x) { return tg_reshape(x, tg_shape_from(x)) != NULL; }

bool tg__nn_spatial(tg_site at, const char *op, tg_tensor *x, bool any_dtype)
{
    if (!tg__nn_usable(at, x)) return false;
    if (!any_dtype && !tg__nn_is_float(at, op, "operand x", x)) return false;
    if (tg_rank(x) >= 3 && tg_rank(x) <= 2 + TG_CONV_DIMS) return true;
    tg_fail(tg_tape_of(x), at, TG_ERR_SHAPE,
            "%s: x %s must have a batch axis, channels and 1 to %d spatial axes: [N, C, L], "
            "[N, C, H, W] or [N, C, D, H, W]%s",
            op, tg__nn_shape_words(tg_shape_from(x)).text, (int)TG_CONV_DIMS,
            tg_rank(x) < 3 ? "; did you forget the batch or the channel axis? (tg_reshape)" : "");
    tg_fail_operands(tg_tape_of(x), TG_LIST(x));
    return false;
}

tg_tensor *tg__nn_windows(tg_site at, tg_tensor *x, int first, const int64_t kernel[],
                          const tg_conv_steps *steps)
{
    for (int i = 0; i < steps->dims; i++)
        x = tg_window(x, first + i, kernel[i], steps->stride[i], steps->dilation[i]);
    return x;
}

/* ---- Matrices --------------------------------------------------------------------------- */

double *tg__nn_matrix(tg_site at, const char *op, tg_tensor *x, int64_t rows, int64_t columns)
{
    const int64_t most = INT64_C(1) << 40;
    if (rows > most || (columns > 0 && rows > most / columns)) {
        tg_fail(tg_tape_of(x), at, TG_ERR_MEMORY, "%s: a matrix [%lld, %lld] is too large", op,
                (long long)rows, (long long)columns);
        return NULL;
    }
    const size_t size = (size_t)(rows * columns) * sizeof(double);
    double *matrix = tg_scratch(tg_tape_of(x), size);
    return matrix ? memset(matrix, 0, size) : NULL;
}

tg_tensor *tg__nn_along(tg_site at, tg_tensor *x, int axis, int64_t size, const double *matrix)
{
    if (!x) return NULL;
    tg_tensor *rows = tg_constant(tg_tape_of(x), TG_F64, TG_SHAPE(size, tg_dim(x, axis)), matrix);
    if (tg_dtype_of(x) != TG_F64) rows = tg_cast(rows, tg_dtype_of(x));
    tg_tensor *y = tg_dot(x, rows, .a_axes = TG_AXES(axis), .b_axes = TG_AXES(1));
    tg_axes order = { 0, { 0 } };
    for (int i = 0; i < tg_rank(x); i++)
        order.axis[order.count++] = i < axis ? i : i == axis ? tg_rank(x) - 1 : i - 1;
    return axis == tg_rank(x) - 1 ? y : tg_permute(y, order);
}

/* errors_conv.c: bad input to convolutions, pooling and changes of resolution. */
#include "tests/support/bad_input.h"

static tg_tensor *image, *line, *endless, *kernels, *bias, *foreign_image;
static tg_conv layer;
static tg_conv_transpose up;

static void open_spatial(void)
{
    open_operands();
    image = tg_input(tape, "image", TG_F64, TG_SHAPE(2, 4, 5, 6));
    line = tg_input(tape, "line", TG_F64, TG_SHAPE(2, 4, 5));
    endless = tg_broadcast(number, TG_SHAPE(1, 1, POWER(40, 26))); /* a view: no memory */
    kernels = tg_input(tape, "kernels", TG_F64, TG_SHAPE(4, 4, 3, 3));
    bias = tg_input(tape, "bias", TG_F64, TG_SHAPE(4));
    foreign_image = tg_input(foreign_tape, "image", TG_F64, TG_SHAPE(2, 4, 5, 6));
    layer = tg_conv2d_new(store, "layer", 4, 4, 3, .init = tg_init_ones());
    up = tg_conv_transpose2d_new(store, "up", 4, 4, 3, .init = tg_init_ones());
    variables = tg_var_count(store);
}

/* ---- Layers ----------------------------------------------------------------------------- */

START_TEST(layers_that_cannot_be_applied)
{
    const tg_conv none = { .weight = NULL };
    const tg_conv_transpose no_up = { .weight = NULL };
    IS_SILENT(tg_conv_apply(&layer, NULL));
    IS_REFUSED(tg_conv_apply(NULL, image), TG_ERR_ARGUMENT, "tg_conv_apply", "has no weight");
    IS_REFUSED(tg_conv_apply(&none, image), TG_ERR_ARGUMENT, "tg_conv_apply", "tg_conv2d_new");
    IS_REFUSED(tg_conv_apply(&layer, stale), TG_ERR_STATE, "tg_", "stale");
    IS_REFUSED(tg_conv_apply(&layer, line), TG_ERR_SHAPE, "tg_conv_apply",
               "did you forget the batch or the channel axis? tg_reshape(x, TG_SHAPE(N, C, H, W))");
    IS_REFUSED(tg_conv_apply(&layer, x), TG_ERR_SHAPE, "tg_conv_apply",
               "x must be [N, C, H, W] for a weight [");
    IS_REFUSED(tg_conv_apply(&layer, x), TG_ERR_SHAPE, "tg_conv_apply", "and is [2, 3]; did you");
    tg_tensor *deep = tg_unsqueeze(image, 0);
    IS_REFUSED(tg_conv_apply(&layer, deep), TG_ERR_SHAPE, "tg_conv_apply", "it has too many axes");
    IS_REFUSED(tg_conv_apply(&layer, narrow), TG_ERR_DTYPE, "tg_conv_apply", "x is f32");
    const tg_conv by_hand = { .weight = layer.weight };
    IS_REFUSED(tg_conv_apply(&by_hand, image), TG_ERR_ARGUMENT, "tg_conv_apply",
               "the layer's steps are for 0 spatial axes, and x has 2");
    const tg_conv_transpose up_by_hand = { .weight = up.weight, .steps.dims = 2 };
    IS_REFUSED(tg_conv_transpose_apply(&up_by_hand, image), TG_ERR_ARGUMENT,
               "tg_conv_transpose_apply", "not what a constructor makes");
    IS_SILENT(tg_conv_transpose_apply(&up, NULL));
    IS_REFUSED(tg_conv_transpose_apply(NULL, image), TG_ERR_ARGUMENT, "tg_conv_transpose_apply",
               "has no weight");
    IS_REFUSED(tg_conv_transpose_apply(&no_up, image), TG_ERR_ARGUMENT, "tg_conv_transpose_apply",
               "tg_conv_transpose2d_new");
    IS_REFUSED(tg_conv_transpose_apply(&up, stale), TG_ERR_STATE, "tg_", "stale");
    IS_REFUSED(tg_conv_transpose_apply(&up, line), TG_ERR_SHAPE, "tg_conv_transpose_apply",
               "x must be [N, C, H, W] for a weight [");
    ck_assert_ptr_null(tg_conv_apply(&layer, foreign_image)); /* it is its tape that tells */
    ck_assert_msg(strstr(tg_tape_error(foreign_tape), "another store") != NULL, "%s",
                  tg_tape_error(foreign_tape));
    tg_tape_clear_error(foreign_tape);
}
END_TEST

/* The constructor makes no variable, and the store's error says [words]. */
#define NOT_MADE(call, status, kind, words)                                                        \
    do {                                                                                           \
        ck_assert_ptr_null((call).weight);                                                         \
        ck_assert_ptr_null((call).bias);                                                           \
        ck_assert_int_eq(tg_store_status(store), status);                                          \
        ck_assert_msg(strstr(tg_store_error(store), words) != NULL, "\"%s\" is not in: %s", words, \
                      tg_store_error(store));                                                      \
        ck_assert_uint_eq(tg_var_count(store), variables);                                         \
        contract_note("", #call, kind, tg_store_error(store));                                     \
        tg_store_clear_error(store);                                                               \
    } while (0)

#define NEVER_WITHOUT_A_STORE(call)                                                                \
    do {                                                                                           \
        ck_assert_ptr_null((call).weight);                                                         \
        contract_note("", #call, BAD_NULL, NULL);                                                  \
    } while (0)

START_TEST(convolutions_that_cannot_be_made)
{
    NEVER_WITHOUT_A_STORE(tg_conv1d_new(NULL, "l", 2, 3, 3));
    NEVER_WITHOUT_A_STORE(tg_conv2d_new(NULL, "l", 2, 3, 3));
    NEVER_WITHOUT_A_STORE(tg_conv3d_new(NULL, "l", 2, 3, 3));
    NOT_MADE(tg_conv2d_new(store, "", 2, 3, 3), TG_ERR_ARGUMENT, BAD_ARGUMENT,
             "tg_conv2d_new: a layer needs a name");
    NOT_MADE(tg_conv2d_new(store, "l", -2, 3, 3), TG_ERR_SHAPE, BAD_SHAPE, "in = -2 and out = 3");
    NOT_MADE(tg_conv2d_new(store, "l", 2, 3), TG_ERR_ARGUMENT, BAD_ARGUMENT,
             "layer \"l\": kernel is 0, and must be at least 1");
    NOT_MADE(tg_conv1d_new(store, "l", 2, 3, -3), TG_ERR_ARGUMENT, BAD_ARGUMENT, "kernel is -3");
    NOT_MADE(tg_conv2d_new(store, "l", 2, 3, 3, .kernel_shape = TG_SHAPE(3, 3)), TG_ERR_ARGUMENT,
             BAD_ARGUMENT, "give kernel or kernel_shape, not both");
    NOT_MADE(tg_conv1d_new(store, "l", 2, 3, .kernel_shape = TG_SHAPE(3, 3)), TG_ERR_SHAPE,
             BAD_SHAPE, "kernel_shape is [3, 3], and there are 1 spatial axes");
    NOT_MADE(tg_conv3d_new(store, "l", 2, 3, .kernel_shape = TG_SHAPE(3, 0, 3)), TG_ERR_ARGUMENT,
             BAD_SHAPE, "kernel is 0");
    NOT_MADE(tg_conv2d_new(store, "l", 2, 3, .kernel_shape = { .rank = -1 }), TG_ERR_SHAPE,
             BAD_SHAPE, "kernel_shape");
    NOT_MADE(tg_conv2d_new(store, "l", 2, 3, 3, .stride = 0), TG_ERR_ARGUMENT, BAD_ARGUMENT,
             "stride is 0, and must be at least 1");
    NOT_MADE(tg_conv2d_new(store, "l", 2, 3, 3, .dilation = -1), TG_ERR_ARGUMENT, BAD_ARGUMENT,
             "dilation is -1");
    NOT_MADE(tg_conv2d_new(store, "l", 2, 3, 3, .padding = -1), TG_ERR_ARGUMENT, BAD_ARGUMENT,
             "padding is -1, and must be at least 0");
    NOT_MADE(tg_conv2d_new(store, "l", 2, 3, 3, .groups = 0), TG_ERR_ARGUMENT, BAD_ARGUMENT,
             "groups is 0");
    NOT_MADE(tg_conv2d_new(store, "l", 2, 3, 3, .groups = 2), TG_ERR_SHAPE, BAD_SHAPE,
             "in = 2 and out = 3 channels, and groups = 2 must divide both");
    NOT_MADE(tg_conv2d_new(store, "l", 2, 3, 3, .same = true, .stride = 2), TG_ERR_ARGUMENT,
             BAD_ARGUMENT, "stride is 2");
    NOT_MADE(tg_conv2d_new(store, "l", 2, 3, 3, .same = true, .padding = 1), TG_ERR_ARGUMENT,
             BAD_ARGUMENT, "give one of padding, same and full");
    NOT_MADE(tg_conv1d_new(store, "l", INT64_MAX, INT64_MAX, 3), TG_ERR_SHAPE, BAD_SIZE, "");
    NOT_MADE(tg_conv2d_new(store, "l", 2, 3, INT64_MAX), TG_ERR_SHAPE, BAD_SIZE, "");
    NOT_MADE(tg_conv3d_new(store, "l", 2, 3, 3, .dilation = INT64_MAX), TG_ERR_SHAPE, BAD_SIZE,
             "longer than any axis");
    NOT_MADE(tg_conv2d_new(store, "layer", 2, 3, 3), TG_ERR_ARGUMENT, BAD_ARGUMENT, "layer.weight");
}
END_TEST

START_TEST(transposed_convolutions_that_cannot_be_made)
{
    NEVER_WITHOUT_A_STORE(tg_conv_transpose1d_new(NULL, "l", 2, 3, 3));
    NEVER_WITHOUT_A_STORE(tg_conv_transpose2d_new(NULL, "l", 2, 3, 3));
    NEVER_WITHOUT_A_STORE(tg_conv_transpose3d_new(NULL, "l", 2, 3, 3));
    NOT_MADE(tg_conv_transpose2d_new(store, NULL, 2, 3, 3), TG_ERR_ARGUMENT, BAD_ARGUMENT,
             "tg_conv_transpose2d_new: a layer needs a name");
    NOT_MADE(tg_conv_transpose2d_new(store, "l", 2, 3, 3, .output_padding = 1), TG_ERR_ARGUMENT,
             BAD_ARGUMENT, "output_padding is 1, and must be less than the stride, 1");
    NOT_MADE(tg_conv_transpose2d_new(store, "l", 2, 3, 3, .output_padding = -1), TG_ERR_ARGUMENT,
             BAD_ARGUMENT, "output_padding is -1");
    NOT_MADE(tg_conv_transpose2d_new(store, "l", 2, 3, 3, .groups = -2), TG_ERR_ARGUMENT,
             BAD_ARGUMENT, "groups is -2");
    NOT_MADE(tg_conv_transpose1d_new(store, "l", 2, 3, .kernel_shape = TG_SHAPE(3, 3)),
             TG_ERR_SHAPE, BAD_SHAPE, "1 spatial axes");
    NOT_MADE(tg_conv_transpose2d_new(store, "l", 2, -3, 3), TG_ERR_SHAPE, BAD_SHAPE, "out = -3");
    NOT_MADE(tg_conv_transpose3d_new(store, "l", 2, 3, .kernel_shape = TG_SHAPE(3)), TG_ERR_SHAPE,
             BAD_SHAPE, "3 spatial axes");
    NOT_MADE(tg_conv_transpose1d_new(store, "l", 2, 3, INT64_MAX), TG_ERR_SHAPE, BAD_SIZE, "");
    NOT_MADE(tg_conv_transpose2d_new(store, "l", 2, 3, INT64_MAX), TG_ERR_SHAPE, BAD_SIZE, "");
    NOT_MADE(tg_conv_transpose3d_new(store, "l", 2, 3, INT64_MAX), TG_ERR_SHAPE, BAD_SIZE, "");
}
END_TEST

/* ---- Functions -------------------------------------------------------------------------- */

START_TEST(convolutions_of_what_does_not_fit)
{
    tg_tensor *flat = tg_input(tape, "flat", TG_F64, TG_SHAPE(4, 4, 0, 3));
    tg_tensor *whole = tg_cast(image, TG_I32), *whole_kernels = tg_cast(kernels, TG_I32);
    tg_tensor *fewer = tg_slice(kernels, 1, 0, 3, 1), *odd = tg_slice(kernels, 0, 0, 3, 1);
    IS_SILENT(tg_convolve(NULL, kernels, NULL));
    IS_REFUSED(tg_convolve(stale, kernels, NULL), TG_ERR_STATE, "tg_", "stale");
    IS_REFUSED(tg_convolve(image, foreign, NULL), TG_ERR_ARGUMENT, "tg_convolve",
               "operand 1 was recorded on another tape");
    IS_REFUSED(tg_convolve(image, kernels, foreign), TG_ERR_ARGUMENT, "tg_convolve",
               "operand 1 was recorded on another tape");
    IS_REFUSED(tg_convolve(whole, whole_kernels, NULL), TG_ERR_DTYPE, "tg_convolve", "i32");
    IS_REFUSED(tg_convolve(image, whole_kernels, NULL), TG_ERR_DTYPE, "tg_convolve",
               "x is f64 and the weight is i32");
    IS_REFUSED(tg_convolve(x, kernels, NULL), TG_ERR_SHAPE, "tg_convolve", "[N, C, H, W]");
    IS_REFUSED(tg_convolve(line, kernels, NULL), TG_ERR_SHAPE, "tg_convolve",
               "the batch or the channel axis?");
    IS_REFUSED(tg_convolve(image, x, NULL), TG_ERR_SHAPE, "tg_convolve",
               "the weight must have 3 to 5 axes, and not 2");
    IS_REFUSED(tg_convolve(image, fewer, NULL), TG_ERR_SHAPE, "tg_convolve",
               "x has 4 channels (groups = 1), and the weight is for 3");
    IS_REFUSED(tg_convolve(image, odd, NULL, .groups = 2), TG_ERR_SHAPE, "tg_convolve",
               "groups = 2 does not divide");
    IS_REFUSED(tg_convolve(image, kernels, NULL, .groups = 0), TG_ERR_ARGUMENT, "tg_convolve",
               "groups is 0");
    IS_REFUSED(tg_convolve(image, kernels, vector), TG_ERR_SHAPE, "tg_convolve",
               "the bias is [3], and must be [4]");
    IS_REFUSED(tg_convolve(image, kernels, number), TG_ERR_SHAPE, "tg_convolve", "the bias is []");
    IS_REFUSED(tg_convolve(image, flat, NULL), TG_ERR_SHAPE, "tg_convolve",
               "of size 0 along axis 2");
    IS_REFUSED(tg_convolve(image, kernels, NULL, .stride = 0), TG_ERR_ARGUMENT, "tg_convolve",
               "stride is 0");
    IS_REFUSED(tg_convolve(image, kernels, NULL, .stride_shape = TG_SHAPE(1)), TG_ERR_SHAPE,
               "tg_convolve", "stride_shape is [1], and there are 2 spatial axes");
    IS_REFUSED(tg_convolve(image, kernels, NULL, .dilation = 3), TG_ERR_SHAPE, "tg_convolve",
               "a kernel of 3 with dilation 3 does not fit into axis 2 of x, whose size is 5");
    IS_REFUSED(tg_convolve(image, kernels, NULL, .padding = INT64_MAX), TG_ERR_SHAPE, "tg_convolve",
               "padding 9223372036854775807");
    IS_REFUSED(tg_convolve(image, kernels, NULL, .padding = INT64_C(1) << 60), TG_ERR_SHAPE, "tg_",
               "");
    IS_REFUSED(tg_convolve(image, kernels, NULL, .same = true, .full = true), TG_ERR_ARGUMENT,
               "tg_convolve", "give one of");
}
END_TEST

START_TEST(transposed_convolutions_of_what_does_not_fit)
{
    tg_tensor *none = tg_input(tape, "none", TG_F64, TG_SHAPE(1, 4, 0, 3));
    IS_SILENT(tg_convolve_transpose(NULL, kernels, NULL));
    IS_REFUSED(tg_convolve_transpose(stale, kernels, NULL), TG_ERR_STATE, "tg_", "stale");
    IS_REFUSED(tg_convolve_transpose(image, foreign, NULL), TG_ERR_ARGUMENT,
               "tg_convolve_transpose", "operand 1 was recorded on another tape");
    IS_REFUSED(tg_convolve_transpose(image, narrow, NULL), TG_ERR_DTYPE, "tg_convolve_transpose",
               "f32");
    IS_REFUSED(tg_convolve_transpose(image, kernels, vector), TG_ERR_SHAPE, "tg_convolve_transpose",
               "must be [4]");
    IS_REFUSED(tg_convolve_transpose(image, kernels, NULL, .groups = 3), TG_ERR_SHAPE,
               "tg_convolve_transpose", "groups = 3 does not divide");
    IS_REFUSED(tg_convolve_transpose(image, kernels, NULL, .output_padding = 1), TG_ERR_ARGUMENT,
               "tg_convolve_transpose", "output_padding is 1");
    IS_REFUSED(tg_convolve_transpose(image, kernels, NULL, .padding = 4), TG_ERR_SHAPE,
               "tg_convolve_transpose", "axis 2 of the result would have no element");
    IS_REFUSED(tg_convolve_transpose(none, kernels, NULL), TG_ERR_SHAPE, "tg_convolve_transpose",
               "x has 0");
    IS_REFUSED(tg_convolve_transpose(image, kernels, NULL, .stride = INT64_MAX), TG_ERR_SHAPE,
               "tg_convolve_transpose", "or too many");
}
END_TEST

typedef tg_tensor *(*pooling)(const tg_pool_args *);
static const struct {
    const char *name;
    pooling function;
} poolings[] = {
    { "tg_max_pool", tg_max_pool_with },
    { "tg_avg_pool", tg_avg_pool_with },
    { "tg_l2_pool", tg_l2_pool_with },
};

/* Of images, unless .x says otherwise. */
#define POOL(...) pool(&(tg_pool_args){ TG_POOL_DEFAULTS, .at = TG_HERE, .x = image, __VA_ARGS__ })

START_TEST(poolings_of_what_does_not_fit)
{
    const pooling pool = poolings[_i].function;
    const char *const name = poolings[_i].name;
    tried = name;
    tg_tensor *none = tg_input(tape, "none", TG_F64, TG_SHAPE(1, 4, 0));
    IS_SILENT(pool(&(tg_pool_args){ TG_POOL_DEFAULTS, .kernel = 2 }));
    contract_note(name, "POOL(NULL)", BAD_NULL, NULL);
    /* clang-format off */
    const struct {
        tg_pool_args args;
        tg_status status;
        const char *words;
    } cases[] = {
        { { TG_POOL_DEFAULTS, .x = stale, .kernel = 2 },                            TG_ERR_STATE,    "stale" },
        { { TG_POOL_DEFAULTS, .x = x, .kernel = 2 },                                TG_ERR_SHAPE,    "1 to 3 spatial axes" },
        { { TG_POOL_DEFAULTS, .x = integer, .kernel = 2 },                          TG_ERR_DTYPE,    "i32" },
        { { TG_POOL_DEFAULTS, .x = image },                                         TG_ERR_ARGUMENT, "kernel is 0" },
        { { TG_POOL_DEFAULTS, .x = image, .kernel = -1 },                           TG_ERR_ARGUMENT, "kernel is -1" },
        { { TG_POOL_DEFAULTS, .x = image, .kernel_shape = TG_SHAPE(2) },            TG_ERR_SHAPE,    "kernel_shape is [2]" },
        { { TG_POOL_DEFAULTS, .x = image, .kernel = 6 },                            TG_ERR_SHAPE,    "does not fit into axis 2 of x" },
        { { TG_POOL_DEFAULTS, .x = image, .kernel = 2, .stride = -1 },              TG_ERR_ARGUMENT, "stride is -1" },
        { { TG_POOL_DEFAULTS, .x = image, .kernel = 2, .dilation = -1 },            TG_ERR_ARGUMENT, "dilation is -1" },
        { { TG_POOL_DEFAULTS, .x = image, .kernel = 2, .dilation = 5 },             TG_ERR_SHAPE,    "with dilation 5" },
        { { TG_POOL_DEFAULTS, .x = image, .kernel = 3, .padding = 2 },              TG_ERR_ARGUMENT, "at most half the kernel" },
        { { TG_POOL_DEFAULTS, .x = image, .kernel = 3, .padding = -1 },             TG_ERR_ARGUMENT, "padding is -1" },
        { { TG_POOL_DEFAULTS, .x = none, .kernel = 2, .padding = 1 },               TG_ERR_SHAPE,    "whose size is 0" },
        { { TG_POOL_DEFAULTS, .x = endless, .kernel = POWER(30, 13), .stride = 1 }, TG_ERR_SHAPE,    "more bytes" },
    };
    /* clang-format on */
    for (int i = 0; i < COUNT_OF(cases); i++) {
        tg_pool_args args = cases[i].args;
        args.at = TG_HERE;
        IS_REFUSED(pool(&args), cases[i].status, "tg_", cases[i].words);
    }
    IS_REFUSED(POOL(.kernel = 2, .stride = 0), TG_ERR_ARGUMENT, name, "stride is 0");
}
END_TEST

START_TEST(adaptive_poolings_of_what_does_not_fit)
{
    tg_tensor *none = tg_input(tape, "none", TG_F64, TG_SHAPE(1, 4, 0));
    IS_REFUSED(tg_adaptive_max_pool(x, 1), TG_ERR_SHAPE, "tg_adaptive_max_pool", "spatial axes");
    IS_REFUSED(tg_adaptive_max_pool(image, 0), TG_ERR_ARGUMENT, "tg_adaptive_max_pool",
               "size is 0");
    IS_REFUSED(tg_adaptive_max_pool(none, 1), TG_ERR_SHAPE, "tg_adaptive_max_pool",
               "axis 2 of x has no elements");
    IS_REFUSED(tg_adaptive_max_pool(line, INT64_MAX), TG_ERR_MEMORY, "tg_adaptive_max_pool",
               "more than memory could hold");
    IS_REFUSED(tg_adaptive_avg_pool(integer, 1), TG_ERR_DTYPE, "tg_adaptive_avg_pool", "i32");
    IS_REFUSED(tg_adaptive_avg_pool(image, .size_shape = TG_SHAPE(2)), TG_ERR_SHAPE,
               "tg_adaptive_avg_pool", "size_shape is [2]");
    IS_REFUSED(tg_adaptive_avg_pool(image, .size_shape = TG_SHAPE(2, -1)), TG_ERR_ARGUMENT,
               "tg_adaptive_avg_pool", "size is -1");
    IS_REFUSED(tg_adaptive_avg_pool(line, INT64_MAX), TG_ERR_MEMORY, "tg_adaptive_avg_pool",
               "more than memory could hold");
}
END_TEST

START_TEST(changes_of_resolution_that_cannot_be)
{
    tg_tensor *none = tg_input(tape, "none", TG_F64, TG_SHAPE(1, 4, 0));
    IS_REFUSED(tg_upsample_nearest(image, 0), TG_ERR_ARGUMENT, "tg_upsample_nearest", "times is 0");
    IS_REFUSED(tg_upsample_nearest(x, 2), TG_ERR_SHAPE, "tg_upsample_nearest", "spatial axes");
    IS_REFUSED(tg_interpolate(image, 0), TG_ERR_ARGUMENT, "tg_interpolate", "size");
    IS_REFUSED(tg_interpolate(image, 2, .by = (tg_interpolation)7), TG_ERR_ARGUMENT,
               "tg_interpolate", "no interpolation 7");
    IS_REFUSED(tg_interpolate(image, 2, .align_corners = true), TG_ERR_ARGUMENT, "tg_interpolate",
               "not for nearest");
    IS_REFUSED(tg_interpolate(integer, 2, .by = TG_CUBIC), TG_ERR_DTYPE, "tg_interpolate", "i32");
    IS_REFUSED(tg_interpolate(x, 2), TG_ERR_SHAPE, "tg_interpolate", "spatial axes");
    IS_REFUSED(tg_interpolate(none, 2), TG_ERR_SHAPE, "tg_interpolate", "axis 2");
    IS_REFUSED(tg_interpolate(image, POWER(45, 28)), TG_ERR_MEMORY, "tg_interpolate", "");
    IS_REFUSED(tg_pad_reflect(x, 2, 1, 1), TG_ERR_SHAPE, "tg_pad_reflect", "axis 2");
    contract_note("tg_pad_reflect", "axis 2", BAD_AXIS, NULL);
    IS_REFUSED(tg_pad_reflect(x, 0, 2, 1), TG_ERR_ARGUMENT, "tg_pad_reflect", "0 to 1");
    contract_note("tg_pad_reflect", "before 2", BAD_SIZE, NULL);
    IS_REFUSED(tg_pad_replicate(x, -3, 1, 1), TG_ERR_SHAPE, "tg_pad_replicate", "axis -3");
    contract_note("tg_pad_replicate", "axis -3", BAD_AXIS, NULL);
    IS_REFUSED(tg_pad_replicate(x, 0, -1, 1), TG_ERR_ARGUMENT, "tg_pad_replicate", "before = -1");
    contract_note("tg_pad_replicate", "before -1", BAD_SIZE, NULL);
    IS_REFUSED(tg_pad_circular(x, 2, 1, 1), TG_ERR_SHAPE, "tg_pad_circular", "axis 2");
    contract_note("tg_pad_circular", "axis 2", BAD_AXIS, NULL);
    IS_REFUSED(tg_pad_circular(x, 0, 3, 1), TG_ERR_ARGUMENT, "tg_pad_circular", "0 to 2");
    contract_note("tg_pad_circular", "before 3", BAD_SIZE, NULL);
    IS_REFUSED(tg_upsample_linear(image, -1), TG_ERR_ARGUMENT, "tg_upsample_linear", "times is -1");
    IS_REFUSED(tg_upsample_linear(integer, 2), TG_ERR_DTYPE, "tg_upsample_linear", "i32");
    IS_REFUSED(tg_upsample_linear(none, 2), TG_ERR_SHAPE, "tg_upsample_linear", "axis 2");
    IS_REFUSED(tg_upsample_linear(endless, 2), TG_ERR_MEMORY, "tg_", "too large");
    IS_REFUSED(tg_pixel_shuffle(line, 2), TG_ERR_SHAPE, "tg_pixel_shuffle", "[N, C, H, W]");
    IS_REFUSED(tg_pixel_shuffle(image, 3), TG_ERR_SHAPE, "tg_pixel_shuffle",
               "times^2 = 9 must divide the 4 channels");
    IS_REFUSED(tg_pixel_shuffle(image, 0), TG_ERR_ARGUMENT, "tg_pixel_shuffle", "times is 0");
    IS_REFUSED(tg_pixel_unshuffle(line, 2), TG_ERR_SHAPE, "tg_pixel_unshuffle", "[N, C, H, W]");
    IS_REFUSED(tg_pixel_unshuffle(image, 2), TG_ERR_SHAPE, "tg_pixel_unshuffle", "times = 2 must");
    IS_REFUSED(tg_pixel_unshuffle(image, -2), TG_ERR_ARGUMENT, "tg_pixel_unshuffle", "times is -2");
    IS_REFUSED(tg_flatten(image, 4), TG_ERR_SHAPE, "tg_flatten", "axis 4 is out of range");
    IS_REFUSED(tg_flatten(image, INT_MIN), TG_ERR_SHAPE, "tg_flatten", "is out of range");
    IS_REFUSED(tg_flatten(number, 0), TG_ERR_SHAPE, "tg_flatten", "out of range");
}
END_TEST

TCase *errors_conv(void)
{
    TCase *cases = tcase_create("conv");
    tcase_add_checked_fixture(cases, open_spatial, close_operands);
    tcase_add_test(cases, layers_that_cannot_be_applied);
    tcase_add_test(cases, convolutions_that_cannot_be_made);
    tcase_add_test(cases, transposed_convolutions_that_cannot_be_made);
    tcase_add_test(cases, convolutions_of_what_does_not_fit);
    tcase_add_test(cases, transposed_convolutions_of_what_does_not_fit);
    tcase_add_loop_test(cases, poolings_of_what_does_not_fit, 0, COUNT_OF(poolings));
    tcase_add_test(cases, adaptive_poolings_of_what_does_not_fit);
    tcase_add_test(cases, changes_of_resolution_that_cannot_be);
    return cases;
}

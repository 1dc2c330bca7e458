/* The macros with options, as users write them: with none, one and several. Compiled, and never
 * run, because all that can be wrong with them is a warning in a user's build. */
#include <tapegrad.h>

void owners(void);
void values(tg_tensor *x);
void layers(tg_store *store, tg_tensor *x, tg_tensor *labels);
void convolutions(tg_store *store, tg_tensor *x);
void optimizers(tg_tensor *loss);

void owners(void)
{
    tg_store *store = tg_store_new();
    tg_store_free(tg_store_new(.seed = 1));
    tg_store_free(tg_store_new(.seed = 1, .dtype = TG_F64));
    tg_tape *tape = tg_tape_new(store);
    tg_tape_free(tg_tape_new(store));
    tg_tensor *x = tg_number(tape, 1);
    tg_plan_free(tg_compile(tape));
    tg_plan_free(tg_compile(tape, x));
    tg_plan_free(tg_compile(tape, x, .threads = 2, .naive = true));
    tg_plan_free(tg_compile_pure(tape, x, x));
    tg_tape_free(tape);
    tg_store_free(store);
}

void values(tg_tensor *x)
{
    const float two[2] = { 1, 2 };
    tg_tape *tape = tg_tape_of(x);
    (void)tg_constant(tape, TG_F32, TG_SHAPE(2), two);
    (void)tg_full(tape, TG_F64, TG_SCALAR, 0.5);
    (void)tg_sum(x);
    (void)tg_mean(x, .axis = -1);
    (void)tg_max(tg_sum(x, .axes = TG_AXES(0, 2)), .axis = -1, .keep = true);
    (void)tg_permute(x, TG_AXES(1, 0));
}

void layers(tg_store *store, tg_tensor *x, tg_tensor *labels)
{
    const tg_recurrent net = tg_lstm_new(store, "net", 2, 3);
    (void)tg_gru_new(store, "deep", 2, 3, .layers = 2, .bidirectional = true);
    (void)tg_recurrent_apply(&net, x);
    (void)tg_recurrent_apply(&net, x, labels, .training = true, .key = "drop");
    const tg_linear layer = tg_linear_new(store, "layer", 2, 3);
    const tg_linear bare = tg_linear_new(store, "bare", 3, 2, .no_bias = true);
    x = tg_linear_apply(&bare, tg_relu(tg_linear_apply(&layer, x)));
    (void)tg_softmax(x);
    (void)tg_log_softmax(x, .axis = 0);
    (void)tg_mse(x, x);
    (void)tg_cross_entropy(x, labels);
    (void)tg_cross_entropy(x, labels, .weight = x, .label_smoothing = 0.1, .ignore_index = -1);
    (void)tg_huber(x, x, .delta = 2, .reduction = TG_SUM);
    (void)tg_ctc(x, labels, .blank = 1);
    (void)tg_l2_penalty(tg_tape_of(x), .except = "bias");
    (void)tg_margin_loss(x, labels, .rho = 0.5);
}

void convolutions(tg_store *store, tg_tensor *x)
{
    const tg_conv conv = tg_conv2d_new(store, "conv", 1, 6, 5, .same = true);
    const tg_conv_transpose up = tg_conv_transpose2d_new(store, "up", 6, 1, 4, .stride = 2);
    x = tg_max_pool(tg_conv_apply(&conv, x), 2);
    x = tg_avg_pool(tg_conv_transpose_apply(&up, x), 3, .stride = 2, .padding = 1);
    x = tg_convolve(x, tg_read(tg_tape_of(x), conv.weight), NULL, .stride_shape = TG_SHAPE(2, 1));
    (void)tg_flatten(tg_adaptive_avg_pool(x, 1), 1);
    (void)tg_adaptive_max_pool(x, .size_shape = TG_SHAPE(2, 3));
}

void optimizers(tg_tensor *loss)
{
    (void)tg_gd(loss);
    (void)tg_sgd(loss, .lr = 0.1, .momentum = 0.9);
    (void)tg_adam(loss);
    (void)tg_adam(loss, .lr = 0, .beta1 = 0);
    (void)tg_adamw(loss, .lr = 1e-3);
}

/* bits.c: programs of which bits.cpp has the same in C++; both print what they compute to the last
 * bit. */
#include <inttypes.h>
#include <string.h>
#include <tapegrad.h>

static void print_bits(const char *what, const void *data, size_t size)
{
    const unsigned char *byte = data;
    printf("%s ", what);
    for (size_t i = 0; i < size; i++) printf("%02x", byte[i]);
    printf("\n");
}

static void print_number(const char *what, double value) { print_bits(what, &value, sizeof value); }

static void print_store(const tg_store *store)
{
    for (size_t i = 0; i < tg_var_count(store); i++) {
        static unsigned char room[1 << 16];
        const tg_var *var = tg_var_nth(store, i);
        const int64_t count = tg_shape_count(tg_var_shape(var));
        tg_var_get_as(var, tg_var_dtype(var), room, (size_t)count);
        print_bits(tg_var_name(var), room, (size_t)count * tg_dtype_size(tg_var_dtype(var)));
    }
}

/* README's first program. */
static int sine(void)
{
    tg_store *store = tg_store_new(.dtype = TG_F64);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_number(tape, 2);
    tg_tensor *y = tg_mul(x, tg_sin(x));
    tg_tensor *slope = tg_grad(y, x);
    tg_tensor *curvature = tg_grad(slope, x);
    print_number("y", tg_item(y));
    print_number("y'", tg_item(slope));
    print_number("y''", tg_item(curvature));
    const int status = tg_report(tape, stderr);
    tg_tape_free(tape);
    tg_store_free(store);
    return status;
}

/* README's network. */
enum { POINTS = 1000, BATCH = 50 };
static float points[POINTS][2];
static int32_t inside[POINTS];

static void make_points(void)
{
    uint32_t random = 1;
    for (int i = 0; i < POINTS; i++) {
        for (int k = 0; k < 2; k++) {
            random = random * 1664525u + 1013904223u;
            points[i][k] = (float)(random >> 8) / 8388608 - 1;
        }
        inside[i] = points[i][0] * points[i][0] + points[i][1] * points[i][1] < 0.5f;
    }
}

static int circle(void)
{
    make_points();
    tg_dataset data = { tg_array_view(TG_F32, TG_SHAPE(POINTS, 2), points),
                        tg_array_view(TG_I32, TG_SHAPE(POINTS), inside) };
    tg_batches batches = tg_batches_new(&data, BATCH, .seed = 1);
    tg_store *store = tg_store_new(.seed = 1);
    const tg_linear hidden = tg_linear_new(store, "hidden", 2, 32);
    const tg_linear out = tg_linear_new(store, "out", 32, 2);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(BATCH, 2));
    tg_tensor *y = tg_input(tape, "y", TG_I32, TG_SHAPE(BATCH));
    tg_tensor *logits = tg_linear_apply(&out, tg_relu(tg_linear_apply(&hidden, x)));
    tg_tensor *loss = tg_cross_entropy(logits, y);
    tg_tensor *correct = tg_correct(logits, y);
    tg_adam(loss, .lr = 1e-2);
    tg_plan *step = tg_compile(tape, loss, correct);
    for (int epoch = 1; epoch <= 3; epoch++)
        while (tg_batches_next(&batches, x, y) > 0 && !tg_run(step)) {
            print_number("loss", tg_item(loss));
            print_number("correct", tg_item(correct));
        }
    print_store(store);
    const int status = tg_report(tape, stderr);
    tg_plan_free(step);
    tg_tape_free(tape);
    tg_batches_free(&batches);
    tg_store_free(store);
    return status;
}

/* Layers of other kinds, options of all types, lists, numbers on both sides of operators. */
static int sequence(void)
{
    tg_store *store = tg_store_new(.seed = 7);
    const tg_recurrent net = tg_lstm_new(store, "lstm", 3, 4, .layers = 2, .bidirectional = true);
    const tg_layer_norm norm = tg_layer_norm_new(store, "norm", TG_SHAPE(8), .eps = 1e-3);
    const tg_conv conv = tg_conv1d_new(store, "conv", 8, 2, 3, .padding = 1, .no_bias = true,
                                       .init = tg_init_he_normal(0));
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_normal(tape, "x", TG_F32, TG_SHAPE(5, 2, 3), 0, 1);
    tg_tensor *h = tg_recurrent_apply(&net, x, .training = false);
    h = tg_layer_norm_apply(&norm, h);
    h = tg_conv_apply(&conv, tg_permute(h, TG_AXES(1, 2, 0)));
    tg_tensor *both = tg_concat(TG_LIST(h, tg_rsub_num(1, h), tg_rdiv_num(2, tg_exp(h))), 1);
    tg_tensor *where = NULL;
    tg_tensor *top = tg_top_k(both, 2, .axis = 1, .indices = &where);
    tg_tensor *spread = tg_std(both, .axes = TG_AXES(0, 2), .correction = 0);
    tg_tensor *loss =
        tg_add(tg_mean(tg_softmax(both, .axis = 1)),
               tg_mul_num(tg_add(tg_sum(spread), tg_norm(top, .p = 3)), 0.125));
    tg_adamw(loss, .schedule = tg_cosine_lr(.base = 0.05, .steps = 10), .weight_decay = 0.1,
             .no_decay = "bias, norm.weight", .clip_norm = 1, .allow_unused = true);
    tg_plan *step = tg_compile(tape, loss, where, .threads = 2);
    for (int i = 0; i < 10 && !tg_run(step); i++) {
        int64_t index[2 * 2 * 5];
        tg_get(where, index, 20);
        print_number("loss", tg_item(loss));
        print_bits("where", index, sizeof index);
    }
    print_store(store);
    const int status = tg_report(tape, stderr);
    tg_plan_free(step);
    tg_tape_free(tape);
    tg_store_free(store);
    return status;
}

int main(void) { return sine() || circle() || sequence(); }

/* tapegrad_case.c: a case of cases.json in Tapegrad, as a worker of benchmarks/compare_peers.
 *
 *     peers_case threads=1 model=mlp widths=784,256,128,10 batch=32 optimizer=adam rate=1e-6
 *
 * The arguments are the case's description, which compare_peers makes of cases.json;
 * peers/worker.py documents what workers print and which lines they read, and how variables and
 * inputs are filled, so that all sides begin with the same numbers. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <math.h>

#include "../common.h"

/* ---- The description ------------------------------------------------------------------------ */

static int argument_count;
static char **arguments;

static void fail(const char *what, const char *word)
{
    fprintf(stderr, "peers_case: %s %s\n", what, word);
    exit(2);
}

/* The value of key=value, or NULL. */
static const char *text_or_none(const char *key)
{
    const size_t length = strlen(key);
    for (int i = 1; i < argument_count; i++)
        if (!strncmp(arguments[i], key, length) && arguments[i][length] == '=')
            return arguments[i] + length + 1;
    return NULL;
}

static const char *text(const char *key)
{
    const char *value = text_or_none(key);
    if (!value) fail("there is no argument", key);
    return value;
}

static int64_t integer(const char *key) { return strtoll(text(key), NULL, 10); }
static double fraction(const char *key) { return strtod(text(key), NULL); }

/* Numbers that are separated by commas. */
static size_t integers(const char *key, int64_t *to, size_t most)
{
    size_t count = 0;
    char *end;
    for (const char *at = text(key); count < most; at = end + 1) {
        to[count++] = strtoll(at, &end, 10);
        if (*end != ',') break;
    }
    return count;
}

/* ---- The same numbers on all sides ------------------------------------------------------ */

/* Element [i] of what has that name, in [0, 1): a hash (Wellons's lowbias32) of the index and of
 * the name's own hash (FNV-1a). */
static uint32_t hash_of_name(const char *name)
{
    uint32_t hash = 2166136261u;
    for (; *name; name++) hash = (hash ^ (unsigned char)*name) * 16777619u;
    return hash;
}

static float draw(uint32_t name, size_t i)
{
    uint32_t x = (uint32_t)i * 2654435761u + name;
    x = (x ^ x >> 16) * 0x7feb352du;
    x = (x ^ x >> 15) * 0x846ca68bu;
    return (float)((x ^ x >> 16) >> 8) * 0x1p-24f;
}

static void *allocate(size_t count, size_t size)
{
    void *data = calloc(count, size);
    if (!data) fail("there is no memory for", "the data");
    return data;
}

static float *uniform(const char *name, size_t count, float low, float high)
{
    float *data = allocate(count, sizeof *data);
    const uint32_t seed = hash_of_name(name);
    for (size_t i = 0; i < count; i++) data[i] = low + (high - low) * draw(seed, i);
    return data;
}

/* Matrices and filters: uniform in +-1/sqrt(inputs). Vectors: 1 if they are weights, else 0. */
static void fill_variables(tg_store *store)
{
    for (size_t i = 0; i < tg_var_count(store); i++) {
        tg_var *var = tg_var_nth(store, i);
        if (!tg_var_trainable(var)) continue;
        const char *name = tg_var_name(var), *last = strrchr(name, '.');
        const tg_shape shape = tg_var_shape(var);
        const size_t count = (size_t)tg_shape_count(shape);
        float *data;
        if (shape.rank > 1) {
            const float bound = (float)(1 / sqrt((double)count / (double)shape.dim[0]));
            data = uniform(name, count, -bound, bound);
        } else {
            data = allocate(count, sizeof *data);
            const float value = last && !strcmp(last, ".weight") ? 1 : 0;
            for (size_t k = 0; k < count; k++) data[k] = value;
        }
        tg_var_set(var, data, count);
        free(data);
    }
}

/* ---- Recording -------------------------------------------------------------------------- */

static tg_store *store;
static tg_tape *tape;

static tg_tensor *uniform_input(const char *name, tg_shape shape, float low, float high)
{
    tg_tensor *x = tg_input(tape, name, TG_F32, shape);
    const size_t count = (size_t)tg_shape_count(shape);
    float *data = uniform(name, count, low, high);
    tg_feed(x, data, count);
    free(data);
    return x;
}

/* Element [i] is i * factor modulo the number of classes. */
static tg_tensor *class_input(const char *name, tg_shape shape, int64_t classes, int64_t factor)
{
    tg_tensor *x = tg_input(tape, name, TG_I32, shape);
    const size_t count = (size_t)tg_shape_count(shape);
    int32_t *data = allocate(count, sizeof *data);
    for (size_t i = 0; i < count; i++) data[i] = (int32_t)((int64_t)i * factor % classes);
    tg_feed(x, data, count);
    free(data);
    return x;
}

static tg_tensor *linear(const char *name, tg_tensor *x, int64_t out)
{
    const tg_linear layer = tg_linear_new(store, name, tg_dim(x, -1), out);
    return tg_linear_apply(&layer, x);
}

static tg_tensor *mlp(void)
{
    int64_t width[16];
    const size_t widths = integers("widths", width, 16);
    const int64_t batch = integer("batch");
    tg_tensor *x = uniform_input("x", TG_SHAPE(batch, width[0]), 0, 1);
    tg_tensor *y = class_input("y", TG_SHAPE(batch), width[widths - 1], 7);
    for (size_t i = 1; i < widths; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "layer%zu", i);
        x = linear(name, x, width[i]);
        if (i + 1 < widths) x = tg_relu(x);
    }
    return tg_cross_entropy(x, y);
}

/* LeCun et al.'s LeNet-5 with max pooling and rectifiers, for 28 x 28 pixels. */
static tg_tensor *lenet(void)
{
    const int64_t batch = integer("batch");
    tg_tensor *x = uniform_input("x", TG_SHAPE(batch, 1, 28, 28), 0, 1);
    tg_tensor *y = class_input("y", TG_SHAPE(batch), 10, 7);
    const tg_conv c1 = tg_conv2d_new(store, "c1", 1, 6, 5, .padding = 2);
    const tg_conv c2 = tg_conv2d_new(store, "c2", 6, 16, 5);
    x = tg_max_pool(tg_relu(tg_conv_apply(&c1, x)), 2);
    x = tg_max_pool(tg_relu(tg_conv_apply(&c2, x)), 2);
    x = tg_relu(linear("f1", tg_flatten(x, 1), 120));
    x = tg_relu(linear("f2", x, 84));
    return tg_cross_entropy(linear("f3", x, 10), y);
}

static tg_tensor *conv_norm(const char *name, tg_tensor *x, int64_t out, int64_t kernel,
                            int64_t stride)
{
    char full[64];
    (void)snprintf(full, sizeof full, "%s.conv", name);
    const tg_conv conv = tg_conv2d_new(store, full, tg_dim(x, 1), out, kernel, .stride = stride,
                                       .padding = kernel / 2, .no_bias = true);
    (void)snprintf(full, sizeof full, "%s.norm", name);
    const tg_batch_norm norm = tg_batch_norm_new(store, full, out);
    return tg_batch_norm_apply(&norm, tg_conv_apply(&conv, x), true);
}

/* Two convolutions and a shortcut: where the width changes a convolution, or every second pixel and
 * channels of zeros. */
static tg_tensor *block(const char *name, tg_tensor *x, int64_t width, bool projected)
{
    char part[64];
    const int64_t in = tg_dim(x, 1), stride = in == width ? 1 : 2;
    (void)snprintf(part, sizeof part, "%s.first", name);
    tg_tensor *y = tg_relu(conv_norm(part, x, width, 3, stride));
    (void)snprintf(part, sizeof part, "%s.second", name);
    y = conv_norm(part, y, width, 3, 1);
    if (stride == 2 && projected) {
        (void)snprintf(part, sizeof part, "%s.down", name);
        x = conv_norm(part, x, width, 1, 2);
    } else if (stride == 2) {
        x = tg_slice(tg_slice(x, 2, 0, tg_dim(x, 2), 2), 3, 0, tg_dim(x, 3), 2);
        x = tg_pad(x, 1, (width - in) / 2, (width - in) / 2, 0, 0);
    }
    return tg_relu(tg_add(y, x));
}

/* He et al.'s residual nets: for CIFAR-10, or those of four stages after a pooled stem. */
static tg_tensor *resnet(void)
{
    const int64_t batch = integer("batch"), size = integer("size"), classes = integer("classes");
    const int64_t stem = integer("stem"), width = integer("width");
    const bool pool = integer("pool"), projected = integer("projected");
    tg_tensor *x = uniform_input("x", TG_SHAPE(batch, 3, size, size), 0, 1);
    tg_tensor *y = class_input("y", TG_SHAPE(batch), classes, 7);
    x = tg_relu(conv_norm("stem", x, width, stem, pool ? 2 : 1));
    if (pool) x = tg_max_pool(x, 3, .stride = 2, .padding = 1);
    for (int s = 0; s < (int)integer("stages"); s++) {
        for (int b = 0; b < (int)integer("blocks"); b++) {
            char name[48];
            (void)snprintf(name, sizeof name, "layer%d.%d", s, b);
            x = block(name, x, width << s, projected);
        }
    }
    return tg_cross_entropy(linear("fc", tg_flatten(tg_adaptive_avg_pool(x, 1), 1), classes), y);
}

/* A character model: one-hot symbols, an LSTM or a GRU, a linear layer. */
static tg_tensor *recurrent(bool is_lstm)
{
    const int64_t steps = integer("steps"), batch = integer("batch");
    const int64_t symbols = integer("symbols"), hidden = integer("hidden");
    tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(steps, batch, symbols));
    float *data = allocate((size_t)(steps * batch * symbols), sizeof *data);
    for (int64_t i = 0; i < steps * batch; i++)
        data[i * symbols + (i / batch * 7 + i % batch * 5) % symbols] = 1;
    tg_feed(x, data, (size_t)(steps * batch * symbols));
    free(data);
    tg_tensor *y = class_input("y", TG_SHAPE(steps, batch), symbols, 7);
    const tg_recurrent net = is_lstm ? tg_lstm_new(store, "net", symbols, hidden)
                                     : tg_gru_new(store, "net", symbols, hidden);
    return tg_cross_entropy(linear("out", tg_recurrent_apply(&net, x), symbols), y);
}

static tg_tensor *lstm(void) { return recurrent(true); }
static tg_tensor *gru(void) { return recurrent(false); }

/* A GPT whose output layer has the weights of the embedding, as Radford et al.'s. */
static tg_tensor *gpt(void)
{
    const int64_t width = integer("width"), symbols = integer("symbols");
    const int64_t batch = integer("batch"), steps = integer("steps");
    const tg_embedding tokens = tg_embedding_new(store, "tokens", symbols, width);
    const tg_embedding places = tg_embedding_new(store, "places", steps, width);
    const tg_transformer_encoder blocks = tg_transformer_encoder_new(
        store, "blocks", (int)integer("layers"), width, integer("heads"), 4 * width, .dropout = 0,
        .activation = tg_gelu_at, .norm_first = true, .norm = true);
    const tg_linear head = { .weight = tokens.weight };
    tg_tensor *x = class_input("x", TG_SHAPE(batch, steps), symbols, 7);
    tg_tensor *y = class_input("y", TG_SHAPE(batch, steps), symbols, 11);
    tg_tensor *at = tg_embedding_apply(&places, tg_iota(tape, TG_I32, steps));
    x = tg_add(tg_embedding_apply(&tokens, x), at);
    x = tg_transformer_encoder_apply(&blocks, x, .causal = true, .training = true);
    return tg_cross_entropy(tg_linear_apply(&head, x), y);
}

/* Functions with their gradients, which nothing trains. */
enum { MOST_GRADIENTS = 4 };
static size_t gradient_count;
static tg_tensor *gradients[MOST_GRADIENTS];

static tg_tensor *elementwise(void)
{
    tg_tensor *x = uniform_input("x", TG_SHAPE(integer("count")), -3, 3);
    tg_tensor *left = tg_mul(tg_tanh(x), tg_exp(tg_neg(tg_mul(x, x))));
    tg_tensor *loss = tg_sum(tg_add(left, tg_mul(tg_sigmoid(x), tg_gelu(x))));
    gradients[gradient_count++] = tg_grad(loss, x);
    return loss;
}

static tg_tensor *softmax_layernorm(void)
{
    const int64_t rows = integer("rows"), columns = integer("columns");
    tg_tensor *x = uniform_input("x", TG_SHAPE(rows, columns), -3, 3);
    tg_tensor *factor = uniform_input("factor", TG_SHAPE(rows, columns), -1, 1);
    const tg_layer_norm norm = tg_layer_norm_new(store, "norm", TG_SHAPE(columns));
    tg_tensor *loss = tg_sum(tg_mul(tg_layer_norm_apply(&norm, tg_softmax(x)), factor));
    tg_tensor *weight = tg_read(tape, norm.weight), *bias = tg_read(tape, norm.bias);
    tg_vjp(loss, NULL, TG_LIST(x, weight, bias), gradients);
    gradient_count = 3;
    return loss;
}

static const struct {
    const char *name;
    tg_tensor *(*record)(void);
} models[] = {
    { "mlp", mlp },
    { "lenet", lenet },
    { "resnet", resnet },
    { "lstm", lstm },
    { "gru", gru },
    { "gpt", gpt },
    { "elementwise", elementwise },
    { "softmax_layernorm", softmax_layernorm },
};

static tg_tensor *record(void)
{
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        if (!strcmp(text("model"), models[i].name)) return models[i].record();
    fail("there is no model", text("model"));
    return NULL;
}

static tg_plan *compile(tg_tensor *loss, int threads)
{
    const char *optimizer = text_or_none("optimizer");
    if (!optimizer)
        return tg_compile_pure(tape, loss, .keep = (tg_list){ gradient_count, gradients },
                               .threads = threads);
    if (!strcmp(optimizer, "adam")) tg_adam(loss, .lr = fraction("rate"));
    else if (!strcmp(optimizer, "adamw"))
        tg_adamw(loss, .lr = fraction("rate"), .weight_decay = fraction("decay"));
    else if (!strcmp(optimizer, "sgd"))
        tg_sgd(loss, .lr = fraction("rate"), .momentum = fraction("momentum"));
    else fail("there is no optimizer", optimizer);
    return tg_compile(tape, loss, .threads = threads);
}

/* ---- The worker ------------------------------------------------------------------------- */

/* The root of the sum of squares of all gradients that the plan keeps. */
static double gradient_norm(void)
{
    double sum = 0;
    for (size_t g = 0; g < gradient_count; g++) {
        const size_t count = (size_t)tg_count(gradients[g]);
        float *data = allocate(count, sizeof *data);
        tg_get(gradients[g], data, count);
        for (size_t i = 0; i < count; i++) sum += (double)data[i] * (double)data[i];
        free(data);
    }
    return sqrt(sum);
}

enum { LATER = 3 };

static void run_for(tg_plan *step, double seconds)
{
    static bench_samples samples;
    samples.count = 0;
    const double start = bench_seconds();
    for (double at = start, end;
         samples.count < BENCH_SAMPLES && (samples.count < 3 || at - start < seconds); at = end) {
        tg_run(step);
        end = bench_seconds();
        bench_add(&samples, end - at);
    }
    printf("us=%.4f runs=%zu\n", bench_median(&samples), samples.count);
}

static void serve(tg_plan *step)
{
    double seconds;
    char line[64];
    while (fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "go %lf", &seconds) == 1) run_for(step, seconds);
        else if (!strncmp(line, "rss", 3)) printf("rss_mb=%.1f\n", bench_peak_memory() / (1 << 20));
        else break;
        (void)fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    argument_count = argc;
    arguments = argv;
    const int threads = (int)integer("threads");
    const double begin = bench_seconds();
    store = tg_store_new(.seed = 1);
    tape = tg_tape_new(store);
    tg_tensor *loss = record();
    fill_variables(store);
    tg_plan *step = compile(loss, threads);
    if (tg_report(tape, stderr)) return 1;
    tg_run(step);
    const double first = bench_seconds() - begin, value = tg_item(loss);
    for (int i = 0; i < LATER; i++) tg_run(step);
    if (tg_report(tape, stderr)) return 1;
    printf("ready version=%s first_s=%.4f value=%.9g later=%.9g\n", tg_version(), first, value,
           text_or_none("optimizer") ? tg_item(loss) : gradient_norm());
    (void)fflush(stdout);
    serve(step);
    tg_plan_free(step);
    tg_tape_free(tape);
    tg_store_free(store);
    return 0;
}

/* bits.cpp: the programs of bits.c, line by line. */
#include <tapegrad.hpp>

static void print_bits(const char *what, const void *data, std::size_t size)
{
    const auto *byte = static_cast<const unsigned char *>(data);
    std::printf("%s ", what);
    for (std::size_t i = 0; i < size; i++) std::printf("%02x", byte[i]);
    std::printf("\n");
}

static void print_number(const char *what, double value) { print_bits(what, &value, sizeof value); }

template <class T> static void print_var(tg::var var)
{
    const auto all = var.get<T>();
    print_bits(var.name(), all.data(), all.size() * sizeof(T));
}

static void print_store(const tg::store &store)
{
    for (std::size_t i = 0; i < var_count(store); i++) {
        const tg::var var = var_nth(store, i);
        if (var.dtype() == tg::f32) print_var<float>(var);
        else if (var.dtype() == tg::f64) print_var<double>(var);
        else print_var<std::int64_t>(var);
    }
}

/* README's first program. */
static int sine()
{
    tg::store store(tg::store_options().with_dtype(tg::f64));
    tg::tape tape(store);
    const tg::tensor x = tg::number(tape, 2);
    const tg::tensor y = x * sin(x);
    const tg::tensor slope = grad(y, x);
    const tg::tensor curvature = grad(slope, x);
    print_number("y", y.item());
    print_number("y'", slope.item());
    print_number("y''", curvature.item());
    return tape.report(stderr);
}

/* README's network. */
enum { POINTS = 1000, BATCH = 50 };
static float points[POINTS][2];
static std::int32_t inside[POINTS];

static void make_points()
{
    std::uint32_t random = 1;
    for (int i = 0; i < POINTS; i++) {
        for (int k = 0; k < 2; k++) {
            random = random * 1664525u + 1013904223u;
            points[i][k] = static_cast<float>(random >> 8) / 8388608 - 1;
        }
        inside[i] = points[i][0] * points[i][0] + points[i][1] * points[i][1] < 0.5f;
    }
}

struct mlp {
    tg::linear hidden, out;
    tg::tensor operator()(tg::tensor x) const { return out(relu(hidden(x))); }
};

static int circle()
{
    make_points();
    const tg::dataset data(tg::array::view({ POINTS, 2 }, points),
                           tg::array::view({ POINTS }, inside));
    tg::batches batches(data, BATCH, tg::batches_options().with_seed(1));
    tg::store store(tg::store_options().with_seed(1));
    const mlp net = { { store, "hidden", 2, 32 }, { store, "out", 32, 2 } };
    tg::tape tape(store);
    const tg::tensor x = tg::input(tape, "x", tg::f32, { BATCH, 2 });
    const tg::tensor y = tg::input(tape, "y", tg::i32, { BATCH });
    const tg::tensor logits = net(x);
    const tg::tensor loss = cross_entropy(logits, y);
    const tg::tensor right = correct(logits, y);
    adam(loss, tg::adam_options().with_lr(1e-2));
    tg::plan step = tg::compile(tape, { loss, right });
    for (int epoch = 1; epoch <= 3; epoch++)
        while (batches.next(x, y) > 0 && step.run() == TG_OK) {
            print_number("loss", loss.item());
            print_number("correct", right.item());
        }
    print_store(store);
    return tape.report(stderr);
}

/* Layers of other kinds, options of all types, lists, numbers on both sides of operators. */
static int sequence()
{
    tg::store store(tg::store_options().with_seed(7));
    const tg::recurrent net = tg::lstm(
        store, "lstm", 3, 4, tg::recurrent_options().with_layers(2).with_bidirectional(true));
    const tg::layer_norm norm(store, "norm", { 8 }, tg::layer_norm_options().with_eps(1e-3));
    const tg::conv conv = tg::conv1d(store, "conv", 8, 2, 3,
                                     tg::conv_options()
                                         .with_padding(1)
                                         .with_no_bias(true)
                                         .with_init(tg::init_he_normal(0)));
    tg::tape tape(store);
    const tg::tensor x = tg::normal(tape, "x", tg::f32, { 5, 2, 3 }, 0, 1);
    tg::tensor h = net(x);
    h = norm(h);
    h = conv(permute(h, { 1, 2, 0 }));
    const tg::tensor both = tg::concat({ h, 1 - h, 2 / exp(h) }, 1);
    tg::tensor where;
    const tg::tensor top = top_k(both, 2, tg::top_k_options().with_axis(1).with_indices(&where));
    const tg::tensor spread =
        tg::std(both, tg::variance_options().with_axes({ 0, 2 }).with_correction(0));
    const tg::tensor loss = mean(softmax(both, tg::softmax_options().with_axis(1))) +
                            (sum(spread) + tg::norm(top, tg::norm_options().with_p(3))) * 0.125;
    const tg_schedule schedule =
        tg::cosine_lr(tg::cosine_lr_options().with_base(0.05).with_steps(10));
    adamw(loss, tg::adamw_options()
                    .with_schedule(schedule)
                    .with_weight_decay(0.1)
                    .with_no_decay("bias, norm.weight")
                    .with_clip_norm(1)
                    .with_allow_unused(true));
    tg::plan step = tg::compile(tape, { loss, where }, tg::compile_options().with_threads(2));
    for (int i = 0; i < 10 && step.run() == TG_OK; i++) {
        print_number("loss", loss.item());
        const auto index = where.get<std::int64_t>();
        print_bits("where", index.data(), index.size() * sizeof index[0]);
    }
    print_store(store);
    return tape.report(stderr);
}

int main() { return sine() || circle() || sequence(); }

/* test_init.c: how variables start: moments, structure, and that nothing but seed and name matters.
 * The gains are those of torch.nn.init.calculate_gain (1.13). */
#include "kernels/orthogonal.h"

#include "tests/support/random.h"
#include "tests/support/recorded.h"

enum { MANY = 20000 };
static double drawn[MANY];

/* The values of a new variable. */
static const double *values_of(const char *name, tg_shape shape, tg_init init)
{
    tg_var *var = tg_param(store, name, shape, init);
    ck_assert_msg(var != NULL, "%s", tg_store_error(store));
    ck_assert_int_eq(tg_var_get(var, drawn, (size_t)tg_shape_count(shape)), TG_OK);
    return drawn;
}

static void ck_moments(const double *x, double mean, double deviation)
{
    double sum = 0, square = 0;
    for (int i = 0; i < MANY; i++) sum += x[i];
    for (int i = 0; i < MANY; i++) square += (x[i] - sum / MANY) * (x[i] - sum / MANY);
    /* Four standard errors. */
    ck_assert_double_eq_tol(sum / MANY, mean, 4 * deviation / sqrt(MANY));
    ck_assert_double_eq_tol(sqrt(square / MANY), deviation, 4 * deviation / sqrt(2.0 * MANY));
}

START_TEST(initialisers_have_their_published_spread)
{
    ck_close(tg_init_he_normal(50).b, 0.2, 1e-15);
    ck_close(tg_init_he_uniform(6).b, 1, 1e-15);
    ck_close(tg_init_he_uniform(6).a, -1, 1e-15);
    ck_close(tg_init_glorot_normal(30, 20).b, 0.2, 1e-15);
    ck_close(tg_init_glorot_uniform(4, 2).b, 1, 1e-15);
    ck_close(tg_init_lecun_normal(25).b, 0.2, 1e-15);
    ck_close(tg_init_lecun_uniform(3).b, 1, 1e-15);
    ck_assert_int_eq(tg_init_he_normal(50).kind, TG_INIT_NORMAL);
    ck_assert_int_eq(tg_init_lecun_uniform(3).kind, TG_INIT_UNIFORM);
    ck_assert_int_eq(tg_init_constant(3).kind, TG_INIT_CONSTANT);
    ck_assert(tg_init_constant(3).a == 3 && tg_init_ones().a == 1 && tg_init_zeros().a == 0);
}
END_TEST

START_TEST(a_fan_below_one_counts_as_one)
{
    ck_close(tg_init_he_normal(0).b, tg_init_he_normal(1).b, 0);
    ck_close(tg_init_he_uniform(-3).b, tg_init_he_uniform(1).b, 0);
    ck_close(tg_init_glorot_normal(0, 0).b, 1, 0);
    ck_close(tg_init_glorot_uniform(0, 5).b, 1, 0);
    ck_close(tg_init_lecun_normal(0).b, 1, 0);
    ck_assert(isfinite(tg_init_glorot_uniform(INT64_MAX, INT64_MAX).b));
}
END_TEST

START_TEST(a_variable_has_the_spread_of_its_initialiser)
{
    enum { COUNT = 10000 };
    static double value[COUNT];
    const double wanted = sqrt(2.0 / 100);
    tg_var *var = tg_param(store, "w", TG_SHAPE(100, 100),
                           _i ? tg_init_he_uniform(100) : tg_init_he_normal(100));
    ck_assert_int_eq(tg_var_get(var, value, COUNT), TG_OK);
    double sum = 0, squares = 0;
    for (int i = 0; i < COUNT; i++) {
        sum += value[i];
        squares += value[i] * value[i];
    }
    ck_assert_double_lt(fabs(sqrt(squares / COUNT) / wanted - 1), 0.03);
    ck_assert_double_lt(fabs(sum / COUNT), 0.05 * wanted);
}
END_TEST

START_TEST(distributions_have_their_moments)
{
    const tg_shape many = TG_SHAPE(MANY);
    ck_moments(values_of("normal", many, tg_init_normal(3, 0.5)), 3, 0.5);
    ck_moments(values_of("uniform", many, tg_init_uniform(-1, 3)), 1, 4 / sqrt(12));
    ck_moments(values_of("he", many, tg_init_he_uniform(8)), 0, 0.5);
    ck_moments(values_of("glorot", many, tg_init_glorot_normal(3, 5)), 0, 0.5);
    const double *x = values_of("cut", many, tg_init_truncated_normal(3, 0.5));
    ck_moments(x, 3, 0.5 * 0.87962566103423978);
    for (int i = 0; i < MANY; i++) ck_assert(x[i] >= 2 && x[i] <= 4);
}
END_TEST

static void ck_orthonormal(const double *x, int rows, int columns, double gain)
{
    const bool tall = rows > columns;
    const int count = tall ? columns : rows, length = tall ? rows : columns;
    for (int a = 0; a < count; a++)
        for (int b = 0; b < count; b++) {
            double dot = 0;
            for (int i = 0; i < length; i++)
                dot += tall ? x[i * columns + a] * x[i * columns + b]
                            : x[a * columns + i] * x[b * columns + i];
            ck_assert_double_eq_tol(dot, a == b ? gain * gain : 0, 1e-13);
        }
}

START_TEST(orthogonal_ones_are)
{
    const tg_init init = tg_init_orthogonal();
    ck_orthonormal(values_of("wide", TG_SHAPE(5, 3, 4), init), 5, 12, 1);
    ck_orthonormal(values_of("tall", TG_SHAPE(9, 4), init), 9, 4, 1);
    ck_orthonormal(values_of("square", TG_SHAPE(40, 40), tg_init_scaled(init, 1.5)), 40, 40, 1.5);
    (void)values_of("none", TG_SHAPE(0, 4), init);
    ck_assert(fabs(values_of("one", TG_SHAPE(1, 1), init)[0]) == 1);
    /* Both signs come: Q is not that of a decomposition with some convention of its own. */
    int positive = 0;
    for (int i = 0; i < 100; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "sign%d", i);
        positive += values_of(name, TG_SHAPE(2, 2), init)[0] > 0;
    }
    ck_assert(positive > 30 && positive < 70);
}
END_TEST

/* One by one, twice from all before: what blocks of vectors are compared with. */
static void orthonormalize_simply(double *at, int count, int length)
{
    for (int k = 0; k < count; k++) {
        double *x = at + k * length, square = 0;
        for (int j = 0; j < 2 * k; j++) {
            const double *unit = at + j % k * length;
            double along = 0;
            for (int i = 0; i < length; i++) along += unit[i] * x[i];
            for (int i = 0; i < length; i++) x[i] -= along * unit[i];
        }
        for (int i = 0; i < length; i++) square += x[i] * x[i];
        for (int i = 0; i < length; i++) x[i] /= sqrt(square);
    }
}

/* Of sizes around those of groups and blocks. The last vectors of square ones are what is left of
 * very little, so there the two ways agree less well, and are as orthogonal. */
START_TEST(blocks_of_vectors_become_orthonormal)
{
    const struct {
        int count, length;
    } sizes[] = { { 1, 1 },   { 3, 5 },    { 4, 4 },     { 5, 7 },    { 47, 60 },
                  { 49, 49 }, { 98, 530 }, { 150, 150 }, { 193, 600 } };
    for (int n = 0; n < COUNT_OF(sizes); n++) {
        const int count = sizes[n].count, length = sizes[n].length;
        const int64_t step = tg__orthogonal_step(length);
        size_t bytes = 0;
        ck_assert(tg__orthogonal_bytes(count, length, &bytes));
        double *x = calloc(1, bytes), *simple = calloc((size_t)(count * length), sizeof *simple);
        ck_assert(x && simple);
        rng r = rng_of(7, (uint64_t)n);
        for (int k = 0; k < count; k++)
            for (int i = 0; i < length; i++)
                x[k * step + i] = simple[k * length + i] = rng_between(&r, -1, 1);
        tg__orthonormalize(x, count, length);
        orthonormalize_simply(simple, count, length);
        for (int k = 0; k < count; k++)
            for (int i = 0; i < length; i++)
                ck_assert_double_eq_tol(x[k * step + i], simple[k * length + i], 1e-10);
        for (int a = 0; a < count; a++)
            for (int b = 0; b <= a; b++) {
                double dot = 0;
                for (int i = 0; i < length; i++) dot += x[a * step + i] * x[b * step + i];
                ck_assert_double_eq_tol(dot, a == b, 4e-15);
            }
        free(x);
        free(simple);
    }
    size_t bytes;
    ck_assert(!tg__orthogonal_bytes(INT64_MAX / 8, 3, &bytes));
    ck_assert(!tg__orthogonal_bytes((int64_t)1 << 40, (int64_t)1 << 40, &bytes));
}
END_TEST

START_TEST(sparse_columns_have_their_zeros)
{
    const double *x = values_of("sparse", TG_SHAPE(25, 40), tg_init_sparse(0.3, 0.01));
    int at_top = 0;
    for (int c = 0; c < 40; c++) {
        int zeros = 0;
        for (int r = 0; r < 25; r++) zeros += x[r * 40 + c] == 0;
        ck_assert_int_eq(zeros, 8); /* ceil(7.5) */
        at_top += x[c] == 0;
    }
    ck_assert(at_top > 2 && at_top < 25);
    x = values_of("all", TG_SHAPE(3, 2), tg_init_sparse(1, 1));
    for (int i = 0; i < 6; i++) ck_assert(x[i] == 0);
}
END_TEST

START_TEST(identities_pass_their_input)
{
    const double eye[6] = { 1, 0, 0, 0, 1, 0 };
    ck_assert_mem_eq(values_of("eye", TG_SHAPE(2, 3), tg_init_identity()), eye, sizeof eye);
    /* torch.nn.init.dirac_(torch.empty(4, 2, 3), groups=2) */
    const double dirac[24] = { 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0,
                               0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0 };
    ck_assert_mem_eq(values_of("dirac", TG_SHAPE(4, 2, 3), tg_init_dirac(2)), dirac, sizeof dirac);
    const double *x = values_of("plane", TG_SHAPE(3, 2, 3, 4), tg_init_dirac(1));
    for (int i = 0; i < 72; i++) {
        const int out = i / 24, in = i / 12 % 2, row = i / 4 % 3, column = i % 4;
        ck_assert(x[i] == (out == in && row == 1 && column == 2));
    }
}
END_TEST

START_TEST(gains_scale_what_is_drawn)
{
    ck_assert(tg_init_gain("linear", 0) == 1 && tg_init_gain("conv2d", 0) == 1);
    ck_assert(tg_init_gain("sigmoid", 0) == 1 && tg_init_gain("selu", 0) == 0.75);
    ck_close(tg_init_gain("tanh", 0), 1.6666666666666667, 1e-15);
    ck_close(tg_init_gain("relu", 0), 1.4142135623730951, 1e-15);
    ck_close(tg_init_gain("leaky_relu", 0.01), 1.4141428569978354, 1e-15);
    ck_assert(isnan(tg_init_gain("gelu", 0)) && isnan(tg_init_gain(NULL, 0)));
    const tg_init he = tg_init_scaled(tg_init_lecun_normal(8), tg_init_gain("relu", 0));
    ck_close(he.b, tg_init_he_normal(8).b, 1e-15);
    const tg_init wide = tg_init_scaled(tg_init_uniform(-1, 2), 3);
    ck_assert(wide.a == -3 && wide.b == 6);
    const tg_init sparse = tg_init_scaled(tg_init_sparse(0.5, 1), 3);
    ck_assert(sparse.a == 0.5 && sparse.b == 3);
    const tg_init dirac = tg_init_scaled(tg_init_dirac(2), 3);
    ck_assert(dirac.a == 3 && dirac.b == 2);
}
END_TEST

/* A layer of each kind that has an option .init, whose weight (or bias) is returned. */
#define LAYER(id, ...)                                                                             \
    static tg_var *make_##id(tg_store *s, tg_init init) { return __VA_ARGS__; }
LAYER(linear, tg_linear_new(s, "l", 6, 4, .init = init).weight)
LAYER(linear_bias, tg_linear_new(s, "l", 6, 4, .bias_init = init).bias)
LAYER(bilinear, tg_bilinear_new(s, "l", 6, 3, 4, .init = init).weight)
LAYER(bilinear_bias, tg_bilinear_new(s, "l", 6, 3, 4, .bias_init = init).bias)
LAYER(embedding, tg_embedding_new(s, "l", 7, 5, .init = init).weight)
LAYER(prelu, tg_prelu_new(s, "l", 5, .init = init).weight)
LAYER(conv, tg_conv2d_new(s, "l", 6, 4, .kernel_shape = TG_SHAPE(2, 3), .init = init).weight)
LAYER(conv_bias, tg_conv1d_new(s, "l", 6, 4, 3, .bias_init = init).bias)
LAYER(groups, tg_conv1d_new(s, "l", 6, 4, 3, .groups = 2, .init = init).weight)
LAYER(transposed, tg_conv_transpose1d_new(s, "l", 6, 4, 3, .init = init).weight)
LAYER(input, tg_rnn_new(s, "l", 6, 4, .init = init).cell[0].weight_ih)
LAYER(state, tg_gru_new(s, "l", 6, 4, .init = init).cell[0].weight_hh)
LAYER(state_bias, tg_lstm_new(s, "l", 6, 4, .init = init).cell[0].bias_ih)

/* torch.nn.init._calculate_fan_in_and_fan_out of the weight. */
static const struct {
    tg_var *(*make)(tg_store *s, tg_init init);
    int64_t in, out;
} fans[] = {
    { make_linear, 6, 4 },          { make_linear_bias, 6, 4 }, { make_bilinear, 18, 12 },
    { make_bilinear_bias, 18, 12 }, { make_embedding, 5, 7 },   { make_prelu, 1, 1 },
    { make_conv, 36, 24 },          { make_conv_bias, 18, 12 }, { make_groups, 9, 12 },
    { make_transposed, 12, 18 },    { make_input, 6, 4 },       { make_state, 4, 12 },
    { make_state_bias, 6, 16 },
};

static void ck_same_draw(tg_var *(*make)(tg_store *s, tg_init init), tg_init own, tg_init known)
{
    double got[256], want[256];
    tg_store *one = tg_store_new(.seed = 5, .dtype = TG_F64);
    tg_store *other = tg_store_new(.seed = 5, .dtype = TG_F64);
    tg_var *a = make(one, own), *b = make(other, known);
    ck_assert_msg(a && b, "%s", tg_store_error(one));
    const size_t count = (size_t)tg_shape_count(tg_var_shape(a));
    ck_assert_uint_le(count, 256);
    ck_assert_int_eq(tg_var_get(a, got, count), TG_OK);
    ck_assert_int_eq(tg_var_get(b, want, count), TG_OK);
    for (size_t i = 0; i < count; i++) ck_close(got[i], want[i], 1e-14);
    tg_store_free(one);
    tg_store_free(other);
}

START_TEST(a_fan_of_zero_is_the_layers_own)
{
    const int64_t in = fans[_i].in, out = fans[_i].out;
    ck_same_draw(fans[_i].make, tg_init_he_normal(0), tg_init_he_normal(in));
    ck_same_draw(fans[_i].make, tg_init_he_uniform(0), tg_init_he_uniform(in));
    ck_same_draw(fans[_i].make, tg_init_lecun_normal(0), tg_init_lecun_normal(in));
    ck_same_draw(fans[_i].make, tg_init_lecun_uniform(0), tg_init_lecun_uniform(in));
    ck_same_draw(fans[_i].make, tg_init_glorot_normal(0, 0), tg_init_glorot_normal(in, out));
    ck_same_draw(fans[_i].make, tg_init_scaled(tg_init_glorot_uniform(0, 0), 1.5),
                 tg_init_scaled(tg_init_glorot_uniform(in, out), 1.5));
    ck_same_draw(fans[_i].make, tg_init_glorot_uniform(0, 5), tg_init_glorot_uniform(1, 5));
}
END_TEST

START_TEST(who_has_no_fans_of_its_own_is_refused_or_has_one)
{
    ck_assert_ptr_null(tg_param(store, "p", TG_SHAPE(2, 3), tg_init_he_normal(0)));
    ck_assert_int_eq(tg_store_status(store), TG_ERR_ARGUMENT);
    tg_store_clear_error(store);
    const tg_linear empty = tg_linear_new(store, "l", 0, 3, .bias_init = tg_init_lecun_uniform(0));
    double bias[3];
    ck_assert_ptr_nonnull(empty.bias);
    ck_assert_int_eq(tg_var_get(empty.bias, bias, 3), TG_OK);
    for (int i = 0; i < 3; i++) ck_assert(fabs(bias[i]) <= sqrt(3.0) && bias[i] != 0);
    ck_assert_ptr_null(
        tg_linear_new(store, "m", 2, 3, .init = tg_init_scaled(tg_init_he_normal(0), -1)).weight);
    ck_assert_int_eq(tg_store_status(store), TG_ERR_ARGUMENT);
}
END_TEST

START_TEST(seed_and_name_are_all_that_matters)
{
    const tg_init kinds[] = { tg_init_truncated_normal(0, 1), tg_init_orthogonal(),
                              tg_init_sparse(0.5, 1) };
    for (int k = 0; k < 3; k++) {
        double first[12], again[12], other[12];
        char name[16];
        (void)snprintf(name, sizeof name, "w%d", k);
        memcpy(first, values_of(name, TG_SHAPE(3, 4), kinds[k]), sizeof first);
        (void)snprintf(name, sizeof name, "v%d", k);
        memcpy(other, values_of(name, TG_SHAPE(3, 4), kinds[k]), sizeof other);
        tg_store *twin = tg_store_new(.seed = 7, .dtype = TG_F64);
        (void)snprintf(name, sizeof name, "w%d", k);
        tg_var *var = tg_param(twin, name, TG_SHAPE(3, 4), kinds[k]);
        ck_assert_int_eq(tg_var_get(var, again, 12), TG_OK);
        ck_assert_mem_eq(first, again, sizeof first);
        ck_assert(memcmp(first, other, sizeof first) != 0);
        tg_store_free(twin);
    }
}
END_TEST

static const struct {
    tg_init_kind kind;
    double a, b;
    int rank;
    const char *words;
} impossible[] = {
    { TG_INIT_TRUNCATED_NORMAL, 0, -1, 2, "deviation" },
    { TG_INIT_NORMAL, 0, (double)NAN, 2, "deviation" },
    { TG_INIT_NORMAL, (double)NAN, 1, 2, "a mean must be finite" },
    { TG_INIT_NORMAL, (double)INFINITY, 1, 2, "a mean must be finite" },
    { TG_INIT_NORMAL, 0, (double)INFINITY, 2, "a deviation must be finite" },
    { TG_INIT_NORMAL, 1e308, 1e307, 2, "would be infinite" },
    { TG_INIT_TRUNCATED_NORMAL, (double)NAN, 1, 2, "a mean must be finite" },
    { TG_INIT_TRUNCATED_NORMAL, 1, (double)INFINITY, 2, "a deviation must be finite" },
    { TG_INIT_TRUNCATED_NORMAL, 1e308, 1e308, 2, "would be infinite" },
    { TG_INIT_UNIFORM, 1, 0, 2, "range" },
    { TG_INIT_UNIFORM, 0, (double)INFINITY, 2, "range must be finite" },
    { TG_INIT_UNIFORM, -(double)INFINITY, (double)INFINITY, 2, "range must be finite" },
    { TG_INIT_UNIFORM, (double)NAN, 1, 2, "range must be finite" },
    { TG_INIT_UNIFORM, 0, (double)NAN, 2, "range must be finite" },
    { TG_INIT_CONSTANT, (double)NAN, 0, 2, "a constant must be a number" },
    { TG_INIT_ORTHOGONAL, (double)INFINITY, 0, 2, "gain" },
    { TG_INIT_SPARSE, (double)NAN, 1, 2, "[0, 1]" },
    { TG_INIT_SPARSE, 0.5, (double)INFINITY, 2, "deviation" },
    { TG_INIT_SPARSE, 0.5, 1e308, 2, "would be infinite" },
    { TG_INIT_ORTHOGONAL, 1, 0, 1, "at least 2" },
    { TG_INIT_ORTHOGONAL, (double)NAN, 0, 2, "gain" },
    { TG_INIT_SPARSE, 1.5, 1, 2, "[0, 1]" },
    { TG_INIT_SPARSE, 0.5, -1, 2, "deviation" },
    { TG_INIT_SPARSE, 0.5, 1, 3, "rank 2" },
    { TG_INIT_IDENTITY, 1, 0, 3, "rank 2" },
    { TG_INIT_IDENTITY, (double)NAN, 0, 2, "gain" },
    { TG_INIT_DIRAC, 1, 1, 2, "rank 3" },
    { TG_INIT_DIRAC, 1, 0, 3, "groups" },
    { TG_INIT_DIRAC, 1, 3, 3, "groups" },
    { TG_INIT_DIRAC, (double)NAN, 1, 3, "gain" },
    { (tg_init_kind)77, 0, 0, 2, "no initialiser" },
};

/* A gain of NaN, as that of a name that is none, gets into whatever it scales. */
START_TEST(no_initialiser_takes_an_unknown_gain)
{
    const double gain = tg_init_gain("rleu", 0);
    const tg_init all[] = { tg_init_ones(),
                            tg_init_uniform(0, 1),
                            tg_init_normal(0, 1),
                            tg_init_he_normal(3),
                            tg_init_orthogonal(),
                            tg_init_sparse(0.5, 1),
                            tg_init_glorot_uniform(2, 3),
                            tg_init_identity() };
    for (int i = 0; i < COUNT_OF(all); i++) {
        ck_assert_ptr_null(tg_param(store, "w", TG_SHAPE(4, 4), tg_init_scaled(all[i], gain)));
        tg_store_clear_error(store);
    }
    ck_assert_ptr_null(
        tg_linear_new(store, "l", 2, 3, .init = tg_init_scaled(tg_init_he_normal(0), gain)).weight);
}
END_TEST

START_TEST(uniform_ones_are_within_their_range)
{
    const double ranges[][2] = {
        { 1, 2 }, { 1, 1 + 0x1p-22 }, { -1e38, 3e38 }, { 0.1, 0.1 + 1e-8 }
    };
    for (int k = 0; k < COUNT_OF(ranges); k++) {
        tg_store *narrow = tg_store_new(.seed = (uint64_t)k);
        static float got[200000];
        const double low = ranges[k][0], high = ranges[k][1];
        tg_var *var = tg_param(narrow, "w", TG_SHAPE(200000), tg_init_uniform(low, high));
        ck_assert_msg(var != NULL, "%s", tg_store_error(narrow));
        ck_assert_int_eq(tg_var_get(var, got, 200000), TG_OK);
        for (int i = 0; i < 200000; i++) ck_assert((double)got[i] >= low && (double)got[i] < high);
        ck_assert_ptr_null(tg_param(narrow, "v", TG_SHAPE(2), tg_init_uniform(0.1, 0.1 + 1e-12)));
        ck_assert_ptr_nonnull(strstr(tg_store_error(narrow), "has no number in the range"));
        tg_store_free(narrow);
    }
    const double *x = values_of("ulp", TG_SHAPE(100), tg_init_uniform(1, 1 + 0x1p-52));
    for (int i = 0; i < 100; i++) ck_assert(x[i] == 1);
    x = values_of("wide", TG_SHAPE(MANY), tg_init_uniform(-1.7e308, 1.7e308));
    int beyond = 0;
    for (int i = 0; i < MANY; i++) beyond += fabs(x[i]) > 0.85e308 && isfinite(x[i]);
    ck_assert(beyond > 0.48 * MANY && beyond < 0.52 * MANY);
    ck_assert(values_of("point", TG_SHAPE(1), tg_init_uniform(3, 3))[0] == 3);
    ck_assert(isinf(values_of("end", TG_SHAPE(1), tg_init_constant((double)INFINITY))[0]));
}
END_TEST

START_TEST(what_cannot_be_is_told)
{
    const tg_shape shape = { .rank = impossible[_i].rank, .dim = { 4, 4, 4 } };
    const tg_init init = { impossible[_i].kind, impossible[_i].a, impossible[_i].b };
    ck_assert_ptr_null(tg_param(store, "w", shape, init));
    ck_assert_int_eq(tg_store_status(store), TG_ERR_ARGUMENT);
    ck_assert_msg(strstr(tg_store_error(store), impossible[_i].words) != NULL, "%s",
                  tg_store_error(store));
    ck_assert_uint_eq(tg_var_count(store), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("init");
    TCase *cases = tcase_create("init");
    tcase_add_checked_fixture(cases, open_tape, close_tape);
    tcase_add_test(cases, initialisers_have_their_published_spread);
    tcase_add_test(cases, a_fan_below_one_counts_as_one);
    tcase_add_loop_test(cases, a_variable_has_the_spread_of_its_initialiser, 0, 2);
    tcase_add_test(cases, distributions_have_their_moments);
    tcase_add_test(cases, orthogonal_ones_are);
    tcase_add_test(cases, blocks_of_vectors_become_orthonormal);
    tcase_add_test(cases, sparse_columns_have_their_zeros);
    tcase_add_test(cases, identities_pass_their_input);
    tcase_add_test(cases, gains_scale_what_is_drawn);
    tcase_add_loop_test(cases, a_fan_of_zero_is_the_layers_own, 0, COUNT_OF(fans));
    tcase_add_test(cases, who_has_no_fans_of_its_own_is_refused_or_has_one);
    tcase_add_test(cases, seed_and_name_are_all_that_matters);
    tcase_add_test(cases, no_initialiser_takes_an_unknown_gain);
    tcase_add_test(cases, uniform_ones_are_within_their_range);
    tcase_add_loop_test(cases, what_cannot_be_is_told, 0, COUNT_OF(impossible));
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}

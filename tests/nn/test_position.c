/* test_position.c: positions in a sequence. Rotary ones are against NumPy, which turned the pairs
 * as complex numbers; they keep norms, and scores depend on distances alone. */
#include "attention.h"

/* ---- Sines and cosines ------------------------------------------------------------------ */

START_TEST(sinusoidal_positions_are_sines_and_cosines)
{
    open_float_tape(_i);
    double want[4 * 5];
    for (int t = 0; t < 4; t++)
        for (int i = 0; i < 5; i++) {
            const double angle = t / pow(10000, (i - i % 2) / 5.0);
            want[t * 5 + i] = i % 2 ? cos(angle) : sin(angle);
        }
    tg_tensor *table = tg_sinusoidal_positions(tape, TG_DTYPE_DEFAULT, 4, 5);
    ck_shape(table, TG_SHAPE(4, 5));
    ck_assert_int_eq(tg_dtype_of(table), float_type());
    ck_both_ways(table, 20, want, _i == 0 ? 1e-15 : 1e-7);
    ck_shape(tg_sinusoidal_positions(tape, TG_F32, 0, 4), TG_SHAPE(0, 4));
    ck_no_error();
    close_tape();
}
END_TEST

/* ---- Rotations -------------------------------------------------------------------------- */

enum { COUNT = 2 * 3 * 4 };

/* What becomes of x [2, 3, 4], and the gradient of sum(y cos(0.3 i)). */
typedef struct turned {
    int64_t offset;
    double base; /* 0: not said */
    bool halves;
    double value[COUNT], gradient[COUNT];
} turned;

/* clang-format off */
static const turned known_turned[] = {
    { .value = { 0.841470984808, 0.991664810452, 0.675463180551, 0.0415806624333, 0.491975001451, -1.04302243868, -0.87967177902, -0.382692370468,
        -0.902946783696, -0.0706227491659, 0.975901880909, 0.68262248647, 0.0247754254534, -0.625070648893, -0.980936230066, -0.875452174688, -0.469112346023,
        -0.124504352332, 0.849251301942, 0.995314101043, -0.277856130052, 0.58799120601, -0.618299077224, -0.996629481496 },
      .gradient = { 1, 0.955336489126, 0.82533561491, 0.621609968271, 0.255306033043, -0.266694063341, -0.232239111588, -0.502548879425, -0.515206410389,
        1.04673697001, -1.00954278349, -0.96748375057, -0.896758416334, -0.7259323042, -0.490260821341, -0.210795799431, 0.36533320591, 0.13059439019,
        0.643008130294, 0.82832422657, 0.509597057917, -1.28916837949, 0.966355966166, 0.796558575656 } },
    { .halves = true,
      .value = { 0.841470984808, 0.991664810452, 0.675463180551, 0.0415806624333, 0.412813229842, -0.973742537231, -0.99219324967, -0.383633109409,
        -1.02926786074, 0.837008038314, -0.128434544352, 0.679844239176, 0.0247754254534, -0.625070648893, -0.980936230066, -0.875452174688, -0.916511845679,
        0.317590510371, 0.16276756277, 0.9899973159, 0.309613536773, 0.0276415792435, 0.85685113699, -0.983708945583 },
      .gradient = { 1, 0.955336489126, 0.82533561491, 0.621609968271, 0.00459875992114, 0.0656852879317, -0.427671352173, -0.505528222732, -0.593333567723,
        -0.923639612401, 1.08249245376, -0.969202043103, -0.896758416334, -0.7259323042, -0.490260821341, -0.210795799431, 0.581351541883, 0.386305832714,
        0.269298168625, 0.830891335117, 0.464472223418, 1.01597208571, -1.26851665809, 0.795566120934 } },
    { .offset = 7,
      .value = { -0.0171236184771, 1.30045349638, 0.670900701468, 0.0887226495209, 1.05615282705, -0.463115984997, -0.850750869011, -0.443281905897,
        -0.634335416013, -0.646466586048, 0.92576733709, 0.749208100447, 0.429341288677, -0.454965048824, -0.917302299682, -0.941917665522, -0.271867164243,
        -0.402064636529, 0.777556383497, 1.05227563122, -0.595778705342, 0.260740141928, -0.547077759264, -1.03743433412 },
      .gradient = { 1.38154552497, 0.0632437340894, 0.866791539312, 0.5623613227, 0.0172613682858, -0.368793897854, -0.266820057616, -0.485074672619,
        0.299276887436, 1.12762106859, -1.07473898173, -0.894504086323, -1.15299598711, 0.0418762611827, -0.503803831132, -0.175989322789, 0.361224291745,
        -0.141563615181, 0.69936875847, 0.781321841255, -0.462779978047, -1.30670538532, 1.0197029355, 0.72701811609 } },
    { .base = 100, .halves = true,
      .value = { 0.841470984808, 0.991664810452, 0.675463180551, 0.0415806624333, 0.412813229842, -0.935321153907, -0.99219324967, -0.469599010328,
        -1.02926786074, 0.701772855172, -0.128434544352, 0.818709658845, 0.0247754254534, -0.625070648893, -0.980936230066, -0.875452174688, -0.916511845679,
        0.227325614319, 0.16276756277, 1.01453510676, 0.309613536773, 0.2033079863, 0.85685113699, -0.96286718151 },
      .gradient = { 1, 0.955336489126, 0.82533561491, 0.621609968271, 0.00459875992114, 0.0199832987964, -0.427671352173, -0.509385913428, -0.593333567723,
        -1.08223283541, 1.08249245376, -0.788184511337, -0.896758416334, -0.7259323042, -0.490260821341, -0.210795799431, 0.581351541883, 0.459421657611,
        0.269298168625, 0.792807888254, 0.464472223418, 1.14198759184, -1.26851665809, 0.600823661159 } },
};

/* The halves, with rows at the positions 4, 9, 6 and -1, 4, 1. */
static const turned told_turned = {
    .value = {
        -0.0388299208318, 0.98920880137, -1.07833954013, 0.0812034178447, 0.921570234906,
        -0.939970300076, 0.552784324631, -0.46022247492, 0.575574787686, 0.809152002684,
        0.862902905965, 0.712771830458, -0.812043156046, -0.63379377146, -0.55084990867,
        -0.869157800133, 0.884370090497, 0.28775214067, -0.290476824881, 0.999078136738,
        0.888300277923, 0.0178032716709, 0.202427837403, -0.983936171731 },
    .gradient = {
        -1.27825967369, 0.979430090586, 0.217327135551, 0.582909476473, -0.423789298841,
        0.0250760738769, 0.0576763751479, -0.509160614687, -0.431404288575, -0.961658543623,
        -1.15660061164, -0.931491051716, -0.0719803840057, -0.723788085026, -1.01948523997,
        -0.218044461783, -0.537530304625, 0.411055009337, -0.348643500564, 0.818930025374,
        1.31837537486, 1.00796575892, -0.294542576145, 0.805685894489 },
};
/* clang-format on */

static void ck_turned(tg_tensor *x, tg_tensor *y, const turned *want)
{
    const double tolerance = float_type() == TG_F64 ? 1e-10 : 1e-6;
    ck_shape(y, TG_SHAPE(2, 3, 4));
    ck_assert_int_eq(tg_dtype_of(y), float_type());
    ck_both_ways(y, COUNT, want->value, tolerance);
    ck_both_ways(tg_grad(weighed(y), x), COUNT, want->gradient, tolerance);
}

START_TEST(rows_turn_by_their_positions)
{
    open_float_tape(_i);
    tg_tensor *x = filled("x", TG_SHAPE(2, 3, 4), 1);
    for (int i = 0; i < COUNT_OF(known_turned); i++) {
        const turned *want = &known_turned[i];
        tg_tensor *y = tg_rotary_positions(x, .offset = want->offset, .halves = want->halves);
        if (want->base > 0)
            y = tg_rotary_positions(x, .offset = want->offset, .base = want->base,
                                    .halves = want->halves);
        ck_turned(x, y, want);
    }
    close_tape();
}
END_TEST

START_TEST(positions_can_be_told_to_each_run)
{
    open_float_tape(_i);
    tg_tensor *x = filled("x", TG_SHAPE(2, 3, 4), 1);
    tg_tensor *where = tg_input(tape, "where", TG_I32, TG_SHAPE(2, 3));
    tg_tensor *first = tg_input(tape, "first", TG_I64, TG_SHAPE(2, 1));
    tg_feed(where, ((const int32_t[]){ 4, 9, 6, -1, 4, 1 }), 6);
    tg_feed(first, ((const int64_t[]){ 0, 0 }), 2);
    ck_turned(x, tg_rotary_positions(x, .positions = where, .halves = true), &told_turned);
    tg_tensor *later = tg_add_num(where, 3);
    ck_turned(x, tg_rotary_positions(x, -3, later, .halves = true), &told_turned);
    /* Told 0, 1, 2 they are what they are untold. */
    tg_tensor *steps = tg_iota(tape, TG_I64, 3);
    ck_turned(x, tg_rotary_positions(x, .positions = steps), &known_turned[0]);
    ck_turned(x, tg_rotary_positions(x, 7, steps), &known_turned[2]);
    ck_turned(x, tg_rotary_positions(x, .positions = tg_add(first, steps)), &known_turned[0]);
    /* One position, 0, for all rows of a sequence. */
    double values[COUNT];
    compute(x, true, COUNT, values);
    ck_both_ways(tg_rotary_positions(x, .positions = first), COUNT, values, 0);
    close_tape();
}
END_TEST

START_TEST(derivatives_of_rotations_are_right_to_second_order)
{
    open_tape();
    tg_tensor *x = filled("x", TG_SHAPE(2, 3, 4), 1);
    tg_tensor *where = tg_constant(tape, TG_I32, TG_SHAPE(2, 1), (const int32_t[]){ 5, -2 });
    ck_derivatives(tg_exp(tg_rotary_positions(x, .offset = 3)), TG_LIST(x));
    ck_derivatives(tg_exp(tg_rotary_positions(x, .halves = true)), TG_LIST(x));
    ck_derivatives(tg_exp(tg_rotary_positions(x, .positions = where)), TG_LIST(x));
    close_tape();
}
END_TEST

START_TEST(rotations_keep_norms)
{
    open_float_tape(_i / 2);
    tg_tensor *x = filled("x", TG_SHAPE(2, 3, 5, 8), 1);
    tg_tensor *y = tg_rotary_positions(x, .offset = 1000, .halves = _i % 2 == 1);
    double before[30];
    compute(tg_norm(x, .axis = -1), true, 30, before);
    ck_both_ways(tg_norm(y, .axis = -1), 30, before, _i < 2 ? 1e-14 : 1e-6);
    ck_assert_double_gt(tg_item(tg_max(tg_abs(tg_sub(x, y)))), 0.1);
    close_tape();
}
END_TEST

/* All queries of 0..5 with all keys of 0..5, and all of them 1,000,000 steps later. */
START_TEST(scores_depend_on_distances_alone)
{
    open_tape();
    const bool halves = _i == 1;
    tg_tensor *q = filled("q", TG_SHAPE(6, 8), 1), *k = filled("k", TG_SHAPE(6, 8), 2);
    tg_tensor *here = tg_matmul(tg_rotary_positions(q, .halves = halves),
                                tg_transpose(tg_rotary_positions(k, .halves = halves)));
    tg_tensor *there = tg_matmul(tg_rotary_positions(q, 1000000, .halves = halves),
                                 tg_transpose(tg_rotary_positions(k, 1000000, .halves = halves)));
    double want[36];
    compute(here, true, 36, want);
    ck_both_ways(there, 36, want, 1e-9);
    tg_tensor *apart = tg_matmul(tg_rotary_positions(q, 1, .halves = halves),
                                 tg_transpose(tg_rotary_positions(k, .halves = halves)));
    ck_assert_double_gt(tg_item(tg_max(tg_abs(tg_sub(here, apart)))), 0.1);
    close_tape();
}
END_TEST

/* A query that is made of what stands at position 4 sees the cached keys as in the whole. */
START_TEST(a_cache_goes_on_where_it_ended)
{
    open_float_tape(_i);
    tg_tensor *q = filled("q", TG_SHAPE(2, 5, 4), 1), *k = filled("k", TG_SHAPE(2, 5, 4), 2);
    tg_tensor *whole =
        tg_attention(tg_rotary_positions(q), tg_rotary_positions(k), k, .causal = true);
    tg_tensor *cache = tg_rotary_positions(tg_slice(k, 1, 0, 4, 1));
    tg_tensor *new_key = tg_rotary_positions(tg_slice(k, 1, 4, 5, 1), .offset = 4);
    tg_tensor *query = tg_rotary_positions(tg_slice(q, 1, 4, 5, 1), .offset = 4);
    tg_tensor *last = tg_attention(query, tg_concat(TG_LIST(cache, new_key), 1), k);
    double want[8];
    compute(tg_slice(whole, 1, 4, 5, 1), true, 8, want);
    ck_both_ways(last, 8, want, _i == 0 ? 1e-14 : 1e-6);
    close_tape();
}
END_TEST

/* Back, what reached the turned halves is turned back, and then added. */
START_TEST(a_rotation_is_one_pass_and_two_back)
{
    open_float_tape(1);
    tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(2, 3, 16, 8));
    tg_tensor *y = tg_rotary_positions(x, .halves = _i == 1);
    tg_tensor *slope = tg_grad(weighed(y), x);
    tg_plan *forward = tg_compile_pure(tape, y), *back = tg_compile_pure(tape, slope);
    ck_assert_uint_eq(tg_plan_kernels(forward), 1);
    ck_assert_uint_le(tg_plan_kernels(back), 2);
    tg_plan_free(forward);
    tg_plan_free(back);
    close_tape();
}
END_TEST

START_TEST(where_there_is_nothing_nothing_turns)
{
    open_tape();
    tg_tensor *none = tg_input(tape, "none", TG_F64, TG_SHAPE(2, 0, 4));
    ck_shape(tg_rotary_positions(none), TG_SHAPE(2, 0, 4));
    ck_shape(tg_rotary_positions(tg_input(tape, "flat", TG_F64, TG_SHAPE(3, 0))), TG_SHAPE(3, 0));
    close_tape();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("position");
    TCase *all = tcase_create("all");
    tcase_add_loop_test(all, sinusoidal_positions_are_sines_and_cosines, 0, 2);
    tcase_add_loop_test(all, rows_turn_by_their_positions, 0, 2);
    tcase_add_loop_test(all, positions_can_be_told_to_each_run, 0, 2);
    tcase_add_test(all, derivatives_of_rotations_are_right_to_second_order);
    tcase_add_loop_test(all, rotations_keep_norms, 0, 4);
    tcase_add_loop_test(all, scores_depend_on_distances_alone, 0, 2);
    tcase_add_loop_test(all, a_cache_goes_on_where_it_ended, 0, 2);
    tcase_add_loop_test(all, a_rotation_is_one_pass_and_two_back, 0, 2);
    tcase_add_test(all, where_there_is_nothing_nothing_turns);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}

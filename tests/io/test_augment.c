/* test_augment.c: what transforms do to samples: values by hand, every outcome as often as it
 * should be, and what they refuse. That nothing depends on threads is in test_loader.c. */
#include "loading.h"

enum { MANY = 4096 };

/* ---- One sample, over and over ---------------------------------------------------------- */

/* The field x of [count] samples that are all [sample], after the transforms. */
static void change(tg_array sample, tg_transforms transforms, int64_t count, void *out)
{
    tg_shape shape = { .rank = sample.shape.rank + 1, .dim = { 1 } };
    for (int i = 1; i < shape.rank; i++) shape.dim[i] = sample.shape.dim[i - 1];
    sample.shape = shape;
    const double one = 1;
    const tg_array weight = tg_array_view(TG_F64, TG_SHAPE(1), (void *)(uintptr_t)&one);
    tg_loader *loader =
        tg_loader_new(tg_samples_of_arrays(TG_ARRAYS(sample)), .batch = count, .weights = &weight,
                      .draws = count, .seed = 12, .transforms = transforms);
    ck_made(loader);
    tg_tensor *in[1];
    tg_rewind(tape);
    ck_assert_uint_eq(inputs_for(loader, count, in), 1);
    ck_assert_int_eq(tg_loader_next(loader, (tg_list){ 1, in }), count);
    ck_no_error();
    ck_assert_int_eq(tg_get_as(in[0], tg_dtype_of(in[0]), out, (size_t)tg_count(in[0])), TG_OK);
    tg_loader_free(loader);
}

static uint8_t picture[2][3][4]; /* 1, 2, ... */

static tg_array picture_array(tg_dtype dtype, tg_shape shape)
{
    static float same[24];
    for (int i = 0; i < 24; i++)
        ((uint8_t *)picture)[i] = (uint8_t)(i + 1), same[i] = (float)(i + 1);
    return tg_array_view(dtype, shape, dtype == TG_U8 ? (void *)picture : (void *)same);
}

/* Element (c, y, x) of the picture as it would be in a larger one full of [fill]. */
static int pixel(int c, int64_t y, int64_t x, int fill)
{
    return y < 0 || y >= 3 || x < 0 || x >= 4 ? fill : picture[c][y][x];
}

/* How many of [counts], which add up to [total], are too far from what [kinds] equal ones are. */
static void ck_even(const int64_t *counts, int64_t kinds, int64_t total)
{
    const double p = 1 / (double)kinds, spread = 6 * sqrt((double)total * p * (1 - p));
    for (int64_t i = 0; i < kinds; i++)
        ck_assert_msg(fabs((double)counts[i] - (double)total * p) <= spread, "%lld of %lld: %lld",
                      (long long)i, (long long)kinds, (long long)counts[i]);
}

/* ---- Images ----------------------------------------------------------------------------- */

START_TEST(shifts_move_the_image_every_way_as_often)
{
    static uint8_t got[MANY][2][3][4];
    int64_t counts[9] = { 0 };
    change(picture_array(TG_U8, TG_SHAPE(2, 3, 4)),
           TG_TRANSFORMS(tg_image_shift(.pixels = 1, .fill = 99)), MANY, got);
    for (int i = 0; i < MANY; i++) {
        int found = -1;
        for (int way = 0; way < 9; way++) {
            const int down = way / 3 - 1, right = way % 3 - 1;
            bool same = true;
            for (int k = 0; k < 24; k++)
                same = same && got[i][k / 12][k / 4 % 3][k % 4] ==
                                   pixel(k / 12, k / 4 % 3 - down, k % 4 - right, 99);
            if (same) found = way;
        }
        ck_assert_int_ge(found, 0);
        counts[found]++;
    }
    ck_even(counts, 9, MANY);
}
END_TEST

START_TEST(a_shift_may_be_longer_than_the_image)
{
    static float got[MANY][3][4];
    int64_t empty = 0;
    change(picture_array(TG_F32, TG_SHAPE(3, 4)), TG_TRANSFORMS(tg_image_shift(.pixels = 7)), MANY,
           got);
    for (int i = 0; i < MANY; i++) {
        float sum = 0;
        for (int k = 0; k < 12; k++) sum += got[i][k / 4][k % 4];
        empty += sum == 0;
    }
    /* Of 15 x 15 moves 5 x 7 leave something. */
    const double p = 1 - 35.0 / 225;
    ck_assert(fabs((double)empty - p * MANY) <= 6 * sqrt(MANY * p * (1 - p)));
}
END_TEST

START_TEST(flips_turn_rows_or_columns_as_often_as_they_are_told)
{
    static uint8_t got[MANY][3][4][2];
    for (int vertical = 0; vertical < 2; vertical++)
        for (int quarter = 0; quarter <= 4; quarter++) {
            int64_t turned = 0;
            change(picture_array(TG_U8, TG_SHAPE(3, 4, 2)),
                   TG_TRANSFORMS(tg_image_flip(.probability = quarter / 4.0, .vertical = vertical,
                                               .channels_last = true)),
                   MANY, got);
            for (int i = 0; i < MANY; i++) {
                const bool is = got[i][0][0][0] != 1;
                turned += is;
                bool right = true;
                for (int k = 0; k < 24; k++) {
                    const int y = is && vertical ? 2 - k / 8 : k / 8, x = k / 2 % 4;
                    const int from = y * 4 + (is && !vertical ? 3 - x : x);
                    right = right && got[i][k / 8][x][k % 2] == 1 + from * 2 + k % 2;
                }
                ck_assert(right);
            }
            const double p = quarter / 4.0;
            ck_assert(fabs((double)turned - p * MANY) <= 6 * sqrt(MANY * p * (1 - p)));
        }
}
END_TEST

START_TEST(crops_cut_every_part_as_often)
{
    static uint8_t got[MANY][2][2][5];
    int64_t counts[4 * 2] = { 0 };
    /* 2 x 5 of 5 x 6, which is 3 x 4 with a pixel around it. */
    change(picture_array(TG_U8, TG_SHAPE(2, 3, 4)),
           TG_TRANSFORMS(tg_image_crop(.height = 2, .width = 5, .padding = 1, .fill = 7)), MANY,
           got);
    for (int i = 0; i < MANY; i++) {
        int found = -1;
        for (int way = 0; way < 8; way++) {
            bool same = true;
            for (int k = 0; k < 20; k++)
                same = same && got[i][k / 10][k / 5 % 2][k % 5] ==
                                   pixel(k / 10, k / 5 % 2 + way / 2 - 1, k % 5 + way % 2 - 1, 7);
            if (same) found = way;
        }
        ck_assert_int_ge(found, 0);
        counts[found]++;
    }
    ck_even(counts, 8, MANY);
}
END_TEST

START_TEST(cutouts_are_squares_around_any_pixel)
{
    static float got[MANY][3][4];
    int64_t counts[12] = { 0 }, whole = 0;
    change(picture_array(TG_F32, TG_SHAPE(3, 4)),
           TG_TRANSFORMS(tg_image_cutout(.size = 2, .fill = -1, .probability = 0.75)), MANY, got);
    for (int i = 0; i < MANY; i++) {
        int last = -1;
        for (int k = 0; k < 12; k++)
            if (got[i][k / 4][k % 4] == -1) last = k;
        whole += last < 0;
        if (last >= 0) counts[last]++; /* its middle is the pixel below, on the right */
        bool right = true;
        for (int k = 0; k < 12; k++) {
            const int dy = last / 4 - k / 4, dx = last % 4 - k % 4;
            const bool in = last >= 0 && dy >= 0 && dy < 2 && dx >= 0 && dx < 2;
            right = right && got[i][k / 4][k % 4] == (in ? -1.0F : (float)(k + 1));
        }
        ck_assert(right);
    }
    ck_even(counts, 12, MANY - whole);
    ck_assert(fabs((double)whole - MANY / 4.0) <= 6 * sqrt(MANY * 0.1875));
}
END_TEST

/* ---- Numbers ---------------------------------------------------------------------------- */

START_TEST(bytes_become_numbers_from_0_to_1)
{
    uint8_t bytes_in[] = { 0, 51, 255 };
    float got[3];
    change(tg_array_view(TG_U8, TG_SHAPE(3), bytes_in), TG_TRANSFORMS(tg_image_scale()), 1, got);
    ck_assert_mem_eq(got, ((float[]){ 0, 0.2F, 1 }), sizeof got);
    float numbers[] = { -1, 2, 8 };
    change(tg_array_view(TG_F32, TG_SHAPE(3), numbers),
           TG_TRANSFORMS(tg_image_scale(.divisor = -4)), 1, got);
    ck_assert_mem_eq(got, ((float[]){ 0.25F, -0.5F, -2 }), sizeof got);
}
END_TEST

START_TEST(normalisation_is_by_one_number_by_channel_or_by_element)
{
    float got[24];
    double means[24], deviations[24];
    change(picture_array(TG_U8, TG_SHAPE(2, 3, 4)),
           TG_TRANSFORMS(tg_image_normalize(.mean = 1, .deviation = 2)), 1, got);
    for (int i = 0; i < 24; i++) ck_assert(got[i] == (float)i / 2);
    /* A number for each channel, which stand first or last; a deviation of 0 is one of 1. */
    const tg_array two = tg_array_view(TG_F64, TG_SHAPE(2), means);
    const tg_array scale = tg_array_view(TG_F64, TG_SHAPE(2), deviations);
    means[0] = 1, means[1] = 5, deviations[0] = 0, deviations[1] = 4;
    for (int last = 0; last < 2; last++) {
        change(picture_array(TG_F32, last ? TG_SHAPE(3, 4, 2) : TG_SHAPE(2, 3, 4)),
               TG_TRANSFORMS(
                   tg_image_normalize(.means = &two, .deviations = &scale, .channels_last = last)),
               1, got);
        for (int i = 0; i < 24; i++) {
            const int c = last ? i % 2 : i / 12;
            ck_assert(got[i] == (float)(c ? (i + 1 - 5) / 4.0 : i));
        }
    }
    for (int i = 0; i < 24; i++) means[i] = 3 * i;
    const tg_array all = tg_array_view(TG_F64, TG_SHAPE(24), means);
    change(picture_array(TG_U8, TG_SHAPE(24)), TG_TRANSFORMS(tg_image_normalize(.means = &all)), 1,
           got);
    for (int i = 0; i < 24; i++) ck_assert(got[i] == (float)(1 - 2 * i));
}
END_TEST

START_TEST(noise_is_normal)
{
    enum { COUNT = 50000 };
    static float zeros[COUNT], got[COUNT];
    double sum = 0, squares = 0, beyond = 0;
    change(tg_array_view(TG_F32, TG_SHAPE(COUNT), zeros),
           TG_TRANSFORMS(tg_image_noise(.deviation = 3)), 1, got);
    for (int i = 0; i < COUNT; i++) {
        sum += (double)got[i] / 3;
        squares += (double)got[i] * (double)got[i] / 9;
        beyond += fabs((double)got[i]) > 3;
    }
    ck_assert(fabs(sum) <= 6 * sqrt(COUNT));
    ck_assert(fabs(squares - COUNT) <= 6 * sqrt(2.0 * COUNT));
    const double p = 0.31731050786; /* beyond one deviation */
    ck_assert(fabs(beyond - p * COUNT) <= 6 * sqrt(COUNT * p * (1 - p)));
    change(tg_array_view(TG_F32, TG_SHAPE(COUNT), zeros),
           TG_TRANSFORMS(tg_image_noise(.deviation = 0)), 1, got);
    for (int i = 0; i < COUNT; i++) ck_assert(got[i] == 0);
}
END_TEST

static void one_hot(void *label, tg_dtype dtype, double smooth, float out[4])
{
    change(tg_array_view(dtype, TG_SCALAR, label),
           TG_TRANSFORMS(tg_label_one_hot(.classes = 4, .field = 0, .smooth = smooth)), 1, out);
}

START_TEST(labels_become_one_hot)
{
    float got[4];
    one_hot(&(int32_t){ 2 }, TG_I32, 0, got);
    ck_assert_mem_eq(got, ((float[]){ 0, 0, 1, 0 }), sizeof got);
    one_hot(&(int64_t){ 0 }, TG_I64, 0.5, got);
    ck_assert_mem_eq(got, ((float[]){ 0.625F, 0.125F, 0.125F, 0.125F }), sizeof got);
    one_hot(&(uint8_t){ 3 }, TG_U8, 0, got);
    ck_assert_mem_eq(got, ((float[]){ 0, 0, 0, 1 }), sizeof got);
    int32_t bad[] = { 1, 4, -1 };
    tg_loader *loader = tg_loader_new(
        tg_samples_of_arrays(TG_ARRAYS(tg_array_view(TG_I32, TG_SHAPE(3), bad))), .batch = 1,
        .shuffle = false, .transforms = TG_TRANSFORMS(tg_label_one_hot(.classes = 4, .field = 0)));
    tg_tensor *y = tg_input(tape, "y", TG_F32, TG_SHAPE(1, 4));
    ck_assert_int_eq(tg_loader_next(loader, TG_LIST(y)), 1);
    for (int i = 1; i < 3; i++) {
        ck_assert_int_eq(tg_loader_next(loader, TG_LIST(y)), -1);
        ck_assert_int_eq(tg_tape_status(tape), TG_ERR_INDEX);
        ck_says("of epoch 0: transform 1, tg_label_one_hot: the label is ");
        ck_says(i == 1 ? "is 4; classes are 0 .. 3" : "is -1; classes are 0 .. 3");
        tg_tape_clear_error(tape);
    }
    tg_loader_free(loader);
}
END_TEST

/* ---- A transform of the user's ---------------------------------------------------------- */

/* Of u8 x: its sum and a die, in fields of other types. */
static tg_status sum_and_die(void *context, const void *const in[], void *const out[],
                             tg_dice *dice, tg_error *error)
{
    const uint8_t *x = in[0];
    if (context && x[0] == 1) {
        (void)snprintf(error->text, sizeof error->text, "a picture that %s", (char *)context);
        return TG_ERR_UNSUPPORTED;
    }
    *(double *)out[0] = x[0] + x[1];
    *(int32_t *)out[1] = (int32_t)tg_dice_below(dice, 6);
    return TG_OK;
}

#define SUM_AND_DIE TG_FIELDS({ "sum", TG_F64, TG_SCALAR }, { "die", TG_I32, TG_SHAPE(1) })

START_TEST(a_function_of_the_users_makes_other_fields)
{
    static uint8_t x[600][2];
    int64_t counts[6] = { 0 };
    for (int i = 0; i < 600; i++) x[i][0] = (uint8_t)(i / 3), x[i][1] = 1;
    const tg_array array = tg_array_view(TG_U8, TG_SHAPE(600, 2), x);
    tg_loader *loader =
        tg_loader_new(tg_samples_of_arrays(TG_ARRAYS(array)), .batch = 600, .shuffle = false,
                      .transforms = TG_TRANSFORMS(tg_sample_map(sum_and_die, NULL, SUM_AND_DIE)));
    ck_made(loader);
    ck_assert_str_eq(tg_loader_fields(loader).field[1].name, "die");
    tg_tensor *sum = tg_input(tape, "sum", TG_F64, TG_SHAPE(600));
    tg_tensor *die = tg_input(tape, "die", TG_I32, TG_SHAPE(600));
    double sums[600];
    int32_t dice[600], again[600];
    ck_assert_int_eq(tg_loader_next(loader, TG_LIST(sum, die)), 600);
    ck_assert_int_eq(tg_get(sum, sums, 600), TG_OK);
    ck_assert_int_eq(tg_get(die, dice, 600), TG_OK);
    for (int i = 0; i < 600; i++) {
        ck_assert(sums[i] == x[i][0] + 1);
        counts[dice[i]]++;
    }
    ck_even(counts, 6, 600);
    (void)tg_loader_next(loader, TG_LIST(sum, die));            /* the end */
    ck_assert_int_eq(tg_loader_next(loader, TG_LIST(die)), -1); /* not a sum */
    tg_tape_clear_error(tape);
    ck_assert_int_eq(tg_loader_seek(loader, 1, 0), TG_OK);
    ck_assert_int_eq(tg_loader_next(loader, TG_LIST(sum, die)), 600);
    ck_assert_int_eq(tg_get(die, again, 600), TG_OK);
    ck_assert(memcmp(dice, again, sizeof dice) != 0); /* each epoch has its own */
    tg_loader_free(loader);
    loader = tg_loader_new(tg_samples_of_arrays(TG_ARRAYS(array)), .batch = 3, .shuffle = false,
                           .transforms =
                               TG_TRANSFORMS(tg_sample_map(sum_and_die, "is bad", SUM_AND_DIE)));
    tg_tensor *few = tg_input(tape, "sum", TG_F64, TG_SHAPE(3));
    ck_assert_int_eq(tg_loader_next(loader, TG_LIST(few)), 3);
    ck_assert_int_eq(tg_loader_next(loader, TG_LIST(few)), -1);
    ck_says("row 3 of epoch 0: transform 1, tg_sample_map: a picture that is bad");
    ck_assert_int_eq(tg_tape_status(tape), TG_ERR_UNSUPPORTED);
    tg_tape_clear_error(tape);
    tg_loader_free(loader);
}
END_TEST

/* ---- Mix-up ----------------------------------------------------------------------------- */

enum { MIXED = 8 };

/* Batches of one-hot rows, whose label is the row itself: they say what was mixed. */
static tg_loader *one_hot_rows(double alpha, double probability)
{
    static float rows[MIXED][MIXED];
    for (int i = 0; i < MIXED; i++) rows[i][i] = 1;
    const tg_array array = tg_array_view(TG_F32, TG_SHAPE(MIXED, MIXED), rows);
    tg_loader *loader = tg_loader_new(
        tg_samples_of_arrays(TG_ARRAYS(array, array)), .batch = MIXED, .shuffle = false, .seed = 5,
        .transforms = TG_TRANSFORMS(tg_mixup(.alpha = alpha, .probability = probability)));
    ck_made(loader);
    return loader;
}

/* The share of the row itself in the batch; NaN if every row is its own partner. */
static double share_of(float x[MIXED][MIXED])
{
    double share = (double)NAN;
    for (int i = 0; i < MIXED; i++) {
        double sum = 0;
        int others = 0;
        for (int k = 0; k < MIXED; k++) {
            sum += (double)x[i][k];
            others += k != i && x[i][k] != 0;
        }
        ck_assert(fabs(sum - 1) < 1e-6);
        ck_assert_int_le(others, 1);
        if (others == 0) continue;
        if (isnan(share)) share = (double)x[i][i];
        ck_assert((double)x[i][i] == share);
    }
    return share;
}

START_TEST(mixup_mixes_rows_and_labels_alike)
{
    static const double alphas[] = { 0.2, 1, 4 };
    for (int a = 0; a < COUNT_OF(alphas); a++) {
        const int64_t batches = scaled(4000);
        double sum = 0, squares = 0, seen = 0;
        tg_loader *loader = one_hot_rows(alphas[a], 1);
        tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(MIXED, MIXED));
        tg_tensor *y = tg_input(tape, "y", TG_F32, TG_SHAPE(MIXED, MIXED));
        for (int64_t i = 0; i < batches; i++) {
            float got[MIXED][MIXED], label[MIXED][MIXED];
            ck_assert_int_eq(tg_loader_seek(loader, i, 0), TG_OK);
            ck_assert_int_eq(tg_loader_next(loader, TG_LIST(x, y)), MIXED);
            ck_assert_int_eq(tg_get(x, &got[0][0], MIXED * MIXED), TG_OK);
            ck_assert_int_eq(tg_get(y, &label[0][0], MIXED * MIXED), TG_OK);
            ck_assert_mem_eq(got, label, sizeof got);
            const double share = share_of(got);
            if (isnan(share)) continue;
            seen++;
            sum += share;
            squares += (share - 0.5) * (share - 0.5);
        }
        /* Beta(a, a): the mean 1/2, the variance 1 / (4 (2a + 1)); no square exceeds 1/4. */
        const double variance = 1 / (4 * (2 * alphas[a] + 1));
        ck_assert(fabs(sum / seen - 0.5) <= 6 * sqrt(variance / seen));
        ck_assert(fabs(squares / seen - variance) <= 6 * sqrt(variance / 4 / seen));
        tg_loader_free(loader);
    }
}
END_TEST

START_TEST(mixup_may_leave_a_batch_alone)
{
    tg_loader *loader = one_hot_rows(1, 0);
    float got[MIXED][MIXED];
    tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(MIXED, MIXED));
    ck_assert_int_eq(tg_loader_next(loader, TG_LIST(x)), MIXED);
    ck_assert_int_eq(tg_get(x, &got[0][0], MIXED * MIXED), TG_OK);
    for (int i = 0; i < MIXED * MIXED; i++) ck_assert(got[i / MIXED][i % MIXED] == (i % 9 == 0));
    tg_loader_free(loader);
}
END_TEST

/* ---- Dice ------------------------------------------------------------------------------- */

START_TEST(dice_are_even)
{
    tg_dice dice = { 1, 2, 0 };
    const int64_t draws = scaled(100000);
    int64_t counts[7] = { 0 };
    for (int64_t i = 0; i < draws; i++) counts[tg_dice_below(&dice, 7)]++;
    ck_even(counts, 7, draws);
    ck_assert_int_eq(tg_dice_below(&dice, 1), 0);
    ck_assert_int_eq(tg_dice_below(&dice, 0), 0);
    ck_assert_int_eq(tg_dice_below(&dice, -3), 0);
    for (int i = 0; i < 1000; i++) {
        const double u = tg_dice_uniform(&dice);
        ck_assert(u >= 0 && u < 1);
        ck_assert_int_ge(tg_dice_below(&dice, INT64_MAX), 0);
    }
    /* The same ones again. */
    tg_dice one = { 1, 2, 30 }, other = { 1, 2, 30 };
    ck_assert(tg_dice_normal(&one) == tg_dice_normal(&other));
    ck_assert_uint_eq(one.next, 31);
}
END_TEST

/* ---- Errors ----------------------------------------------------------------------------- */

/* Of samples with u8 [2, 3, 4] and i32 []. */
static void ck_refused_transform(tg_transforms transforms, tg_status status, const char *words)
{
    static int32_t y[1];
    static uint8_t x[24];
    ck_not_made(
        tg_loader_new(tg_samples_of_arrays(TG_ARRAYS(tg_array_view(TG_U8, TG_SHAPE(1, 2, 3, 4), x),
                                                     tg_array_view(TG_I32, TG_SHAPE(1), y))),
                      .transforms = transforms),
        status, words);
}
#define REFUSED(transform, status, words)                                                          \
    ck_refused_transform(TG_TRANSFORMS(transform), status, words)

START_TEST(transforms_that_do_not_fit_the_samples)
{
    double three[3] = { 1, 1, 1 }, two[2] = { 1, (double)INFINITY };
    const tg_array uneven = tg_array_view(TG_F64, TG_SHAPE(3), three);
    const tg_array endless = tg_array_view(TG_F64, TG_SHAPE(2), two);
    const tg_transform none = { .kind = 0 }, unknown = { .kind = 77 };
    REFUSED(none, TG_ERR_ARGUMENT, "transform 1 is none: its options were given without");
    REFUSED(unknown, TG_ERR_ARGUMENT, "transform 1 is none");
    REFUSED(tg_image_scale(.field = 2), TG_ERR_INDEX, "tg_image_scale: there is no field 2");
    REFUSED(tg_image_scale(.field = -1), TG_ERR_INDEX, "there is no field -1");
    REFUSED(tg_image_scale(.field = 1), TG_ERR_DTYPE, "is i32; it must be u8 or f32");
    REFUSED(tg_image_scale(.divisor = 0), TG_ERR_ARGUMENT, ".divisor is 0");
    REFUSED(tg_image_normalize(.deviation = 0), TG_ERR_ARGUMENT, ".deviation is 0");
    REFUSED(tg_image_normalize(.mean = (double)NAN), TG_ERR_ARGUMENT, ".mean is nan");
    REFUSED(tg_image_normalize(.means = &uneven), TG_ERR_SHAPE, ".means is [3]");
    REFUSED(tg_image_normalize(.deviations = &endless), TG_ERR_ARGUMENT, "not finite");
    REFUSED(tg_image_shift(.pixels = -1), TG_ERR_ARGUMENT, ".pixels is -1");
    REFUSED(tg_image_shift(.fill = 256), TG_ERR_ARGUMENT, ".fill is 256; it is one of 0 .. 255");
    REFUSED(tg_image_shift(.fill = 0.5), TG_ERR_ARGUMENT, ".fill is 0.5");
    REFUSED(tg_image_flip(.probability = 1.5), TG_ERR_ARGUMENT, ".probability is 1.5");
    REFUSED(tg_image_crop(.height = 4), TG_ERR_SHAPE, "4 x 4 pixels, of an image that has 3 x 4");
    REFUSED(tg_image_crop(.width = -2), TG_ERR_ARGUMENT, ".width is -2");
    REFUSED(tg_image_crop(.padding = -2), TG_ERR_ARGUMENT, ".padding is -2");
    REFUSED(tg_image_cutout(.size = 0), TG_ERR_ARGUMENT, ".size is 0");
    REFUSED(tg_image_cutout(.probability = -1), TG_ERR_ARGUMENT, ".probability is -1");
    REFUSED(tg_image_noise(), TG_ERR_DTYPE, "must be f32; tg_image_scale makes it so");
    REFUSED(tg_label_one_hot(.classes = 3, .field = 0), TG_ERR_SHAPE, "a label is one number");
    REFUSED(tg_label_one_hot(), TG_ERR_ARGUMENT, ".classes is 0");
    REFUSED(tg_label_one_hot(.classes = 3, .smooth = 1), TG_ERR_ARGUMENT, ".smooth is 1");
    REFUSED(tg_label_one_hot(.classes = 3, .field = 9), TG_ERR_INDEX, "there is no field 9");
    REFUSED(tg_label_one_hot(.classes = INT64_MAX), TG_ERR_MEMORY, "out of memory");
    REFUSED(tg_sample_map(NULL), TG_ERR_ARGUMENT, ".map is NULL");
    REFUSED(tg_sample_map(sum_and_die, NULL, TG_FIELDS({ "x", TG_F32, TG_SHAPE(-1) })),
            TG_ERR_SHAPE, "field 0 has the size -1");
    REFUSED(tg_mixup(), TG_ERR_DTYPE, "must be f32; tg_image_scale makes it so");
    tg_transform twice[TG_MAX_TRANSFORMS + 1];
    for (int i = 0; i <= TG_MAX_TRANSFORMS; i++) twice[i] = tg_image_flip();
    ck_refused_transform((tg_transforms){ TG_MAX_TRANSFORMS + 1, twice }, TG_ERR_ARGUMENT,
                         "31 transforms");
    ck_refused_transform((tg_transforms){ 2, NULL }, TG_ERR_ARGUMENT, "2 transforms");
}
END_TEST

START_TEST(transforms_are_checked_for_what_those_before_make)
{
#define ALSO(...) TG_TRANSFORMS(tg_image_scale(), __VA_ARGS__)
    ck_refused_transform(ALSO(tg_mixup()), TG_ERR_DTYPE,
                         "transform 2, tg_mixup: field 1 is i32; it must be f32; tg_label");
    ck_refused_transform(ALSO(tg_label_one_hot(.classes = 3), tg_mixup(), tg_image_flip()),
                         TG_ERR_ARGUMENT, "transform 4, tg_image_flip, works on samples, and");
    ck_refused_transform(ALSO(tg_mixup(.label_field = 0)), TG_ERR_ARGUMENT, "are both 0");
    ck_refused_transform(ALSO(tg_mixup(.label_field = -1, .alpha = 0)), TG_ERR_ARGUMENT,
                         ".alpha is 0");
    ck_refused_transform(ALSO(tg_image_crop(.height = 2), tg_image_crop(.height = 3)), TG_ERR_SHAPE,
                         "transform 3, tg_image_crop: a part of 3 x 4 pixels, of an image that has "
                         "2 x 4");
    ck_refused_transform(ALSO(tg_sample_map(sum_and_die, NULL, SUM_AND_DIE), tg_image_flip()),
                         TG_ERR_DTYPE, ": sum is f64");
    const tg_array flat = tg_array_view(TG_F32, TG_SHAPE(ROWS, SIDE * SIDE), pixels);
    ck_not_made(tg_loader_new(tg_samples_of_arrays(TG_ARRAYS(flat)),
                              .transforms = TG_TRANSFORMS(tg_image_flip())),
                TG_ERR_SHAPE, "is [16]; an image is [height, width] or [channels, height, width]");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("augment");
    TCase *images = tcase_create("images"), *numbers = tcase_create("numbers");
    TCase *errors = tcase_create("errors");
    tcase_add_checked_fixture(images, open_tape, close_tape);
    tcase_add_test(images, shifts_move_the_image_every_way_as_often);
    tcase_add_test(images, a_shift_may_be_longer_than_the_image);
    tcase_add_test(images, flips_turn_rows_or_columns_as_often_as_they_are_told);
    tcase_add_test(images, crops_cut_every_part_as_often);
    tcase_add_test(images, cutouts_are_squares_around_any_pixel);
    tcase_add_checked_fixture(numbers, open_tape, close_tape);
    tcase_add_test(numbers, bytes_become_numbers_from_0_to_1);
    tcase_add_test(numbers, normalisation_is_by_one_number_by_channel_or_by_element);
    tcase_add_test(numbers, noise_is_normal);
    tcase_add_test(numbers, labels_become_one_hot);
    tcase_add_test(numbers, a_function_of_the_users_makes_other_fields);
    tcase_add_test(numbers, mixup_mixes_rows_and_labels_alike);
    tcase_add_test(numbers, mixup_may_leave_a_batch_alone);
    tcase_add_test(numbers, dice_are_even);
    tcase_add_checked_fixture(errors, open_tape, close_tape);
    tcase_add_test(errors, transforms_that_do_not_fit_the_samples);
    tcase_add_test(errors, transforms_are_checked_for_what_those_before_make);
    suite_add_tcase(suite, images);
    suite_add_tcase(suite, numbers);
    suite_add_tcase(suite, errors);
    return run_suite(suite);
}

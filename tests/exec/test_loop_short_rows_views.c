/* test_loop_short_rows_views.c: operands of loops over short rows, seen through views of all kinds:
 * a tall block loads them column by column where it can, and element by element where rows end
 * within an axis of the view. What no view shows is NaN. */
#include "short_rows.h"

/* ---- Views -------------------------------------------------------------------------------- */

/* How [rows, columns] are seen: what the view is of, the view, and where it looks. */
typedef struct sight {
    const char *name;
    tg_shape (*base)(int64_t rows, int64_t columns);
    tg_tensor *(*see)(tg_tensor *x, int64_t rows, int64_t columns);
    int64_t (*at)(int64_t rows, int64_t columns, int64_t r, int64_t c);
} sight;

#define SIGHT(id, of, view, place)                                                                 \
    static tg_shape id##_base(int64_t rows, int64_t columns)                                       \
    {                                                                                              \
        (void)rows, (void)columns;                                                                 \
        return of;                                                                                 \
    }                                                                                              \
    static tg_tensor *id##_see(tg_tensor *x, int64_t rows, int64_t columns)                        \
    {                                                                                              \
        (void)rows, (void)columns;                                                                 \
        return view;                                                                               \
    }                                                                                              \
    static int64_t id##_at(int64_t rows, int64_t columns, int64_t r, int64_t c)                    \
    {                                                                                              \
        (void)rows, (void)columns, (void)r, (void)c;                                               \
        return place;                                                                              \
    }
#define SIGHT_ROW(id)                                                                              \
    {                                                                                              \
#id, id##_base, id##_see, id##_at                                                          \
    }

SIGHT(plain, TG_SHAPE(rows, columns), x, r *columns + c)
SIGHT(turned, TG_SHAPE(columns, rows), tg_transpose(x), c *rows + r)
SIGHT(flipped, TG_SHAPE(rows, columns), tg_flip(x, TG_AXES(0, 1)),
      (rows - 1 - r) * columns + columns - 1 - c)
SIGHT(rows_flipped, TG_SHAPE(rows, columns), tg_flip(x, TG_AXES(0)), (rows - 1 - r) * columns + c)
SIGHT(columns_flipped, TG_SHAPE(rows, columns), tg_flip(x, TG_AXES(1)),
      r *columns + columns - 1 - c)
SIGHT(along, TG_SHAPE(rows, 1), tg_broadcast(x, TG_SHAPE(rows, columns)), r)
SIGHT(down, TG_SHAPE(columns), tg_broadcast(x, TG_SHAPE(rows, columns)), c)
SIGHT(one, TG_SHAPE(3, 3),
      tg_broadcast(tg_slice(tg_slice(x, 0, 1, 2, 1), 1, 2, 3, 1), TG_SHAPE(rows, columns)), 5)
SIGHT(turned_row, TG_SHAPE(2, rows, 3),
      tg_broadcast(tg_unsqueeze(tg_pick(tg_pick(x, 2, 1), 0, 1), 1), TG_SHAPE(rows, columns)),
      (rows + r) * 3 + 1)
SIGHT(windows, TG_SHAPE(rows + columns - 1), tg_window(x, 0, columns, 1, 1), r + c)
SIGHT(dilated, TG_SHAPE(rows + 2 * columns - 2), tg_window(x, 0, columns, 1, 2), r + 2 * c)
SIGHT(apart, TG_SHAPE(rows *(columns + 1) - 1), tg_window(x, 0, columns, columns + 1, 1),
      r *(columns + 1) + c)
SIGHT(inside, TG_SHAPE(rows + 3, columns + 2),
      tg_slice(tg_slice(x, 0, 2, rows + 2, 1), 1, 1, columns + 1, 1),
      (r + 2) * (columns + 2) + c + 1)
SIGHT(later_rows, TG_SHAPE(rows + 3, columns), tg_slice(x, 0, 2, rows + 2, 1),
      (r + 2) * columns + c)
SIGHT(last_rows, TG_SHAPE(rows + 1, columns), tg_slice(x, 0, 1, rows + 1, 1), (r + 1) * columns + c)
SIGHT(steps, TG_SHAPE(2 * rows, 3 * columns),
      tg_slice(tg_slice(x, 0, 1, 2 * rows, 2), 1, 2, 3 * columns, 3),
      (2 * r + 1) * 3 * columns + 3 * c + 2)
SIGHT(middle, TG_SHAPE(rows / 6, columns, 6), tg_permute(x, TG_AXES(0, 2, 1)),
      (r / 6 * columns + c) * 6 + r % 6)
SIGHT(outer, TG_SHAPE(6, columns, rows / 6), tg_permute(x, TG_AXES(2, 0, 1)),
      (r % 6 * columns + c) * (rows / 6) + r / 6)
/* Rows that end within an axis. */
SIGHT(straddling, TG_SHAPE(2, 3, rows *columns / 6), tg_permute(x, TG_AXES(2, 0, 1)),
      (r * columns + c) % 6 * (rows * columns / 6) + (r * columns + c) / 6)
SIGHT(straddling_more, TG_SHAPE(3, rows *columns / 6, 2), tg_flip(x, TG_AXES(0, 2)),
      ((2 - (r * columns + c) / (rows * columns / 3)) * (rows * columns / 6) +
       (r * columns + c) / 2 % (rows * columns / 6)) *
              2 +
          1 - (r * columns + c) % 2)
SIGHT(straddling_windows, TG_SHAPE(rows *columns / 6 + 5), tg_window(x, 0, 6, 1, 1),
      (r * columns + c) / 6 + (r * columns + c) % 6)

static const sight sights[] = {
    SIGHT_ROW(plain),
    SIGHT_ROW(turned),
    SIGHT_ROW(flipped),
    SIGHT_ROW(rows_flipped),
    SIGHT_ROW(columns_flipped),
    SIGHT_ROW(along),
    SIGHT_ROW(down),
    SIGHT_ROW(one),
    SIGHT_ROW(turned_row),
    SIGHT_ROW(windows),
    SIGHT_ROW(dilated),
    SIGHT_ROW(apart),
    SIGHT_ROW(inside),
    SIGHT_ROW(later_rows),
    SIGHT_ROW(last_rows),
    SIGHT_ROW(steps),
    SIGHT_ROW(middle),
    SIGHT_ROW(outer),
    SIGHT_ROW(straddling),
    SIGHT_ROW(straddling_more),
    SIGHT_ROW(straddling_windows),
};

/* NaN wherever the view does not look. */
static tg_tensor *seen(rng *random, const sight *s, tg_dtype dtype, array want)
{
    const int64_t rows = want.shape.dim[0], columns = want.shape.dim[1];
    const array base = array_of(s->base(rows, columns));
    for (int64_t i = 0; i < base.count; i++) base.at[i] = NAN;
    for (int64_t i = 0; i < want.count; i++)
        base.at[s->at(rows, columns, i / columns, i % columns)] =
            0.25 * (rng_below(random, 99) - 49);
    for (int64_t i = 0; i < want.count; i++)
        want.at[i] = base.at[s->at(rows, columns, i / columns, i % columns)];
    return s->see(input_of(dtype, base), rows, columns);
}

START_TEST(operands_are_seen_through_views)
{
    static const int64_t widths[] = { 2, 3, 4, 5, 7, 8, 9, 12, 16, 18, 31, 32 };
    const sight *s = &sights[_i];
    rng r = rng_of((uint64_t)_i, 4);
    for (int k = 0; k < 2 * COUNT_OF(widths); k++) {
        const int64_t columns = widths[k / 2];
        const int64_t rows = k % 2 ? 6 : (2 * BLOCK / columns / 6 + 1) * 6;
        const tg_dtype dtype = rng_below(&r, 2) ? TG_F32 : TG_F64;
        const tg_shape full = TG_SHAPE(rows, columns), row = TG_SHAPE(rows);
        const array v = array_of(full), y = array_of(full), below = array_of(full);
        const array most = array_of(row), sum = array_of(row), other = array_of(full);
        tg_tensor *x = seen(&r, s, dtype, v);
        tg_tensor *z = seen(&r, &sights[rng_below(&r, 7)], dtype, other);
        tg_tensor *doubled = tg_reshape(tg_mul_num(x, 2), full);
        tg_tensor *sums = tg_add(doubled, z);
        tg_tensor *top = tg_max(sums, .axis = 1, .keep = true);
        const array total = array_of((tg_shape){ 0 });
        for (int64_t i = 0; i < rows; i++) {
            double *line = y.at + i * columns;
            for (int64_t c = 0; c < columns; c++)
                line[c] = 2 * v.at[i * columns + c] + other.at[i * columns + c];
            most.at[i] = most_of(line, columns);
            sum.at[i] = sum_of(line, columns);
            for (int64_t c = 0; c < columns; c++) below.at[i * columns + c] = most.at[i] - line[c];
        }
        total.at[0] = sum_of(below.at, below.count);
        expect(s->name, sums, y, 0);
        expect(s->name, top, most, 0);
        expect(s->name, tg_sum(sums, .axis = 1), sum, 0);
        expect(s->name, tg_sub(top, sums), below, 0);
        expect(s->name, tg_sum(tg_sub(top, sums)), total, 0);
        check_expected(rows, columns);
    }
}
END_TEST

/* A reduction reads a view itself: the windows of pictures, whose columns are two axes. */
START_TEST(windows_of_pictures_are_reduced_in_place)
{
    static const int64_t cases[][3] = { { 2, 2, 2 }, { 3, 3, 2 }, { 3, 3, 1 },
                                        { 5, 5, 2 }, { 1, 3, 3 }, { 4, 2, 3 } };
    const int64_t down = cases[_i / 2][0], across = cases[_i / 2][1], stride = cases[_i / 2][2];
    const tg_dtype dtype = _i % 2 ? TG_F32 : TG_F64;
    rng r = rng_of((uint64_t)_i, 5);
    const int64_t images = 3, height = 19, width = 23;
    const int64_t h = (height - down) / stride + 1, w = (width - across) / stride + 1;
    const array x = quarters(&r, TG_SHAPE(images, height, width), false);
    const array most = array_of(TG_SHAPE(images, h, w)), mean = array_of(TG_SHAPE(images, h, w));
    for (int64_t i = 0; i < most.count; i++) {
        double in[25] = { 0 };
        for (int64_t k = 0; k < down * across; k++)
            in[k] = x.at[(i / w / h * height + i / w % h * stride + k / across) * width +
                         i % w * stride + k % across];
        most.at[i] = most_of(in, down * across);
        mean.at[i] = as_dtype(dtype, sum_of(in, down * across) / (double)(down * across));
    }
    tg_tensor *windows = tg_window(input_of(dtype, x), 1, down, stride, 1);
    windows = tg_window(windows, 2, across, stride, 1);
    expect("max", tg_max(windows, .axes = TG_AXES(-1, -2)), most, 0);
    expect("mean", tg_mean(windows, .axes = TG_AXES(-1, -2)), mean, 0);
    check_expected(most.count, down * across);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("loop_short_rows_views");
    TCase *all = tcase_create("views of short rows");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_loop_test(all, operands_are_seen_through_views, 0, COUNT_OF(sights));
    tcase_add_loop_test(all, windows_of_pictures_are_reduced_in_place, 0, 12);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}

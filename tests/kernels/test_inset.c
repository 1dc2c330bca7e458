/* test_inset.c: arrays that are made of parts, at random shapes, against their definition. */
#include "kernels/inset.h"

#include "tests/support/random.h"
#include "tests/support/suite.h"

#include <check.h>
#include <string.h>

enum { MOST = 4096, OUTSIDE = 7, UNTOUCHED = 9 };

/* A part of random sizes and strides in a whole. */
static tg__inset draw_inset(rng *r, int64_t *count)
{
    tg__inset s = { .rank = 1 + rng_below(r, 4), .fills = rng_once_in(r, 2) };
    const bool dense = rng_once_in(r, 2);
    int64_t stride = 1;
    *count = 1;
    s.view.rank = s.rank;
    s.view.offset = rng_below(r, 5);
    for (int i = s.rank - 1; i >= 0; i--) {
        const int64_t size = rng_below(r, i == s.rank - 1 ? 20 : 5);
        const bool all = rng_once_in(r, 2);
        s.before[i] = all ? 0 : rng_below(r, 4);
        s.every[i] = all || size < 2 ? 1 : 1 + rng_below(r, 3);
        s.view.dim[i] = size;
        s.dim[i] =
            s.before[i] + (size ? (size - 1) * s.every[i] + 1 : 0) + (all ? 0 : rng_below(r, 4));
        s.view.stride[i] = dense ? stride : rng_below(r, 6);
        stride *= size ? size : 1;
        *count *= s.dim[i];
    }
    return s;
}

/* The element of the part that the whole has there; -1: none. */
static int64_t element_at(const tg__inset *s, int64_t at)
{
    int64_t offset = s->view.offset;
    for (int i = s->rank - 1; i >= 0; i--) {
        const int64_t position = at % s->dim[i] - s->before[i];
        at /= s->dim[i];
        if (position < 0 || position % s->every[i] != 0) return -1;
        if (position / s->every[i] >= s->view.dim[i]) return -1;
        offset += position / s->every[i] * s->view.stride[i];
    }
    return offset;
}

#define SIZE(bits, T)                                                                              \
    static void check_##bits(tg__inset s, rng *r, int64_t count)                                   \
    {                                                                                              \
        static T from[MOST], out[1 << 16];                                                         \
        const T outside = OUTSIDE;                                                                 \
        for (int i = 0; i < MOST; i++) from[i] = (T)rng_below(r, 200);                             \
        memcpy(s.element, &outside, sizeof outside);                                               \
        const tg__inset collapsed = tg__inset_collapse(&s);                                        \
        const int64_t first = rng_below(r, (int)count);                                            \
        const int64_t length = rng_below(r, (int)(count - first) + 1);                             \
        for (int64_t i = 0; i <= length; i++) out[i] = UNTOUCHED;                                  \
        tg__inset_load(&collapsed, sizeof(T), from, first, length, out);                           \
        ck_assert(out[length] == UNTOUCHED);                                                       \
        for (int64_t i = 0; i < length; i++) {                                                     \
            const int64_t at = element_at(&s, first + i);                                          \
            const T none = s.fills ? OUTSIDE : UNTOUCHED;                                          \
            ck_assert(out[i] == (at < 0 ? none : from[at]));                                       \
        }                                                                                          \
    }
SIZE(8, uint8_t)
SIZE(32, uint32_t)
SIZE(64, uint64_t)

START_TEST(any_range_of_a_whole_has_the_part_where_it_lies)
{
    rng r = rng_of(1, (uint64_t)_i);
    const int draws = scaled(3000);
    for (int i = 0; i < draws; i++) {
        int64_t count;
        const tg__inset s = draw_inset(&r, &count);
        if (count == 0) continue;
        if (_i == 0) check_8(s, &r, count);
        else if (_i == 1) check_32(s, &r, count);
        else check_64(s, &r, count);
    }
}
END_TEST

START_TEST(axes_of_which_the_part_has_all_are_one)
{
    const tg__inset s = { .rank = 4,
                          .dim = { 5, 1, 4, 3 },
                          .before = { 2, 0, 0, 0 },
                          .every = { 1, 1, 1, 1 },
                          .view = { .rank = 4, .dim = { 2, 1, 4, 3 }, .stride = { 12, 0, 3, 1 } } };
    const tg__inset out = tg__inset_collapse(&s);
    ck_assert_int_eq(out.rank, 1);
    ck_assert_int_eq(out.dim[0], 60);
    ck_assert_int_eq(out.before[0], 24);
    ck_assert_int_eq(out.view.dim[0], 24);
    ck_assert_int_eq(out.view.stride[0], 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("inset");
    TCase *all = tcase_create("inset");
    tcase_add_loop_test(all, any_range_of_a_whole_has_the_part_where_it_lies, 0, 3);
    tcase_add_test(all, axes_of_which_the_part_has_all_are_one);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}

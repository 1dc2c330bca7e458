/* test_movement.c: movement against loops: where each element of a result comes from, for all
 * dtypes, for operands that lie in memory in different ways, with gradients. (Windows:
 * test_window.c.) */
#include "moving.h"

/* ---- What only moves elements ----------------------------------------------------------- */

/* [p] is the set of axes. */
MOVING(flip, m->p == 3 ? tg_flip(x, TG_AXES(1, 0)) : tg_flip(x, TG_AXES(m->axis)))
static bool from_flip(const moving *m, const int64_t *to, int64_t *from)
{
    for (int i = 0; i < m->from.rank; i++)
        from[i] = m->p >> i & 1 ? m->from.dim[i] - 1 - to[i] : to[i];
    return true;
}

MOVING(pick, tg_pick(x, m->axis, m->p))
static bool from_pick(const moving *m, const int64_t *to, int64_t *from)
{
    for (int i = 0; i < m->from.rank; i++)
        from[i] = i < m->axis ? to[i] : i > m->axis ? to[i - 1] : m->q;
    return true;
}

MOVING(roll, tg_roll(x, m->axis, m->p))
static bool from_roll(const moving *m, const int64_t *to, int64_t *from)
{
    const int64_t n = m->from.dim[m->axis];
    memcpy(from, to, sizeof *from * (size_t)m->from.rank);
    from[m->axis] = ((to[m->axis] - m->p) % n + n) % n;
    return true;
}

MOVING(repeat, tg_repeat(x, m->axis, m->p))
static bool from_repeat(const moving *m, const int64_t *to, int64_t *from)
{
    memcpy(from, to, sizeof *from * (size_t)m->from.rank);
    from[m->axis] /= m->p;
    return true;
}

MOVING(tile, tg_tile(x, m->axis, m->p))
static bool from_tile(const moving *m, const int64_t *to, int64_t *from)
{
    memcpy(from, to, sizeof *from * (size_t)m->from.rank);
    from[m->axis] %= m->from.dim[m->axis];
    return true;
}

/* An axis of size 1 more or less: the place in memory is the same. */
MOVING(unsqueeze, tg_unsqueeze(x, m->axis))
MOVING(squeeze, tg_squeeze(x, m->axis))
static bool from_same_place(const moving *m, const int64_t *to, int64_t *from)
{
    index_of(m->from, place_of(m->to, to), from);
    return true;
}

/* Part [p] of parts of the sizes 1, 0, 3 (or 2 equal parts where q is set), which begins at r. */
static tg_tensor *record_split(const moving *m, tg_tensor *x)
{
    tg_tensor *parts[3] = { NULL };
    const int64_t sizes[] = { 1, 0, 3 };
    const tg_status status =
        m->q ? tg_split(x, m->axis, 2, NULL, parts) : tg_split(x, m->axis, 3, sizes, parts);
    ck_assert_int_eq(status, TG_OK);
    return parts[m->p];
}
static bool from_split(const moving *m, const int64_t *to, int64_t *from)
{
    memcpy(from, to, sizeof *from * (size_t)m->from.rank);
    from[m->axis] += m->r;
    return true;
}

MOVING(diagonal, tg_diagonal(x, m->p))
static bool from_diagonal(const moving *m, const int64_t *to, int64_t *from)
{
    const int last = m->from.rank - 1;
    memcpy(from, to, sizeof *from * (size_t)last);
    from[last - 1] = to[last - 1] + (m->p < 0 ? -m->p : 0);
    from[last] = to[last - 1] + (m->p > 0 ? m->p : 0);
    return true;
}

MOVING(diag, tg_diag(x, m->p))
static bool from_diag(const moving *m, const int64_t *to, int64_t *from)
{
    const int last = m->from.rank - 1;
    memcpy(from, to, sizeof *from * (size_t)m->from.rank);
    if (m->p < 0) from[last] = to[last + 1];
    return to[last + 1] - to[last] == m->p;
}

MOVING(tril, tg_tril(x, m->p))
MOVING(triu, tg_triu(x, m->p))
static bool from_tril(const moving *m, const int64_t *to, int64_t *from)
{
    memcpy(from, to, sizeof *from * (size_t)m->from.rank);
    return to[m->to.rank - 1] - to[m->to.rank - 2] <= m->p;
}
static bool from_triu(const moving *m, const int64_t *to, int64_t *from)
{
    memcpy(from, to, sizeof *from * (size_t)m->from.rank);
    return to[m->to.rank - 1] - to[m->to.rank - 2] >= m->p;
}

#define FLIP      "flip", record_flip, from_flip
#define PICK      "pick", record_pick, from_pick
#define ROLL      "roll", record_roll, from_roll
#define REPEAT    "repeat", record_repeat, from_repeat
#define TILE      "tile", record_tile, from_tile
#define UNSQUEEZE "unsqueeze", record_unsqueeze, from_same_place
#define SQUEEZE   "squeeze", record_squeeze, from_same_place
#define SPLIT     "split", record_split, from_split
#define DIAGONAL  "diagonal", record_diagonal, from_diagonal
#define DIAG      "diag", record_diag, from_diag
#define TRIL      "tril", record_tril, from_tril
#define TRIU      "triu", record_triu, from_triu

static const moving movings[] = {
    { FLIP, R(7), R(7), .p = 1 },
    { FLIP, R(3, 5), R(3, 5), .axis = 1, .p = 2 },
    { FLIP, R(3, 5), R(3, 5), .p = 3 },
    { FLIP, R(33, 4, 65), R(33, 4, 65), .axis = -3, .p = 1 },
    { FLIP, R(2, 0), R(2, 0), .p = 1 },
    { FLIP, EIGHT, EIGHT, .axis = 7, .p = 128 },
    { PICK, R(7), { .rank = 0 }, .p = 3, .q = 3 },
    { PICK, R(3, 5, 2), R(3, 2), .axis = 1, .p = -1, .q = 4 },
    { PICK, R(3, 5, 2), R(5, 2), .p = -3, .q = 0 },
    { PICK, EIGHT, R(2, 1, 3, 2, 1, 2, 2), .axis = 7, .p = 1, .q = 1 },
    { ROLL, R(5), R(5), .p = 2 },
    { ROLL, R(4, 5, 3), R(4, 5, 3), .axis = 1, .p = -7 },
    { ROLL, R(4, 5), R(4, 5), .p = 12 },
    { ROLL, R(4, 0), R(4, 0), .axis = 1, .p = 3 },
    { ROLL, EIGHT, EIGHT, .axis = 2, .p = 1 },
    { REPEAT, R(4), R(12), .p = 3 },
    { REPEAT, R(2, 3, 2), R(2, 6, 2), .axis = 1, .p = 2 },
    { REPEAT, R(2, 3), R(2, 0), .axis = 1 },
    { REPEAT, R(2, 3), R(2, 3), .axis = 1, .p = 1 },
    { REPEAT, R(2, 1, 3, 2, 1, 2, 3), R(2, 1, 3, 2, 1, 2, 6), .axis = 6, .p = 2 },
    { TILE, R(4), R(12), .p = 3 },
    { TILE, R(2, 3, 2), R(2, 6, 2), .axis = 1, .p = 2 },
    { TILE, R(2, 3), R(0, 3), .axis = 0 },
    { TILE, R(2, 1, 3, 2, 1, 2, 3), R(4, 1, 3, 2, 1, 2, 3), .p = 2 },
    { UNSQUEEZE, R(2, 3), R(1, 2, 3), .axis = 0 },
    { UNSQUEEZE, R(2, 3), R(2, 3, 1), .axis = -1 },
    { UNSQUEEZE, R(2, 3), R(2, 1, 3), .axis = -2 },
    { UNSQUEEZE, R(2, 1, 3, 2, 1, 2, 3), R(2, 1, 3, 1, 2, 1, 2, 3), .axis = 3 },
    { SQUEEZE, R(2, 1, 3), R(2, 3), .axis = 1 },
    { SQUEEZE, R(2, 3, 1), R(2, 3), .axis = -1 },
    { SQUEEZE, R(1), { 0 }, .axis = 0 },
    { SQUEEZE, EIGHT, R(2, 3, 2, 1, 2, 2, 3), .axis = 1 },
    { SPLIT, R(2, 4), R(2, 1), .axis = 1 },
    { SPLIT, R(2, 4), R(2, 0), .axis = 1, .p = 1, .r = 1 },
    { SPLIT, R(4, 3), R(3, 3), .p = 2, .r = 1 },
    { SPLIT, R(2, 6, 2), R(2, 3, 2), .axis = 1, .p = 1, .q = 2, .r = 3 },
    { DIAGONAL, R(4, 4), R(4), .axis = 0 },
    { DIAGONAL, R(3, 5), R(3), .p = 1 },
    { DIAGONAL, R(3, 5), R(1), .p = 4 },
    { DIAGONAL, R(3, 5), R(0), .p = 5 },
    { DIAGONAL, R(5, 3), R(3), .p = -2 },
    { DIAGONAL, R(5, 3), R(1), .p = -4 },
    { DIAGONAL, R(2, 3, 4, 5), R(2, 3, 3), .p = -1 },
    { DIAGONAL, R(2, 0, 3), R(2, 0), .axis = 0 },
    { DIAGONAL, EIGHT, R(2, 1, 3, 2, 1, 2, 2), .p = 1 },
    { DIAG, R(4), R(4, 4), .axis = 0 },
    { DIAG, R(3), R(5, 5), .p = 2 },
    { DIAG, R(3), R(4, 4), .p = -1 },
    { DIAG, R(2, 3), R(2, 5, 5), .p = -2 },
    { DIAG, R(0), R(2, 2), .p = 2 },
    { DIAG, R(2, 1, 3, 2, 1, 2, 3), R(2, 1, 3, 2, 1, 2, 4, 4), .p = 1 },
    { TRIL, R(4, 4), R(4, 4), .axis = 0 },
    { TRIL, R(3, 5), R(3, 5), .p = 1 },
    { TRIL, R(2, 5, 3), R(2, 5, 3), .p = -2 },
    { TRIL, R(3, 3), R(3, 3), .p = INT64_MAX },
    { TRIL, R(3, 3), R(3, 3), .p = INT64_MIN },
    { TRIL, EIGHT, EIGHT, .p = -1 },
    { TRIU, R(4, 4), R(4, 4), .axis = 0 },
    { TRIU, R(3, 5), R(3, 5), .p = 1 },
    { TRIU, R(2, 5, 3), R(2, 5, 3), .p = -2 },
    { TRIU, R(3, 3), R(3, 3), .p = INT64_MAX },
    { TRIU, R(3, 3), R(3, 3), .p = INT64_MIN },
    { TRIU, EIGHT, EIGHT, .p = 1 },
};

START_TEST(elements_are_moved_as_loops_move_them)
{
    for (tg_dtype dtype = TG_F32; dtype <= TG_BOOL; dtype++)
        for (int form = 0; form < FORMS; form++) ck_moving(&movings[_i], _i, dtype, form);
}
END_TEST

START_TEST(stacked_operands_stand_side_by_side)
{
    for (tg_dtype dtype = TG_F32; dtype <= TG_BOOL; dtype++)
        for (int axis = -3; axis < 3; axis++) {
            start_over();
            rng random = rng_of((uint64_t)dtype, (uint64_t)(axis + 3));
            const int place = axis < 0 ? axis + 3 : axis;
            const tg_shape shapes[] = { TG_SHAPE(3, 2, 4), TG_SHAPE(2, 3, 4), TG_SHAPE(2, 4, 3) };
            const array y = array_of(shapes[place]);
            tg_tensor *x[3];
            for (int i = 0; i < 3; i++) {
                const array part = drawn_array(&random, dtype, TG_SHAPE(2, 4));
                for (int64_t k = 0; k < 8; k++) {
                    const int64_t from[] = { k / 4, k % 4 };
                    int64_t to[3];
                    for (int d = 0, next = 0; d < 3; d++) to[d] = d == place ? i : from[next++];
                    y.at[place_of(y.shape, to)] = part.at[k];
                }
                x[i] = operand_of(dtype, part, i);
            }
            ck_elements("stack", tg_stack((tg_list){ 3, x }, axis), y, 0);
        }
}
END_TEST

START_TEST(a_triangular_mask_is_true_up_to_its_diagonal)
{
    const int64_t sizes[][2] = { { 4, 4 }, { 3, 6 }, { 6, 3 }, { 0, 3 }, { 70, 65 } };
    for (int k = 0; k < COUNT_OF(sizes); k++)
        for (int64_t offset = -7; offset <= 7; offset++) {
            start_over();
            const array want = array_of(TG_SHAPE(sizes[k][0], sizes[k][1]));
            for (int64_t i = 0; i < want.count; i++)
                want.at[i] = i % sizes[k][1] <= i / sizes[k][1] + offset;
            ck_elements("tril_mask", tg_tril_mask(tape, sizes[k][0], sizes[k][1], offset), want, 0);
        }
}
END_TEST

/* ---- The update of a slice -------------------------------------------------------------- */

/* A bound as Python reads it. */
static int64_t clamped(int64_t bound, int64_t n)
{
    if (bound < 0) bound += n;
    return bound < 0 ? 0 : bound > n ? n : bound;
}

/* [value] broadcasts to the slice; its size along an axis may be 1. */
static void ck_update(tg_dtype dtype, int axis, const int64_t range[3], bool broadcast, int form)
{
    start_over();
    rng random = rng_of((uint64_t)dtype, (uint64_t)axis);
    const tg_shape shape = TG_SHAPE(3, 5, 4);
    const int64_t n = shape.dim[axis], start = clamped(range[0], n), stop = clamped(range[1], n);
    const int64_t step = range[2], size = stop > start ? (stop - start - 1) / step + 1 : 0;
    tg_shape part = shape_with(shape, axis, size);
    if (broadcast) part = shape_with(shape_with(part, axis, size ? 1 : 0), (axis + 1) % 3, 1);
    const array x = drawn_array(&random, dtype, shape), value = drawn_array(&random, dtype, part);
    const array cotangent = drawn_array(&random, dtype, shape), y = array_of(shape);
    const array x_receives = array_of(shape), value_receives = array_of(part);
    for (int64_t k = 0; k < x.count; k++) {
        int64_t at[3];
        index_of(shape, k, at);
        const int64_t along = at[axis] - start;
        const bool hit = along >= 0 && at[axis] < stop && along % step == 0;
        at[axis] = along / step;
        for (int i = 0; i < 3; i++) at[i] = part.dim[i] == 1 ? 0 : at[i];
        const int64_t place = hit ? place_of(part, at) : 0;
        y.at[k] = hit ? value.at[place] : x.at[k];
        (hit ? value_receives.at : x_receives.at)[hit ? place : k] += cotangent.at[k];
    }
    tg_tensor *a = operand_of(dtype, x, form), *b = operand_of(dtype, value, (form + 1) % FORMS);
    tg_tensor *got = tg_update_slice(a, axis, range[0], range[1], step, b);
    ck_elements("update_slice", got, y, 0);
    if (!is_float(dtype)) return;
    ck_received("update_slice in x", got, cotangent, a, x_receives, 0);
    ck_received("update_slice in the value", got, cotangent, b, value_receives,
                tolerance_of(dtype));
}

START_TEST(a_slice_is_updated_as_in_python)
{
    static const int64_t ranges[][3] = { { 0, 9, 1 }, { 1, 3, 1 },  { 0, 9, 2 },
                                         { 1, 9, 3 }, { -2, 9, 1 }, { -9, -1, 2 },
                                         { 2, 2, 1 }, { 3, 1, 1 },  { 1, 2, INT64_MAX } };
    for (int k = 0; k < COUNT_OF(ranges); k++)
        for (int axis = 0; axis < 3; axis++)
            for (tg_dtype dtype = TG_F32; dtype <= TG_BOOL; dtype++) {
                ck_update(dtype, axis, ranges[k], false, k % FORMS);
                ck_update(dtype, axis, ranges[k], true, k % FORMS);
            }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("movement");
    TCase *cases = tcase_create("movement");
    tcase_add_checked_fixture(cases, open_tape, close_tape);
    tcase_add_loop_test(cases, elements_are_moved_as_loops_move_them, 0, COUNT_OF(movings));
    tcase_add_test(cases, stacked_operands_stand_side_by_side);
    tcase_add_test(cases, a_triangular_mask_is_true_up_to_its_diagonal);
    tcase_add_test(cases, a_slice_is_updated_as_in_python);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}

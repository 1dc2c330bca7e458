/* test_array.c: movement and indexing against loops: where each element of a result comes from,
 * for all dtypes, for operands that lie in memory in different ways, with gradients; and the
 * convolutions and poolings that are made of windows. */
#include "tests/support/arrays.h"

/* ---- What only moves elements ----------------------------------------------------------- */

/* An operation with its numbers, and where the element [to] of its result comes from: false if
 * from nowhere, so that it is 0. */
typedef struct moving moving;
struct moving {
    const char *name;
    tg_tensor *(*record)(const moving *m, tg_tensor *x);
    bool (*source)(const moving *m, const int64_t *to, int64_t *from);
    tg_shape from, to;
    int axis;
    int64_t p, q, r;
};

#define MOVING(name, call)                                                                         \
    static tg_tensor *record_##name(const moving *m, tg_tensor *x) { return call; }

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

/* Of size p, at stride q, with dilation r. */
MOVING(window, tg_window(x, m->axis, m->p, m->q, m->r))
static bool from_window(const moving *m, const int64_t *to, int64_t *from)
{
    memcpy(from, to, sizeof *from * (size_t)m->from.rank);
    from[m->axis] = to[m->axis] * m->q + to[m->from.rank] * m->r;
    return true;
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
#define WINDOW    "window", record_window, from_window
#define EIGHT     R(2, 1, 3, 2, 1, 2, 2, 3)

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
    { WINDOW, R(5), R(3, 3), .p = 3, .q = 1, .r = 1 },
    { WINDOW, R(2, 7), R(2, 3, 2), .axis = 1, .p = 2, .q = 2, .r = 2 },
    { WINDOW, R(7, 3), R(2, 3, 3), .p = 3, .q = 2, .r = 2 },
    { WINDOW, R(2, 6, 3), R(2, 2, 3, 2), .axis = 1, .p = 2, .q = 3, .r = 1 },
    { WINDOW, R(4, 3), R(1, 3, 4), .p = 4, .q = 5, .r = 1 },
    { WINDOW, R(0, 3), R(0, 2, 2), .axis = 1, .p = 2, .q = 1, .r = 1 },
    { WINDOW, R(2, 1, 3, 2, 2, 5), R(2, 1, 3, 2, 2, 3, 2), .axis = 5, .p = 2, .q = 1, .r = 2 },
    { WINDOW, R(1, 3, 1, 2, 1, 1, 2), R(1, 2, 1, 2, 1, 1, 2, 2), .axis = 1, .p = 2, .q = 1,
      .r = 1 },
};

static void ck_moving(const moving *m, tg_dtype dtype, int form)
{
    start_over();
    char name[64];
    snprintf(name, sizeof name, "%s, row %d, form %d", m->name, (int)(m - movings), form);
    rng random = rng_of((uint64_t)dtype, (uint64_t)(m - movings));
    const array x = drawn_array(&random, dtype, m->from), y = array_of(m->to);
    const array cotangent = drawn_array(&random, dtype, m->to), received = array_of(m->from);
    for (int64_t k = 0; k < y.count; k++) {
        int64_t to[TG_MAX_RANK], from[TG_MAX_RANK];
        index_of(m->to, k, to);
        if (!m->source(m, to, from)) continue;
        const int64_t place = place_of(m->from, from);
        y.at[k] = x.at[place];
        received.at[place] += cotangent.at[k];
    }
    tg_tensor *operand = operand_of(dtype, x, form);
    tg_tensor *got = m->record(m, operand);
    ck_elements(name, got, y, 0);
    if (is_float(dtype)) ck_received(name, got, cotangent, operand, received, tolerance_of(dtype));
}

START_TEST(elements_are_moved_as_loops_move_them)
{
    for (tg_dtype dtype = TG_F32; dtype <= TG_BOOL; dtype++)
        for (int form = 0; form < FORMS; form++) ck_moving(&movings[_i], dtype, form);
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

/* ---- Fold ------------------------------------------------------------------------------- */

/* The adjoint of that window: every element goes where the window took one from. */
static void ck_fold(const moving *window, tg_dtype dtype, int form)
{
    start_over();
    rng random = rng_of((uint64_t)dtype, 1);
    const array x = drawn_array(&random, dtype, window->to), y = array_of(window->from);
    const array cotangent = drawn_array(&random, dtype, window->from);
    const array received = array_of(window->to);
    for (int64_t k = 0; k < x.count; k++) {
        int64_t at[TG_MAX_RANK], to[TG_MAX_RANK];
        index_of(window->to, k, at);
        (void)window->source(window, at, to);
        const int64_t place = place_of(window->from, to);
        y.at[place] = as_dtype(dtype, y.at[place] + x.at[k]);
        received.at[k] = cotangent.at[place];
    }
    tg_tensor *operand = operand_of(dtype, x, form);
    tg_tensor *got =
        tg_fold(operand, window->axis, window->from.dim[window->axis], window->q, window->r);
    ck_elements("fold", got, y, tolerance_of(dtype));
    if (is_float(dtype)) ck_received("fold", got, cotangent, operand, received, 0);
}

START_TEST(windows_are_folded_back_to_where_they_were_cut)
{
    for (int i = 0; i < COUNT_OF(movings); i++)
        for (tg_dtype dtype = TG_F32; dtype < TG_BOOL; dtype++)
            if (movings[i].source == from_window) ck_fold(&movings[i], dtype, i % FORMS);
}
END_TEST

/* ---- Indexing --------------------------------------------------------------------------- */

/* Places that are taken from a and added to b: a has [size] elements along the axis. */
typedef struct along {
    tg_shape shape, index; /* of x, and of the index, which is broadcast to its sizes */
    int axis;
    int64_t count; /* of indices along the axis */
} along;

static const along alongs[] = {
    { R(5), R(7), 0, 7 },
    { R(3, 4), R(3, 6), 1, 6 },
    { R(3, 4), R(2, 4), 0, 2 },
    { R(3, 4, 5), R(3, 2, 5), 1, 2 },
    { R(3, 4, 5), R(1, 2, 5), 1, 2 },
    { R(3, 4, 5), R(3, 2, 1), 1, 2 },
    { R(3, 4, 5), R(1, 1, 1), 2, 1 },
    { R(3, 4), R(3, 0), 1, 0 },
    { R(40, 33), R(40, 65), 1, 65 },
    { EIGHT, R(2, 1, 4, 2, 1, 2, 2, 3), 2, 4 },
};

/* Values, and the adjoint, which adds in the order of places. */
static void ck_along(const along *a, tg_dtype dtype, tg_dtype index_dtype, int form)
{
    start_over();
    rng random = rng_of((uint64_t)dtype, (uint64_t)(a - alongs));
    const int64_t size = a->shape.dim[a->axis];
    const tg_shape taken_shape = shape_with(a->shape, a->axis, a->count);
    const array x = drawn_array(&random, dtype, a->shape), index = array_of(a->index);
    const array taken = array_of(taken_shape), added = array_of(a->shape);
    const array parts = drawn_array(&random, dtype, taken_shape);
    const array cotangent = drawn_array(&random, dtype, a->shape), back = array_of(taken_shape);
    for (int64_t k = 0; k < index.count; k++) index.at[k] = rng_below(&random, (int)size);
    for (int64_t k = 0; k < taken.count; k++) {
        int64_t at[TG_MAX_RANK], named[TG_MAX_RANK];
        index_of(taken_shape, k, at);
        for (int i = 0; i < a->index.rank; i++) named[i] = a->index.dim[i] == 1 ? 0 : at[i];
        at[a->axis] = (int64_t)index.at[place_of(a->index, named)];
        const int64_t place = place_of(a->shape, at);
        taken.at[k] = x.at[place];
        added.at[place] = as_dtype(dtype, added.at[place] + parts.at[k]);
        back.at[k] = cotangent.at[place];
    }
    tg_tensor *in = operand_of(dtype, x, form), *where = operand_of(index_dtype, index, form);
    tg_tensor *got = tg_take_along(in, where, a->axis);
    ck_elements("take_along", got, taken, 0);
    if (is_float(dtype)) ck_received("take_along", got, parts, in, added, tolerance_of(dtype));
    if (dtype == TG_BOOL) return;
    tg_tensor *spread = operand_of(dtype, parts, form);
    tg_tensor *sum = tg_scatter_add_along(spread, where, a->axis, size);
    ck_elements("scatter_add_along", sum, added, tolerance_of(dtype));
    if (is_float(dtype)) ck_received("scatter_add_along", sum, cotangent, spread, back, 0);
}

START_TEST(elements_are_taken_and_added_where_the_index_says)
{
    for (int i = 0; i < COUNT_OF(alongs); i++)
        for (tg_dtype dtype = TG_F32; dtype <= TG_BOOL; dtype++) {
            ck_along(&alongs[i], dtype, TG_I64, i % FORMS);
            ck_along(&alongs[i], dtype, TG_I32, (i + 1) % FORMS);
        }
}
END_TEST

START_TEST(one_hot_has_a_one_where_the_index_says)
{
    const tg_shape shapes[] = { { 0 }, R(5), R(2, 3), R(0, 2), R(2, 1, 3, 1, 1, 2, 2) };
    for (int k = 0; k < COUNT_OF(shapes); k++)
        for (tg_dtype dtype = TG_F32; dtype <= TG_BOOL; dtype++) {
            start_over();
            rng random = rng_of((uint64_t)dtype, (uint64_t)k);
            const array index = array_of(shapes[k]);
            tg_shape shape = shapes[k];
            shape.dim[shape.rank++] = 4;
            const array want = array_of(shape);
            for (int64_t i = 0; i < index.count; i++) {
                index.at[i] = rng_below(&random, 4);
                want.at[i * 4 + (int64_t)index.at[i]] = 1;
            }
            tg_tensor *where = operand_of(k % 2 ? TG_I32 : TG_I64, index, k % FORMS);
            ck_elements("one_hot", tg_one_hot(where, 4, dtype), want, 0);
        }
}
END_TEST

/* ---- Convolutions and poolings ---------------------------------------------------------- */

static tg_tensor *image(const double *pixels, int64_t side)
{
    return tg_constant(tape, TG_F64, TG_SHAPE(side, side), pixels);
}

/* [rows, columns] to [rows, columns, size, size]. */
static tg_tensor *patches(tg_tensor *x, int64_t size, int64_t stride)
{
    return tg_window(tg_window(x, 0, size, stride, 1), 1, size, stride, 1);
}

static tg_tensor *convolution(tg_tensor *x, tg_tensor *kernel, int64_t padding)
{
    for (int axis = 0; axis < 2; axis++) x = tg_pad(x, axis, padding, padding, 0, 0);
    return tg_einsum("rcij,ij->rc", TG_LIST(patches(x, tg_dim(kernel, 0), 1), kernel));
}

/* The worked examples of two lectures on convolutional networks. */
START_TEST(windows_make_the_convolutions_of_the_textbooks)
{
    const double first[] = { 3, 3, 2, 1, 0, 0, 0, 1, 3, 1, 3, 1, 2,
                             2, 3, 2, 0, 0, 2, 2, 2, 0, 0, 0, 1 };
    tg_tensor *kernel = image((const double[]){ 0, 1, 2, 2, 2, 0, 0, 1, 2 }, 3);
    tg_tensor *x = image(first, 5);
    ck_values(convolution(x, kernel, 0), 9, (const double[]){ 12, 12, 17, 10, 17, 19, 9, 6, 14 });
    tg_tensor *same = convolution(x, kernel, 1); /* padded, its middle is the same */
    ck_values(tg_slice(tg_slice(same, 0, 1, 4, 1), 1, 1, 4, 1), 9,
              (const double[]){ 12, 12, 17, 10, 17, 19, 9, 6, 14 });
    ck_values(tg_slice(same, 0, 0, 1, 1), 5, (const double[]){ 6, 14, 17, 11, 3 });

    const double second[] = { 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1,
                              1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0 };
    tg_tensor *cross = image((const double[]){ 1, 0, 1, 0, 1, 0, 1, 0, 1 }, 3);
    ck_values(convolution(image(second, 5), cross, 0), 9,
              (const double[]){ 4, 3, 4, 2, 4, 3, 2, 3, 4 });
    /* Each kernel element receives the sum of the pixels that it saw. */
    ck_values(tg_grad(tg_sum(convolution(x, kernel, 0)), kernel), 9,
              (const double[]){ 15, 15, 15, 9, 11, 16, 10, 7, 12 });
}
END_TEST

START_TEST(windows_make_the_poolings_of_the_textbooks)
{
    const double grid[] = { 0, 3, 5, 6, 2, 4, 5, 7, 4, 7, 3, 6, 3, 4, 9, 1, 2,
                            1, 9, 6, 0, 9, 2, 1, 1, 7, 3, 5, 8, 0, 4, 7, 6, 8,
                            0, 8, 3, 4, 5, 5, 3, 4, 7, 9, 4, 6, 5, 2, 6 };
    tg_tensor *x = image(grid, 7), *cut = patches(x, 3, 1);
    ck_values(tg_max(cut, .axes = TG_AXES(2, 3)), 25,
              (const double[]){ 9, 7, 9, 9, 9, 9, 7, 9, 9, 9, 9, 7, 9,
                                9, 9, 9, 7, 7, 8, 8, 9, 9, 7, 8, 8 });
    tg_tensor *means = tg_mean(cut, .axes = TG_AXES(2, 3));
    double got[25];
    ck_assert_int_eq(tg_get(means, got, 25), TG_OK);
    ck_close(got[0], 38.0 / 9, 1e-15);
    ck_close(got[18], 45.0 / 9, 1e-15);
    /* At a stride of 2, nine windows remain; the pixel in all corners of four of them gets 4/9. */
    tg_tensor *strided = patches(x, 3, 2);
    ck_values(tg_max(strided, .axes = TG_AXES(2, 3)), 9,
              (const double[]){ 9, 9, 9, 9, 9, 9, 9, 7, 8 });
    tg_tensor *slope = tg_grad(tg_sum(tg_mean(strided, .axes = TG_AXES(2, 3))), x);
    double slopes[49];
    ck_assert_int_eq(tg_get(slope, slopes, 49), TG_OK);
    ck_close(slopes[0], 1.0 / 9, 1e-15);
    ck_close(slopes[2], 2.0 / 9, 1e-15);
    ck_close(slopes[2 * 7 + 4], 4.0 / 9, 1e-15);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("array");
    TCase *all = tcase_create("array");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_loop_test(all, elements_are_moved_as_loops_move_them, 0, COUNT_OF(movings));
    tcase_add_test(all, stacked_operands_stand_side_by_side);
    tcase_add_test(all, a_triangular_mask_is_true_up_to_its_diagonal);
    tcase_add_test(all, a_slice_is_updated_as_in_python);
    tcase_add_test(all, windows_are_folded_back_to_where_they_were_cut);
    tcase_add_test(all, elements_are_taken_and_added_where_the_index_says);
    tcase_add_test(all, one_hot_has_a_one_where_the_index_says);
    tcase_add_test(all, windows_make_the_convolutions_of_the_textbooks);
    tcase_add_test(all, windows_make_the_poolings_of_the_textbooks);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}

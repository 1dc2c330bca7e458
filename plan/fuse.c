/* fuse.c: values to kernels. It walks the values backwards (visits.c) and puts each into the kernel
 * of its users where it can be computed there, position by position; else into another loop that
 * reads the same operands; else into a new kernel.
 *
 * The invariant: a new kernel runs before all that exist, so kernels run from the last made to the
 * first, and no order has to be searched for. A value may join any kernel that does not run after
 * one of its users: any with a number of at least [limit], that of the first kernel to use it.
 *
 * A loop has [count] positions, in rows of [columns] once a reduction along rows has joined.
 * Its values have one element for each position, or one for each row, or are reductions of
 * all positions, or of each column of all rows (which are known only when the loop has ended). A
 * call that adds its operand up row by row, as a fold does, opens a loop too: it is handed what is
 * computed there, which then needs no memory.
 *
 * A loop that is one block completes each value before the next: there, values may have any size,
 * and be used in any order.
 *
 * Calls have kernels of their own, unless the loop of their users can make them row by row, or they
 * only move elements.
 *
 * The softmax of program.h, from behind: div has no user, so it makes kernel 0, a loop over 12800
 * positions. It uses exp position by position, and sum by one element for each row of 64. So sum,
 * which is next, joins kernel 0 with a row's part, which gives the loop rows of 64 columns. exp is
 * used by both there, at each position; sub by exp; max by sub, a row's element. All join, and
 * since no kernel but this one uses them, they need no memory. */
#include "plan/loops.h"
#include "plan/passes.h"
#include "plan/visits.h"

enum { MAX_LENGTH = 512, LONGEST_OF_ONE = 4096, LOOK_AHEAD = 24 };

/* What is known of a value's uses so far, and where it went. */
typedef struct uses {
    int64_t limit_columns; /* that its uses in [limit] ask for; 0: none */
    uint32_t limit;        /* the first kernel that uses it; TG__NONE: nobody does */
    uint32_t shared_by;    /* a loop that reads it position by position; TG__NONE: none */
    uint32_t next;         /* in its kernel's list, in order */
    bool limit_aligned;    /* all uses in [limit] are position by position, or row by row */
    bool several_kernels;  /* use it */
} uses;

typedef struct fusing {
    tg__program *program;
    tg__live_range *ranges;
    uses *uses;          /* by value */
    uint32_t scalars[2]; /* the scalar programs made last, of constants behind the others' */
} fusing;

/* For value [x], and perhaps others. While kernels grow, [first] is a value, the head of a list. */
static uint32_t new_kernel(fusing *f, const tg__value *x, tg__kernel_kind kind, int64_t count,
                           int64_t columns)
{
    tg__program *program = f->program;
    if (!tg__grow(&program->allocator, &program->kernels, &program->kernel_capacity,
                  program->kernel_count + 1, sizeof *program->kernels))
        return TG__NONE;
    program->kernels[program->kernel_count] = (tg__kernel){
        .kind = kind, .constant = x->constant, .count = count, .columns = columns, .first = TG__NONE
    };
    return (uint32_t)program->kernel_count++;
}

/* Puts value [v] at the head of kernel [k]: all its users there come later. */
static void join(fusing *f, uint32_t v, uint32_t k, tg__role role)
{
    tg__kernel *kernel = &f->program->kernels[k];
    f->program->members[v].kernel = k;
    f->program->members[v].role = (uint8_t)role;
    f->uses[v].next = kernel->first;
    kernel->first = v;
    kernel->length++;
}

/* ---- What a use allows ------------------------------------------------------------------ */

/* How a kernel uses a value. */
typedef enum use {
    USE_APART,   /* in a way that needs it in memory before */
    USE_ALIGNED, /* position by position, or row by row if it has an element for each row */
    USE_ROWS     /* each element for a whole row of so many columns */
} use;

static void note_use(fusing *f, uint32_t v, uint32_t user, use how, int64_t columns)
{
    tg__live_range *range = &f->ranges[v];
    uses *x = &f->uses[v];
    const bool aligned = how != USE_APART;
    if (range->last_user == TG__NONE || user < range->last_user) {
        range->last_user = user;
        range->aligned = how == USE_ALIGNED;
    } else if (user == range->last_user) {
        range->aligned &= how == USE_ALIGNED;
    }
    x->several_kernels |= x->limit != TG__NONE && user != x->limit;
    if (x->limit == TG__NONE || user > x->limit) {
        x->limit = user;
        x->limit_aligned = aligned;
        x->limit_columns = columns;
    } else if (user == x->limit) {
        x->limit_aligned &=
            aligned && (!columns || !x->limit_columns || columns == x->limit_columns);
        if (columns) x->limit_columns = columns;
    }
}

/* The columns of a view that repeats each element of a dense value along a row; else 0. */
static int64_t row_columns(const tg__view *view, int64_t rows)
{
    if (view->rank == 2 && view->stride[0] == 1 && view->stride[1] == 0 && view->offset == 0 &&
        view->dim[0] == rows)
        return view->dim[1];
    return 0;
}

/* Notes how value [v], which has its kernel, uses its operands. */
static void note_operands(fusing *f, uint32_t v)
{
    const tg__value *x = &f->program->values[v];
    const tg__member *member = &f->program->members[v];
    const tg__kernel *kernel = &f->program->kernels[member->kernel];
    const bool loop = kernel->kind == TG_KERNEL_LOOP;
    for (int i = 0; i < x->arity; i++) {
        const tg__value *operand = &f->program->values[x->in[i]];
        const tg__view *view = x->view[i];
        const bool reduces = x->op->kind == TG_KIND_REDUCE;
        const bool collects = member->role == TG_ROLE_COLLECTED && member->collected == i;
        const bool same = !view || (reduces && tg__view_is_whole(view, operand->count)) ||
                          (collects && tg__shows_all(x, i, operand->count));
        use how = USE_APART;
        int64_t columns = 0;
        if (kernel->kind == TG_KERNEL_SCALAR || (loop && same)) {
            how = USE_ALIGNED;
        } else if (loop && view &&
                   (collects || (member->role == TG_ROLE_FULL && x->op->kind == TG_KIND_MAP))) {
            const tg__view flat = collects ? tg__view_collapse(view) : *view;
            columns = row_columns(&flat, operand->count);
            how = columns ? USE_ROWS : USE_APART;
        }
        note_use(f, x->in[i], member->kernel, how, columns);
        if (loop && how == USE_ALIGNED) f->uses[x->in[i]].shared_by = member->kernel;
    }
}

/* ---- Where a value can go --------------------------------------------------------------- */

/* Kernels of constants are executed once: nothing else goes in there. */
static bool takes(const fusing *f, uint32_t k, const tg__value *x)
{
    const tg__kernel *kernel = &f->program->kernels[k];
    const uint32_t most = kernel->blocks >= TG_BLOCKS_ONE ? LONGEST_OF_ONE : MAX_LENGTH;
    return kernel->length < most && kernel->constant == x->constant;
}

/* Can the rows of a loop have so many columns, by what it needs of its blocks? */
static bool takes_rows(const tg__kernel *kernel, int64_t columns)
{
    if (kernel->columns != 0) return kernel->columns == columns;
    tg__kernel rows = *kernel;
    rows.columns = columns;
    const tg__cut cut = tg__cut_loop(&rows);
    return !(kernel->blocks >= TG_BLOCKS_IN_ORDER && cut.tall) &&
           !(kernel->blocks >= TG_BLOCKS_ONE && cut.blocks > 1) &&
           kernel->blocks != TG_BLOCKS_MIXED;
}

static void ask_of_blocks(tg__kernel *kernel, tg__blocks blocks)
{
    if (kernel->blocks < blocks) kernel->blocks = (uint8_t)blocks;
}

/* Can value [v] join loop [k] of [count] positions, and rows that allow [columns] (0: any)? */
static bool can_join(const fusing *f, uint32_t k, uint32_t v, int64_t count, int64_t columns)
{
    const uint32_t limit = f->uses[v].limit;
    if (k == TG__NONE || (limit != TG__NONE && k <= limit)) return false;
    const tg__kernel *kernel = &f->program->kernels[k];
    return kernel->kind == TG_KERNEL_LOOP && kernel->count == count &&
           takes(f, k, &f->program->values[v]) && (columns == 0 || takes_rows(kernel, columns));
}

/* A loop that runs before all users of [v] and reads what v is made of, over [count] positions
 * and rows that allow [columns] (0: any). It looks through the maps behind v, which would come
 * along, but not far. TG__NONE if there is none. */
static uint32_t reader_of_same(const fusing *f, uint32_t v, int64_t count, int64_t columns)
{
    const tg__program *program = f->program;
    uint32_t queue[LOOK_AHEAD];
    size_t length = 0;
    queue[length++] = v;
    for (size_t next = 0; next < length; next++) {
        const tg__value *at = &program->values[queue[next]];
        for (int i = 0; i < at->arity; i++) {
            const uint32_t from = at->in[i];
            const tg__value *operand = &program->values[from];
            const uint32_t k = f->uses[from].shared_by;
            if (can_join(f, k, v, count, columns)) return k;
            const bool behind = operand->op->kind == TG_KIND_MAP && operand->count == count &&
                                program->members[from].kernel == TG__NONE;
            if (behind && length < LOOK_AHEAD) queue[length++] = from;
        }
    }
    return TG__NONE;
}

/* Into a loop of one block, where [v] is complete before it is read: in whatever order, and of
 * whatever size. */
static bool join_apart(fusing *f, uint32_t v)
{
    const int64_t count = f->program->values[v].count;
    const uint32_t k = f->uses[v].limit;
    tg__kernel *kernel = &f->program->kernels[k];
    const tg__cut cut = tg__cut_loop(kernel);
    const bool full = kernel->count == count;
    if (cut.tall || cut.blocks != 1 || kernel->strips ||
        (!full && (kernel->columns != 0 || count == 0 || count > cut.block)))
        return false;
    ask_of_blocks(kernel, full ? TG_BLOCKS_ONE : TG_BLOCKS_MIXED);
    join(f, v, k, full ? TG_ROLE_FULL : TG_ROLE_OWN);
    return true;
}

/* Into the kernel that uses [v] first, if all uses there allow it. */
static bool join_users(fusing *f, uint32_t v)
{
    const tg__value *x = &f->program->values[v];
    const uses *u = &f->uses[v];
    if (u->limit == TG__NONE || !takes(f, u->limit, x)) return false;
    tg__kernel *kernel = &f->program->kernels[u->limit];
    if (kernel->kind != TG_KERNEL_LOOP) return false;
    if (!u->limit_aligned) return join_apart(f, v);
    if (u->limit_columns == 0 && kernel->count == x->count) {
        join(f, v, u->limit, TG_ROLE_FULL);
        return true;
    }
    const int64_t columns = u->limit_columns ? u->limit_columns : kernel->columns;
    if (columns == 0 || columns > TG_LOOP_COLUMNS || x->count * columns != kernel->count ||
        !takes_rows(kernel, columns))
        return join_apart(f, v);
    kernel->columns = columns;
    join(f, v, u->limit, TG_ROLE_ROW);
    return true;
}

/* ---- Values of each kind: false when out of memory ------------------------------------- */

static bool place_scalar(fusing *f, uint32_t v)
{
    const tg__value *x = &f->program->values[v];
    const uint32_t limit = f->uses[v].limit;
    uint32_t *last = &f->scalars[x->constant];
    /* The program made last runs earliest: it serves if it does not run after a user. */
    if (*last == TG__NONE || (limit != TG__NONE && *last < limit)) {
        *last = new_kernel(f, x, TG_KERNEL_SCALAR, 1, 0);
        if (*last == TG__NONE) return false;
    }
    join(f, v, *last, TG_ROLE_FULL);
    return true;
}

static bool place_map(fusing *f, uint32_t v)
{
    if (join_users(f, v)) return true;
    const tg__value *x = &f->program->values[v];
    uint32_t k = reader_of_same(f, v, x->count, 0);
    if (k == TG__NONE) k = new_kernel(f, x, TG_KERNEL_LOOP, x->count, 0);
    if (k == TG__NONE) return false;
    join(f, v, k, TG_ROLE_FULL);
    return true;
}

/* A loop over the results of a reduction becomes one over its operand, in whose rows it has an
 * element each: so what follows a reduction need not wait for all of its rows. */
static void widen(fusing *f, uint32_t v, int64_t count, int64_t columns)
{
    const tg__value *x = &f->program->values[v];
    const uses *u = &f->uses[v];
    if (u->limit == TG__NONE || !u->limit_aligned || u->limit_columns != 0) return;
    tg__kernel *kernel = &f->program->kernels[u->limit];
    if (kernel->kind != TG_KERNEL_LOOP || kernel->columns != 0 || kernel->count != x->count ||
        kernel->blocks != TG_BLOCKS_ANY || kernel->constant != x->constant)
        return;
    kernel->count = count;
    kernel->columns = columns;
    for (uint32_t w = kernel->first; w != TG__NONE; w = f->uses[w].next)
        if (f->program->members[w].role == TG_ROLE_FULL) f->program->members[w].role = TG_ROLE_ROW;
}

/* Beside users that take the reduction [v] row by row. */
static bool users_take_rows(const fusing *f, uint32_t v, int64_t count, int64_t columns)
{
    const uses *u = &f->uses[v];
    if (u->limit == TG__NONE || !u->limit_aligned || !takes(f, u->limit, &f->program->values[v]))
        return false;
    const tg__kernel *kernel = &f->program->kernels[u->limit];
    return kernel->kind == TG_KERNEL_LOOP && kernel->count == count &&
           takes_rows(kernel, columns) && (u->limit_columns == 0 || u->limit_columns == columns);
}

/* Does the map [w], all users of which but one have their kernels, run in no loop before [k]? */
static bool can_come_along(const fusing *f, uint32_t w, uint32_t k)
{
    const uses *u = &f->uses[w];
    return u->shared_by == k || u->limit == TG__NONE || u->limit <= k;
}

/* Can a loop gather the reduction [v] of columns? Sets [k] to one that reads its operand, or what
 * that is made of; or to TG__NONE for a new one, which the operand, a map, will join. */
static bool can_gather(const fusing *f, uint32_t v, uint32_t *k)
{
    const tg__program *program = f->program;
    const tg__value *x = &program->values[v], *operand = &program->values[x->in[0]];
    if (!tg__gathers_columns(x, operand->dtype)) return false;
    const bool map =
        operand->op->kind == TG_KIND_MAP && tg__view_is_whole(x->view[0], operand->count);
    *k = reader_of_same(f, v, tg__view_count(x->view[0]), x->count);
    if (*k != TG__NONE && program->kernels[*k].unit) *k = TG__NONE; /* it is cut in another way */
    if (*k != TG__NONE && map && !can_come_along(f, x->in[0], *k)) *k = TG__NONE;
    return *k != TG__NONE || map;
}

static bool place_columns(fusing *f, uint32_t v, uint32_t k)
{
    const tg__value *x = &f->program->values[v];
    const int64_t count = tg__view_count(x->view[0]);
    if (k == TG__NONE) k = new_kernel(f, x, TG_KERNEL_LOOP, count, x->count);
    if (k == TG__NONE) return false;
    f->program->kernels[k].columns = x->count;
    f->program->kernels[k].gathers = true;
    join(f, v, k, TG_ROLE_COLUMN);
    return true;
}

static bool place_reduce(fusing *f, uint32_t v)
{
    const tg__value *x = &f->program->values[v];
    const int64_t count = tg__view_count(x->view[0]);
    const uint32_t axes = ((const tg__reduce_attr *)x->attr)->axes;
    const int dtype = f->program->values[x->in[0]].dtype;
    uint32_t k;
    if (can_gather(f, v, &k)) return place_columns(f, v, k);
    if (!tg__reduces_rows(x->view[0], axes) ||
        !tg__loop_takes(x->op, dtype, x->view[0], x->count)) {
        k = new_kernel(f, x, TG_KERNEL_REDUCE, x->count, 0);
        if (k == TG__NONE) return false;
        join(f, v, k, TG_ROLE_FULL);
        return true;
    }
    if (x->count == 1) {
        k = reader_of_same(f, v, count, 0);
        if (k == TG__NONE) k = new_kernel(f, x, TG_KERNEL_LOOP, count, 0);
        if (k == TG__NONE) return false;
        join(f, v, k, TG_ROLE_WHOLE);
        return true;
    }
    /* Beside users that take it row by row, or readers of the same operand, or alone. */
    const int64_t columns = count / x->count;
    widen(f, v, count, columns);
    k = users_take_rows(f, v, count, columns) ? f->uses[v].limit
                                              : reader_of_same(f, v, count, columns);
    if (k == TG__NONE) k = new_kernel(f, x, TG_KERNEL_LOOP, count, columns);
    if (k == TG__NONE) return false;
    f->program->kernels[k].columns = columns;
    join(f, v, k, TG_ROLE_ROW);
    return true;
}

/* Into the loop of its users, if these take it position by position and it can be made row by row
 * there. */
static bool join_by_rows(fusing *f, uint32_t v)
{
    const tg__value *x = &f->program->values[v];
    const uses *u = &f->uses[v];
    if (!x->op->rows || u->limit == TG__NONE || !u->limit_aligned || u->limit_columns != 0 ||
        !takes(f, u->limit, x))
        return false;
    tg__kernel *kernel = &f->program->kernels[u->limit];
    if (kernel->kind != TG_KERNEL_LOOP || kernel->count != x->count) return false;
    tg__operand operands[TG__LOOP_OPERANDS + 1];
    tg__describe_call(f->program, v, operands);
    const tg__call call = tg__call_of(x, operands);
    const int64_t columns = x->op->rows->columns(&call);
    const tg__kernel rows = { .count = x->count, .columns = columns };
    if (columns == 0 || columns > TG_LOOP_COLUMNS || tg__cut_loop(&rows).tall ||
        !takes_rows(kernel, columns))
        return false;
    kernel->columns = columns;
    kernel->strips = true;
    join(f, v, u->limit, TG_ROLE_FULL);
    return true;
}

/* A call that only moves elements, beside users that take it as they would a map. */
static bool join_movers(fusing *f, uint32_t v)
{
    const tg__value *x = &f->program->values[v];
    const uses *u = &f->uses[v];
    if (u->limit == TG__NONE || !tg__loop_moves(x) || !takes(f, u->limit, x)) return false;
    tg__kernel *kernel = &f->program->kernels[u->limit];
    if (kernel->kind != TG_KERNEL_LOOP) return false;
    if (!u->limit_aligned || u->limit_columns != 0 || kernel->count != x->count)
        return join_apart(f, v);
    if (tg__cut_loop(kernel).tall) return false;
    ask_of_blocks(kernel, TG_BLOCKS_IN_ORDER);
    join(f, v, u->limit, TG_ROLE_FULL);
    return true;
}

/* Does the map read an element for each row of another length? */
static bool has_other_rows(const fusing *f, const tg__value *x, int64_t columns)
{
    for (int i = 0; i < x->arity; i++) {
        if (x->op->kind != TG_KIND_MAP || !x->view[i]) continue;
        const int64_t its = row_columns(x->view[i], f->program->values[x->in[i]].count);
        if (its && its != columns) return true;
    }
    return false;
}

/* Can what is computed for the call [v] be handed on to it block by block, or strip by strip? */
static bool collects(const fusing *f, uint32_t v, int *i, tg__row_shape *shape)
{
    if (!tg__collects(f->program, v, i, shape)) return false;
    const tg__value *x = &f->program->values[v], *operand = &f->program->values[x->in[*i]];
    const tg__view flat = tg__view_collapse(x->view[*i]);
    return tg__shows_all(x, *i, operand->count)
               ? (shape->strips || tg__view_is_whole(x->view[*i], operand->count)) &&
                     !has_other_rows(f, operand, shape->columns)
               : row_columns(&flat, operand->count) == shape->columns;
}

/* Each of its units is one of the other's, or several. */
static bool units_agree(const tg__kernel *kernel, const tg__row_shape *shape)
{
    const int64_t a = kernel->unit ? kernel->unit : 1, b = shape->unit;
    return !kernel->gathers && (a % b == 0 || b % a == 0) &&
           (kernel->line <= 1 || shape->line == 1 || kernel->line == shape->line);
}

/* The loop that collects operand [i] for [v]: of strips, that of others that read it; or a new one,
 * which the operand will join. */
static uint32_t collector(fusing *f, uint32_t v, int i, const tg__row_shape *shape)
{
    const tg__value *x = &f->program->values[v];
    const int64_t count = tg__view_count(x->view[i]);
    const uint32_t k = f->uses[x->in[i]].shared_by;
    if (shape->strips && can_join(f, k, v, count, shape->columns) &&
        units_agree(&f->program->kernels[k], shape))
        return k;
    return new_kernel(f, x, TG_KERNEL_LOOP, count, shape->columns);
}

static bool place_collecting(fusing *f, uint32_t v, int i, const tg__row_shape *shape)
{
    const uint32_t k = collector(f, v, i, shape);
    if (k == TG__NONE) return false;
    tg__kernel *kernel = &f->program->kernels[k];
    kernel->columns = shape->columns;
    if (shape->line > kernel->line) kernel->line = shape->line;
    if (shape->unit > kernel->unit) kernel->unit = shape->unit;
    kernel->strips |= shape->strips;
    join(f, v, k, TG_ROLE_COLLECTED);
    f->program->members[v].collected = (uint8_t)i;
    f->program->members[v].by_strips = shape->strips;
    return true;
}

static bool place_call(fusing *f, uint32_t v)
{
    int operand;
    tg__row_shape shape;
    if (collects(f, v, &operand, &shape)) return place_collecting(f, v, operand, &shape);
    if (join_by_rows(f, v) || join_movers(f, v)) return true;
    const tg__value *x = &f->program->values[v];
    const uint32_t k = new_kernel(f, x, TG_KERNEL_CALL, x->count, 0);
    if (k == TG__NONE) return false;
    join(f, v, k, TG_ROLE_FULL);
    return true;
}

static bool place(fusing *f, uint32_t v)
{
    const tg__value *x = &f->program->values[v];
    switch (x->op->kind) {
    case TG_KIND_MAP:
    case TG_KIND_ASSIGN:
        return tg__is_scalar(x->dtype, x->count, f->program->values[x->in[x->arity - 1]].dtype)
                   ? place_scalar(f, v)
                   : place_map(f, v);
    case TG_KIND_REDUCE: return place_reduce(f, v);
    default: return place_call(f, v);
    }
}

/* ---- The pass --------------------------------------------------------------------------- */

/* It needs memory if anyone outside its kernel wants it. */
static bool needs_memory(const fusing *f, uint32_t v)
{
    const tg__value *x = &f->program->values[v];
    const tg__member *member = &f->program->members[v];
    return x->op->kind != TG_KIND_ASSIGN &&
           (x->output || f->uses[v].several_kernels || f->uses[v].limit != member->kernel ||
            tg__ends_late(member) || member->role == TG_ROLE_COLLECTED);
}

static bool place_all(fusing *f, const uint32_t *visits)
{
    const tg__program *program = f->program;
    for (size_t i = 0; i < program->count; i++) {
        const uint32_t v = visits[i];
        const tg__value *x = &program->values[v];
        const bool wanted =
            x->output || x->op->kind == TG_KIND_ASSIGN || f->uses[v].limit != TG__NONE;
        if (!wanted || x->op->kind == TG_KIND_LEAF) continue; /* simplified away, or outside */
        if (!place(f, v)) return false;
        note_operands(f, v);
        if (needs_memory(f, v)) program->storage[v].place = TG_PLACE_BLOCK;
    }
    return true;
}

/* The kernels' lists, one after the other. */
static bool list_values(fusing *f)
{
    tg__program *program = f->program;
    size_t length = 0, next = 0;
    for (size_t k = 0; k < program->kernel_count; k++) length += program->kernels[k].length;
    program->order = tg__alloc(&program->allocator, (length + 1) * sizeof *program->order);
    if (!program->order) return false;
    for (size_t k = 0; k < program->kernel_count; k++) {
        uint32_t v = program->kernels[k].first, position = 0;
        program->kernels[k].first = (uint32_t)next;
        for (; v != TG__NONE; v = f->uses[v].next) {
            program->members[v].position = position++;
            program->order[next++] = v;
        }
    }
    return true;
}

bool tg__fuse(tg__program *program, tg__live_range *ranges)
{
    fusing f = { .program = program, .ranges = ranges, .scalars = { TG__NONE, TG__NONE } };
    uint32_t *visits = tg__order_visits(program);
    if (!visits) return false;
    f.uses = tg__alloc(&program->allocator, (program->count + 1) * sizeof *f.uses);
    for (size_t v = 0; f.uses && v < program->count; v++) {
        ranges[v] = (tg__live_range){ .last_user = TG__NONE };
        f.uses[v] = (uses){ .limit = TG__NONE, .shared_by = TG__NONE, .next = TG__NONE };
    }
    const bool ok = f.uses && place_all(&f, visits) && list_values(&f);
    tg__free(&program->allocator, f.uses);
    tg__free(&program->allocator, visits);
    return ok;
}

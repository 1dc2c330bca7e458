/* fuse.c: values to kernels. It walks the values backwards and puts each into the kernel of
 * its users where it can be computed there, position by position; else into another loop that
 * reads the same operands; else into a new kernel. A new kernel runs before all that exist, so
 * kernels run from the last made to the first, and no order has to be searched for: a value
 * may join any kernel that does not run after one of its users.
 *
 * A loop has [count] positions, in rows of [columns] once a reduction along rows has joined.
 * Its values have one element for each position, or one for each row, or are reductions of
 * all positions (which are known only when the loop has ended). */
#include "plan/plan.h"

/* Rows up to this length stay in cache while a loop goes over them more than once. */
enum { MAX_COLUMNS = 8192, MAX_LENGTH = 512, LOOK_AHEAD = 24 };

/* For value [x], and perhaps others. */
static uint32_t new_kernel(tg_plan *plan, const tg__value *x, tg__kernel_kind kind, int64_t count,
                           int64_t columns)
{
    if (!tg__grow(&plan->allocator, &plan->kernels, &plan->kernel_capacity, plan->kernel_count + 1,
                  sizeof *plan->kernels))
        return TG_NO_VALUE;
    plan->kernels[plan->kernel_count] = (tg__kernel){ .kind = kind,
                                                      .constant = x->constant,
                                                      .count = count,
                                                      .columns = columns,
                                                      .first = TG_NO_VALUE };
    return (uint32_t)plan->kernel_count++;
}

/* Puts value [v] at the head of kernel [k]: all its users there come later. */
static void join(tg_plan *plan, uint32_t v, uint32_t k, tg__role role)
{
    tg__value *x = &plan->nodes[v];
    tg__kernel *kernel = &plan->kernels[k];
    x->kernel = k;
    x->role = (uint8_t)role;
    x->next = kernel->first;
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

static void note_use(tg__value *x, uint32_t user, use how, int64_t columns)
{
    const bool aligned = how != USE_APART;
    if (x->last_user == TG_NO_VALUE || user < x->last_user) {
        x->last_user = user;
        x->last_user_full = how == USE_ALIGNED;
    } else if (user == x->last_user) {
        x->last_user_full &= how == USE_ALIGNED;
    }
    x->several_kernels |= x->limit != TG_NO_VALUE && user != x->limit;
    if (x->limit == TG_NO_VALUE || user > x->limit) {
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

/* Tells the operands of a value of a loop or scalar program how it uses them. */
static void note_operands(tg_plan *plan, const tg__value *x)
{
    const tg__kernel *kernel = &plan->kernels[x->kernel];
    const bool loop = kernel->kind == TG_KERNEL_LOOP;
    for (int i = 0; i < x->arity; i++) {
        tg__value *operand = &plan->nodes[x->in[i]];
        const tg__view *view = x->view[i];
        const bool reduces = x->op->kind == TG_KIND_REDUCE;
        const bool same = !view || (reduces && tg__view_is_whole(view, operand->count));
        use how = USE_APART;
        int64_t columns = 0;
        if (kernel->kind == TG_KERNEL_SCALAR || (loop && same)) {
            how = USE_ALIGNED;
        } else if (loop && view && x->role == TG_ROLE_FULL && !reduces) {
            columns = row_columns(view, operand->count);
            how = columns ? USE_ROWS : USE_APART;
        }
        note_use(operand, x->kernel, how, columns);
        if (loop && how == USE_ALIGNED) operand->shared_by = x->kernel;
    }
}

/* ---- Where a value can go --------------------------------------------------------------- */

/* Kernels of constants are executed once: nothing else goes in there. */
static bool takes(const tg_plan *plan, uint32_t k, const tg__value *x)
{
    return plan->kernels[k].length < MAX_LENGTH && plan->kernels[k].constant == x->constant;
}

static bool can_join(const tg_plan *plan, uint32_t k, const tg__value *x, int64_t count,
                     int64_t columns)
{
    if (k == TG_NO_VALUE || (x->limit != TG_NO_VALUE && k <= x->limit)) return false;
    const tg__kernel *kernel = &plan->kernels[k];
    return kernel->kind == TG_KERNEL_LOOP && kernel->count == count && takes(plan, k, x) &&
           (columns == 0 || kernel->columns == 0 || kernel->columns == columns);
}

/* A loop that runs before all users of [x] and reads what x is made of, over [count] positions
 * and rows that allow [columns] (0: any). It looks through the maps behind x, which would come
 * along, but not far. TG_NO_VALUE if there is none. */
static uint32_t neighbour(const tg_plan *plan, const tg__value *x, int64_t count, int64_t columns)
{
    const tg__value *queue[LOOK_AHEAD];
    size_t length = 0;
    queue[length++] = x;
    for (size_t next = 0; next < length; next++) {
        const tg__value *at = queue[next];
        for (int i = 0; i < at->arity; i++) {
            const tg__value *operand = &plan->nodes[at->in[i]];
            if (can_join(plan, operand->shared_by, x, count, columns)) return operand->shared_by;
            const bool behind = operand->op->kind == TG_KIND_MAP && operand->count == count &&
                                operand->kernel == TG_NO_VALUE;
            if (behind && length < LOOK_AHEAD) queue[length++] = operand;
        }
    }
    return TG_NO_VALUE;
}

/* Into the kernel that uses [x] first, if all uses there allow it. */
static bool join_users(tg_plan *plan, uint32_t v)
{
    const tg__value *x = &plan->nodes[v];
    if (x->limit == TG_NO_VALUE || !takes(plan, x->limit, x)) return false;
    const tg__kernel *kernel = &plan->kernels[x->limit];
    if (kernel->kind != TG_KERNEL_LOOP || !x->limit_aligned) return false;
    if (x->limit_columns == 0 && kernel->count == x->count) {
        join(plan, v, x->limit, TG_ROLE_FULL);
        return true;
    }
    const int64_t columns = x->limit_columns ? x->limit_columns : kernel->columns;
    if (columns == 0 || columns > MAX_COLUMNS || x->count * columns != kernel->count ||
        (kernel->columns != 0 && kernel->columns != columns))
        return false;
    plan->kernels[x->limit].columns = columns;
    join(plan, v, x->limit, TG_ROLE_ROW);
    return true;
}

/* [program]: the last ones made, of constants behind the others'. */
static bool place_scalar(tg_plan *plan, uint32_t v, uint32_t *program)
{
    const tg__value *x = &plan->nodes[v];
    program += x->constant;
    /* The program made last runs earliest: it serves if it does not run after a user. */
    if (*program == TG_NO_VALUE || (x->limit != TG_NO_VALUE && *program < x->limit)) {
        *program = new_kernel(plan, x, TG_KERNEL_SCALAR, 1, 0);
        if (*program == TG_NO_VALUE) return false;
    }
    join(plan, v, *program, TG_ROLE_FULL);
    return true;
}

static bool place_map(tg_plan *plan, uint32_t v)
{
    if (join_users(plan, v)) return true;
    const tg__value *x = &plan->nodes[v];
    uint32_t k = neighbour(plan, x, x->count, 0);
    if (k == TG_NO_VALUE) k = new_kernel(plan, x, TG_KERNEL_LOOP, x->count, 0);
    if (k == TG_NO_VALUE) return false;
    join(plan, v, k, TG_ROLE_FULL);
    return true;
}

/* Are the reduced axes neighbours (but for axes of size 1)? Where does the last one stand? */
static bool neighbours(const tg__view *view, uint32_t axes, bool *last)
{
    int changes = 0;
    bool inside = false;
    *last = false;
    for (int i = 0; i < view->rank; i++) {
        if (view->dim[i] == 1) continue;
        const bool reduced = axes >> i & 1;
        changes += reduced && !inside;
        inside = *last = reduced;
    }
    return changes <= 1;
}

bool tg__reduces_block(const tg__view *view, uint32_t axes)
{
    bool last;
    return neighbours(view, axes, &last);
}

bool tg__reduces_rows(const tg__view *view, uint32_t axes)
{
    bool last;
    return neighbours(view, axes, &last) && last;
}

bool tg__loop_takes(const tg_op *op, int dtype, const tg__view *view, int64_t results)
{
    const int64_t count = tg__view_count(view);
    return op->reduce[dtype].block && count > 0 && (results == 1 || count / results <= MAX_COLUMNS);
}

/* A loop over the results of a reduction becomes one over its operand, in whose rows it has an
 * element each: so what follows a reduction need not wait for all of its rows. */
static void widen(tg_plan *plan, const tg__value *x, int64_t count, int64_t columns)
{
    if (x->limit == TG_NO_VALUE || !x->limit_aligned || x->limit_columns != 0) return;
    tg__kernel *kernel = &plan->kernels[x->limit];
    if (kernel->kind != TG_KERNEL_LOOP || kernel->columns != 0 || kernel->count != x->count ||
        kernel->constant != x->constant)
        return;
    kernel->count = count;
    kernel->columns = columns;
    for (uint32_t v = kernel->first; v != TG_NO_VALUE; v = plan->nodes[v].next)
        if (plan->nodes[v].role == TG_ROLE_FULL) plan->nodes[v].role = TG_ROLE_ROW;
}

static bool place_reduce(tg_plan *plan, uint32_t v)
{
    const tg__value *x = &plan->nodes[v];
    const int64_t count = tg__view_count(x->view[0]);
    const uint32_t axes = ((const tg__reduce_attr *)x->attr)->axes;
    const bool fusable = tg__reduces_rows(x->view[0], axes) &&
                         tg__loop_takes(x->op, plan->nodes[x->in[0]].dtype, x->view[0], x->count);
    const int64_t columns = fusable ? count / x->count : 0;
    if (fusable && x->count == 1) {
        uint32_t k = neighbour(plan, x, count, 0);
        if (k == TG_NO_VALUE) k = new_kernel(plan, x, TG_KERNEL_LOOP, count, 0);
        if (k == TG_NO_VALUE) return false;
        join(plan, v, k, TG_ROLE_WHOLE);
        return true;
    }
    if (fusable) {
        /* Beside users that take it row by row, or readers of the same operand, or alone. */
        uint32_t k = x->limit;
        widen(plan, x, count, columns);
        const bool beside =
            k != TG_NO_VALUE && x->limit_aligned && takes(plan, k, x) &&
            plan->kernels[k].kind == TG_KERNEL_LOOP && plan->kernels[k].count == count &&
            (plan->kernels[k].columns == 0 || plan->kernels[k].columns == columns) &&
            (x->limit_columns == 0 || x->limit_columns == columns);
        if (!beside) k = neighbour(plan, x, count, columns);
        if (k == TG_NO_VALUE) k = new_kernel(plan, x, TG_KERNEL_LOOP, count, columns);
        if (k == TG_NO_VALUE) return false;
        plan->kernels[k].columns = columns;
        join(plan, v, k, TG_ROLE_ROW);
        return true;
    }
    const uint32_t k = new_kernel(plan, x, TG_KERNEL_REDUCE, x->count, 0);
    if (k == TG_NO_VALUE) return false;
    join(plan, v, k, TG_ROLE_FULL);
    return true;
}

/* ---- The pass --------------------------------------------------------------------------- */

static bool place(tg_plan *plan, uint32_t v, uint32_t *program)
{
    const tg__value *x = &plan->nodes[v];
    switch (x->op->kind) {
    case TG_KIND_MAP:
    case TG_KIND_ASSIGN:
        return tg__is_scalar(x->dtype, x->count, plan->nodes[x->in[x->arity - 1]].dtype)
                   ? place_scalar(plan, v, program)
                   : place_map(plan, v);
    case TG_KIND_REDUCE: return place_reduce(plan, v);
    default: {
        const uint32_t k = new_kernel(plan, x, TG_KERNEL_CALL, x->count, 0);
        if (k == TG_NO_VALUE) return false;
        join(plan, v, k, TG_ROLE_FULL);
        return true;
    }
    }
}

tg_status tg__fuse(tg_plan *plan)
{
    uint32_t program[2] = { TG_NO_VALUE, TG_NO_VALUE };
    for (size_t v = plan->count; v-- > 0;) {
        tg__value *x = &plan->nodes[v];
        const bool wanted = x->output || x->op->kind == TG_KIND_ASSIGN || x->limit != TG_NO_VALUE;
        if (!wanted || x->place == TG_PLACE_LEAF) continue; /* simplified away, or outside */
        if (!place(plan, (uint32_t)v, program)) return TG_ERR_MEMORY;
        x = &plan->nodes[v];
        note_operands(plan, x);
        /* It needs memory if anyone outside its kernel wants it. */
        if (x->op->kind == TG_KIND_ASSIGN) continue;
        if (x->output || x->several_kernels || x->limit != x->kernel || x->role == TG_ROLE_WHOLE)
            x->place = TG_PLACE_BLOCK;
    }
    return TG_OK;
}

/* bridge.c: what tapes do with variables: reads, assignments, overrides (a node that reads give
 * in the place of the variable), and unrolled runs, which are recorded one after the other. */
#include "autograd/engine.h"
#include "tg_ops.h"

static tg_tensor *no_memory(tg_tape *tape, tg_site at, const char *name)
{
    return tg__fail_op(tape, at, TG_ERR_MEMORY, name, 0, NULL, "out of memory");
}

/* The variable can be used on the tape; else reports why not. */
static bool usable(tg_tape *tape, tg_site at, const char *name, const tg_var *var)
{
    if (!tg__tape_ready(tape)) return false;
    if (!var) {
        tg__fail_op(tape, at, TG_ERR_ARGUMENT, name, 0, NULL,
                    "the variable is NULL: did the layer's constructor fail? (tg_store_error)");
        return false;
    }
    if (var->store != tape->store) {
        tg__fail_op(tape, at, TG_ERR_ARGUMENT, name, 0, NULL,
                    "variable %s belongs to another store than the tape", var->name);
        return false;
    }
    return true;
}

/* ---- Reads ------------------------------------------------------------------------------ */

tg_tensor *tg_read_at(tg_site at, tg_tape *tape, tg_var *var)
{
    if (!usable(tape, at, "read", var)) return NULL;
    const tg__override *other = tg__override_of(tape, var);
    if (other) return other->value;
    tg__var_use *use = tg__var_use_of(tape, var);
    if (!use) return no_memory(tape, at, "read");
    if (use->read) return use->read;
    tg_tensor *x = tg__record(tape, at, &tg__op_read, var->dtype, var->shape.rank, var->shape.dim,
                              0, NULL, NULL, 0);
    if (!x) return NULL;
    x->var = var;
    x->site = &var->site; /* errors say where the parameter was made */
    return use->read = x;
}

/* ---- Assignments ------------------------------------------------------------------------ */

static const tg_tensor *assignment_to(const tg_tape *tape, const tg_var *var)
{
    const size_t place = tg__var_used(tape, var)->assigned;
    return place ? tape->assigns[place - 1] : NULL;
}

/* While runs are unrolled, the next run reads what this one assigns. */
static tg_tensor *set_pending(tg_tape *tape, tg_site at, tg_var *var, tg_tensor *value)
{
    if (tg__pending_of(tape, var))
        return tg__fail_op(tape, at, TG_ERR_STATE, "assign", 1, &value,
                           "variable %s is assigned already in this step; begin the next one with "
                           "tg_unroll_step, or chain with tg_latest",
                           var->name);
    return tg__override_put(tape, &tape->pending, (tg__override){ var, value, true, 0 })
               ? value
               : no_memory(tape, at, "assign");
}

tg_tensor *tg_assign_at(tg_site at, tg_var *var, tg_tensor *value)
{
    if (!tg__ready(at, "assign", 1, &value) || !usable(value->tape, at, "assign", var)) return NULL;
    tg_tape *tape = value->tape;
    char shape[TG_SHAPE_TEXT];
    if (value->dtype != var->dtype)
        return tg__fail_op(tape, at, TG_ERR_DTYPE, "assign", 1, &value,
                           "variable %s is %s; use tg_cast on the value", var->name,
                           tg_dtype_name(var->dtype));
    if (value->rank != var->shape.rank ||
        memcmp(value->dim, var->shape.dim, sizeof *value->dim * value->rank) != 0)
        return tg__fail_op(tape, at, TG_ERR_SHAPE, "assign", 1, &value, "variable %s has shape %s",
                           var->name, tg__shape_text(shape, var->shape.rank, var->shape.dim));
    if (tape->unrolled > 0) return set_pending(tape, at, var, value);
    const tg_tensor *first = assignment_to(tape, var);
    if (first)
        return tg__fail_op(tape, at, TG_ERR_STATE, "assign", 0, NULL,
                           "variable %s is assigned at %s:%d already; a run would have two values "
                           "for it (tg_unroll records several runs one after the other)",
                           var->name, first->site->file ? first->site->file : "?",
                           first->site->line);
    tg__var_use *use = tg__var_use_of(tape, var);
    if (!use || !tg__grow(&tape->allocator, &tape->assigns, &tape->assign_capacity,
                          tape->assign_count + 1, sizeof *tape->assigns))
        return no_memory(tape, at, "assign");
    tg_tensor *x = tg__record_like(at, &tg__op_assign, 1, &value);
    if (!x) return NULL;
    x->var = var;
    tape->assigns[tape->assign_count++] = x;
    use->assigned = tape->assign_count;
    return value;
}

tg_tensor *tg_latest_at(tg_site at, tg_tape *tape, tg_var *var)
{
    if (!usable(tape, at, "latest", var)) return NULL;
    const tg__override *pending = tape->unrolled > 0 ? tg__pending_of(tape, var) : NULL;
    if (pending) return pending->value;
    const tg_tensor *assigned = assignment_to(tape, var);
    return assigned ? assigned->in[0] : tg_read_at(at, tape, var);
}

tg_status tg_override_at(tg_site at, tg_tape *tape, tg_var *var, tg_tensor *value)
{
    if (!tape) return TG_ERR_ARGUMENT;
    if (!value || !tg__ready(at, "override", 1, &value) || !usable(tape, at, "override", var))
        return tape->error.status ? tape->error.status : TG_ERR_ARGUMENT;
    char shape[TG_SHAPE_TEXT];
    if (value->tape != tape)
        tg__fail_op(tape, at, TG_ERR_ARGUMENT, "override", 1, &value,
                    "the value was recorded on another tape");
    else if (value->dtype != var->dtype || value->rank != var->shape.rank ||
             memcmp(value->dim, var->shape.dim, sizeof *value->dim * value->rank) != 0)
        tg__fail_op(tape, at, TG_ERR_SHAPE, "override", 1, &value,
                    "the value must be what variable %s is: %s %s", var->name,
                    tg_dtype_name(var->dtype),
                    tg__shape_text(shape, var->shape.rank, var->shape.dim));
    else if (!tg__override_put(tape, &tape->overrides, (tg__override){ var, value, false, 0 }))
        no_memory(tape, at, "override");
    return tape->error.status;
}

tg_status tg_override_end_at(tg_site at, tg_tape *tape, tg_var *var)
{
    if (!tape || !var) return TG_ERR_ARGUMENT;
    const tg__override *found = tg__override_of(tape, var);
    if (found && !found->unrolled) {
        tg__override_drop(tape, &tape->overrides, (size_t)(found - tape->overrides.item));
        return TG_OK;
    }
    tg_fail(tape, at, TG_ERR_STATE, "tg_override_end: %s is not overridden", var->name);
    return TG_ERR_STATE;
}

/* ---- Unrolling -------------------------------------------------------------------------- */

static tg_status unroll_fails(tg_tape *tape, tg_site at, const char *name, const char *what)
{
    tg__fail_op(tape, at, TG_ERR_STATE, name, 0, NULL, "%s", what);
    return tape->error.status;
}

tg_status tg_unroll_at(tg_site at, tg_tape *tape)
{
    if (!tg__tape_ready(tape)) return tape ? tape->error.status : TG_ERR_ARGUMENT;
    if (tape->unrolled) return unroll_fails(tape, at, "unroll", "runs are being unrolled already");
    tape->unrolled = 1;
    return TG_OK;
}

tg_status tg_unroll_step_at(tg_site at, tg_tape *tape)
{
    if (!tg__tape_ready(tape)) return tape ? tape->error.status : TG_ERR_ARGUMENT;
    if (!tape->unrolled)
        return unroll_fails(tape, at, "unroll_step", "no runs are being unrolled; see tg_unroll");
    for (size_t i = 0; i < tape->pending.count; i++) {
        const tg__override next = tape->pending.item[i];
        tg__override *last = tg__override_of(tape, next.var);
        if (last && last->unrolled) last->value = next.value;
        else if (!tg__override_put(tape, &tape->overrides, next))
            no_memory(tape, at, "unroll_step");
    }
    tg__overrides_shrink(tape, &tape->pending, 0);
    tape->unrolled++;
    return tape->error.status;
}

tg_status tg_unroll_end_at(tg_site at, tg_tape *tape)
{
    if (!tape) return TG_ERR_ARGUMENT;
    if (!tape->unrolled)
        return unroll_fails(tape, at, "unroll_end", "no runs are being unrolled; see tg_unroll");
    for (size_t i = tape->overrides.count; i-- > 0;)
        if (i < tape->overrides.count && tape->overrides.item[i].var &&
            tape->overrides.item[i].unrolled)
            tg__override_drop(tape, &tape->overrides, i);
    tg__overrides_shrink(tape, &tape->pending, 0);
    tape->unrolled = 0;
    return tape->error.status;
}

/* custom.c: operations of the user's. Each is a tg_op like those of the library, made at run
 * time in its store. Its call and its rule call the user's functions and check what they return. */
#include "ops/ops.h"

#include <ctype.h>

enum { MOST_OPERANDS = 64 };

struct tg__custom {
    tg_op op; /* what nodes point at */
    tg_store *store;
    tg_run_fn run;
    tg_shape_fn shape; /* at most one of the two */
    tg_shape_in_fn shape_in;
    tg_vjp_fn vjp;
    tg_dtype dtype; /* of all operands, where there is no shape rule */
    int arity;      /* -1: any number */
    const void *context;
};

/* ---- Kernel and rule -------------------------------------------------------------------- */

static tg_operand array_of(const tg__operand *x)
{
    tg_operand array = {
        .dtype = x->dtype, .shape.rank = x->rank, .count = tg__operand_count(x), .data = x->data
    };
    memcpy(array.shape.dim, x->dim, sizeof *x->dim * (size_t)x->rank);
    return array;
}

static tg_status custom_call(const tg__call *call)
{
    tg_operand in[MOST_OPERANDS];
    for (int i = 0; i < call->arity; i++) in[i] = array_of(&call->in[i]);
    const tg_call kernel = { .context = call->op->custom->context,
                             .attr = call->attr,
                             .arity = call->arity,
                             .in = in,
                             .out = array_of(&call->out),
                             .error = call->error };
    const tg_status status = call->op->custom->run(&kernel);
    char *text = call->error->text;
    text[TG_ERROR_TEXT - 1] = 0;
    if (status != TG_OK && !text[0])
        (void)snprintf(text, TG_ERROR_TEXT, "its kernel failed: %s", tg_status_name(status));
    return status;
}

/* Is what the rule gave for operand [i] a node of this tape with the shape and the dtype of the
 * operand? False with an error. */
static bool is_gradient(const tg_tensor *y, const tg_tensor *g, int i)
{
    const tg_tensor *x = y->in[i];
    char want[TG_SHAPE_TEXT], got[TG_SHAPE_TEXT];
    if (!tg__alive(g) || g->tape != y->tape) {
        tg__fail_op(y->tape, *y->site, TG_ERR_STATE, NULL, 0, NULL,
                    "the rule of %s gave operand %d a gradient that is not of this tape",
                    y->op->name, i);
        return false;
    }
    if (g->dtype == x->dtype && tg__same_shape(g, x)) return true;
    tg__fail_op(y->tape, *y->site, TG_ERR_SHAPE, NULL, 1, &y->in[i],
                "the rule of %s gave operand %d a gradient %s %s; it must be %s %s", y->op->name, i,
                tg__shape_text(got, g->rank, g->dim), tg_dtype_name((tg_dtype)g->dtype),
                tg__shape_text(want, x->rank, x->dim), tg_dtype_name((tg_dtype)x->dtype));
    return false;
}

static void custom_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    tg_tape *tape = y->tape;
    const tg_vjp_fn rule = y->op->custom->vjp;
    if (!rule) {
        tg__fail_op(tape, *y->site, TG_ERR_UNSUPPORTED, NULL, 1, &y,
                    "%s has no rule; give tg_op_new its .vjp, or say with .no_gradient why none "
                    "passes",
                    y->op->name);
        return;
    }
    rule(y, g, y->in, to);
    if (tape->error.status != TG_OK)
        tg__error_add(&tape->error, "\n    in the rule of %s", y->op->name);
    for (int i = 0; i < y->arity; i++)
        if (to[i] && !is_gradient(y, to[i], i)) to[i] = NULL;
}

/* ---- Making one ------------------------------------------------------------------------- */

static bool is_name(const char *name)
{
    if (!name || !*name) return false;
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_') return false;
    return true;
}

tg_op *tg_op_new_with(const tg_op_args *given)
{
    tg_op_args args = { TG_OP_DEFAULTS };
    if (!TG_READ_STORE_OPTIONS(args, given, "tg_op_new")) return NULL;

    tg_store *store = args.store;
    const tg_site at = args.at;
    if (!store || store->error.status != TG_OK) return NULL;
    if (!is_name(args.name))
        tg_store_fail(store, at, TG_ERR_ARGUMENT,
                      "tg_op_new: \"%.60s\" is no name; it needs letters, digits and _",
                      args.name ? args.name : "(NULL)");
    else if (!args.run)
        tg_store_fail(store, at, TG_ERR_ARGUMENT, "tg_op_new: %s has no kernel; give .run",
                      args.name);
    else if (args.shape && args.shape_in)
        tg_store_fail(store, at, TG_ERR_ARGUMENT,
                      "tg_op_new: %s has both .shape and .shape_in; give one of them", args.name);
    else if (args.arity < -1 || args.arity > MOST_OPERANDS || args.arity == 0)
        tg_store_fail(store, at, TG_ERR_ARGUMENT,
                      "tg_op_new: %s has .arity = %d; it must be 1 to %d, or -1 for any number",
                      args.name, args.arity, (int)MOST_OPERANDS);
    else if (args.dtype && !tg_dtype_size(args.dtype))
        tg_store_fail(store, at, TG_ERR_DTYPE, "tg_op_new: %s has the unknown .dtype %d", args.name,
                      (int)args.dtype);
    if (store->error.status != TG_OK) return NULL;

    struct tg__custom *custom = tg__arena_alloc(&store->arena, sizeof *custom);
    const char *name = tg__arena_string(&store->arena, args.name);
    const bool stops = args.no_gradient && !args.vjp;
    const char *reason = stops ? tg__arena_string(&store->arena, args.no_gradient) : NULL;
    if (!custom || !name || (stops && !reason)) {
        tg_store_fail(store, at, TG_ERR_MEMORY, "tg_op_new: out of memory");
        return NULL;
    }
    *custom = (struct tg__custom){
        .store = store,
        .run = args.run,
        .shape = args.shape,
        .shape_in = args.shape_in,
        .vjp = args.vjp,
        .dtype = args.dtype ? args.dtype : store->dtype,
        .context = args.context,
        .arity = args.arity,
        .op = { .name = name,
                .kind = TG_KIND_CALL,
                .arity = args.arity == -1 ? 255 : (uint8_t)args.arity,
                .flags = TG_OP_FALLIBLE,
                .call = custom_call,
                .vjp = stops ? NULL : custom_vjp,
                .no_gradient = reason,
                .custom = custom },
    };
    return &custom->op;
}

const char *tg_op_name(const tg_op *op) { return op ? op->name : ""; }
const void *tg_op_context(const tg_op *op) { return op ? op->custom->context : NULL; }

/* ---- Using it --------------------------------------------------------------------------- */

/* Without a shape rule, all operands have one shape and one dtype: a kernel that is written for
 * one dtype would read beyond operands of another. */
static bool same_types(tg_site at, const tg_op *op, int count, tg_tensor *const in[])
{
    const tg_dtype dtype = op->custom->dtype;
    for (int i = 0; i < count; i++) {
        if (in[i]->dtype == dtype && tg__same_shape(in[i], in[0])) continue;
        tg__fail_op(in[0]->tape, at, in[i]->dtype == dtype ? TG_ERR_SHAPE : TG_ERR_DTYPE, "apply",
                    count, in,
                    "%s takes operands of one shape, all of them %s; operand %d is another (for "
                    "others give tg_op_new a .shape rule or a .dtype)",
                    op->name, tg_dtype_name(dtype), i);
        return false;
    }
    return true;
}

/* The dtype and the shape of the result by the user's rule, or those of the operands. False with
 * an error. */
static bool result_type(tg_site at, const tg_op *op, int count, tg_tensor *const in[],
                        const void *attr, tg_type *out)
{
    tg_type types[MOST_OPERANDS];
    for (int i = 0; i < count; i++)
        types[i] = (tg_type){ (tg_dtype)in[i]->dtype, tg_shape_from(in[i]) };
    *out = (tg_type){ (tg_dtype)in[0]->dtype, tg_shape_from(in[0]) };
    const struct tg__custom *custom = op->custom;
    if (!custom->shape && !custom->shape_in) return same_types(at, op, count, in);
    tg_error error;
    tg__error_clear(&error);
    const tg_status status =
        custom->shape ? custom->shape(attr, count, types, out, &error)
                      : custom->shape_in(custom->context, attr, count, types, out, &error);
    error.text[TG_ERROR_TEXT - 1] = 0;
    if (status != TG_OK)
        tg__fail_op(in[0]->tape, at, status, "apply", count, in, "%s: %s", op->name,
                    error.text[0] ? error.text : "its shape rule refuses these operands");
    else if (!tg_dtype_size(out->dtype))
        tg__fail_op(in[0]->tape, at, TG_ERR_DTYPE, "apply", count, in,
                    "%s: its shape rule gives the unknown dtype %d", op->name, (int)out->dtype);
    return in[0]->tape->error.status == TG_OK &&
           tg__shape_ok(in[0]->tape, at, "apply", out->dtype, out->shape.rank, out->shape.dim);
}

tg_tensor *tg_apply_with(const tg_apply_args *given)
{
    tg_apply_args args = { TG_APPLY_DEFAULTS };
    tg_tape *tape = given ? tg__list_tape(given->operands) : NULL;
    if (!tg_tape_options(&args, given, "tg_apply", tape)) return NULL;

    const tg_site at = args.at;
    const tg_op *op = args.op;
    int count;
    if (!op || !tg__list_ready(at, "apply", args.operands, &count)) return NULL;
    tg_tensor *const *in = args.operands.node;
    const struct tg__custom *custom = op->custom;
    if (custom->store != tape->store)
        return tg__fail_op(tape, at, TG_ERR_ARGUMENT, "apply", 0, NULL,
                           "%s was made in another store than that of this tape", op->name);
    if (count > MOST_OPERANDS || (custom->arity != -1 && count != custom->arity))
        return tg__fail_op(tape, at, TG_ERR_ARGUMENT, "apply", 0, NULL,
                           "%s takes %d operands%s, and is given %d", op->name,
                           custom->arity == -1 ? (int)MOST_OPERANDS : custom->arity,
                           custom->arity == -1 ? " at most" : "", count);
    if ((args.attr_size && !args.attr) || args.attr_size > INT32_MAX)
        return tg__fail_op(tape, at, TG_ERR_ARGUMENT, "apply", 0, NULL,
                           "%s: .attr is %s, with .attr_size = %zu", op->name,
                           args.attr ? "too large" : "NULL", args.attr_size);
    tg_type type;
    const void *attr = args.attr_size ? args.attr : NULL;
    if (!result_type(at, op, count, in, attr, &type)) return NULL;
    return tg__record(tape, at, op, type.dtype, type.shape.rank, type.shape.dim, count, in, attr,
                      args.attr_size);
}

const tg_op *tg_op_of(const tg_tensor *y)
{
    return (y = tg__seen(y)) && y->op->custom ? y->op : NULL;
}

const void *tg_attr_of(const tg_tensor *y)
{
    return (y = tg__seen(y)) && y->op->custom && y->attr_size ? y->attr : NULL;
}

/* instances.c: several instances of one plan, which run at once (tg_instance.h). */
#include "tg_instance.h"

#include "exec/plan.h"

#include <inttypes.h>
#include <math.h>

struct tg_instance {
    tg_plan *plan; /* held */
    tg_allocator allocator;
    tg__arena arena; /* for its inputs */
    tg__instance *inside;
    bool has_run;
    tg_error error;
};

/* ---- Making and freeing ----------------------------------------------------------------- */

static bool check(const tg_instance_args *args)
{
    const tg_plan *plan = args->plan;
    tg_tape *tape = plan->tape;
    if (!tape) return false;
    if (plan->generation != tape->generation) {
        tg_fail(tape, args->at, TG_ERR_STATE,
                "tg_instance_new: the tape of this plan was rewound; compile it again");
        return false;
    }
    if (plan->program->assign_count) {
        tg_fail(
            tape, args->at, TG_ERR_STATE,
            "tg_instance_new: the plan makes assignments, which several runs at once would make "
            "at once; use tg_compile_pure");
        return false;
    }
    if (plan->program->draw_count && plan->steps) {
        tg_fail(
            tape, args->at, TG_ERR_STATE,
            "tg_instance_new: the plan's runs count its random draws, and several at once would "
            "draw the same; compile it with .steps = false");
        return false;
    }
    if (args->threads < 1 || args->threads > plan->threads) {
        tg_fail(tape, args->at, TG_ERR_ARGUMENT,
                "tg_instance_new: .threads is %d, and must be 1 to %d, those of the plan",
                args->threads, plan->threads);
        return false;
    }
    return true;
}

/* Inputs get memory of their own; all other leaves are where the plan's are. */
static bool place_leaves(tg_instance *instance)
{
    const tg__instance *plans = instance->plan->instance;
    const tg__program *program = plans->program;
    for (size_t i = 0; i < program->leaf_count; i++) {
        const tg__leaf *leaf = &program->leaves[i];
        instance->inside->numbers[i] = plans->numbers[i];
        instance->inside->leaf[i] = plans->leaf[i];
        if (leaf->op != &tg__op_input) continue;
        size_t bytes;
        if (!tg__padded_bytes(tg__elements(leaf->node), tg_dtype_size((tg_dtype)leaf->dtype),
                              &bytes))
            return false;
        void *memory = tg__arena_values(&instance->arena, bytes);
        if (!memory) return false;
        if (bytes) memcpy(memory, plans->leaf[i], bytes);
        instance->inside->leaf[i] = memory;
    }
    tg__instance_bind(instance->inside);
    return true;
}

tg_instance *tg_instance_new_with(const tg_instance_args *given)
{
    tg_instance_args args = { TG_INSTANCE_DEFAULTS };
    tg_plan *plan = given ? given->plan : NULL;
    if (!plan || !plan->tape) return NULL;
    if (!tg_tape_options(&args, given, "tg_instance_new", plan->tape)) return NULL;
    if (!tg__tape_ready(plan->tape) || !check(&args)) return NULL;
    const tg_allocator *allocator = &plan->tape->allocator;
    tg_instance *instance = tg__alloc_zero(allocator, sizeof *instance);
    if (instance) {
        instance->allocator = *allocator;
        instance->plan = plan;
        tg__plan_hold(plan);
        tg__arena_init(&instance->arena, &instance->allocator);
        instance->inside = tg__instance_new(plan->instance->exe, plan->tape->store, args.threads);
        if (instance->inside && place_leaves(instance)) return instance;
    }
    tg_instance_free(instance);
    tg_fail(plan->tape, args.at, TG_ERR_MEMORY, "tg_instance_new: out of memory");
    return NULL;
}

void tg_instance_free(tg_instance *instance)
{
    if (!instance) return;
    const tg_allocator allocator = instance->allocator;
    tg__instance_free(instance->inside);
    tg__arena_free(&instance->arena);
    tg__plan_release(instance->plan);
    tg__free(&allocator, instance);
}

/* ---- Values ----------------------------------------------------------------------------- */

static tg_status failed(tg_instance *instance, tg_status status, const char *function,
                        const tg_tensor *x, const char *text)
{
    tg__error_set(&instance->error, status, "tg_instance_%s: %s%s%s", function,
                  x && x->name ? x->name : "", x && x->name ? ": " : "", text);
    return status;
}

/* The plan's tape is as it was when the instance was made. */
static bool is_alive(const tg_instance *instance)
{
    const tg_plan *plan = instance->plan;
    return plan->tape && plan->generation == plan->tape->generation;
}

/* Checks what is copied in or out. */
static tg_status check_copy(tg_instance *instance, const char *function, const tg_tensor *x,
                            tg_dtype dtype, const void *data, size_t count)
{
    char text[160];
    tg__error_clear(&instance->error);
    if (dtype != (tg_dtype)x->dtype) {
        (void)snprintf(text, sizeof text, "the data are %s, the node is %s", tg_dtype_name(dtype),
                       tg_dtype_name((tg_dtype)x->dtype));
        return failed(instance, TG_ERR_DTYPE, function, x, text);
    }
    if (count != (size_t)tg__elements(x)) {
        (void)snprintf(text, sizeof text, "%zu elements are given for %" PRId64, count,
                       tg__elements(x));
        return failed(instance, TG_ERR_SHAPE, function, x, text);
    }
    if (!data && count) return failed(instance, TG_ERR_ARGUMENT, function, x, "the data are NULL");
    return TG_OK;
}

tg_status tg_instance_feed_as(tg_instance *instance, tg_tensor *input, tg_dtype dtype,
                              const void *data, size_t count)
{
    if (!instance) return TG_ERR_ARGUMENT;
    if (!is_alive(instance))
        return failed(instance, TG_ERR_STATE, "feed", NULL,
                      "the plan was freed, or its tape was rewound or freed");
    const tg__program *program = instance->inside->program;
    size_t i = 0;
    while (i < program->leaf_count &&
           (!input || program->leaves[i].node != input || program->leaves[i].op != &tg__op_input))
        i++;
    if (i == program->leaf_count)
        return failed(instance, TG_ERR_ARGUMENT, "feed", NULL,
                      "the node is no input that the plan reads");
    const tg_status status = check_copy(instance, "feed", input, dtype, data, count);
    if (status == TG_OK && count)
        memcpy(instance->inside->leaf[i], data, count * tg_dtype_size(dtype));
    return status;
}

tg_status tg_instance_run(tg_instance *instance)
{
    if (!instance) return TG_ERR_ARGUMENT;
    instance->has_run = false;
    if (!is_alive(instance))
        return failed(instance, TG_ERR_STATE, "run", NULL,
                      "the plan was freed, or its tape was rewound or freed");
    tg__instance *inside = instance->inside;
    tg__error_clear(&instance->error);
    tg__error_clear(&inside->error);
    for (size_t i = 0; i < inside->program->draw_count; i++)
        inside->drawn[i] = tg__counter_value(inside->program->draws[i].counter);
    const tg__fpu fpu = tg__fpu_enter(false);
    const tg_status status = tg__instance_run(inside);
    tg__fpu_leave(fpu);
    instance->has_run = status == TG_OK;
    if (status != TG_OK) instance->error = inside->error;
    return status;
}

/* The number of the output that [x] is, if there is a value; else an error. */
static tg_status find_output(tg_instance *instance, const char *function, const tg_tensor *x,
                             size_t *output)
{
    if (!is_alive(instance))
        return failed(instance, TG_ERR_STATE, function, NULL,
                      "the plan was freed, or its tape was rewound or freed");
    size_t i = 0;
    while (i < instance->plan->output_count && (!x || instance->plan->output_nodes[i] != x)) i++;
    if (i == instance->plan->output_count)
        return failed(instance, TG_ERR_ARGUMENT, function, NULL,
                      "the node is none that the plan keeps; name it in tg_compile");
    if (!instance->has_run)
        return failed(instance, TG_ERR_STATE, function, x,
                      "there is no value: the instance has not run, or its run failed");
    *output = i;
    return TG_OK;
}

static const void *value_of(const tg_instance *instance, size_t output)
{
    return tg__locate(instance->inside, instance->inside->program->outputs[output]);
}

tg_status tg_instance_get_as(tg_instance *instance, tg_tensor *x, tg_dtype dtype, void *out,
                             size_t count)
{
    if (!instance) return TG_ERR_ARGUMENT;
    size_t output;
    tg_status status = find_output(instance, "get", x, &output);
    if (status == TG_OK) status = check_copy(instance, "get", x, dtype, out, count);
    if (status == TG_OK && count)
        memcpy(out, value_of(instance, output), count * tg_dtype_size(dtype));
    return status;
}

double tg_instance_item(tg_instance *instance, tg_tensor *x)
{
    size_t output;
    if (!instance || find_output(instance, "item", x, &output) != TG_OK) return (double)NAN;
    if (tg__elements(x) != 1) {
        (void)failed(instance, TG_ERR_SHAPE, "item", x,
                     "only a node of one element is a number; tg_instance_get copies many");
        return (double)NAN;
    }
    tg__error_clear(&instance->error);
    const tg__fpu fpu = tg__fpu_enter(false);
    const double value = tg__load_scalar(x->dtype, value_of(instance, output));
    tg__fpu_leave(fpu);
    return value;
}

tg_status tg_instance_status(const tg_instance *instance)
{
    return instance ? instance->error.status : TG_ERR_ARGUMENT;
}

const char *tg_instance_error(const tg_instance *instance)
{
    return instance ? instance->error.text
                    : "the instance is NULL: tg_instance_new failed (tg_report tells why)";
}

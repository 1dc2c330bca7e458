/* compile.c: the public way to a plan. */
#include "exec/plan.h"
#include "jit/jit.h"
#include "tg_profile.h"

#include <inttypes.h>

enum { MAX_THREADS = 256 };

/* The wanted values: the few by name and the list, checked. */
static bool gather_outputs(const tg_compile_args *args, tg_plan *plan, tg__wanted *wanted)
{
    tg_tape *tape = args->tape;
    tg_tensor *const few[] = { args->keep0, args->keep1, args->keep2, args->keep3 };
    const size_t listed = args->keep.node ? args->keep.count : 0;
    size_t count = 0;
    for (size_t i = 0; i < listed; i++)
        if (!args->keep.node[i])
            return tg__fail_op(tape, args->at, TG_ERR_ARGUMENT, "compile", 0, NULL,
                               "entry %zu of .keep is NULL", i) != NULL;
    tg_tensor **list = plan->output_nodes =
        tg__alloc(&plan->allocator, sizeof *list * (4 + listed));
    if (!list)
        return tg__fail_op(tape, args->at, TG_ERR_MEMORY, "compile", 0, NULL, "out of memory") !=
               NULL;
    for (int i = 0; i < 4; i++)
        if (few[i]) list[count++] = few[i];
    for (size_t i = 0; i < listed; i++) list[count++] = args->keep.node[i];
    for (size_t i = 0; i < count; i++) {
        if (tg__tape_of_handle(list[i]) != tape)
            return tg__fail_op(tape, args->at, TG_ERR_ARGUMENT, "compile", 1, &list[i],
                               "a node to keep was recorded on another tape") != NULL;
        if (!tg__ready(args->at, "compile", 1, &list[i])) return false;
    }
    wanted->outputs = list;
    wanted->output_count = count;
    return true;
}

tg_updates tg_updates_since(tg_tape *tape, uint32_t first)
{
    if (!tape || first > tape->assign_count) return (tg_updates){ 0 };
    return (tg_updates){ .tape = tape,
                         .recording = tape->generation,
                         .first = first,
                         .count = (uint32_t)tape->assign_count - first };
}

static bool check(const tg_compile_args *args)
{
    tg_tape *tape = args->tape;
    const tg_site at = args->at;
    if (args->threads < 1 || args->threads > MAX_THREADS)
        return tg__fail_op(tape, at, TG_ERR_ARGUMENT, "compile", 0, NULL,
                           ".threads is %d, and must be 1 to %d", args->threads,
                           MAX_THREADS) != NULL;
    if (args->updates && args->pure)
        return tg__fail_op(tape, at, TG_ERR_ARGUMENT, "compile", 0, NULL,
                           "a pure plan makes no assignments: leave out .updates or .pure") != NULL;
    if (args->updates &&
        (args->updates->tape != tape || args->updates->recording != tape->generation ||
         args->updates->first > tape->assign_count ||
         args->updates->count > tape->assign_count - args->updates->first))
        return tg__fail_op(tape, at, TG_ERR_ARGUMENT, "compile", 0, NULL,
                           ".updates do not belong to this tape's recording") != NULL;
    return true;
}

/* Asking for [x] is now asking the plan, unless another plan's run left its value there. */
static void claim(tg_plan *plan, tg_tensor *x)
{
    if (x->plan && x->plan->has_run && x->data) return;
    x->plan = plan;
    /* No value of define-by-run any more. */
    if (x->op != &tg__op_input && x->op != &tg__op_constant) x->data = NULL;
}

/* All of the tape is planned. */
static void number_nodes(const tg_tape *tape, bool on)
{
    for (size_t id = 0; id < tape->count; id++) tape->nodes[id]->place = on ? (uint32_t)id + 1 : 0;
}

/* Marks the nodes that the plan covers, so that asking for one that it does not keep can say so. */
static void cover(tg_plan *plan, const tg__wanted *wanted)
{
    tg_tape *tape = plan->tape;
    for (size_t i = 0; i < wanted->output_count; i++) claim(plan, wanted->outputs[i]);
    for (size_t i = 0; i < wanted->assign_count; i++) wanted->assigns[i]->plan = plan;
    for (size_t id = tape->count; id-- > 0;) {
        tg_tensor *x = tape->nodes[id];
        if (x->op == &tg__op_input) x->age = 1; /* a run looks at it */
        for (int i = 0; x->plan == plan && i < x->arity; i++)
            if (x->in[i]->op->kind != TG_KIND_LEAF) claim(plan, x->in[i]);
    }
}

/* A line on what became of .jit, where the environment asks for it. */
static void log_jit(const tg_compile_args *args, const tg__native_result *native)
{
    const char *path = tg__jit_log();
    FILE *out = path ? fopen(path, "a") : NULL;
    if (!out) return;
    fprintf(out, "%s:%d: tg_compile: ", args->at.file ? args->at.file : "?", args->at.line);
    if (native->functions > 0)
        tg__print(out, "%" PRIu32 " functions for %" PRIu32 " instructions, %s in %.2f s",
                  native->functions, native->instructions, native->cached ? "loaded" : "compiled",
                  native->seconds);
    else fprintf(out, "no machine code");
    fprintf(out, "%s%s\n", *native->text ? ": " : "", native->text);
    (void)fclose(out);
}

/* NULL when out of memory. */
static tg_plan *new_plan(const tg_compile_args *args)
{
    tg_plan *plan = tg__plan_new(args->tape, args->threads);
    if (!plan || (!args->jit && !tg__jit_wanted())) return plan;
    plan->native = tg__alloc_zero(&plan->allocator, sizeof *plan->native);
    if (plan->native) return plan;
    tg__plan_release(plan);
    return NULL;
}

tg_plan *tg_compile_with(const tg_compile_args *given)
{
    tg_compile_args args = { TG_COMPILE_DEFAULTS };
    if (!TG_READ_TAPE_OPTIONS(args, given, "tg_compile")) return NULL;

    tg_tape *tape = args.tape;
    if (!tg__tape_ready(tape) || !check(&args)) return NULL;
    tg_plan *plan = new_plan(&args);
    tg__wanted wanted = { .tape = tape,
                          .exact_numbers = true,
                          .naive = args.naive || args.trap,
                          .nodes = tape->nodes,
                          .count = tape->count,
                          .assigns = tape->assigns,
                          .assign_count = tape->assign_count };
    if (args.pure) wanted.assign_count = 0;
    if (args.updates) {
        wanted.assigns = tape->assigns ? tape->assigns + args.updates->first : NULL;
        wanted.assign_count = args.updates->count;
    }
    if (!plan) {
        tg__fail_op(tape, args.at, TG_ERR_MEMORY, "compile", 0, NULL, "out of memory");
        return NULL;
    }
    plan->steps = args.steps;
    plan->trap = args.trap;
    if (!gather_outputs(&args, plan, &wanted)) {
        tg__plan_release(plan);
        return NULL;
    }
    if (wanted.output_count + wanted.assign_count == 0) {
        tg__fail_op(tape, args.at, TG_ERR_ARGUMENT, "compile", 0, NULL,
                    "nothing to compute: name a node to keep, or record an assignment");
        tg__plan_release(plan);
        return NULL;
    }
    number_nodes(tape, true);
    size_t bytes;
    const tg_status status = tg__plan_make(plan, &wanted, &bytes);
    number_nodes(tape, false);
    if (status != TG_OK || (args.profile && tg_profile(plan, true) != TG_OK)) {
        tg__fail_op(tape, args.at, TG_ERR_MEMORY, "compile", 0, NULL,
                    "out of memory (the plan's values need %zu bytes)", bytes);
        tg__plan_release(plan);
        return NULL;
    }
    if (plan->native) log_jit(&args, plan->native);
    plan->output_count = wanted.output_count;
    cover(plan, &wanted);
    tg__plan_hang(plan, &tape->compiled);
    return plan;
}

/* print.c: a plan as text and as a drawing: its kernels in the order they run, what each
 * computes, and where the values are. */
#include "exec/code.h"

#include <inttypes.h>

static void print_place(const tg_plan *plan, const tg__value *x, FILE *out)
{
    if (x->place == TG_PLACE_BLOCK) {
        fprintf(out, " -> %zu..%zu", x->offset, x->offset + x->bytes);
        if (x->shares != TG_NO_VALUE) fprintf(out, " in place of %%%u", x->shares);
        if (x->output) fputs(" kept", out);
        if (x->op->kind == TG_KIND_ASSIGN) fputs(" waits for the end", out);
    }
    if (x->op->kind == TG_KIND_ASSIGN) fprintf(out, " -> %s", plan->leaves[x->leaf].var->name);
}

static void print_leaf(const tg_plan *plan, uint32_t v, FILE *out)
{
    const tg__leaf *leaf = &plan->leaves[plan->nodes[v].leaf];
    if (leaf->op == &tg__op_number) tg__print(out, " %g", leaf->number);
    else if (leaf->var) fprintf(out, " %s", leaf->var->name);
    else if (leaf->name) fprintf(out, " %s", leaf->name);
    else fprintf(out, " %s:%u", leaf->op->name, v);
}

static void print_operands(const tg_plan *plan, const tg__value *x, FILE *out)
{
    for (int i = 0; i < x->arity; i++) {
        const tg__value *operand = &plan->nodes[x->in[i]];
        if (operand->place == TG_PLACE_LEAF && operand->op->kind == TG_KIND_LEAF)
            print_leaf(plan, x->in[i], out);
        else fprintf(out, " %%%u", x->in[i]);
        /* A view that is not the whole value, in order. */
        if (!tg__view_is_whole(x->view[i], operand->count)) {
            fputs("{", out);
            for (int k = 0; k < x->view[i]->rank; k++)
                fprintf(out, "%s%" PRId64 ":%" PRId64, k ? " " : "", x->view[i]->dim[k],
                        x->view[i]->stride[k]);
            if (x->view[i]->offset) fprintf(out, " @%" PRId64, x->view[i]->offset);
            fputs("}", out);
        }
    }
}

static void print_value(const tg_plan *plan, uint32_t v, FILE *out)
{
    const tg__value *x = &plan->nodes[v];
    char shape[TG_SHAPE_TEXT];
    fprintf(out, "%%%u %s %s %s", v, tg__shape_text(shape, x->rank, x->dim),
            tg_dtype_name((tg_dtype)x->dtype), x->op->name);
    if (x->op->print && x->attr) x->op->print(x->attr, out);
    print_operands(plan, x, out);
    print_place(plan, x, out);
    if (x->site->file) fprintf(out, " ; %s:%d", tg__base_name(x->site->file), x->site->line);
}

static void print_head(const tg_plan *plan, const tg__kernel *kernel, FILE *out)
{
    const tg__value *first = &plan->nodes[kernel->first];
    uint32_t count;
    switch (kernel->kind) {
    case TG_KERNEL_LOOP:
        fprintf(out, "loop over %" PRId64, kernel->count);
        if (kernel->columns) fprintf(out, " in rows of %" PRId64, kernel->columns);
        count = kernel->loop->before_count + kernel->loop->code_count;
        fprintf(out, ", blocks of %" PRId64 ", %u instruction%s", kernel->loop->cut.block, count,
                count == 1 ? "" : "s");
        break;
    case TG_KERNEL_SCALAR:
        count = kernel->program->code_count;
        fprintf(out, "scalar program, %u instruction%s", count, count == 1 ? "" : "s");
        break;
    case TG_KERNEL_REDUCE: fprintf(out, "reduction %s", first->op->name); break;
    case TG_KERNEL_CALL: fprintf(out, "call %s", first->op->name); break;
    }
}

void tg_plan_print(const tg_plan *plan, FILE *out)
{
    if (!plan || !out) return;
    if (plan->naive) {
        fprintf(out, "naive plan: one node at a time, %zu bytes\n", plan->block_bytes);
        return;
    }
    fprintf(out,
            "plan: %zu kernel%s, %zu bytes (values %zu, numbers %zu, workers %zu), %d thread%s\n",
            plan->kernel_count, plan->kernel_count == 1 ? "" : "s", plan->block_bytes,
            plan->values_bytes, plan->scratch - plan->values_bytes,
            plan->block_bytes - plan->scratch, plan->threads, plan->threads == 1 ? "" : "s");
    for (size_t k = plan->kernel_count; k-- > 0;) {
        const tg__kernel *kernel = &plan->kernels[k];
        fprintf(out, "kernel %zu: ", plan->kernel_count - 1 - k);
        print_head(plan, kernel, out);
        fputc('\n', out);
        for (uint32_t v = kernel->first; v != TG_NO_VALUE; v = plan->nodes[v].next) {
            fputs("    ", out);
            print_value(plan, v, out);
            fputc('\n', out);
        }
    }
}

/* The operations of a kernel, with how often they occur, in the order they come. */
static void print_label(const tg_plan *plan, const tg__kernel *kernel, FILE *out)
{
    int shown = 0;
    for (uint32_t v = kernel->first; v != TG_NO_VALUE; v = plan->nodes[v].next) {
        if (shown++ == 12) {
            fputs("...\\n", out);
            return;
        }
        const tg__value *x = &plan->nodes[v];
        tg__print_quoted(x->op->name, out);
        if (x->op->kind == TG_KIND_ASSIGN) {
            fputc(' ', out);
            tg__print_quoted(plan->leaves[x->leaf].var->name, out);
        }
        fputs("\\n", out);
    }
}

void tg_plan_draw(const tg_plan *plan, FILE *out)
{
    if (!plan || !out) return;
    fputs("digraph plan {\n  rankdir=TB;\n  node [shape=box, fontname=\"monospace\"];\n", out);
    for (size_t k = plan->kernel_count; k-- > 0;) {
        const tg__kernel *kernel = &plan->kernels[k];
        fprintf(out, "  k%zu [label=\"", k);
        print_head(plan, kernel, out);
        fputs("\\n", out);
        print_label(plan, kernel, out);
        fputs("\"];\n", out);
        for (uint32_t v = kernel->first; v != TG_NO_VALUE; v = plan->nodes[v].next)
            for (int i = 0; i < plan->nodes[v].arity; i++) {
                const uint32_t from = plan->nodes[v].in[i];
                const tg__value *operand = &plan->nodes[from];
                if (operand->kernel != TG_NO_VALUE && operand->kernel != k)
                    fprintf(out, "  k%u -> k%zu [label=\"%%%u\"];\n", operand->kernel, k, from);
                else if (operand->op->kind == TG_KIND_LEAF && operand->op != &tg__op_number)
                    fprintf(out, "  v%u -> k%zu;\n", from, k);
            }
    }
    for (uint32_t v = 0; v < plan->count; v++) {
        const tg__value *x = &plan->nodes[v];
        if (x->op->kind != TG_KIND_LEAF || x->op == &tg__op_number || x->limit == TG_NO_VALUE)
            continue;
        fprintf(out, "  v%u [style=rounded, label=\"", v);
        const tg__leaf *leaf = &plan->leaves[x->leaf];
        tg__print_quoted(leaf->var    ? leaf->var->name
                         : leaf->name ? leaf->name
                                      : leaf->op->name,
                         out);
        fputs("\"];\n", out);
    }
    fputs("}\n", out);
}

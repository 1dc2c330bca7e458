/* print.c: a plan as text and as a drawing: its kernels in the order they run, what each
 * computes, and where the values are. */
#include "exec/backend.h"
#include "exec/plan.h"

#include <inttypes.h>

static void print_place(const tg__program *program, uint32_t v, FILE *out)
{
    const tg__value *x = &program->values[v];
    const tg__storage *storage = &program->storage[v];
    const bool assigns = x->op->kind == TG_KIND_ASSIGN;
    if (storage->place == TG_PLACE_BLOCK) {
        fprintf(out, " -> %zu..%zu", storage->offset, storage->offset + storage->bytes);
        if (storage->shares != TG__NONE) fprintf(out, " in place of %%%u", storage->shares);
        if (x->output) fputs(" kept", out);
        if (assigns) fputs(" waits for the end", out);
    }
    if (assigns) fprintf(out, " -> %s", program->leaves[x->leaf].var->name);
}

static void print_leaf(const tg__program *program, uint32_t v, FILE *out)
{
    const tg__leaf *leaf = &program->leaves[program->values[v].leaf];
    if (leaf->op == &tg__op_number) tg__print(out, " %g", leaf->number);
    else if (leaf->var) fprintf(out, " %s", leaf->var->name);
    else if (leaf->name) fprintf(out, " %s", leaf->name);
    else fprintf(out, " %s:%u", leaf->op->name, v);
}

/* A view that is not the whole value, in order. */
static void print_view(const tg__view *view, FILE *out)
{
    fputs("{", out);
    for (int k = 0; k < view->rank; k++)
        fprintf(out, "%s%" PRId64 ":%" PRId64, k ? " " : "", view->dim[k], view->stride[k]);
    if (view->offset) fprintf(out, " @%" PRId64, view->offset);
    fputs("}", out);
}

static void print_operands(const tg__program *program, const tg__value *x, FILE *out)
{
    for (int i = 0; i < x->arity; i++) {
        const tg__value *operand = &program->values[x->in[i]];
        if (operand->op->kind == TG_KIND_LEAF) print_leaf(program, x->in[i], out);
        else fprintf(out, " %%%u", x->in[i]);
        if (!tg__view_is_whole(x->view[i], operand->count)) print_view(x->view[i], out);
    }
}

static void print_value(const tg__program *program, uint32_t v, FILE *out)
{
    const tg__value *x = &program->values[v];
    char shape[TG_SHAPE_TEXT];
    fprintf(out, "%%%u %s %s %s", v, tg__shape_text(shape, x->rank, x->dim),
            tg_dtype_name((tg_dtype)x->dtype), x->op->name);
    if (x->op->print && x->attr) x->op->print(x->attr, out);
    print_operands(program, x, out);
    print_place(program, v, out);
    if (x->site->file) fprintf(out, " ; %s:%d", tg__base_name(x->site->file), x->site->line);
}

/* What the kernel is, as its backend says. */
static void print_head(const tg_plan *plan, uint32_t k, FILE *out)
{
    const tg__executable *exe = plan->instance->exe;
    exe->kernels[k].backend->print(exe, k, out);
}

void tg_plan_print(const tg_plan *plan, FILE *out)
{
    if (!plan || !out) return;
    const tg__program *program = plan->program;
    fprintf(
        out, "plan: %zu kernel%s, %zu bytes (values %zu, numbers %zu, workers %zu), %d thread%s\n",
        program->kernel_count, program->kernel_count == 1 ? "" : "s", plan->instance->block_bytes,
        program->values_bytes, program->block_bytes - program->values_bytes,
        plan->instance->block_bytes - program->block_bytes, plan->threads,
        plan->threads == 1 ? "" : "s");
    for (size_t k = program->kernel_count; k-- > 0;) {
        const tg__kernel *kernel = &program->kernels[k];
        fprintf(out, "kernel %zu: ", program->kernel_count - 1 - k);
        print_head(plan, (uint32_t)k, out);
        fputc('\n', out);
        for (uint32_t i = 0; i < kernel->length; i++) {
            fputs("    ", out);
            print_value(program, program->order[kernel->first + i], out);
            fputc('\n', out);
        }
    }
}

/* The operations of a kernel, in the order they come. */
static void print_label(const tg__program *program, const tg__kernel *kernel, FILE *out)
{
    enum { MOST = 12 };
    for (uint32_t i = 0; i < kernel->length && i <= MOST; i++) {
        const tg__value *x = &program->values[program->order[kernel->first + i]];
        if (i == MOST) {
            fputs("...\\n", out);
            return;
        }
        tg__print_quoted(x->op->name, out);
        if (x->op->kind == TG_KIND_ASSIGN) {
            fputc(' ', out);
            tg__print_quoted(program->leaves[x->leaf].var->name, out);
        }
        fputs("\\n", out);
    }
}

static void draw_leaf(const tg__program *program, uint32_t v, FILE *out)
{
    const tg__leaf *leaf = &program->leaves[program->values[v].leaf];
    fprintf(out, "  v%u [style=rounded, label=\"", v);
    tg__print_quoted(leaf->var ? leaf->var->name : leaf->name ? leaf->name : leaf->op->name, out);
    fputs("\"];\n", out);
}

/* Arrows from where the kernel's operands come from. */
static void draw_arrows(const tg__program *program, uint32_t k, FILE *out)
{
    const tg__kernel *kernel = &program->kernels[k];
    for (uint32_t i = 0; i < kernel->length; i++) {
        const tg__value *x = &program->values[program->order[kernel->first + i]];
        for (int j = 0; j < x->arity; j++) {
            const uint32_t from = x->in[j], source = program->members[from].kernel;
            const tg__value *operand = &program->values[from];
            if (source != TG__NONE && source != k)
                fprintf(out, "  k%u -> k%u [label=\"%%%u\"];\n", source, k, from);
            if (operand->op->kind != TG_KIND_LEAF || operand->op == &tg__op_number) continue;
            draw_leaf(program, from, out); /* again for each use, which changes nothing */
            fprintf(out, "  v%u -> k%u;\n", from, k);
        }
    }
}

void tg_plan_draw(const tg_plan *plan, FILE *out)
{
    if (!plan || !out) return;
    const tg__program *program = plan->program;
    fputs("digraph plan {\n  rankdir=TB;\n  node [shape=box, fontname=\"monospace\"];\n", out);
    for (size_t k = program->kernel_count; k-- > 0;) {
        fprintf(out, "  k%zu [label=\"", k);
        print_head(plan, (uint32_t)k, out);
        fputs("\\n", out);
        print_label(program, &program->kernels[k], out);
        fputs("\"];\n", out);
        draw_arrows(program, (uint32_t)k, out);
    }
    fputs("}\n", out);
}

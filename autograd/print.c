/* print.c: a tape as text and as a drawing. */
#include "autograd/engine.h"

const char *tg__base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void print_head(const tg_tensor *x, FILE *out)
{
    char shape[TG_SHAPE_TEXT];
    fprintf(out, "%s %s %s", tg__shape_text(shape, x->rank, x->dim),
            tg_dtype_name((tg_dtype)x->dtype), x->op->name);
    if (x->op == &tg__op_number) tg__print(out, " %.9g", x->number);
    if (x->op->print && x->attr) x->op->print(x->attr, out);
}

void tg_dump(const tg_tape *tape, FILE *out)
{
    if (!tape || !out) return;
    for (size_t i = 0; i < tape->count; i++) {
        const tg_tensor *x = tape->nodes[i];
        fprintf(out, "%%%u ", x->id);
        print_head(x, out);
        if (tg__var_behind(x)) fprintf(out, " %s", x->var->name);
        for (int k = 0; k < x->arity; k++) fprintf(out, " %%%u", x->in[k]->id);
        if (x->site->file) fprintf(out, " ; %s:%d", tg__base_name(x->site->file), x->site->line);
        if (x->name) fprintf(out, " \"%s\"", x->name);
        fputc('\n', out);
    }
}

void tg__print_quoted(const char *text, FILE *out)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') fputc('\\', out);
        fputc(*text, out);
    }
}

void tg_draw(const tg_tape *tape, FILE *out)
{
    if (!tape || !out) return;
    fputs("digraph tape {\n  rankdir=TB;\n  node [shape=box, fontname=\"monospace\"];\n", out);
    for (size_t i = 0; i < tape->count; i++) {
        const tg_tensor *x = tape->nodes[i];
        fprintf(out, "  n%u [label=\"", x->id);
        if (x->name) tg__print_quoted(x->name, out), fputs("\\n", out);
        print_head(x, out);
        if (tg__var_behind(x)) fputc(' ', out), tg__print_quoted(x->var->name, out);
        if (x->site->file) {
            fputs("\\n", out);
            tg__print_quoted(tg__base_name(x->site->file), out);
            fprintf(out, ":%d", x->site->line);
        }
        fprintf(out, "\"%s];\n", x->op->kind == TG_KIND_LEAF ? ", style=rounded" : "");
        for (int k = 0; k < x->arity; k++) fprintf(out, "  n%u -> n%u;\n", x->in[k]->id, x->id);
    }
    fputs("}\n", out);
}

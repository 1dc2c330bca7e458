/* parts.c: the parts of the file that programs see: the struct and what it takes, in the header;
 * constants, the functions that set it and run it. */
#include "emit/file.h"
#include "ops/registry.h"

#include <inttypes.h>

static size_t bytes_of(const tg__c_member *m)
{
    return (size_t)(m->count ? m->count : 1) * tg_dtype_size((tg_dtype)m->dtype);
}

static size_t bytes_in(const tg__c_file *f, int home)
{
    size_t bytes = 0;
    for (size_t i = 0; i < f->member_count; i++)
        if (f->member[i].home == home && (home != TG_C_CONSTANT || f->member[i].used))
            bytes += bytes_of(&f->member[i]);
    return bytes;
}

static size_t workspace_bytes(const tg__c_file *f)
{
    size_t bytes = 0;
    for (int d = 1; d < TG_DTYPES; d++) bytes += (size_t)f->pool[d] * tg_dtype_size((tg_dtype)d);
    return bytes;
}

static bool is_zero(const tg__c_member *m)
{
    const unsigned char *data = m->data;
    for (size_t i = 0; i < (size_t)m->count * tg_dtype_size((tg_dtype)m->dtype); i++)
        if (data[i]) return false;
    return true;
}

static bool has_initial(const tg__c_member *m)
{
    return m->home == TG_C_VARIABLE && m->data && !is_zero(m);
}

static size_t initial_bytes(const tg__c_file *f)
{
    size_t bytes = 0;
    for (size_t i = 0; i < f->member_count; i++)
        if (has_initial(&f->member[i])) bytes += bytes_of(&f->member[i]);
    return bytes;
}

/* ---- The header ------------------------------------------------------------------------- */

static void put_members(tg__c_file *f, tg__text *out, int home, const char *name)
{
    bool any = false;
    for (size_t i = 0; i < f->member_count; i++) {
        const tg__c_member *m = &f->member[i];
        if (m->home != home) continue;
        if (!any) tg__text_put(out, "struct {");
        any = true;
        char shape[TG_SHAPE_TEXT];
        tg__text_put(out, "%s %s[%" PRId64 "]; /* %s%s", tg__c_type(m->dtype), m->name,
                     m->count ? m->count : 1, tg__shape_text(shape, m->rank, m->dim),
                     m->dtype == TG_BOOL ? " bool" : "");
        if (m->site && m->site->file)
            tg__text_put(out, ", %s:%d", tg__base_name(m->site->file), m->site->line);
        tg__text_put(out, " */\n");
    }
    if (any) tg__text_put(out, "} %s;", name);
}

void tg__c_write_header(tg__c_file *f)
{
    tg__text out = { .allocator = &f->allocator };
    const char *name = tg__c_name(f), *big = tg__c_upper(f);
    const size_t in = bytes_in(f, TG_C_INPUT), results = bytes_in(f, TG_C_OUTPUT);
    const size_t variables = bytes_in(f, TG_C_VARIABLE), work = workspace_bytes(f);
    tg__text_put(&out, "/* %s.h: written by Tapegrad %d.%d. Bytes of RAM, all in one struct:\n *\n",
                 name, TG_VERSION_MAJOR, TG_VERSION_MINOR);
    tg__text_put(&out,
                 " *     inputs     %9zu\n *     outputs    %9zu\n *     variables  %9zu\n"
                 " *     workspace  %9zu\n *     counters   %9zu\n *     together   %9zu\n *\n",
                 in, results, variables, work, (size_t)16 + 8 * f->program->draw_count,
                 in + results + variables + work + 16 + 8 * f->program->draw_count);
    tg__text_put(
        &out,
        " * Constants take %zu bytes of flash, initial values of variables %zu. The stack: about\n"
        " * %zu bytes. A run makes %.0f multiplications in products, and computes %.0f elements "
        "of\n"
        " * other operations. */\n",
        bytes_in(f, TG_C_CONSTANT), initial_bytes(f), f->stack + 256, f->products, f->maps);
    tg__text_put(&f->header, "%s", tg__text_string(&out));
    out.length = 0;
    tg__text_put(&out, "#ifndef %s_H\n#define %s_H\n\n#include <stdint.h>\n\n", big, big);
    tg__text_put(&out, "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n");
    tg__text_put(&out, "typedef struct %s {", name);
    put_members(f, &out, TG_C_INPUT, "in");
    put_members(f, &out, TG_C_OUTPUT, "out");
    put_members(f, &out, TG_C_VARIABLE, "var");
    tg__text_put(&out,
                 "uint64_t seed; /* of random draws */\nint64_t steps; /* that were made */\n");
    if (f->program->draw_count)
        tg__text_put(&out, "uint64_t drawn[%zu]; /* how often each key was drawn by */\n",
                     f->program->draw_count);
    for (int d = 1; d < TG_DTYPES; d++)
        if (f->pool[d])
            tg__text_put(&out, "%s %s[%" PRId64 "]; /* workspace */\n", tg__c_type(d),
                         tg__c_suffix(d), f->pool[d]);
    tg__text_put(&out, "} %s;\n\n", name);
    tg__text_put(&out,
                 "/* What %s_run returns. A run that fails assigns nothing and counts nothing. */\n"
                 "enum { %s_OK = 0, %s_INDEX = %d, %s_DIVISION = %d };\n\n",
                 name, big, big, (int)TG_ERR_INDEX, big, (int)TG_ERR_NUMERIC);
    bool fill = false;
    for (size_t i = 0; i < f->member_count; i++)
        fill |= f->member[i].home == TG_C_VARIABLE && !f->member[i].data;
    tg__text_put(&out,
                 "/* Clears everything, and sets the seed, the counters and %s. */\n"
                 "void %s_init(%s *s);\n\n",
                 fill ? "nothing else: fill in the variables then"
                      : "variables to what they were when the file was written",
                 name, name);
    tg__text_put(&out,
                 "/* Reads the inputs, sets the outputs, and updates the variables. */\n"
                 "int %s_run(%s *s);\n",
                 name, name);
    tg__text_put(&out, "%s\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n",
                 tg__text_string(&f->externs));
    tg__c_lay_out(&f->header, &out);
    tg__text_free(&out);
}

/* ---- Arguments -------------------------------------------------------------------------- */

/* A number that is read through a pointer. */
static const char *number_array(tg__c_file *f, uint32_t v)
{
    const tg__value *x = tg__c_value(f, v);
    char name[32];
    (void)snprintf(name, sizeof name, "number_%u", v);
    if (!tg__c_note_name(f, tg__c_copy(f, name))) return tg__c_copy(f, name);
    tg__text_put(&f->shapes, "static const %s %s[1] = { ", tg__c_type(x->dtype), name);
    tg__c_put_number(&f->shapes, x->dtype, *(const double *)x->attr);
    tg__text_put(&f->shapes, " };");
    return tg__c_copy(f, name);
}

static void put_pointer(tg__c_file *f, tg__text *out, uint32_t v)
{
    const tg__c_place *place = &f->place[v];
    tg__c_member *m = f->member ? &f->member[place->member] : NULL;
    const int dtype = tg__c_value(f, v)->dtype;
    switch ((tg__c_home)place->home) {
    case TG_C_WORK:
        tg__text_put(out, "s->%s + %" PRId64, tg__c_suffix(dtype), place->offset);
        break;
    case TG_C_INPUT: tg__text_put(out, "s->in.%s", m->name); break;
    case TG_C_OUTPUT: tg__text_put(out, "s->out.%s", m->name); break;
    case TG_C_VARIABLE: tg__text_put(out, "s->var.%s", m->name); break;
    case TG_C_CONSTANT:
        m->used = true;
        tg__text_put(out, "constant_%s", m->name);
        break;
    case TG_C_NUMBER: tg__text_put(out, "%s", number_array(f, v)); break;
    case TG_C_NOWHERE: tg__c_refuse(f, v, "it has no place"); break;
    }
}

static void put_argument(tg__c_file *f, tg__text *out, const tg__c_argument *a)
{
    if (a->kind == TG_C_VALUE) put_pointer(f, out, a->index);
    else if (a->kind == TG_C_TEMP)
        tg__text_put(out, "s->%s + %" PRId64, tg__c_suffix(f->temp[a->index].dtype),
                     f->temp[a->index].offset);
    else tg__text_put(out, "%s", a->text + strcspn(a->text, "|") + 1);
}

static void put_call(tg__c_file *f, tg__text *out, const tg__c_call *call)
{
    tg__text_put(out, "/* %s", call->what);
    if (call->site->file)
        tg__text_put(out, ": %s:%d", tg__base_name(call->site->file), call->site->line);
    tg__text_put(out, " */\n");
    if (call->checks) tg__text_put(out, "status = ");
    tg__text_put(out, "%s(", f->function[call->function].name);
    for (uint32_t i = 0; i < call->count; i++) {
        if (i) tg__text_put(out, ", ");
        put_argument(f, out, &f->argument[call->first + i]);
    }
    tg__text_put(out, ");");
    if (call->checks) tg__text_put(out, "if (status != 0) { return status; }");
}

/* ---- The source ------------------------------------------------------------------------- */

static void put_guards(tg__c_file *f, tg__text *out)
{
    const char *name = tg__c_name(f), *big = tg__c_upper(f);
    tg__text_put(
        out,
        "/* %s.c: written by Tapegrad %d.%d. C99 and the C library's mathematics; %s.h says how it "
        "is\n"
        " * used.\n *\n"
        " * Every operation rounds as it is written, so results have the same bits on every "
        "machine,\n"
        " * but for those of the C library's functions. %s_NO_FMA: products round before they are\n"
        " * added, which is faster on processors without fused multiply-adds.\n"
        " * %s_CBLAS: plain products by a BLAS. %s_PRODUCTS: all products by functions that you "
        "supply. */\n",
        name, TG_VERSION_MAJOR, TG_VERSION_MINOR, name, big, big, big);
    tg__text_put(
        out, "#include \"%s.h\"\n\n#include <float.h>\n#include <math.h>\n#include <string.h>\n\n",
        name);
    tg__text_put(
        out,
        "#if defined(__FAST_MATH__)\n"
        "#error %s.c needs arithmetic that rounds as it is written: compile it without "
        "-ffast-math\n"
        "#endif\n"
        "#if FLT_EVAL_METHOD != 0\n"
        "#error %s.c needs operations that round to their type (on x86: -msse2 -mfpmath=sse)\n"
        "#endif\n"
        "#if defined(__clang__)\n"
        "#pragma STDC FP_CONTRACT OFF\n"
        "#elif defined(__GNUC__)\n"
        "#pragma GCC optimize(\"fp-contract=off\")\n"
        "#else\n"
        "#pragma STDC FP_CONTRACT OFF\n"
        "#endif\n\n",
        name, name);
    tg__text_put(out,
                 "#if defined(%s_NO_FMA)\n"
                 "#define MULTIPLY_ADD_F32(a, b, c) ((a) * (b) + (c))\n"
                 "#define MULTIPLY_ADD_F64(a, b, c) ((a) * (b) + (c))\n"
                 "#else\n"
                 "#define MULTIPLY_ADD_F32(a, b, c) fmaf((a), (b), (c))\n"
                 "#define MULTIPLY_ADD_F64(a, b, c) fma((a), (b), (c))\n"
                 "#endif\n",
                 big);
    tg__text_put(
        out,
        "#if defined(%s_PRODUCTS)\n"
        "/* s: size, step of a and step of b of each loop: over the batch, over rows of c, "
        "over its\n"
        " * columns, over terms; the last of each kind is the fastest. How many there are of "
        "each kind\n"
        " * follows. c has its elements in order. */\n",
        big);
    for (int d = TG_F32; d <= TG_F64; d++) {
        const char *type = tg__c_type(d);
        tg__text_put(
            out,
            "void %s_product_%s(const %s *a, const %s *b, %s *c, const int32_t *s, int batch,\n"
            "    int rows, int columns, int terms);\n",
            name, tg__c_suffix(d), type, type, type);
    }
    tg__text_put(out, "#elif defined(%s_CBLAS)\n#include <cblas.h>\n#endif\n\n", big);
}

static void put_array(tg__text *out, const char *prefix, const tg__c_member *m)
{
    if (m->var) tg__text_put(out, "/* the variable \"%s\" */\n", m->var->name);
    tg__text_put(out, "static const %s %s_%s[%" PRId64 "] = { ", tg__c_type(m->dtype), prefix,
                 m->name, m->count ? m->count : 1);
    for (int64_t i = 0; i < m->count; i++) {
        if (i) tg__text_put(out, ", ");
        tg__c_put_element(out, m->dtype, m->data, i);
    }
    tg__text_put(out, m->count ? " };" : "0 };");
}

static void put_init(tg__c_file *f, tg__text *out)
{
    tg__text_put(out, "void %s_init(%s *s) { memset(s, 0, sizeof *s);", tg__c_name(f),
                 tg__c_name(f));
    for (size_t i = 0; i < f->member_count; i++)
        if (has_initial(&f->member[i]))
            tg__text_put(out, "memcpy(s->var.%s, initial_%s, sizeof s->var.%s);", f->member[i].name,
                         f->member[i].name, f->member[i].name);
    tg__text_put(out, "s->seed = UINT64_C(%" PRIu64 "); s->steps = INT64_C(%" PRId64 ");",
                 f->instance->store->seed, f->instance->store->step);
    for (size_t i = 0; i < f->program->draw_count; i++)
        tg__text_put(out, "s->drawn[%zu] = UINT64_C(%" PRIu64 ");", i,
                     tg__counter_value(f->program->draws[i].counter));
    tg__text_put(out, "}\n\n");
}

/* Outputs that are values of leaves, and variables whose values waited. */
static void put_copies(tg__c_file *f, tg__text *out)
{
    for (size_t i = 0; i < f->member_count; i++) {
        const tg__c_member m = f->member[i];
        if (m.home != TG_C_OUTPUT || !m.copied || m.count == 0) continue;
        tg__text_put(out, "memcpy(s->out.%s, ", m.name);
        put_pointer(f, out, m.value);
        tg__text_put(out, ", sizeof s->out.%s);", m.name);
    }
    for (size_t i = 0; i < f->program->landing_count; i++) {
        const tg__landing *landing = &f->program->landings[i];
        const tg_var *var = f->program->leaves[landing->leaf].var;
        for (size_t k = 0; k < f->member_count && var->count; k++) {
            if (f->member[k].var != var) continue;
            tg__text_put(out, "memcpy(s->var.%s, ", f->member[k].name);
            put_pointer(f, out, landing->value);
            tg__text_put(out, ", sizeof s->var.%s);", f->member[k].name);
        }
    }
}

static void put_run(tg__c_file *f, tg__text *out)
{
    bool checks = false;
    for (size_t i = 0; i < f->call_count; i++) checks |= f->call[i].checks;
    tg__text_put(out, "int %s_run(%s *s) {", tg__c_name(f), tg__c_name(f));
    if (checks) tg__text_put(out, "int status;");
    for (uint32_t v = 0; v < f->program->count; v++) {
        if (!f->step[v]) continue;
        tg__text_put(out, "s->%s[%" PRId64 "] = (%s)s->steps;",
                     tg__c_suffix(tg__c_value(f, v)->dtype), f->place[v].offset,
                     tg__c_type(tg__c_value(f, v)->dtype));
    }
    for (size_t i = 0; i < f->call_count; i++) put_call(f, out, &f->call[i]);
    put_copies(f, out);
    for (size_t i = 0; f->plan->steps && i < f->program->draw_count; i++)
        tg__text_put(out, "s->drawn[%zu] += %" PRIu64 ";", i, f->program->draws[i].runs);
    if (f->plan->steps && f->program->assign_count) tg__text_put(out, "s->steps++;");
    tg__text_put(out, "(void)s; return 0; }\n");
}

void tg__c_write_source(tg__c_file *f)
{
    tg__text out = { .allocator = &f->allocator }, run = { .allocator = &f->allocator };
    put_run(f, &run); /* first, because it shows which constants are used */
    put_guards(f, &f->source);
    for (size_t i = 0; i < f->member_count; i++) {
        if (f->member[i].home == TG_C_CONSTANT && f->member[i].used)
            put_array(&out, "constant", &f->member[i]);
        if (has_initial(&f->member[i])) put_array(&out, "initial", &f->member[i]);
    }
    tg__text_put(&out, "%s\n\n%s%s", tg__text_string(&f->shapes), tg__text_string(&f->helpers),
                 tg__text_string(&f->functions));
    put_init(f, &out);
    tg__text_put(&out, "%s", tg__text_string(&run));
    out.failed |= run.failed || f->shapes.failed || f->helpers.failed || f->functions.failed;
    tg__c_lay_out(&f->source, &out);
    tg__text_free(&out);
    tg__text_free(&run);
}

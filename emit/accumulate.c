/* accumulate.c: reductions that take their elements one by one, in the order of docs/sums.md. What
 * sums of floats need is a struct of lanes (helpers.def); fewer than 32 terms are added up in
 * double, and integers wrap around, both in a variable. */
#include "emit/file.h"
#include "ops/registry.h"

enum { LANES = 32, LANES_BYTES = 1024 }; /* about what such a struct takes */

static bool is_extreme(const tg__c_sum *s) { return s->op == &tg__op_max || s->op == &tg__op_min; }
static bool has_lanes(const tg__c_sum *s)
{
    return tg__is_float(s->dtype) && (s->block ? s->block : s->n) >= LANES;
}
bool tg__c_sum_has_blocks(const tg__c_sum *s)
{
    return tg__is_float(s->dtype) && s->block > 0 && s->block < s->n;
}
static const char *extreme_name(const tg__c_sum *s) { return s->op == &tg__op_max ? "max" : "min"; }

tg__c_sum tg__c_sum_of(tg__c_file *f, const tg__value *x, int dtype, int64_t n, int64_t block,
                       const char *name)
{
    tg__c_sum s = { .f = f,
                    .op = x->op,
                    .dtype = tg__c_stored(dtype),
                    .result = tg__c_stored(x->dtype),
                    .n = n,
                    .block = block };
    (void)snprintf(s.name, sizeof s.name, "%s", name);
    return s;
}

static const char *helper(const tg__c_sum *s, const char *format)
{
    char name[40];
    const bool squares = s->op == &tg__op_sum_squares;
    (void)snprintf(name, sizeof name, format,
                   is_extreme(s) ? extreme_name(s)
                   : squares     ? "squares"
                                 : "sum");
    /* Those of sums have names for each dtype. */
    if (!is_extreme(s)) {
        char *end = strstr(name, "_T");
        if (end)
            (void)snprintf(end, sizeof name - (size_t)(end - name), "_%s", tg__c_suffix(s->dtype));
    }
    return tg__c_helper(s->f, name, s->dtype);
}

static const char *begin_name(const tg__c_sum *s)
{
    return is_extreme(s)
               ? tg__c_helper(s->f, "extreme_begin_T", s->dtype)
               : tg__c_helper(s->f, s->dtype == TG_F32 ? "sum_begin_f32" : "sum_begin_f64",
                              s->dtype);
}

void tg__c_sum_begin(const tg__c_sum *s, tg__c_kernel *c)
{
    tg__text *out = &c->body;
    if (has_lanes(s)) {
        const char *type = is_extreme(s)
                               ? tg__c_helper(s->f, "extreme_T", s->dtype)
                               : tg__c_helper(s->f, s->dtype == TG_F32 ? "sum_f32" : "sum_f64", 0);
        tg__text_put(out, "%s %s;", type, s->name);
        c->stack += LANES_BYTES;
    } else if (is_extreme(s)) {
        tg__text_put(out, "%s %s = 0; int %s_any = 0;", tg__c_type(s->dtype), s->name, s->name);
    } else if (tg__is_float(s->dtype)) {
        tg__text_put(out, "double %s = 0;", s->name);
    } else {
        tg__text_put(out, "%s %s = 0;", tg__c_wrapping(s->dtype), s->name);
    }
    if (tg__c_sum_has_blocks(s)) {
        if (is_extreme(s))
            tg__text_put(out, "%s %s_all = 0; int %s_blocks = 0;", tg__c_type(s->dtype), s->name,
                         s->name);
        else tg__text_put(out, "%s %s_all;", tg__c_helper(s->f, "pairs", 0), s->name);
        c->stack += is_extreme(s) ? 0 : 256;
    }
    if (has_lanes(s)) tg__text_put(out, "%s(&%s);", begin_name(s), s->name);
    if (tg__c_sum_has_blocks(s) && !is_extreme(s))
        tg__text_put(out, "%s(&%s_all);", tg__c_helper(s->f, "pairs_begin", 0), s->name);
}

void tg__c_sum_add(const tg__c_sum *s, tg__text *out, const char *element)
{
    if (has_lanes(s)) {
        tg__text_put(out, "%s(&%s, %s);", helper(s, "%s_add_T"), s->name, element);
    } else if (is_extreme(s)) {
        const char sign = s->op == &tg__op_max ? '>' : '<';
        tg__text_put(out, "{ const %s e = %s; if (!%s_any || e %c %s%s) { %s = e; } %s_any = 1; }",
                     tg__c_type(s->dtype), element, s->name, sign, s->name,
                     tg__is_float(s->dtype) ? " || e != e" : "", s->name, s->name);
    } else if (!tg__is_float(s->dtype)) {
        tg__text_put(out, "%s += (%s)%s;", s->name, tg__c_wrapping(s->dtype), element);
    } else if (s->op == &tg__op_sum_squares) {
        tg__text_put(out, "{ const double e = (double)%s; %s += e * e; }", element, s->name);
    } else {
        tg__text_put(out, "%s += (double)%s;", s->name, element);
    }
}

/* The sum of what went in since the last block. */
static void put_part(const tg__c_sum *s, tg__text *out)
{
    if (has_lanes(s)) tg__text_put(out, "%s(&%s)", helper(s, "%s_total_T"), s->name);
    else tg__text_put(out, "%s", s->name);
}

void tg__c_sum_block(const tg__c_sum *s, tg__text *out)
{
    if (is_extreme(s)) {
        char pick[24];
        (void)snprintf(pick, sizeof pick, "pick_%s_T", extreme_name(s));
        tg__text_put(out, "%s_all = %s_blocks++ ? %s(", s->name, s->name,
                     tg__c_helper(s->f, pick, s->dtype));
        put_part(s, out);
        tg__text_put(out, ", %s_all) : ", s->name);
        put_part(s, out);
        tg__text_put(out, ";");
    } else {
        tg__text_put(out, "%s(&%s_all, ", tg__c_helper(s->f, "pairs_add", 0), s->name);
        put_part(s, out);
        tg__text_put(out, ");");
    }
    if (has_lanes(s)) tg__text_put(out, "%s(&%s);", begin_name(s), s->name);
    else tg__text_put(out, is_extreme(s) ? "%s_any = 0;" : "%s = 0;", s->name);
}

void tg__c_sum_total(const tg__c_sum *s, tg__text *out, int64_t count)
{
    tg__text_put(out, "(%s)(", tg__c_type(s->result));
    if (!tg__c_sum_has_blocks(s)) put_part(s, out);
    else if (is_extreme(s)) tg__text_put(out, "%s_all", s->name);
    else tg__text_put(out, "%s(&%s_all)", tg__c_helper(s->f, "pairs_total", 0), s->name);
    if (s->op == &tg__op_mean) tg__text_put(out, " / %lld.0", (long long)count);
    tg__text_put(out, ")");
}

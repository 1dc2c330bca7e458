/* scalar.c: runs scalar programs: one instruction for each number, in double, rounded to the
 * number's dtype. Where the compiler has labels as values, each instruction jumps straight to
 * the next. */
#include "runtime/code.h"
#include "ops/ops.h"

double tg__load_scalar(int dtype, const void *from)
{
    switch (dtype) {
    case TG_F32: return (double)*(const float *)from;
    case TG_F64: return *(const double *)from;
    case TG_I32: return *(const int32_t *)from;
    case TG_I64: return (double)*(const int64_t *)from;
    default: return *(const uint8_t *)from;
    }
}

void tg__store_scalar(int dtype, double value, void *to)
{
    switch (dtype) {
    case TG_F32: *(float *)to = (float)value; break;
    case TG_F64: *(double *)to = value; break;
    case TG_I32: *(int32_t *)to = (int32_t)value; break;
    case TG_I64: *(int64_t *)to = (int64_t)value; break;
    default: *(uint8_t *)to = (uint8_t)value; break;
    }
}

static double run_one(const tg__op1 *op, const double *s,
                      double (*const *functions)(double, double, double))
{
    double y;
    switch (op->code & (TG_CODE_ROUND - 1)) {
    case TG_CODE_NEG: y = -s[op->a]; break;
    case TG_CODE_ADD: y = s[op->a] + s[op->b]; break;
    case TG_CODE_SUB: y = s[op->a] - s[op->b]; break;
    case TG_CODE_MUL: y = s[op->a] * s[op->b]; break;
    case TG_CODE_DIV: y = s[op->a] / s[op->b]; break;
    case TG_CODE_SELECT: y = s[op->a] != 0 ? s[op->b] : s[op->c]; break;
    default: y = functions[op->function](s[op->a], s[op->b], s[op->c]); break;
    }
    return op->code & TG_CODE_ROUND ? (double)(float)y : y;
}

void tg__scalar_run(tg_plan *plan, const tg__kernel *kernel)
{
    const tg__scalar_program *p = kernel->program;
    double *s = p->slots;
    const tg__fpu fpu = tg__fpu_enter(false);
    for (uint32_t i = 0; i < p->number_count; i++) {
        const tg__leaf *leaf = &plan->leaves[p->numbers[i].value];
        s[p->numbers[i].slot] = leaf->number;
    }
    for (uint32_t i = 0; i < p->load_count; i++) {
        const tg__node *x = &plan->nodes[p->loads[i].value];
        s[p->loads[i].slot] = tg__load_scalar(x->dtype, tg__locate(plan, x));
    }
    for (uint32_t i = 0; i < p->code_count; i++)
        s[p->code[i].out] = run_one(&p->code[i], s, p->functions);
    for (uint32_t i = 0; i < p->store_count; i++) {
        const tg__node *x = &plan->nodes[p->stores[i].value];
        tg__store_scalar(x->dtype, s[p->stores[i].slot], tg__locate(plan, x));
    }
    tg__fpu_leave(fpu);
}

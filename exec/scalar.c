/* scalar.c: runs scalar programs: one instruction for each number, in double, rounded to the
 * number's dtype. Where the compiler has labels as values, each instruction jumps straight to
 * the next. */
#include "exec/code.h"

/* Each instruction once: [NAME], and what it makes of the slots s[op->a], s[op->b], s[op->c]. */
#define INSTRUCTIONS(DO)                                                                           \
    DO(CALL, functions[op->function](s[op->a], s[op->b], s[op->c]))                                \
    DO(NEG, -s[op->a])                                                                             \
    DO(ADD, s[op->a] + s[op->b])                                                                   \
    DO(SUB, s[op->a] - s[op->b])                                                                   \
    DO(MUL, s[op->a] * s[op->b])                                                                   \
    DO(DIV, s[op->a] / s[op->b])                                                                   \
    DO(SELECT, s[op->a] != 0 ? s[op->b] : s[op->c])

#if defined(__GNUC__)

__extension__ static void run_code(const tg__op1 *op, const tg__op1 *end, double *s,
                                   double (*const *functions)(double, double, double))
{
#define ADDRESS(name, value)                                                                       \
    [TG_CODE_##name] = &&name##_f64, [TG_CODE_##name + TG_CODE_ROUND] = &&name##_f32,
    static const void *const labels[] = { INSTRUCTIONS(ADDRESS) };
#define NEXT                                                                                       \
    if (++op == end) return;                                                                       \
    goto *labels[op->code];
#define INSTRUCTION(name, value)                                                                   \
    name##_f64 : s[op->out] = (value);                                                             \
    NEXT name##_f32 : s[op->out] = (double)(float)(value);                                         \
    NEXT
    if (op == end) return;
    goto *labels[op->code];
    INSTRUCTIONS(INSTRUCTION)
}

#else

static void run_code(const tg__op1 *op, const tg__op1 *end, double *s,
                     double (*const *functions)(double, double, double))
{
#define INSTRUCTION(name, value)                                                                   \
    case TG_CODE_##name: s[op->out] = (value); break;                                              \
    case TG_CODE_##name + TG_CODE_ROUND:                                                           \
        s[op->out] = (double)(float)(value);                                                       \
        break;
    for (; op < end; op++) switch (op->code) {
            INSTRUCTIONS(INSTRUCTION)
        }
}

#endif

static void find(const tg_plan *plan, tg__transfer *t)
{
    const tg__value *x = &plan->nodes[t->value];
    t->dtype = x->dtype;
    t->at = (unsigned char *)tg__locate(plan, x) +
            (size_t)t->offset * tg_dtype_size((tg_dtype)x->dtype);
}

void tg__scalar_bind(const tg_plan *plan, const tg__kernel *kernel)
{
    const tg__scalar_program *p = kernel->program;
    for (uint32_t i = 0; i < p->load_count; i++) find(plan, &p->loads[i]);
    for (uint32_t i = 0; i < p->store_count; i++) find(plan, &p->stores[i]);
    for (uint32_t i = 0; i < p->number_count; i++)
        p->slots[p->numbers[i].slot] = plan->leaves[p->numbers[i].value].number;
}

void tg__scalar_run(const tg__kernel *kernel)
{
    const tg__scalar_program *p = kernel->program;
    double *s = p->slots;
    const tg__fpu fpu = tg__fpu_enter(false);
    for (uint32_t i = 0; i < p->load_count; i++)
        s[p->loads[i].slot] = tg__load_scalar(p->loads[i].dtype, p->loads[i].at);
    run_code(p->code, p->code + p->code_count, s, p->functions);
    for (uint32_t i = 0; i < p->store_count; i++)
        tg__store_scalar(p->stores[i].dtype, s[p->stores[i].slot], p->stores[i].at);
    tg__fpu_leave(fpu);
}

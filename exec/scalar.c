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

/* ---- The backend ------------------------------------------------------------------------ */

static bool takes(const tg__program *program, const tg__kernel *kernel)
{
    (void)program;
    return kernel->kind == TG_KERNEL_SCALAR;
}

static const tg__scalar_program *code_of(const tg__executable *exe, uint32_t k)
{
    return exe->kernels[k].code;
}

static bool prepare(tg__preparing *p, uint32_t k)
{
    if (!tg__emit_scalars(p, k)) return false;
    const tg__scalar_program *code = code_of(p->exe, k);
    const size_t transfers = (size_t)code->load_count + code->store_count;
    return tg__needs_state(p, k, code->slot_count * sizeof(double) + transfers * sizeof(void *));
}

/* Where the state's pointers are. */
static void **places(const tg__scalar_program *p, double *slots)
{
    return (void **)(void *)(slots + p->slot_count);
}

static void *find(const tg__instance *instance, const tg__transfer *t)
{
    return (unsigned char *)tg__locate(instance, t->value) +
           (size_t)t->offset * tg_dtype_size((tg_dtype)t->dtype);
}

static void bind(tg__instance *instance, uint32_t k)
{
    const tg__scalar_program *p = code_of(instance->exe, k);
    double *slots = tg__state(instance, k);
    void **at = places(p, slots);
    for (uint32_t i = 0; i < p->load_count; i++) *at++ = find(instance, &p->loads[i]);
    for (uint32_t i = 0; i < p->store_count; i++) *at++ = find(instance, &p->stores[i]);
    for (uint32_t i = 0; i < p->number_count; i++)
        slots[p->numbers[i].slot] = instance->numbers[p->numbers[i].value];
}

static tg_status run(tg__instance *instance, uint32_t k)
{
    const tg__scalar_program *p = code_of(instance->exe, k);
    double *s = tg__state(instance, k);
    void *const *at = places(p, s);
    const tg__fpu fpu = tg__fpu_enter(false);
    for (uint32_t i = 0; i < p->load_count; i++)
        s[p->loads[i].slot] = tg__load_scalar(p->loads[i].dtype, *at++);
    for (uint32_t i = 0; i < p->native_count; i++)
        p->native[i].run.scalar(s, p->native[i].at, p->functions);
    run_code(p->code + p->native_end, p->code + p->code_count, s, p->functions);
    for (uint32_t i = 0; i < p->store_count; i++)
        tg__store_scalar(p->stores[i].dtype, s[p->stores[i].slot], *at++);
    tg__fpu_leave(fpu);
    return TG_OK;
}

/* Its lists grew outside the arena. */
static void free_lists(tg__executable *exe, uint32_t k)
{
    const tg__scalar_program *p = code_of(exe, k);
    tg__free(&exe->allocator, p->numbers);
    tg__free(&exe->allocator, p->loads);
    tg__free(&exe->allocator, p->stores);
    tg__free(&exe->allocator, p->functions);
}

static void print(const tg__executable *exe, uint32_t k, FILE *out)
{
    const uint32_t count = code_of(exe, k)->code_count;
    fprintf(out, "scalar program, %u instruction%s", count, count == 1 ? "" : "s");
}

const tg__backend tg__scalar_backend = { .name = "scalar",
                                         .takes = takes,
                                         .prepare = prepare,
                                         .bind = bind,
                                         .run = run,
                                         .free = free_lists,
                                         .print = print };

/* native_scalar.c: the instructions of a scalar program become functions of some hundred each, in
 * which numbers are variables. Slots are read at the beginning of one and written at its end, and
 * only those in which a later function, or a store, finds something. */
#include "exec/native.h"

/* Three operands and a result, or two and a function. */
enum { MOST_OPERATIONS = 256, MOST_PARAMETERS = 4 * MOST_OPERATIONS };

typedef struct stretch {
    tg__native *native;
    const tg__scalar_program *code;
    const tg_op **op;    /* by instruction: what it computes */
    uint32_t *until;     /* by instruction: the last one that reads its result */
    uint32_t *local;     /* by slot: the variable that has what was written, + 1 */
    uint32_t *parameter; /* by slot: its number + 1 */
    tg__stretch now;
    tg__text reads, body;
} stretch;

/* The number of the parameter that is a slot. */
static uint32_t parameter_of(stretch *s, uint32_t slot, bool read)
{
    if (s->parameter[slot]) return s->parameter[slot] - 1;
    const uint32_t p = s->now.at_count++;
    s->now.at[p] = slot;
    s->parameter[slot] = p + 1;
    if (read) tg__text_put(&s->reads, "    const double p%u = s[at[%u]];\n", p, p);
    return p;
}

static void put_slot(stretch *s, uint32_t slot)
{
    if (s->local[slot]) tg__text_put(&s->body, "t%u", s->local[slot] - 1);
    else tg__text_put(&s->body, "p%u", parameter_of(s, slot, true));
}

/* Functions take three numbers, whatever they are for. */
static void put_call(stretch *s, const tg__op1 *op, const tg_op *what)
{
    const uint32_t p = s->now.at_count++;
    const uint32_t in[3] = { op->a, op->b, op->c };
    s->now.at[p] = op->function;
    tg__text_put(&s->body, "call[at[%u]](", p);
    for (int i = 0; i < 3; i++) {
        if (i) tg__text_put(&s->body, ", ");
        if (i < what->arity) put_slot(s, in[i]);
        else tg__text_put(&s->body, "0");
    }
    tg__text_put(&s->body, ")");
}

/* The function's own text, unless it calls others: these would be compiled here once more. */
static void put_value(stretch *s, const tg__op1 *op, const tg_op *what)
{
    const char *text = tg__number_text(what);
    if (!text || what->flags & TG_OP_OUTSIDE || strstr(text, "tg__")) {
        put_call(s, op, what);
        return;
    }
    static const char names[] = "xabc";
    const uint32_t in[3] = { op->a, op->b, op->c };
    const char *name = what->arity == 1 ? names : names + 1;
    tg__text_put(&s->body, "({ typedef double T; ");
    for (int i = 0; i < what->arity; i++) {
        tg__text_put(&s->body, "const T %c = ", name[i]);
        put_slot(s, in[i]);
        tg__text_put(&s->body, "; ");
    }
    tg__text_put(&s->body, "(T)(%s); })", text);
}

static void put_operation(stretch *s, uint32_t i)
{
    const tg__op1 *op = &s->code->code[i];
    const bool rounds = op->code >= TG_CODE_ROUND;
    const uint32_t local = i - s->now.first;
    tg__text_put(&s->body, "    const double t%u = %s", local, rounds ? "(double)(float)(" : "");
    put_value(s, op, s->op[i]);
    tg__text_put(&s->body, "%s;\n", rounds ? ")" : "");
    s->local[op->out] = local + 1;
}

/* Backwards: results are read until their slots are written again. Stores read them last. */
static void find_readers(stretch *s, uint32_t *reader)
{
    const tg__scalar_program *code = s->code;
    for (uint32_t i = 0; i < code->store_count; i++)
        reader[code->stores[i].slot] = code->code_count;
    for (uint32_t i = code->code_count; i-- > 0;) {
        const tg__op1 *op = &code->code[i];
        const uint32_t in[3] = { op->a, op->b, op->c };
        s->until[i] = reader[op->out];
        reader[op->out] = 0;
        for (int j = 0; j < s->op[i]->arity; j++)
            if (reader[in[j]] == 0) reader[in[j]] = i;
    }
}

static void put_stores(stretch *s)
{
    const uint32_t end = s->now.first + s->now.count;
    for (uint32_t i = end; i-- > s->now.first;) {
        const uint32_t out = s->code->code[i].out;
        if (s->local[out] && s->until[i] >= end)
            tg__text_put(&s->body, "    s[at[%u]] = t%u;\n", parameter_of(s, out, false),
                         s->local[out] - 1);
        s->local[out] = 0; /* earlier ones are gone */
    }
}

static void put_stretch(stretch *s)
{
    tg__text text = { .allocator = &s->native->allocator };
    for (uint32_t i = s->now.first; i < s->now.first + s->now.count; i++) put_operation(s, i);
    put_stores(s);
    tg__text_put(&text, "(double *s, const uint32_t *at, double (*const *call)(double, double, "
                        "double))\n{\n");
    tg__text_add(&text, tg__text_string(&s->reads), s->reads.length);
    tg__text_add(&text, tg__text_string(&s->body), s->body.length);
    tg__text_put(&text, "}\n");
    text.failed |= s->reads.failed || s->body.failed;
    tg__native_add(s->native, &s->now, &text);
    tg__text_free(&text);
    memset(s->parameter, 0, s->code->slot_count * sizeof *s->parameter);
    s->now.at_count = 0;
    s->reads.length = s->body.length = 0;
}

void tg__native_find_scalars(tg__native *native, uint32_t k)
{
    const tg__program *program = native->exe->program;
    const tg__kernel *kernel = &program->kernels[k];
    const uint32_t *order = tg__kernel_values(program, kernel);
    const tg__scalar_program *code = native->exe->kernels[k].code;
    stretch s = { .native = native, .code = code, .now = { .kernel = k } };
    s.reads.allocator = s.body.allocator = &native->allocator;
    s.op = tg__arena_alloc(&native->scratch, (kernel->length + 1) * sizeof(const tg_op *));
    s.until = tg__native_numbers(native, code->code_count);
    s.local = tg__native_numbers(native, code->slot_count);
    s.parameter = tg__native_numbers(native, code->slot_count);
    s.now.at = tg__native_numbers(native, MOST_PARAMETERS);
    uint32_t *reader = tg__native_numbers(native, code->slot_count);
    native->failed |= !s.op;
    if (native->failed) return;
    uint32_t count = 0; /* an instruction for each value, but for assignments */
    for (uint32_t i = 0; i < kernel->length; i++) {
        const tg_op *op = program->values[order[i]].op;
        if (op->kind != TG_KIND_ASSIGN) s.op[count++] = op;
    }
    find_readers(&s, reader);
    for (s.now.first = 0; s.now.first < code->code_count && !native->failed;
         s.now.first += s.now.count) {
        const uint32_t left = code->code_count - s.now.first;
        s.now.count = left < MOST_OPERATIONS ? left : MOST_OPERATIONS;
        put_stretch(&s);
    }
    tg__text_free(&s.reads);
    tg__text_free(&s.body);
}

/* native_loop.c: maps of a loop that follow one another become one function, a loop over elements
 * in which results are variables.
 *
 * The invariant: the instructions did one after the other, over a whole block, what the function
 * does element by element. So a stretch ends before an instruction that would see a difference:
 * one that reads elements of the stretch's results at other places (a shifted register), or writes
 * elements of another size over what the stretch reads. (Memory is no concern: a loop writes over a
 * value that it reads only where both lie element by element, plan/layout.c.)
 *
 * Two more things end one. Its cost: while one vector is computed, processors begin with the next
 * ones, but only some hundred instructions ahead; in long stretches over few elements each vector
 * would wait for the results of the one operation before. (An LSTM of 14 cells is 2.6 times as fast
 * with 64 as with 1000.) And a vector function beside elements of several sizes: of such loops
 * compilers do not always make vectors, and then they call functions that round in another way. */
#include "exec/native.h"

#include "ops/registry.h"

enum { MOST_COST = 64 };

/* What an instruction reads. */
typedef struct operand {
    uint32_t reg;
    uint8_t dtype;
    bool one; /* its first element stands for all */
} operand;

/* An instruction that can be part of a stretch. */
typedef struct map {
    const tg__value *x, *first; /* what it computes; of a pair, what it computes before; or NULL */
    operand in[3];
    int count;      /* operands */
    int cost;       /* in instructions for a vector, about */
    bool calls;     /* vector functions */
    uint8_t floats; /* the float dtype of all operands and the result; 0: they have several, or
                       another */
} map;

/* Of a register, in the stretch that is being written. Those of one temporary memory share it. */
typedef struct seen {
    uint32_t step;      /* the one whose result was written, + 1 */
    uint8_t read, size; /* READ_...; of the elements read or written */
    uint8_t dtype;      /* of what was written */
} seen;
enum { READ_ALIGNED = 1, READ_SHIFTED = 2, READ_ONE = 4 };

typedef struct stretch {
    tg__native *native;
    const tg__program *program;
    const tg__loop *loop;
    uint32_t *base;      /* by register: itself, or the temporary one that it shifts */
    uint32_t *reader;    /* by register: the last instruction that reads what is in it; 0: none */
    uint32_t *until;     /* by instruction: the last one that reads its result */
    seen *seen;          /* by base */
    uint32_t *parameter; /* by register, for vectors and for single elements: its number + 1 */
    tg__stretch now;
    tg__function function; /* what it computes */
    int cost;              /* these are of all its maps */
    bool calls;
    uint8_t floats;
} stretch;

/* ---- What instructions are -------------------------------------------------------------- */

static bool is_map(const tg__insn *insn)
{
    return insn->code == TG_DO_MAP || insn->code == TG_DO_MAP_ROWS;
}

static const tg_op *op_of(const tg__value *x)
{
    return x->op->kind == TG_KIND_ASSIGN ? &tg__op_copy : x->op;
}

/* NULL: compilers make no vectors of it. */
static const char *text_of(const stretch *s, const tg__value *x)
{
    const tg_op *op = op_of(x);
    if (op->kind != TG_KIND_MAP || op->flags & TG_OP_OUTSIDE) return NULL;
    return op->map->text[s->program->values[x->in[x->arity - 1]].dtype];
}

/* Of a pair, the value that is computed first; else NULL. */
static const tg__value *first_of_pair(const tg__program *program, uint32_t v)
{
    const tg__member *member = &program->members[v];
    if (!member->pair || op_of(&program->values[v]) == &tg__op_copy) return NULL;
    return &program->values[program->values[v].in[member->paired]];
}

/* Its operands. Those of a pair, and its result, have one dtype (ops/pairs.c). */
static int operands_of(const stretch *s, const tg__insn *insn, operand out[3])
{
    const tg__value *x = &s->program->values[insn->value];
    const bool pair = first_of_pair(s->program, insn->value) != NULL;
    const int count = pair ? 3 : x->arity;
    for (int i = 0; i < count; i++)
        out[i] = (operand){ .reg = insn->in[i],
                            .dtype = pair ? x->dtype : s->program->values[x->in[i]].dtype,
                            .one = insn->ones >> i & 1 };
    return count;
}

/* Adds one operation; false if it cannot be in a function. */
static bool add_operation(const stretch *s, const tg__value *x, map *m)
{
    enum { COST = 2, COST_OF_FUNCTION = 48 };
    const char *text = text_of(s, x);
    if (!text) return false;
    const bool calls = strstr(text, "tg__") != NULL;
    m->calls |= calls;
    m->cost += calls ? COST_OF_FUNCTION : COST;
    return true;
}

static bool read_map(const stretch *s, const tg__insn *insn, map *m)
{
    if (!is_map(insn)) return false;
    *m = (map){ .x = &s->program->values[insn->value],
                .first = first_of_pair(s->program, insn->value) };
    if (!add_operation(s, m->x, m) || (m->first && !add_operation(s, m->first, m))) return false;
    m->count = operands_of(s, insn, m->in);
    m->floats = tg__is_float(m->x->dtype) ? m->x->dtype : 0;
    for (int i = 0; i < m->count; i++)
        if (m->in[i].dtype != m->x->dtype) m->floats = 0;
    return true;
}

/* ---- Which results are read later ------------------------------------------------------- */

static bool is_temporary(const stretch *s, uint32_t reg)
{
    const int kind = s->loop->regs[reg].kind;
    return kind == TG_REG_TEMP || kind == TG_REG_SHIFTED;
}

/* Does the instruction write all of its register? Reductions of the whole, and what follows them in
 * the list of codes, write none. */
static bool fills(const tg__loop *loop, const tg__insn *insn)
{
    return insn->code < TG_DO_WHOLE && insn->code != TG_DO_INSET &&
           loop->regs[insn->out].kind == TG_REG_TEMP;
}

/* Backwards: results are read until their registers are written again. What is in memory is read by
 * others. */
static void find_readers(stretch *s)
{
    const tg__loop *loop = s->loop;
    for (uint32_t i = loop->code_count; i-- > 0;) {
        const tg__insn *insn = &loop->code[i];
        uint32_t *out = &s->reader[s->base[insn->out]];
        operand in[3];
        s->until[i] = is_temporary(s, insn->out) ? *out : loop->code_count;
        if (fills(loop, insn)) *out = 0;
        const int count = is_map(insn) ? operands_of(s, insn, in) : 1;
        if (!is_map(insn)) in[0].reg = insn->in[0];
        for (int j = 0; j < count; j++) {
            uint32_t *reader = &s->reader[s->base[in[j].reg]];
            if (*reader == 0) *reader = i;
        }
    }
}

/* ---- Writing ---------------------------------------------------------------------------- */

/* The number of the parameter through which the register is reached: one for each dtype that its
 * elements have. */
static uint32_t parameter_of(stretch *s, uint32_t reg, uint8_t dtype, bool one)
{
    tg__function *f = &s->function;
    uint32_t *known = &s->parameter[2 * reg + one];
    if (*known && f->parameter[*known - 1].dtype == dtype) return *known - 1;
    const uint32_t p = f->parameter_count++;
    f->parameter[p] = (tg__parameter){ .dtype = dtype, .one = one };
    s->now.at[p] = reg;
    *known = p + 1;
    return p;
}

static tg__wire wire_of(stretch *s, const operand *in)
{
    const seen *x = &s->seen[s->base[in->reg]];
    if (x->step) return (tg__wire){ true, (uint8_t)(x->step - 1) };
    return (tg__wire){ false, (uint8_t)parameter_of(s, in->reg, in->dtype, in->one) };
}

/* One operation, whose number is returned, from operands that are there. Step [before] is operand
 * [place], if it is not TG__NONE. */
static uint32_t put_step(stretch *s, const tg__value *x, const operand *in, int place,
                         uint32_t before)
{
    const tg__value *values = s->program->values;
    tg__step step = { .op = op_of(x),
                      .dtype = values[x->in[x->arity - 1]].dtype,
                      .result = x->dtype };
    for (int i = 0; i < x->arity; i++) {
        const bool here = i == place && before != TG__NONE;
        step.in[i] = here ? (tg__wire){ true, (uint8_t)before } : wire_of(s, in++);
    }
    s->function.step[s->function.step_count] = step;
    return s->function.step_count++;
}

/* The stretch goes on with the instruction. */
static void put_map(stretch *s, const tg__insn *insn, const map *m)
{
    const int place = m->first ? s->program->members[insn->value].paired : -1;
    const uint32_t before = m->first ? put_step(s, m->first, m->in, -1, TG__NONE) : TG__NONE;
    const uint32_t result = put_step(s, m->x, m->first ? m->in + 2 : m->in, place, before);
    for (int i = 0; i < m->count; i++) {
        const operand *in = &m->in[i];
        seen *read = &s->seen[s->base[in->reg]];
        if (read->step) continue;
        const bool shifted = s->base[in->reg] != in->reg;
        read->read |= (uint8_t)(in->one ? READ_ONE : shifted ? READ_SHIFTED : READ_ALIGNED);
        read->size = (uint8_t)tg_dtype_size((tg_dtype)in->dtype);
    }
    s->floats = s->now.count == 0 || s->floats == m->floats ? m->floats : 0;
    s->cost += m->cost;
    s->calls |= m->calls;
    seen *out = &s->seen[s->base[insn->out]];
    out->step = result + 1;
    out->size = insn->size;
    out->dtype = m->x->dtype;
    s->now.count++;
}

/* ---- Stretches -------------------------------------------------------------------------- */

/* Can the stretch go on with the instruction? */
static bool goes_on(const stretch *s, const tg__insn *insn, const map *m)
{
    const tg__insn *first = &s->loop->code[s->now.first];
    if (s->cost + m->cost > MOST_COST || insn->code != first->code || insn->count != first->count ||
        insn->switches)
        return false;
    if ((s->calls || m->calls) && (!s->floats || s->floats != m->floats)) return false;
    for (int i = 0; i < m->count; i++) {
        const operand *in = &m->in[i];
        const seen *x = &s->seen[s->base[in->reg]];
        const bool shifted = s->base[in->reg] != in->reg;
        if (x->step && (shifted || in->one)) return false;
        if (!x->step && x->read && x->size != tg_dtype_size((tg_dtype)in->dtype)) return false;
    }
    const seen *out = &s->seen[s->base[insn->out]];
    if (out->read & (READ_SHIFTED | READ_ONE)) return false;
    if ((out->read || out->step) && out->size != insn->size) return false;
    /* Each operand may need a parameter, and each result, this one's too. */
    return s->function.parameter_count + (uint32_t)m->count + s->now.count + 1 <=
           TG__FUNCTION_PARAMETERS;
}

static void begin(stretch *s, uint32_t first)
{
    tg__stretch *now = &s->now;
    for (uint32_t i = now->first; i < now->first + now->count; i++) {
        const tg__insn *insn = &s->loop->code[i];
        s->seen[s->base[insn->out]] = (seen){ 0 };
        for (int j = 0; j < 3; j++) s->seen[s->base[insn->in[j]]] = (seen){ 0 };
    }
    tg__function *f = &s->function;
    for (uint32_t p = 0; p < f->parameter_count; p++)
        s->parameter[2 * now->at[p] + f->parameter[p].one] = 0;
    now->first = first;
    now->count = f->step_count = f->parameter_count = 0;
    s->cost = s->floats = 0;
    s->calls = false;
}

/* What others read is stored: the last result in each register. */
static void put_stores(stretch *s)
{
    const uint32_t end = s->now.first + s->now.count;
    for (uint32_t i = end; i-- > s->now.first;) {
        const uint32_t out = s->loop->code[i].out;
        seen *x = &s->seen[s->base[out]];
        if (x->step && s->until[i] >= end) {
            const uint32_t p = parameter_of(s, out, x->dtype, false);
            s->function.parameter[p].stores = (uint8_t)x->step;
        }
        x->step = 0; /* earlier ones are gone */
    }
}

static void end(stretch *s)
{
    if (s->now.count < 2) return;
    put_stores(s);
    s->now.at_count = s->function.parameter_count;
    tg__text text = { .allocator = &s->native->allocator };
    tg__function_text(&s->function, &text);
    tg__native_add(s->native, &s->now, &text);
    tg__text_free(&text);
}

/* Shifted registers are parts of the memory of a temporary one. */
static void find_bases(stretch *s, uint32_t *temporary)
{
    const tg__loop *loop = s->loop;
    for (uint32_t i = 0; i < loop->reg_count; i++)
        if (loop->regs[i].kind == TG_REG_TEMP) temporary[loop->regs[i].offset] = i;
    for (uint32_t i = 0; i < loop->reg_count; i++)
        s->base[i] = loop->regs[i].kind == TG_REG_SHIFTED ? temporary[loop->regs[i].offset] : i;
}

void tg__native_find_maps(tg__native *native, uint32_t k)
{
    const tg__loop *loop = native->exe->kernels[k].code;
    stretch s = {
        .native = native, .program = native->exe->program, .loop = loop, .now = { .kernel = k }
    };
    s.now.at = tg__native_numbers(native, TG__FUNCTION_PARAMETERS);
    s.base = tg__native_numbers(native, loop->reg_count);
    s.reader = tg__native_numbers(native, loop->reg_count);
    s.until = tg__native_numbers(native, loop->code_count);
    s.parameter = tg__native_numbers(native, 2 * (size_t)loop->reg_count);
    s.seen = tg__arena_alloc(&native->scratch, (loop->reg_count + 1) * sizeof *s.seen);
    uint32_t *temporary = tg__native_numbers(native, loop->temps);
    native->failed |= !s.seen;
    if (native->failed) return;
    memset(s.seen, 0, (loop->reg_count + 1) * sizeof *s.seen);
    find_bases(&s, temporary);
    find_readers(&s);
    for (uint32_t i = 0; i < loop->code_count && !native->failed;) {
        map m;
        begin(&s, i);
        if (!read_map(&s, &loop->code[i++], &m)) continue;
        put_map(&s, &loop->code[i - 1], &m);
        for (; i < loop->code_count && read_map(&s, &loop->code[i], &m); i++) {
            if (!goes_on(&s, &loop->code[i], &m)) break;
            put_map(&s, &loop->code[i], &m);
        }
        end(&s);
    }
}

/* reach.c: which nodes lead to a result. The walk begins at the result and goes to operands, so
 * its cost depends on these nodes alone, however long the tape is. It finds them in no
 * particular order. The reverse pass needs the order of recording, in which a node comes after
 * its operands, so they are sorted. */
#include "autograd/engine.h"
#include "tg_tape.h"

static bool append(tg__reach *reach, tg_tensor *x)
{
    if (tg__reach_place(reach, x) < reach->count) return true;
    if (!tg__grow(&reach->tape->allocator, &reach->at, &reach->capacity, reach->count + 1,
                  sizeof *reach->at))
        return false;
    reach->at[reach->count] = (tg__reached){ x->id, x->slot };
    x->slot = (uint32_t)reach->count++;
    return true;
}

/* The list of what was found is also the queue of what is still to be looked at. */
static bool collect(tg__reach *reach, tg_tensor *y, uint32_t lowest)
{
    tg_tape *tape = reach->tape;
    if (!append(reach, y)) return false;
    for (size_t next = 0; next < reach->count; next++) {
        const tg_tensor *x = tape->nodes[reach->at[next].id];
        tape->visited++;
        if (!tg__leads_on(x)) continue;
        for (int i = 0; i < x->arity; i++) {
            tg_tensor *operand = x->in[i];
            if (operand->id >= lowest && tg__is_float(operand->dtype) && !append(reach, operand))
                return false;
        }
    }
    return true;
}

/* ---- Sorting ---------------------------------------------------------------------------- */

enum { FEW = 48, DIGIT = 11, DIGITS = 1 << DIGIT };

static void sort_few(tg__reached *at, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const tg__reached moved = at[i];
        size_t to = i;
        for (; to > 0 && at[to - 1].id > moved.id; to--) at[to] = at[to - 1];
        at[to] = moved;
    }
}

/* Sorts by one digit of the ids; the sort is stable. */
static void sort_digit(const tg__reached *from, size_t count, int shift, tg__reached *to)
{
    size_t place[DIGITS] = { 0 }, sum = 0;
    for (size_t i = 0; i < count; i++) place[from[i].id >> shift & (DIGITS - 1)]++;
    for (size_t d = 0; d < DIGITS; d++) {
        const size_t here = place[d];
        place[d] = sum;
        sum += here;
    }
    for (size_t i = 0; i < count; i++) to[place[from[i].id >> shift & (DIGITS - 1)]++] = from[i];
}

static bool sort(tg__reach *reach)
{
    if (reach->count <= FEW) {
        sort_few(reach->at, reach->count);
        return true;
    }
    uint32_t largest = 0;
    for (size_t i = 0; i < reach->count; i++)
        if (reach->at[i].id > largest) largest = reach->at[i].id;
    const tg_allocator *allocator = &reach->tape->allocator;
    tg__reached *other = tg__alloc(allocator, reach->capacity * sizeof *other);
    if (!other) return false;
    for (int shift = 0; shift < 32 && largest >> shift != 0; shift += DIGIT) {
        sort_digit(reach->at, reach->count, shift, other);
        tg__reached *last = reach->at;
        reach->at = other;
        other = last;
    }
    tg__free(allocator, other);
    return true;
}

/* ---- Both ------------------------------------------------------------------------------- */

void tg__reach_end(tg__reach *reach)
{
    for (size_t i = 0; i < reach->count; i++)
        reach->tape->nodes[reach->at[i].id]->slot = reach->at[i].before;
    tg__free(&reach->tape->allocator, reach->at);
    *reach = (tg__reach){ .tape = reach->tape };
}

bool tg__reach_begin(tg__reach *reach, tg_tensor *y, uint32_t lowest)
{
    *reach = (tg__reach){ .tape = y->tape };
    if (!collect(reach, y, lowest) || !sort(reach)) {
        tg__reach_end(reach);
        return false;
    }
    for (size_t i = 0; i < reach->count; i++)
        reach->tape->nodes[reach->at[i].id]->slot = (uint32_t)i;
    return true;
}

/* ---- Dependence ------------------------------------------------------------------------- */

/* Marks all nodes that lead to [y] with a number. Many questions about one y, as an optimizer
 * asks for its parameters, need one walk. */
static bool mark_reached(tg_tape *tape, tg_tensor *y)
{
    tg__reach reach = { .tape = tape };
    if (tape->reached_from == y) return true;
    tape->reached_from = NULL;
    if (++tape->reached == 0) { /* the number has overflowed */
        for (size_t id = 0; id < tape->count; id++) tape->nodes[id]->reached = 0;
        tape->reached = 1;
    }
    const bool ok = collect(&reach, y, 0);
    for (size_t i = 0; ok && i < reach.count; i++)
        tape->nodes[reach.at[i].id]->reached = tape->reached;
    tg__reach_end(&reach);
    if (ok) tape->reached_from = y;
    return ok;
}

bool tg_depends(const tg_tensor *y, const tg_tensor *x)
{
    if (!y || !x || !tg__alive(y) || !tg__alive(x)) return false;
    tg_tape *tape = y->tape;
    if (tape != x->tape || x->id > y->id || !tg__is_float(x->dtype)) return false;
    if (mark_reached(tape, tape->nodes[y->id])) return x->reached == tape->reached;
    tg__fail_op(tape, tg__line_of(y), TG_ERR_MEMORY, "depends", 0, NULL, "out of memory");
    return false; /* not known, which the error says */
}

/* undo.c: takes back what a call has recorded: nodes with their reads, assignments and keys,
 * overrides, and variables that it has made. Below all that reports errors, which calls it. */
#include "autograd/engine.h"

tg_tensor *tg__whole(tg_tape *tape, size_t length, tg_tensor *y)
{
    while (!y && tape->count > length) {
        const tg_tensor *x = tape->nodes[--tape->count];
        if (x->op == &tg__op_read) tape->uses[x->var->index].read = NULL;
        else if (x->op->flags & TG_OP_RANDOM) tg__keys_shrink(tape, tape->key_count - 1);
        else if (x->op == &tg__op_assign) {
            tape->assign_count--;
            tape->uses[x->var->index].assigned = 0;
        }
    }
    return y;
}

tg_tensor *tg_undo(tg_site at)
{
    const struct tg__mark *mark = at.since;
    if (!mark || mark->generation != mark->tape->generation) return NULL;
    tg_tape *tape = mark->tape;
    (void)tg__whole(tape, mark->length, NULL);
    tg__overrides_shrink(tape, &tape->overrides, mark->overrides);
    tg__overrides_shrink(tape, &tape->pending, mark->pending);
    if (tape->store->count > mark->vars) tg__store_shrink(tape->store, mark->vars);
    return NULL;
}

/* overrides.c: what a recording has done with each variable: read, assigned, overridden (a node
 * that reads give in the place of the variable). Only kept here: bridge.c records. */
#include "autograd/engine.h"

const tg__var_use *tg__var_used(const tg_tape *tape, const tg_var *var)
{
    static const tg__var_use none;
    const tg__var_use *use = var->index < tape->use_capacity ? &tape->uses[var->index] : &none;
    return use->generation == tape->generation ? use : &none;
}

tg__var_use *tg__var_use_of(tg_tape *tape, const tg_var *var)
{
    const size_t before = tape->use_capacity;
    if (!tg__grow(&tape->allocator, &tape->uses, &tape->use_capacity, var->index + 1,
                  sizeof *tape->uses))
        return NULL;
    if (tape->use_capacity > before)
        memset(tape->uses + before, 0, (tape->use_capacity - before) * sizeof *tape->uses);
    tg__var_use *use = &tape->uses[var->index];
    if (use->generation != tape->generation) *use = (tg__var_use){ .generation = tape->generation };
    return use;
}

tg__override *tg__override_of(const tg_tape *tape, const tg_var *var)
{
    const size_t place = tg__var_used(tape, var)->overridden;
    return place ? &tape->overrides.item[place - 1] : NULL;
}

const tg__override *tg__pending_of(const tg_tape *tape, const tg_var *var)
{
    const size_t place = tg__var_used(tape, var)->pending;
    return place ? &tape->pending.item[place - 1] : NULL;
}

/* The member of the variable's use that says where its innermost override in that list is. */
static size_t *place_in(tg_tape *tape, const tg__override_list *list, tg__var_use *use)
{
    return list == &tape->overrides ? &use->overridden : &use->pending;
}

bool tg__override_put(tg_tape *tape, tg__override_list *list, tg__override item)
{
    tg__var_use *use = tg__var_use_of(tape, item.var);
    if (!use || !tg__grow(&tape->allocator, &list->item, &list->capacity, list->count + 1,
                          sizeof *list->item))
        return false;
    size_t *place = place_in(tape, list, use);
    item.below = *place;
    list->item[list->count++] = item;
    *place = list->count;
    return true;
}

void tg__override_drop(tg_tape *tape, tg__override_list *list, size_t i)
{
    tg__override *item = &list->item[i];
    size_t *place = place_in(tape, list, tg__var_use_of(tape, item->var));
    for (; *place != i + 1; tape->compared++) place = &list->item[*place - 1].below;
    *place = item->below;
    item->var = NULL;
    while (list->count > 0 && !list->item[list->count - 1].var) list->count--;
}

void tg__overrides_shrink(tg_tape *tape, tg__override_list *list, size_t count)
{
    while (list->count > count) tg__override_drop(tape, list, list->count - 1);
}

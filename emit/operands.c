/* operands.c: what calls are given, as names of pointers. */
#include "emit/call.h"

#include <inttypes.h>

tg__c_operands tg__c_operands_of(tg__c_kernel *c, uint32_t v)
{
    tg__c_file *f = c->f;
    const tg__value *x = tg__c_value(f, v);
    tg__c_operands o = { .count = x->count };
    tg__operand *operands = tg__c_alloc(f, sizeof *operands * (x->arity + 1u));
    o.in = tg__c_alloc(f, sizeof *o.in * (x->arity + 1u));
    o.counts = tg__c_alloc(f, sizeof *o.counts * (x->arity + 2u));
    o.operand = operands;
    o.out = tg__c_out(c, v);
    if (!operands || !o.in || !o.counts) return o;
    tg__describe_call(f->program, v, operands);
    for (int i = 0; i < x->arity; i++) {
        char text[64];
        const char *name = tg__c_in(c, x->in[i]);
        (void)snprintf(text, sizeof text, "(%s + %" PRId64 ")", name, operands[i].view.offset);
        o.in[i] = operands[i].view.offset ? tg__c_copy(f, text) : name;
        o.counts[i] = tg__operand_count(&operands[i]);
    }
    return o;
}

/* call.h: kernels of one operation, while they are written. */
#ifndef TG_EMIT_CALL_H
#define TG_EMIT_CALL_H

#include "emit/file.h"

/* The operands and the result of a call: names of pointers to their first elements, how they lie,
 * how many elements they have. */
typedef struct tg__c_operands {
    const char **in, *out;
    const tg__operand *operand;
    int64_t *counts, count;
} tg__c_operands;

tg__c_operands tg__c_operands_of(tg__c_kernel *c, uint32_t v);

void tg__c_check_index(tg__c_kernel *c, uint32_t v);
void tg__c_check_divisor(tg__c_kernel *c, uint32_t v);
void tg__c_gather(tg__c_kernel *c, uint32_t v);
void tg__c_scatter_add(tg__c_kernel *c, uint32_t v);
void tg__c_scatter_max(tg__c_kernel *c, uint32_t v);
void tg__c_scatter_min(tg__c_kernel *c, uint32_t v);
void tg__c_take_along(tg__c_kernel *c, uint32_t v);
void tg__c_scatter_add_along(tg__c_kernel *c, uint32_t v);
void tg__c_cumsum(tg__c_kernel *c, uint32_t v);
void tg__c_cumargmax(tg__c_kernel *c, uint32_t v);
void tg__c_argmax(tg__c_kernel *c, uint32_t v);
void tg__c_argmin(tg__c_kernel *c, uint32_t v);
void tg__c_argsort(tg__c_kernel *c, uint32_t v);
void tg__c_cumprod(tg__c_kernel *c, uint32_t v);
void tg__c_cumprod_back(tg__c_kernel *c, uint32_t v);
void tg__c_fold(tg__c_kernel *c, uint32_t v);
void tg__c_draw_floats(tg__c_kernel *c, uint32_t v);
void tg__c_draw_integers(tg__c_kernel *c, uint32_t v);

#endif

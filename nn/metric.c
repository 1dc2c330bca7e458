/* metric.c: figures for people to read. They have no gradient. */
#include "operands.h"

#undef TG_HERE
#define TG_HERE at

/* Whether each row's largest logit is the label's: bool [...]. */
static tg_tensor *hits(tg_site at, const char *op, tg_tensor *logits, tg_tensor *labels)
{
    tg_tensor *checked = tg__nn_labels(at, op, logits, labels);
    if (!checked) return NULL;
    tg_tensor *guess = tg_argmax(logits, .axis = -1);
    return tg_equal(guess, tg_cast(checked, TG_I64));
}

tg_tensor *(tg_accuracy)(tg_site at, tg_tensor *logits, tg_tensor *labels)
{
    tg_tensor *hit = hits(at, "tg_accuracy", logits, labels);
    if (!hit) return NULL;
    const tg_dtype dtype = tg_store_dtype(tg_tape_store(tg_tape_of(hit)));
    return tg_mean(tg_cast(hit, dtype));
}

tg_tensor *(tg_correct)(tg_site at, tg_tensor *logits, tg_tensor *labels)
{
    return tg_sum(tg_cast(hits(at, "tg_correct", logits, labels), TG_I64));
}

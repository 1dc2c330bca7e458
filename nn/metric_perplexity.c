/* metric_perplexity.c: e^(mean cross-entropy), from sums that can be added over batches. */
#include "metric.h"

#undef TG_HERE
#define TG_HERE at

/* f64 [2]: the sum of the losses, and the number of items. */
static tg_tensor *sums_of(const char *op, tg_perplexity_args args)
{
    const tg_site at = args.at;
    tg_tensor *labels = args.labels;
    if (!tg__nn_labels_fit(at, op, args.logits, labels)) return NULL;
    const bool ignores = args.ignore_index != TG_NO_INDEX;
    tg_tensor *items = tg_cross_entropy(tg_stop_gradient(args.logits), labels, .reduction = TG_NONE,
                                        .ignore_index = args.ignore_index);
    tg_tensor *total = tg_sum(tg_cast(items, TG_F64));
    tg_tensor *count = NULL;
    if (ignores) {
        tg_tensor *ignored = tg_number_like(labels, (double)args.ignore_index);
        count = tg_sum(tg_cast(tg_not_equal(labels, ignored), TG_F64));
    } else {
        count = tg_number_like(total, (double)tg_count(labels));
    }
    return tg_stack(TG_LIST(total, count), 0);
}

static tg_tensor *perplexity(tg_site at, tg_tensor *sums)
{
    tg_tensor *total = tg_pick(sums, 0, 0), *count = tg_pick(sums, 0, 1);
    return tg__metric_end(at, tg_exp(tg_div(total, count)));
}

tg_tensor *tg_perplexity_with(const tg_perplexity_args *given)
{
    tg_perplexity_args args = { TG_PERPLEXITY_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_perplexity", logits)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_perplexity", 2, TG__NN_OPERANDS(args.logits, args.labels)))
        return NULL;
    return perplexity(args.at, sums_of("tg_perplexity", args));
}

tg_tensor *tg_perplexity_sums_with(const tg_perplexity_args *given)
{
    tg_perplexity_args args = { TG_PERPLEXITY_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_perplexity_sums", logits)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_perplexity_sums", 2, TG__NN_OPERANDS(args.logits, args.labels)))
        return NULL;
    return sums_of("tg_perplexity_sums", args);
}

tg_tensor *tg_perplexity_of_sums_at(tg_site at, tg_tensor *sums)
{
    if (!tg_enter(&at, "tg_perplexity_of_sums", TG_LIST(sums))) return NULL;
    if (!tg__metric_are_sums(at, "tg_perplexity_of_sums", "tg_perplexity_sums", sums, 2, true))
        return NULL;
    return perplexity(at, tg_stop_gradient(sums));
}

/* metric.c: metrics of rows of classes, scores of confusion matrices, and what all metrics
 * share. */
#include "metric.h"

#undef TG_HERE
#define TG_HERE at

tg_tensor *tg__metric_end(tg_site at, tg_tensor *x)
{
    return x ? tg_cast(x, tg_store_dtype(tg_tape_store(tg_tape_of(x)))) : NULL;
}

tg_tensor *tg__metric_counts(tg_site at, tg_tensor *label, tg_tensor *guess, int64_t classes)
{
    if (!label || !guess) return NULL;
    tg_tensor *down = tg_number_like(label, (double)classes);
    tg_tensor *cell = tg_add(tg_mul(label, down), guess);
    cell = tg_reshape(cell, TG_SHAPE(tg_count(label)));
    tg_tensor *counts = tg_scatter_add(tg_ones_like(cell), cell, 0, classes * classes);
    return tg_reshape(counts, TG_SHAPE(classes, classes));
}

bool tg__metric_are_sums(tg_site at, const char *op, const char *maker, tg_tensor *sums,
                         int64_t count, bool flat)
{
    if (!sums) return false;
    if (tg_dtype_of(sums) != TG_F64) {
        tg_fail(tg_tape_of(sums), at, TG_ERR_DTYPE,
                "%s: the sums are f64, as %s gives them, not %s", op, maker,
                tg_dtype_name(tg_dtype_of(sums)));
        return false;
    }
    const int rank = tg_rank(sums);
    if (rank > 0 && tg_dim(sums, 0) == count && (rank == 1 || !flat)) return true;
    tg_fail(tg_tape_of(sums), at, TG_ERR_SHAPE, "%s: the sums of %s are [%lld%s], not %s  %s", op,
            maker, (long long)count, flat ? "" : ", ...",
            tg__nn_shape_words(tg_shape_from(sums)).text, tg_name_of(sums));
    return false;
}

/* ---- Rows of classes -------------------------------------------------------------------- */

/* bool [...]: is the largest logit of the row that of its label? */
static tg_tensor *hits(tg_site at, const char *op, tg_tensor *logits, tg_tensor *labels)
{
    tg_tensor *checked = tg__nn_labels(at, op, logits, labels);
    if (!checked) return NULL;
    tg_tensor *guess = tg_argmax(logits, .axis = -1);
    return tg_equal(guess, tg_cast(checked, TG_I64));
}

tg_tensor *tg_accuracy_at(tg_site at, tg_tensor *logits, tg_tensor *labels)
{
    if (!tg__nn_enter(&at, "tg_accuracy", 2, TG__NN_OPERANDS(logits, labels))) return NULL;
    return tg_mean(tg__metric_end(at, hits(at, "tg_accuracy", logits, labels)));
}

tg_tensor *tg_correct_at(tg_site at, tg_tensor *logits, tg_tensor *labels)
{
    if (!tg__nn_enter(&at, "tg_correct", 2, TG__NN_OPERANDS(logits, labels))) return NULL;
    return tg_sum(tg_cast(hits(at, "tg_correct", logits, labels), TG_I64));
}

tg_tensor *tg_top_k_accuracy_at(tg_site at, tg_tensor *logits, tg_tensor *labels, int64_t k)
{
    if (!tg__nn_enter(&at, "tg_top_k_accuracy", 2, TG__NN_OPERANDS(logits, labels))) return NULL;
    const int64_t classes = tg_dim(logits, -1);
    if (classes >= 1 && (k < 1 || k > classes))
        return tg_fail(tg_tape_of(logits), at, TG_ERR_ARGUMENT,
                       "tg_top_k_accuracy: k = %lld must lie in [1, %lld], the number of classes",
                       (long long)k, (long long)classes);
    tg_tensor *checked = tg__nn_labels(at, "tg_top_k_accuracy", logits, labels);
    if (!checked) return NULL;
    tg_tensor *order = tg_argsort(logits, .axis = -1, .descending = true);
    tg_tensor *guesses = tg_slice(order, -1, 0, k, 1);
    tg_tensor *wanted = tg_unsqueeze(tg_cast(checked, TG_I64), -1);
    tg_tensor *hit = tg_any(tg_equal(guesses, wanted), .axis = -1);
    return tg_mean(tg__metric_end(at, hit));
}

tg_tensor *tg_confusion_matrix_at(tg_site at, tg_tensor *logits, tg_tensor *labels)
{
    if (!tg__nn_enter(&at, "tg_confusion_matrix", 2, TG__NN_OPERANDS(logits, labels))) return NULL;
    tg_tensor *checked = tg__nn_labels(at, "tg_confusion_matrix", logits, labels);
    if (!checked) return NULL;
    const int64_t classes = tg_dim(logits, -1);
    if (classes > INT32_MAX) /* the square must fit int64_t */
        return tg_fail(tg_tape_of(logits), at, TG_ERR_SHAPE,
                       "tg_confusion_matrix: there is no matrix of %lld classes",
                       (long long)classes);
    tg_tensor *label = tg_cast(checked, TG_I64);
    return tg__metric_counts(at, label, tg_argmax(logits, .axis = -1), classes);
}

/* ---- Scores ----------------------------------------------------------------------------- */

static bool is_confusion(tg_site at, const char *op, tg_tensor *confusion, tg_average average)
{
    tg_tape *tape = tg_tape_of(confusion);
    const tg_dtype dtype = tg_dtype_of(confusion);
    if (dtype != TG_I32 && dtype != TG_I64) {
        tg_fail(tape, at, TG_ERR_DTYPE, "%s: the counts must be i32 or i64, not %s", op,
                tg_dtype_name(dtype));
        return false;
    }
    if (tg_rank(confusion) != 2 || tg_dim(confusion, 0) != tg_dim(confusion, 1) ||
        tg_dim(confusion, 0) < 1) {
        tg_fail(tape, at, TG_ERR_SHAPE, "%s: a confusion matrix is [classes, classes], not %s", op,
                tg__nn_shape_words(tg_shape_from(confusion)).text);
        return false;
    }
    if ((unsigned)average <= TG_PER_CLASS) return true;
    tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: unknown average %d: TG_MACRO, TG_MICRO or TG_PER_CLASS",
            op, (int)average);
    return false;
}

/* column and row are 1 or 0: the score is (column + row) * diagonal / (column * sums of the columns
 * + row * sums of the rows): precision, recall or F1. 0 where the divisor is 0. In f64, which holds
 * counts up to 2^53 exactly. */
static tg_tensor *score(tg_site at, const char *op, tg_tensor *confusion, tg_average average,
                        double column, double row)
{
    if (!confusion || !is_confusion(at, op, confusion, average)) return NULL;
    tg_tensor *counts = tg_cast(confusion, TG_F64);
    tg_tensor *hits = tg_mul_num(tg_diagonal(counts, 0), column + row);
    tg_tensor *columns = tg_mul_num(tg_sum(counts, .axis = 0), column);
    tg_tensor *rows = tg_mul_num(tg_sum(counts, .axis = 1), row);
    tg_tensor *all = tg_add(columns, rows);
    if (average == TG_MICRO) {
        hits = tg_sum(hits);
        all = tg_sum(all);
    }
    tg_tensor *none = tg_equal(all, tg_number_like(all, 0));
    tg_tensor *safe = tg_select(none, tg_number_like(all, 1), all);
    tg_tensor *scores = tg_select(none, tg_number_like(all, 0), tg_div(hits, safe));
    if (average == TG_MACRO) scores = tg_mean(scores);
    return tg__metric_end(at, scores);
}

tg_tensor *tg_precision_at(tg_site at, tg_tensor *confusion, tg_average average)
{
    if (!tg_enter(&at, "tg_precision", TG_LIST(confusion))) return NULL;
    return score(at, "tg_precision", confusion, average, 1, 0);
}

tg_tensor *tg_recall_at(tg_site at, tg_tensor *confusion, tg_average average)
{
    if (!tg_enter(&at, "tg_recall", TG_LIST(confusion))) return NULL;
    return score(at, "tg_recall", confusion, average, 0, 1);
}

tg_tensor *tg_f1_at(tg_site at, tg_tensor *confusion, tg_average average)
{
    if (!tg_enter(&at, "tg_f1", TG_LIST(confusion))) return NULL;
    return score(at, "tg_f1", confusion, average, 1, 1);
}

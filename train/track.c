/* track.c: values that a step tracks beside its loss. */
#include "runner.h"

#include <string.h>

#undef TG_HERE
#define TG_HERE at

static bool name_fits(tg_site at, const char *function, const tg_batch *batch, const char *name)
{
    const tg__tracked *tracked = batch->tracked;
    if (!name || !*name) {
        tg_fail(batch->tape, at, TG_ERR_ARGUMENT, "%s: it needs a name", function);
        return false;
    }
    for (size_t i = 0; i < tracked->count; i++)
        if (strcmp(tracked->one[i].name, name) == 0) {
            tg_fail(batch->tape, at, TG_ERR_ARGUMENT,
                    "%s: \"%s\" is tracked already; give this one a name of its own", function,
                    name);
            return false;
        }
    if (tracked->count < TG_MOST_TRACKED) return true;
    tg_fail(batch->tape, at, TG_ERR_ARGUMENT, "%s: \"%s\" is one too many; there may be %d",
            function, name, TG_MOST_TRACKED);
    return false;
}

bool tg__track(tg_site at, const char *function, tg_batch *batch, const char *name,
               tg_tracked_kind kind, tg_tensor *value)
{
    if (!batch || !batch->tracked || !value) return false;
    if (!tg_enter_tape(&at, function, batch->tape) || !name_fits(at, function, batch, name))
        return false;
    if (tg_tape_of(value) != batch->tape) {
        tg_fail(batch->tape, at, TG_ERR_ARGUMENT, "%s: \"%s\" is not on the batch's tape", function,
                name);
        return false;
    }
    if (kind != TG_TRACKED_SUM && tg_count(value) != 1) {
        tg_fail(batch->tape, at, TG_ERR_SHAPE,
                "%s: \"%s\" must be one number; take its tg_mean, or tg_track_sum what adds up",
                function, name);
        tg_fail_operands(batch->tape, TG_LIST(value));
        return false;
    }
    tg_tensor *number = tg_cast(value, TG_F64);
    if (!number) return false;
    batch->tracked->one[batch->tracked->count++] = (tg__tracked_one){
        .name = name,
        .kind = kind,
        .value = number,
        .shape = tg_shape_from(value),
        .count = tg_count(value),
    };
    return true;
}

void tg_track_at(tg_site at, tg_batch *batch, const char *name, tg_tensor *value)
{
    (void)tg__track(at, "tg_track", batch, name, TG_TRACKED_MEAN, value);
}

void tg_track_sum_at(tg_site at, tg_batch *batch, const char *name, tg_tensor *values)
{
    (void)tg__track(at, "tg_track_sum", batch, name, TG_TRACKED_SUM, values);
}

void tg_track_last_at(tg_site at, tg_batch *batch, const char *name, tg_tensor *value)
{
    (void)tg__track(at, "tg_track_last", batch, name, TG_TRACKED_LAST, value);
}

/* The confusion matrix, f64 [classes, classes], where each row counts by its weight in the mask. */
static tg_tensor *masked_counts(tg_site at, tg_tensor *labels, tg_tensor *guess, tg_tensor *mask,
                                int64_t classes)
{
    tg_tensor *down = tg_mul_num(tg_cast(labels, TG_F64), (double)classes);
    tg_tensor *cell = tg_cast(tg_add(down, tg_cast(guess, TG_F64)), TG_I64);
    tg_tensor *counts = tg_segment_sum(tg_cast(mask, TG_F64), cell, classes * classes);
    return tg_reshape(counts, TG_SHAPE(classes, classes));
}

void tg_track_classes_at(tg_site at, tg_batch *batch, tg_tensor *logits, tg_tensor *labels)
{
    static const char function[] = "tg_track_classes";
    if (!batch || !batch->tracked || !tg_enter(&at, function, TG_LIST(logits, labels))) return;
    if (tg_rank(logits) != 2) {
        tg_fail(tg_tape_of(logits), at, TG_ERR_SHAPE, "%s: the logits must be [rows, classes]",
                function);
        tg_fail_operands(tg_tape_of(logits), TG_LIST(logits));
        return;
    }
    tg_tensor *accuracy = tg_accuracy(logits, labels);
    tg_tensor *counts = tg_confusion_matrix(logits, labels);
    tg_tensor *guess = tg_argmax(logits, .axis = 1);
    if (counts && batch->mask) {
        counts = masked_counts(at, labels, guess, batch->mask, tg_dim(logits, 1));
        accuracy = tg_div(tg_sum(tg_diagonal(counts, 0)), tg_sum(counts));
    }
    if (!tg__track(at, function, batch, "accuracy", TG_TRACKED_MEAN, accuracy) ||
        !tg__track(at, function, batch, "confusion", TG_TRACKED_SUM, counts))
        return;
    batch->tracked->guess = guess;
    batch->tracked->labels = tg_cast(labels, TG_I64);
}

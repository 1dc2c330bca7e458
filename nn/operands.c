/* operands.c: what losses and metrics require of their operands. Shapes must be equal: broadcasting
 * [n, 1] against [n] would silently make a loss of n x n elements. */
#include "operands.h"

#include <stdio.h>
#include <string.h>

#undef TG_HERE
#define TG_HERE at

bool tg__nn_enter(tg_site *at, const char *op, size_t required, size_t count,
                  tg_tensor *const operands[])
{
    if (!tg_enter(at, op, (tg_list){ required, operands })) return false;
    for (size_t i = required; i < count; i++)
        if (operands[i] && !tg_enter(at, op, TG_LIST(operands[0], operands[i]))) return false;
    return true;
}

tg__nn_words tg__nn_shape_words(tg_shape shape)
{
    tg__nn_words words = { "[" };
    size_t used = 1;
    for (int i = 0; i < shape.rank && i < TG_MAX_RANK; i++)
        used += (size_t)snprintf(words.text + used, sizeof words.text - used, "%s%lld",
                                 i ? ", " : "", (long long)shape.dim[i]);
    snprintf(words.text + used, sizeof words.text - used, "]");
    return words;
}

void tg__nn_rest_of_message(tg_site at, const char *message, char rest[TG_ERROR_TEXT])
{
    const int place = at.file ? snprintf(NULL, 0, "%s:%d: ", at.file, at.line) : 0;
    const char *function = strlen(message) > (size_t)place ? message + place : message;
    const char *colon = strstr(function, ": ");
    (void)snprintf(rest, TG_ERROR_TEXT, "%s", colon ? colon + 2 : function);
}

bool tg__nn_broadcasts(tg_shape from, tg_shape to)
{
    for (int i = 1; i <= from.rank; i++) {
        const int64_t size = from.dim[from.rank - i];
        if (size != 1 && (i > to.rank || size != to.dim[to.rank - i])) return false;
    }
    return true;
}

bool tg__nn_is_float(tg_site at, const char *op, const char *role, tg_tensor *x)
{
    if (tg_dtype_of(x) == TG_F32 || tg_dtype_of(x) == TG_F64) return true;
    tg_fail(tg_tape_of(x), at, TG_ERR_DTYPE, "%s: the %s must be f32 or f64, not %s (see tg_cast)",
            op, role, tg_dtype_name(tg_dtype_of(x)));
    return false;
}

static bool same_shape(tg_site at, const char *op, const char *role, tg_tensor *x,
                       const char *other, tg_tensor *y)
{
    if (tg_shape_equal(tg_shape_from(x), tg_shape_from(y))) return true;
    const tg__nn_words left = tg__nn_shape_words(tg_shape_from(x));
    const tg__nn_words right = tg__nn_shape_words(tg_shape_from(y));
    tg_fail(tg_tape_of(x), at, TG_ERR_SHAPE,
            "%s: %s and %s differ in shape, and neither is broadcast\n"
            "    %-11s %s  %s\n"
            "    %-11s %s  %s\n"
            "    give both one shape with tg_reshape or tg_broadcast",
            op, role, other, role, left.text, tg_name_of(x), other, right.text, tg_name_of(y));
    return false;
}

bool tg__nn_matches(tg_site at, const char *op, const char *role, tg_tensor *x, const char *other,
                    tg_tensor *y)
{
    if (!tg__nn_is_float(at, op, other, y)) return false;
    if (!same_shape(at, op, role, x, other, y)) return false;
    if (tg_dtype_of(x) == tg_dtype_of(y)) return true;
    tg_fail(tg_tape_of(x), at, TG_ERR_DTYPE,
            "%s: the %s is %s and the %s is %s; give both one dtype with tg_cast", op, role,
            tg_dtype_name(tg_dtype_of(x)), other, tg_dtype_name(tg_dtype_of(y)));
    return false;
}

/* The logits' shape without the last axis. */
static tg_shape rows_of(tg_tensor *logits)
{
    tg_shape rows = tg_shape_from(logits);
    rows.rank--;
    rows.dim[rows.rank] = 0;
    return rows;
}

static bool labels_fit(tg_site at, const char *op, tg_tensor *logits, tg_tensor *labels)
{
    const tg_shape rows = rows_of(logits);
    if (tg_shape_equal(rows, tg_shape_from(labels))) return true;
    const tg__nn_words want = tg__nn_shape_words(rows);
    const tg__nn_words left = tg__nn_shape_words(tg_shape_from(logits));
    const tg__nn_words right = tg__nn_shape_words(tg_shape_from(labels));
    const bool reshapes = tg_shape_count(rows) == tg_count(labels);
    tg_fail(tg_tape_of(logits), at, TG_ERR_SHAPE,
            "%s: the labels must have the logits' shape without its last axis, %s\n"
            "    logits  %s  %s\n"
            "    labels  %s  %s\n"
            "    %s",
            op, want.text, left.text, tg_name_of(logits), right.text, tg_name_of(labels),
            reshapes ? "did you mean tg_reshape(labels, ...)?"
                     : "labels are class numbers, one for each row, not one-hot rows");
    return false;
}

bool tg__nn_labels_fit(tg_site at, const char *op, tg_tensor *logits, tg_tensor *labels)
{
    if (!logits || !labels) return false;
    tg_tape *tape = tg_tape_of(logits);
    if (!tg__nn_is_float(at, op, "logits", logits)) return false;
    if (tg_dtype_of(labels) != TG_I32 && tg_dtype_of(labels) != TG_I64) {
        tg_fail(tape, at, TG_ERR_DTYPE, "%s: the labels must be i32 or i64, not %s (see tg_cast)",
                op, tg_dtype_name(tg_dtype_of(labels)));
        return false;
    }
    if (tg_rank(logits) < 1 || tg_dim(logits, -1) < 1) {
        tg_fail(tape, at, TG_ERR_SHAPE,
                "%s: the logits %s have no classes: their last axis must hold at least one", op,
                tg__nn_shape_words(tg_shape_from(logits)).text);
        return false;
    }
    return labels_fit(at, op, logits, labels);
}

tg_tensor *tg__nn_labels(tg_site at, const char *op, tg_tensor *logits, tg_tensor *labels)
{
    if (!tg__nn_labels_fit(at, op, logits, labels)) return NULL;
    return tg_check_index(labels, tg_dim(logits, -1));
}

tg_tensor *tg__nn_as_rows(tg_site at, tg_tensor *x)
{
    if (tg_rank(x) == 2) return x;
    tg_shape leading = tg_shape_from(x);
    const int64_t columns = leading.dim[--leading.rank];
    return tg_reshape(x, TG_SHAPE(tg_shape_count(leading), columns));
}

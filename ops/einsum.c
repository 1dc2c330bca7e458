/* einsum.c: Einstein's sum convention. The string names the axes of every operand. Operands are
 * multiplied from left to right (contract.c), and an axis is summed over as soon as neither a later
 * operand nor the result has it. */
#include "ops/contract.h"

/* An axis has a label: that of its letter; or, for an axis that "..." stands for, one of those
 * after the letters, counted from the right. */
enum { LETTERS = 52, LABELS = LETTERS + TG_MAX_RANK, NO_LABEL = -1 };

typedef struct labelled {
    tg_tensor *x;
    int label[TG_MAX_RANK]; /* of each axis */
} labelled;

/* The axes that one operand, or the result, has in the string, as labels. */
typedef struct term {
    int label[TG_MAX_RANK];
    int count, dots_at; /* where among them "..." stands, or -1 */
} term;

typedef struct einsum {
    tg_site at;
    tg_tape *tape;
    const char *text, *cursor;
    int64_t size[LABELS]; /* -1: not seen */
    int seen[LABELS];     /* how often */
    int dots;             /* the most axes that "..." stands for; -1: nowhere */
} einsum;

/* ---- The string ------------------------------------------------------------------------- */

static int label_of(char c)
{
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    return c >= 'A' && c <= 'Z' ? c - 'A' : NO_LABEL; /* in the order of ASCII */
}

static char letter_of(int label)
{
    return (char)(label < 26 ? 'A' + label : label < LETTERS ? 'a' + label - 26 : '.');
}

static bool malformed(const einsum *e, const char *place, const char *what)
{
    tg__fail_op(e->tape, e->at, TG_ERR_FORMAT, "einsum", 0, NULL, "\"%.80s\", position %zu: %s",
                e->text, (size_t)(place - e->text), what);
    return false;
}

/* Letters and at most one "...", up to a comma, an arrow or the end. */
static bool parse_term(einsum *e, term *t)
{
    *t = (term){ .dots_at = -1 };
    for (;; e->cursor++) {
        const char c = *e->cursor;
        if (c == ' ') continue;
        if (c == 0 || c == ',' || c == '-') return true;
        if (c == '.') {
            if (strncmp(e->cursor, "...", 3) != 0) return malformed(e, e->cursor, "not \"...\"");
            if (t->dots_at >= 0) return malformed(e, e->cursor, "\"...\" twice in one operand");
            t->dots_at = t->count;
            e->cursor += 2;
            continue;
        }
        const int label = label_of(c);
        if (label == NO_LABEL)
            return malformed(e, e->cursor,
                             "only letters, \"...\", commas and one -> may stand here");
        if (t->count == TG_MAX_RANK) return malformed(e, e->cursor, "too many axes");
        t->label[t->count++] = label;
    }
}

/* ---- Labels of operands ----------------------------------------------------------------- */

static bool mismatch(const einsum *e, tg_tensor *x, const char *what)
{
    tg__fail_op(e->tape, e->at, TG_ERR_SHAPE, "einsum", 1, &x, "\"%.80s\": %s", e->text, what);
    return false;
}

/* Notes the size of an axis. An axis of size 1 fits any other size. */
static bool note_size(einsum *e, tg_tensor *x, int label, int64_t size)
{
    char what[100];
    int64_t *known = &e->size[label];
    if (*known < 0 || *known == 1) *known = size;
    if (size == *known || size == 1) return true;
    const char letter[2] = { letter_of(label), 0 };
    (void)snprintf(what, sizeof what, "%s %s is %lld here and %lld elsewhere",
                   label < LETTERS ? "the axis" : "an axis of",
                   label < LETTERS ? letter : "\"...\"", (long long)size, (long long)*known);
    return mismatch(e, x, what);
}

/* Gives the axes of an operand their labels. */
static bool label_axes(einsum *e, const term *t, labelled *operand)
{
    tg_tensor *x = operand->x;
    const int dots = x->rank - t->count;
    if (t->dots_at >= 0 ? dots < 0 : dots != 0) {
        char what[100];
        (void)snprintf(what, sizeof what, "an operand of rank %d has %d letters", x->rank,
                       t->count);
        return mismatch(e, x, what);
    }
    if (t->dots_at >= 0 && dots > e->dots) e->dots = dots;
    int axis = 0;
    for (int i = 0; i <= t->count; i++) {
        if (i == t->dots_at)
            for (int k = 0; k < dots; k++) operand->label[axis++] = LETTERS + dots - 1 - k;
        if (i < t->count) operand->label[axis++] = t->label[i];
    }
    for (axis = 0; axis < x->rank; axis++) {
        if (!note_size(e, x, operand->label[axis], x->dim[axis])) return false;
        e->seen[operand->label[axis]]++;
    }
    return true;
}

/* ---- One operand ------------------------------------------------------------------------ */

static int find_label(const labelled *operand, int label)
{
    for (int i = 0; i < operand->x->rank; i++)
        if (operand->label[i] == label) return i;
    return -1;
}

static void remove_label(labelled *operand, int axis)
{
    for (int i = axis; i + 1 < TG_MAX_RANK; i++) operand->label[i] = operand->label[i + 1];
}

/* Removes axes of size 1 that are longer in other operands: the product broadcasts without them. */
static bool drop_ones(const einsum *e, labelled *operand)
{
    for (int i = 0; operand->x && i < operand->x->rank;) {
        if (operand->x->dim[i] != 1 || e->size[operand->label[i]] == 1) {
            i++;
            continue;
        }
        operand->x = tg__drop_axes(e->at, operand->x, 1u << i, false);
        remove_label(operand, i);
    }
    return operand->x != NULL;
}

/* Puts axes into the order of [order]. */
static bool reorder(tg_site at, labelled *operand, const int *order)
{
    tg_axes axes = { .count = operand->x->rank };
    int label[TG_MAX_RANK];
    for (int i = 0; i < axes.count; i++) {
        axes.axis[i] = order[i];
        label[i] = operand->label[order[i]];
    }
    memcpy(operand->label, label, sizeof *label * (size_t)axes.count);
    operand->x = tg_permute(operand->x, axes);
    return operand->x != NULL;
}

/* An operand with a label twice becomes the diagonal of these two axes, which stands last. */
static bool take_diagonals(const einsum *e, labelled *operand)
{
    for (int i = 0; i < operand->x->rank; i++) {
        int twin = i + 1;
        while (twin < operand->x->rank && operand->label[twin] != operand->label[i]) twin++;
        if (twin == operand->x->rank) continue;
        if (operand->x->dim[i] != operand->x->dim[twin])
            return mismatch(e, operand->x, "a letter stands for two axes of different sizes");
        const int rank = operand->x->rank;
        int order[TG_MAX_RANK], to = 0;
        for (int k = 0; k < rank; k++)
            if (k != i && k != twin) order[to++] = k;
        order[to++] = i;
        order[to] = twin;
        if (!reorder(e->at, operand, order)) return false;
        operand->x = tg_diagonal_at(e->at, operand->x, 0); /* drops the last label */
        if (!operand->x) return false;
        i = -1; /* axes have moved */
    }
    return true;
}

/* Sums over the labels that are not needed. */
static bool sum_unneeded(const einsum *e, labelled *operand, const bool *needed)
{
    uint32_t axes = 0;
    int label[TG_MAX_RANK], kept = 0;
    for (int i = 0; i < operand->x->rank; i++) {
        if (needed[operand->label[i]]) label[kept++] = operand->label[i];
        else axes |= 1u << i;
    }
    if (axes == 0) return true;
    tg_tensor *sum = tg__sum_axes(e->at, operand->x, axes);
    operand->x = tg__drop_axes(e->at, sum, axes, false);
    memcpy(operand->label, label, sizeof *label * (size_t)kept);
    return operand->x != NULL;
}

/* ---- Products --------------------------------------------------------------------------- */

/* a becomes a times b, which has the labels that are [needed] later. */
static bool multiply(const einsum *e, labelled *a, const labelled *b, const bool *needed)
{
    tg__contraction axes = { 0 };
    int label[2 * TG_MAX_RANK], count = 0;
    for (int pass = 0; pass < 2; pass++) /* the batch, then the rest of a's axes */
        for (int i = 0; i < a->x->rank; i++) {
            const int other = find_label(b, a->label[i]);
            if (pass == 1 && other < 0) label[count++] = a->label[i];
            if (pass == 1 || other < 0) continue;
            tg_axes *of = needed[a->label[i]] ? axes.batch : axes.summed;
            of[0].axis[of[0].count++] = i;
            of[1].axis[of[1].count++] = other;
            if (needed[a->label[i]]) label[count++] = a->label[i];
        }
    for (int i = 0; i < b->x->rank; i++)
        if (find_label(a, b->label[i]) < 0) label[count++] = b->label[i];
    a->x = tg__contract(e->at, "einsum", a->x, b->x, &axes);
    if (a->x) memcpy(a->label, label, sizeof *label * (size_t)count);
    return a->x != NULL;
}

/* Which labels do the result and the operands from [first] on have? */
static void mark_needed(const term *result, const labelled *operands, int first, int count,
                        bool *needed)
{
    memset(needed, 0, sizeof *needed * LABELS);
    for (int i = 0; i < result->count; i++) needed[result->label[i]] = true;
    for (int k = first; k < count; k++)
        for (int i = 0; i < operands[k].x->rank; i++) needed[operands[k].label[i]] = true;
}

/* The operands multiplied, and summed over all but the axes of the result. */
static tg_tensor *multiply_all(const einsum *e, labelled *operands, int count, const term *result)
{
    bool needed[LABELS];
    labelled *y = &operands[0];
    for (int k = 0; k < count; k++)
        if (!drop_ones(e, &operands[k]) || !take_diagonals(e, &operands[k])) return NULL;
    mark_needed(result, operands, 1, count, needed);
    if (!sum_unneeded(e, y, needed)) return NULL;
    for (int k = 1; k < count; k++) {
        mark_needed(result, operands, k + 1, count, needed);
        /* Labels that only b has, and that are not needed later, are summed over before. */
        bool own[LABELS];
        memcpy(own, needed, sizeof own);
        for (int i = 0; i < y->x->rank; i++) own[y->label[i]] = true;
        if (!sum_unneeded(e, &operands[k], own) || !multiply(e, y, &operands[k], needed))
            return NULL;
    }
    int order[TG_MAX_RANK];
    for (int i = 0; i < result->count; i++) order[i] = find_label(y, result->label[i]);
    return reorder(e->at, y, order) ? y->x : NULL;
}

/* ---- The result's labels ---------------------------------------------------------------- */

/* Puts the labels of "..." where it stands in the result. */
static bool expand_dots(const einsum *e, term *result)
{
    const int dots = e->dots < 0 || result->dots_at < 0 ? 0 : e->dots;
    if (result->count + dots > TG_MAX_RANK)
        return malformed(e, e->cursor, "the result has too many axes");
    for (int i = result->count; i-- > (result->dots_at < 0 ? result->count : result->dots_at);)
        result->label[i + dots] = result->label[i];
    for (int k = 0; k < dots; k++) result->label[result->dots_at + k] = LETTERS + dots - 1 - k;
    result->count += dots;
    return true;
}

/* After the arrow: letters of operands, each once. */
static bool parse_result(einsum *e, term *result)
{
    const char *arrow = e->cursor;
    if (strncmp(arrow, "->", 2) != 0) return malformed(e, arrow, "not ->");
    e->cursor += 2;
    if (!parse_term(e, result)) return false;
    if (*e->cursor) return malformed(e, e->cursor, "nothing may stand behind the result");
    for (int i = 0; i < result->count; i++) {
        const char *place = arrow + 2;
        while (label_of(*place) != result->label[i]) place++;
        if (e->seen[result->label[i]] == 0)
            return malformed(e, place, "this letter stands in no operand");
        for (int k = 0; k < i; k++)
            if (result->label[k] == result->label[i]) {
                place++;
                while (label_of(*place) != result->label[i]) place++;
                return malformed(e, place, "this letter stands twice in the result");
            }
    }
    if (e->dots > 0 && result->dots_at < 0)
        return malformed(e, arrow, "the operands' \"...\" is missing in the result");
    return expand_dots(e, result);
}

/* Without an arrow: "..." and the letters that stand once, in alphabetical order. */
static bool imply_result(const einsum *e, term *result)
{
    *result = (term){ .dots_at = 0 };
    for (int label = 0; label < LETTERS; label++) {
        if (e->seen[label] != 1) continue;
        if (result->count == TG_MAX_RANK)
            return malformed(e, e->cursor, "the result has too many axes");
        result->label[result->count++] = label;
    }
    return expand_dots(e, result);
}

/* ---- The public function ---------------------------------------------------------------- */

static tg_tensor *evaluate(einsum *e, labelled *operands, int count, tg_tensor *const *list)
{
    term t, result;
    for (int k = 0; k < count; k++) {
        operands[k].x = list[k];
        if (!parse_term(e, &t) || !label_axes(e, &t, &operands[k])) return NULL;
        if (k + 1 < count && *e->cursor != ',') {
            malformed(e, e->cursor, "there are more operands than the string names");
            return NULL;
        }
        if (k + 1 < count) e->cursor++;
    }
    if (*e->cursor == ',') {
        malformed(e, e->cursor, "there are fewer operands than the string names");
        return NULL;
    }
    if (!(*e->cursor ? parse_result(e, &result) : imply_result(e, &result))) return NULL;
    return multiply_all(e, operands, count, &result);
}

tg_tensor *tg_einsum_at(tg_site at, const char *subscripts, tg_list given)
{
    at = tg__within(at, "tg_einsum");
    tg_tensor *const *list = given.node;
    int count;
    if (!tg__list_ready(at, "einsum", given, &count)) return NULL;
    tg_tape *tape = list[0]->tape;
    if (!subscripts)
        return tg__fail_op(tape, at, TG_ERR_ARGUMENT, "einsum", 0, NULL, "the string is NULL");
    for (int i = 0; i < count; i++)
        if (!tg__dtype_in(at, "einsum", list[i], TG_SET_FLOAT)) return NULL;
    einsum e = { .at = at, .tape = tape, .text = subscripts, .cursor = subscripts, .dots = -1 };
    for (int i = 0; i < LABELS; i++) e.size[i] = -1;
    const size_t length = tape->count;
    labelled *operands = tg__alloc_zero(&tape->allocator, sizeof *operands * (size_t)count);
    if (!operands) return tg__fail_op(tape, at, TG_ERR_MEMORY, "einsum", 0, NULL, "out of memory");
    tg_tensor *y = evaluate(&e, operands, count, list);
    tg__free(&tape->allocator, operands);
    return tg__whole(tape, length, y);
}

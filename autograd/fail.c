/* fail.c: errors of tapes: what rule was broken, by which operands, where. An error within a call
 * takes back what that call has recorded (undo.c). */
#include "autograd/engine.h"

/* Is [function] "tg_[name]"? */
static bool is_function(const char *function, const char *name)
{
    return function && strncmp(function, "tg_", 3) == 0 && strcmp(function + 3, name) == 0;
}

bool tg__fail_begin(tg_tape *tape, tg_site at, tg_status status, const char *name)
{
    if (tape && tape->unplaced) tg__place_message(tape, at, name);
    if (!tape || tape->error.status != TG_OK) return false;
    (void)tg_undo(at);
    if (tape->origin.file) at = tape->origin;
    if (tape->deriving) at.function = tape->deriving;
    if (at.file) tg__error_set(&tape->error, status, "%s:%d: ", at.file, at.line);
    else tg__error_set(&tape->error, status, "%s", "");
    if (at.function) tg__error_add(&tape->error, "%s: ", at.function);
    if (name && !is_function(at.function, name))
        tg__error_add(&tape->error, "%stg_%s: ", at.function ? "in " : "", name);
    return true;
}

/* What an operand is called in a message: its name, its variable's, or its operation's. */
static void describe(tg_error *error, const tg_tensor *x)
{
    const tg_var *var = tg__var_behind(x);
    if (var) tg__error_add(error, "%s %s", var->parameter ? "param" : "state", var->name);
    else if (x->name) tg__error_add(error, "%s", x->name);
    else tg__error_add(error, "%s", x->op->name);
}

void tg__error_operands(tg_error *error, int arity, tg_tensor *const in[])
{
    static const char *const two[] = { "left", "right" };
    char shape[TG_SHAPE_TEXT];
    for (int i = 0; i < arity && i < 8; i++) {
        const tg_tensor *x = in[i];
        if (!x) continue;
        if (arity == 1) tg__error_add(error, "\n    operand  ");
        else if (arity == 2) tg__error_add(error, "\n    %-5s  ", two[i]);
        else tg__error_add(error, "\n    operand %d  ", i);
        if (!tg__alive(x)) {
            tg__error_add(error, "a stale node");
            continue;
        }
        describe(error, x);
        tg__error_add(error, "  %s %s", tg__shape_text(shape, x->rank, x->dim),
                      tg_dtype_name((tg_dtype)x->dtype));
        if (x->site->file) tg__error_add(error, "  %s:%d", x->site->file, x->site->line);
    }
}

/* ---- Stale nodes -------------------------------------------------------------------------- */

static void add_stale(tg_error *error, const tg_tensor *x)
{
    if (x->self == x) /* its memory was not used again yet */
        tg__error_add(error, "node %%%u (%s, %s:%d): ", x->id, x->op->name,
                      x->site->file ? x->site->file : "?", x->site->line);
    tg__error_add(error, "the handle is from before the last tg_rewind; record it again");
}

void tg__fail_stale(tg_tape *tape, tg_site at, const char *name, int i, const tg_tensor *x)
{
    if (!tg__fail_begin(tape, at, TG_ERR_STATE, name)) return;
    tg__error_add(&tape->error, "operand %d is stale: ", i);
    add_stale(&tape->error, x);
}

const tg_tensor *tg__seen(const tg_tensor *x)
{
    if (!x || tg__alive(x)) return x;
    tg_tape *tape = tg__tape_of_handle(x);
    if (tape->error.status != TG_OK) return NULL;
    tg__error_set(&tape->error, TG_ERR_STATE, "an operand is stale: ");
    add_stale(&tape->error, x);
    tape->unplaced = x;
    return NULL;
}

void tg__place_message(tg_tape *tape, tg_site at, const char *name)
{
    if (!tape || !tape->unplaced) return;
    const tg_error kept = tape->error;
    tape->unplaced = NULL;
    tg__error_clear(&tape->error);
    (void)tg__fail_begin(tape, at, kept.status, name);
    tg__error_add(&tape->error, "%s", kept.text);
}

/* ---- On the tape -------------------------------------------------------------------------- */

tg_tensor *tg__fail_op(tg_tape *tape, tg_site at, tg_status status, const char *name, int arity,
                       tg_tensor *const in[], const char *format, ...)
{
    if (!tg__fail_begin(tape, at, status, name)) return NULL;
    va_list list;
    va_start(list, format);
    tg__error_vadd(&tape->error, format, list);
    va_end(list);
    tg__error_operands(&tape->error, arity, in);
    return NULL;
}

/* Most messages begin with the name of a function of the library: "tg_softmax: axis 7 ...". The
 * text begins with that of [function], the one that the user called. If the two are the same, it
 * stands once; if not, the message goes on with "in tg_softmax: ...". */
static void name_once(char text[TG_ERROR_TEXT], char *message, const char *function)
{
    const size_t length = strlen(function), rest = strlen(message);
    if (strncmp(message, function, length) == 0 && message[length] == ':') {
        memmove(message - length - 2, message, rest + 1);
    } else if (strncmp(message, "tg_", 3) == 0 && message + rest + 3 < text + TG_ERROR_TEXT) {
        memmove(message + 3, message, rest + 1);
        memcpy(message, "in ", 3);
    }
}

tg_tensor *tg_fail(tg_tape *tape, tg_site at, tg_status status, const char *format, ...)
{
    va_list list;
    /* The error of a stale node has no place yet; this text names the function that met it. */
    if (tape && tape->unplaced) {
        tg_error told = { 0 };
        va_start(list, format);
        tg__error_vadd(&told, format, list);
        va_end(list);
        char *colon = strstr(told.text, ": ");
        if (colon) *colon = 0;
        const bool named = colon && strncmp(told.text, "tg_", 3) == 0;
        tg__place_message(tape, at, named ? told.text + 3 : NULL);
    }
    if (!tg__fail_begin(tape, at, status, NULL)) return NULL;
    char *message = tape->error.text + strlen(tape->error.text);
    va_start(list, format);
    tg__error_vadd(&tape->error, format, list);
    va_end(list);
    const char *function = tape->deriving ? tape->deriving : at.function;
    if (function) name_once(tape->error.text, message, function);
    return NULL;
}

void tg_fail_operands(tg_tape *tape, tg_list operands)
{
    if (tape && tape->error.status != TG_OK && operands.node && operands.count <= INT_MAX)
        tg__error_operands(&tape->error, (int)operands.count, operands.node);
}

/* The message of a tape that is NULL, which cannot keep one. */
static const char no_tape[] =
    "the tape is NULL: tg_tape_new was given no store, or ran out of memory";

tg_status tg_tape_status(const tg_tape *tape)
{
    return tape ? tape->error.status : TG_ERR_ARGUMENT;
}

const char *tg_tape_error(const tg_tape *tape) { return tape ? tape->error.text : no_tape; }

tg_status tg_tape_run_status(const tg_tape *tape)
{
    return tape ? tape->run_error.status : TG_ERR_ARGUMENT;
}

const char *tg_tape_run_error(const tg_tape *tape) { return tape ? tape->run_error.text : no_tape; }

void tg_tape_clear_error(tg_tape *tape)
{
    if (!tape) return;
    tg__error_clear(&tape->error);
    tg__error_clear(&tape->run_error);
    tape->unplaced = NULL;
}

int tg_report(const tg_tape *tape, FILE *out)
{
    const char *message = NULL;
    if (!tape) message = no_tape;
    else if (tape->store->error.status != TG_OK) message = tape->store->error.text;
    else if (tape->error.status != TG_OK) message = tape->error.text;
    else if (tape->run_error.status != TG_OK) message = tape->run_error.text;
    if (message && out) fprintf(out, "%s\n", message);
    return message != NULL;
}

bool tg_tape_options(void *options, const void *given, const char *op, tg_tape *tape)
{
    const char *fault = tg_options_read(options, given);
    const tg_site at = given ? ((const tg_options *)given)->at : (tg_site){ 0 };
    if (fault) tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: %s", op, fault);
    return !fault;
}

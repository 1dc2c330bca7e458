/* npy_header.c: the header of an NPY file: eight bytes, a length, and a Python dictionary,
 *
 *     {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
 *
 * which is parsed by its grammar and never evaluated. Keys may be in any order, each once; strings
 * have single or double quotes; spaces may be anywhere. Anything else is an error, with its
 * position. */
#include "io/npy.h"

#include <ctype.h>
#include <string.h>

enum {
    MAGIC = 6,
    PREFIX = MAGIC + 2, /* with the version */
    LONGEST = 1 << 20,  /* an array's header has a few hundred bytes; that of records more */
    ALIGNMENT = 64,
};
static const unsigned char magic[MAGIC] = { 0x93, 'N', 'U', 'M', 'P', 'Y' };

typedef struct parser {
    tg__report *report;
    const char *text;
    size_t size, at;
    size_t begin; /* the offset of the text in the file */
    tg__npy_header *out;
} parser;

/* ---- Places and words ------------------------------------------------------------------- */

static tg_status complain_at(const parser *p, size_t at, const char *what)
{
    char seen[TG_TEXT_SEEN];
    const size_t left = p->size - at, shown = left < 24 ? left : 24;
    return tg__complain(p->report, TG_ERR_FORMAT, "the NPY header at byte %zu, \"%s\": %s",
                        p->begin + at, tg__text_seen(seen, p->text + at, shown), what);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

/* The next character that is not a space; 0 at the end. */
static char peek(parser *p)
{
    while (p->at < p->size && is_space(p->text[p->at])) p->at++;
    return p->at < p->size ? p->text[p->at] : 0;
}

static bool take(parser *p, char c)
{
    if (peek(p) != c) return false;
    p->at++;
    return true;
}

static bool take_word(parser *p, const char *word)
{
    const size_t length = strlen(word);
    (void)peek(p);
    if (p->size - p->at < length || memcmp(p->text + p->at, word, length) != 0) return false;
    const char behind = p->at + length < p->size ? p->text[p->at + length] : ' ';
    if (isalnum((unsigned char)behind) || behind == '_') return false;
    p->at += length;
    return true;
}

/* Reads a string. Escapes are an error: no header of an array has any. */
static tg_status take_string(parser *p, const char **string, size_t *length)
{
    const char quote = peek(p);
    const size_t start = p->at;
    if (quote != '\'' && quote != '"') return complain_at(p, start, "a string is expected here");
    for (size_t i = start + 1; i < p->size; i++) {
        if (p->text[i] == '\\' || p->text[i] == '\n' || p->text[i] == 0)
            return complain_at(p, i, "escapes and line ends do not belong into a string here");
        if (p->text[i] != quote) continue;
        *string = p->text + start + 1;
        *length = i - start - 1;
        p->at = i + 1;
        return TG_OK;
    }
    return complain_at(p, start, "the string does not end");
}

/* Skips a list or tuple and everything in it; names of fields may have escapes. */
static tg_status pass_over(parser *p)
{
    const size_t start = p->at;
    int64_t depth = 0;
    char quote = 0;
    do {
        if (p->at >= p->size) return complain_at(p, start, "the brackets do not close");
        const char c = p->text[p->at++];
        if (quote) {
            if (c == quote) quote = 0;
            p->at += c == '\\'; /* skips the escaped character */
        } else if (c == '\'' || c == '"') {
            quote = c;
        } else {
            depth += (c == '(' || c == '[' || c == '{') - (c == ')' || c == ']' || c == '}');
        }
    } while (depth > 0);
    return TG_OK;
}

/* ---- The dtype -------------------------------------------------------------------------- */

/* What a letter of numpy stands for, if the library has no such dtype; NULL for numbers. */
static const char *foreign_kind(char letter)
{
    switch (letter) {
    case 'O': return "Python objects: a pickle, which could run any code, is never read";
    case 'c': return "complex numbers";
    case 'S':
    case 'a': return "byte strings";
    case 'U': return "text";
    case 'V': return "raw bytes (void, as which bfloat16 is saved too)";
    case 'M': return "dates";
    case 'm': return "durations";
    case '[':
    case '(': return "records (a structured dtype): save its fields one by one";
    default: return NULL;
    }
}

static bool number_of_letter(char letter, tg__number *number)
{
    static const char letters[] = "buif";
    const char *found = letter ? strchr(letters, letter) : NULL;
    if (found) *number = (tg__number)(found - letters);
    return found != NULL;
}

/* Parses a type such as "<f4": byte order, letter, size. */
static tg_status read_type(parser *p, const char *type, size_t length)
{
    const size_t place = (size_t)(type - p->text);
    size_t at = 0;
    char order = 0;
    if (length > 0 && strchr("<>=|", type[0])) order = type[at++];
    const char letter = at < length ? type[at++] : 0;
    tg__element *element = &p->out->array.element;
    if (letter && foreign_kind(letter)) return TG_OK;
    if (!number_of_letter(letter, &element->kind))
        return complain_at(p, place, "this is no dtype that NumPy writes");
    size_t size = 0;
    const size_t digits = at;
    for (; at < length && isdigit((unsigned char)type[at]) && size < 100; at++)
        size = 10 * size + (size_t)(type[at] - '0');
    if (at < length || at == digits || size > 16)
        return complain_at(p, place, "this is no dtype that NumPy writes");
    if (letter == 'f' && (size == 12 || size == 16)) return TG_OK; /* long double */
    element->size = (unsigned char)size;
    element->big_endian = order == '>';
    if (tg__element_dtype(*element) == 0)
        return complain_at(p, place, "this is no dtype that NumPy writes");
    if (size > 1 && order != '<' && order != '>')
        return complain_at(p, place, "the dtype does not say in which order the bytes stand");
    p->out->report.dtype = tg__element_dtype(*element);
    p->out->report.widened = !tg__element_is_own(*element);
    return TG_OK;
}

static tg_status read_descr(parser *p)
{
    const char first = peek(p), *type;
    size_t length;
    tg_npy_report *report = &p->out->report;
    if (first == '[' || first == '(') {
        report->type[0] = first;
        return pass_over(p);
    }
    const tg_status status = take_string(p, &type, &length);
    if (status != TG_OK) return status;
    for (size_t i = 0; i < length && i < TG_NPY_TYPE - 1; i++) {
        const unsigned char c = (unsigned char)type[i];
        report->type[i] = c >= 0x20 && c < 0x7f ? (char)c : '?';
    }
    return read_type(p, type, length);
}

/* ---- The shape -------------------------------------------------------------------------- */

/* Parses a whole number of Python; Python 2 wrote an L behind long ones. */
static tg_status take_dimension(parser *p, int64_t *out)
{
    (void)peek(p);
    const size_t start = p->at;
    int64_t number = 0;
    bool overflow = false;
    while (p->at < p->size && isdigit((unsigned char)p->text[p->at])) {
        overflow |= __builtin_mul_overflow(number, 10, &number);
        overflow |= __builtin_add_overflow(number, p->text[p->at++] - '0', &number);
    }
    const size_t digits = p->at - start;
    if (digits == 0) return complain_at(p, start, "a dimension is expected here, from 0 on");
    if (overflow) return complain_at(p, start, "the dimension is beyond 64 bits");
    if (digits > 1 && p->text[start] == '0')
        return complain_at(p, start, "a number does not begin with 0");
    if (p->at < p->size && p->text[p->at] == 'L') p->at++;
    *out = number;
    return TG_OK;
}

static tg_status read_shape(parser *p)
{
    tg_shape *shape = &p->out->report.shape;
    int64_t count = 0;
    bool comma = false;
    if (!take(p, '(')) return complain_at(p, p->at, "a tuple is expected here");
    while (peek(p) != ')') {
        int64_t dim = 0;
        if (count > 0 && !comma) return complain_at(p, p->at, "a comma or ')' is expected here");
        const tg_status status = take_dimension(p, &dim);
        if (status != TG_OK) return status;
        if (count < TG_MAX_RANK) shape->dim[count] = dim;
        count++;
        comma = take(p, ',');
    }
    if (count == 1 && !comma)
        return complain_at(p, p->at, "a comma is missing: (3) is a number and no tuple");
    p->at++;
    shape->rank = count <= TG_MAX_RANK ? (int)count : -1;
    if (shape->rank < 0) memset(shape->dim, 0, sizeof shape->dim);
    return TG_OK;
}

/* ---- The dictionary --------------------------------------------------------------------- */

static tg_status read_order(parser *p)
{
    p->out->report.fortran = take_word(p, "True");
    if (p->out->report.fortran || take_word(p, "False")) return TG_OK;
    return complain_at(p, p->at, "True or False is expected here");
}

static const struct key {
    const char *name;
    tg_status (*read)(parser *p);
} keys[] = {
    { "descr", read_descr },
    { "fortran_order", read_order },
    { "shape", read_shape },
};
enum { KEYS = sizeof keys / sizeof *keys };

static tg_status read_entry(parser *p, unsigned *found)
{
    const char *name;
    size_t length;
    tg_status status = take_string(p, &name, &length);
    if (status != TG_OK) return status;
    const size_t place = (size_t)(name - p->text);
    for (unsigned k = 0; k < KEYS; k++) {
        if (strlen(keys[k].name) != length || memcmp(keys[k].name, name, length) != 0) continue;
        if (*found >> k & 1) return complain_at(p, place, "the key stands there twice");
        *found |= 1u << k;
        if (!take(p, ':')) return complain_at(p, p->at, "a colon is expected here");
        return keys[k].read(p);
    }
    return complain_at(p, place, "the keys are 'descr', 'fortran_order' and 'shape'");
}

static tg_status read_dictionary(parser *p)
{
    unsigned found = 0;
    bool comma = true;
    if (!take(p, '{')) return complain_at(p, p->at, "a dictionary is expected here");
    while (peek(p) != '}') {
        if (!comma) return complain_at(p, p->at, "a comma or '}' is expected here");
        const tg_status status = read_entry(p, &found);
        if (status != TG_OK) return status;
        comma = take(p, ',');
    }
    p->at++;
    if (peek(p) || p->at < p->size)
        return complain_at(p, p->at, "nothing but spaces belongs behind the dictionary");
    for (unsigned k = 0; k < KEYS; k++)
        if (!(found >> k & 1))
            return tg__complain(p->report, TG_ERR_FORMAT, "the NPY header has no '%s'",
                                keys[k].name);
    return TG_OK;
}

/* ---- The header ------------------------------------------------------------------------- */

static tg_status complain_magic(tg__source *source, const unsigned char *bytes, size_t size)
{
    const char *what = tg__looks_like(bytes, size);
    if (size == 0) return tg__complain(source->report, TG_ERR_FORMAT, "the file is empty");
    if (what && strcmp(what, "a ZIP archive") == 0 && !source->report->part)
        return tg__complain(source->report, TG_ERR_FORMAT,
                            "not an NPY file: this looks like an .npz, a ZIP archive of arrays; "
                            "name the array that is wanted in .member");
    if (what)
        return tg__complain(source->report, TG_ERR_FORMAT, "not an NPY file: this looks like %s%s",
                            what, source->gzip ? " inside gzip" : "");
    return tg__complain(source->report, TG_ERR_FORMAT,
                        "not an NPY file: it does not begin with \\x93NUMPY");
}

static tg_status complain_short(const tg__source *source)
{
    return tg__complain(source->report, TG_ERR_FORMAT,
                        "cut short: it ends after %llu bytes, inside the NPY header",
                        (unsigned long long)source->offset);
}

/* Reads magic, version and length: 10 bytes, 12 from version 2 on. */
static tg_status read_prefix(tg__source *source, uint32_t *length)
{
    unsigned char bytes[PREFIX + 4] = { 0 };
    size_t got;
    tg_status status = tg__source_read(source, bytes, PREFIX, &got);
    if (status != TG_OK) return status;
    if (memcmp(bytes, magic, got < MAGIC ? got : MAGIC) != 0 || got == 0)
        return complain_magic(source, bytes, got);
    if (got < PREFIX) return complain_short(source);
    const int major = bytes[MAGIC], minor = bytes[MAGIC + 1];
    if (major < 1 || major > 3 || minor != 0)
        return tg__complain(source->report, TG_ERR_UNSUPPORTED,
                            "version %d.%d of the NPY format is not known; 1.0, 2.0 and 3.0 are",
                            major, minor);
    const size_t wanted = major == 1 ? 2 : 4;
    status = tg__source_read(source, bytes + PREFIX, wanted, &got);
    if (status != TG_OK) return status;
    if (got < wanted) return complain_short(source);
    *length = 0;
    for (size_t i = 0; i < wanted; i++) *length |= (uint32_t)bytes[PREFIX + i] << 8 * i;
    if (*length <= LONGEST) return TG_OK;
    return tg__complain(source->report, TG_ERR_FORMAT,
                        "the NPY header announces %lu bytes of text, and at most %d are read",
                        (unsigned long)*length, LONGEST);
}

tg_status tg__npy_header_read(tg__source *source, tg__npy_header *out)
{
    uint32_t length = 0;
    tg__growing text = { NULL, 0, 0 };
    *out = (tg__npy_header){ .array.format = "NPY" };
    tg_status status = read_prefix(source, &length);
    if (status != TG_OK) return status;
    parser p = { .report = source->report, .begin = (size_t)source->offset, .out = out };
    status = tg__source_take(source, &text, length);
    if (status == TG_OK && text.used < length) status = complain_short(source);
    if (status == TG_OK) {
        p.text = text.data;
        p.size = text.used;
        status = read_dictionary(&p);
    }
    tg__free(source->allocator, text.data);
    if (status != TG_OK) {
        out->report = (tg_npy_report){ .dtype = TG_DTYPE_DEFAULT };
        return status;
    }
    out->array.shape = out->report.shape;
    out->array.fortran = out->report.fortran;
    out->bytes = source->offset;
    return TG_OK;
}

tg_status tg__npy_header_check(tg__report *report, const tg__npy_header *header)
{
    const tg_npy_report *is = &header->report;
    if (is->dtype == 0) {
        const bool ordered = is->type[0] && strchr("<>=|", is->type[0]);
        const char *what = foreign_kind(is->type[ordered ? 1 : 0]);
        return tg__complain(report, TG_ERR_UNSUPPORTED, "the dtype '%s' is of %s", is->type,
                            what ? what : "long doubles: save it as float64");
    }
    if (is->shape.rank < 0)
        return tg__complain(report, TG_ERR_UNSUPPORTED,
                            "the array has more dimensions than an array may have, %d",
                            TG_MAX_RANK);
    return TG_OK;
}

/* ---- Writing ---------------------------------------------------------------------------- */

static const char *type_of_dtype(tg_dtype dtype)
{
    switch (dtype) {
    case TG_BOOL: return "|b1";
    case TG_U8: return "|u1";
    case TG_I32: return "<i4";
    case TG_I64: return "<i8";
    case TG_F32: return "<f4";
    default: return "<f8";
    }
}

size_t tg__npy_header_make(const tg_array *array, unsigned char out[TG__NPY_HEADER])
{
    const tg_shape shape = array->shape;
    char *text = (char *)out;
    size_t used = PREFIX + 2;
    memcpy(out, magic, MAGIC);
    out[MAGIC] = 1;
    out[MAGIC + 1] = 0;
    used += (size_t)snprintf(text + used, TG__NPY_HEADER - used,
                             "{'descr': '%s', 'fortran_order': False, 'shape': (",
                             type_of_dtype(array->dtype));
    for (int i = 0; i < shape.rank; i++)
        used += (size_t)snprintf(text + used, TG__NPY_HEADER - used, "%s%lld", i ? ", " : "",
                                 (long long)shape.dim[i]);
    used +=
        (size_t)snprintf(text + used, TG__NPY_HEADER - used, "%s), }", shape.rank == 1 ? "," : "");
    const size_t size = (used / ALIGNMENT + 1) * ALIGNMENT; /* room for the line's end */
    memset(text + used, ' ', size - used);
    text[size - 1] = '\n';
    out[PREFIX] = (unsigned char)((size - PREFIX - 2) & 255);
    out[PREFIX + 1] = (unsigned char)((size - PREFIX - 2) >> 8);
    return size;
}

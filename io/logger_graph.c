/* logger_graph.c: a tape as TensorFlow's GraphDef, which TensorBoard draws. Fields as in
 * graph.proto, node_def.proto and attr_value.proto.
 *
 * TensorBoard groups nodes by their names, at slashes. A node that reads or assigns a variable is
 * in the group of that variable; any other in that of the line that recorded it. A name ends with
 * the node's number on the tape, so names are unique. */
#include "io/logger.h"

#include "autograd/engine.h"

/* Replaces the characters that a node's name may not have, also at its beginning. */
static void clean(tg__bytes *out, size_t begin)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-/";
    unsigned char *name = out->memory.data;
    for (size_t i = begin; i < tg__bytes_size(out); i++)
        if (name[i] == 0 || !strchr(plain, name[i])) name[i] = '_';
    if (begin < tg__bytes_size(out) && strchr("_-/", name[begin])) name[begin] = 'x';
}

static void put_name(tg__bytes *out, const tg_tensor *x)
{
    const size_t begin = tg__bytes_size(out);
    const tg_var *var = tg__var_behind(x);
    if (var) {
        tg__put_text(out, var->name);
        for (size_t i = begin; i < tg__bytes_size(out); i++) {
            unsigned char *c = (unsigned char *)out->memory.data + i;
            if (*c == '.') *c = '/';
        }
        tg__put_byte(out, '/');
    } else if (x->site->file) {
        tg__put_format(out, "%.200s_%d/", tg__base_name(x->site->file), x->site->line);
    }
    tg__put_format(out, "%s_%u", x->name ? x->name : x->op->name, x->id);
    clean(out, begin);
}

/* ---- Attributes ------------------------------------------------------------------------- */

enum { ATTR_LIST = 1, ATTR_TEXT = 2, ATTR_TYPE = 6 };

typedef struct attribute {
    tg__bytes *out;
    size_t entry, value;
} attribute;

static attribute attribute_begin(tg__bytes *out, const char *key)
{
    enum { NODE_ATTR = 5, KEY = 1, VALUE = 2 };
    attribute attr = { .out = out, .entry = tg__field_begin(out, NODE_ATTR) };
    tg__put_field_text(out, KEY, key);
    attr.value = tg__field_begin(out, VALUE);
    return attr;
}

static void attribute_end(attribute attr)
{
    tg__field_end(attr.out, attr.value);
    tg__field_end(attr.out, attr.entry);
}

static void put_shape(tg__bytes *out, const tg_tensor *x)
{
    enum { LIST_SHAPE = 7, SHAPE_DIM = 2, DIM_SIZE = 1 };
    const attribute attr = attribute_begin(out, "_output_shapes");
    const size_t list = tg__field_begin(out, ATTR_LIST);
    const size_t shape = tg__field_begin(out, LIST_SHAPE);
    for (int i = 0; i < x->rank; i++) {
        const size_t dim = tg__field_begin(out, SHAPE_DIM);
        tg__put_field_number(out, DIM_SIZE, (uint64_t)x->dim[i]);
        tg__field_end(out, dim);
    }
    tg__field_end(out, shape);
    tg__field_end(out, list);
    attribute_end(attr);
}

static void put_dtype(tg__bytes *out, const tg_tensor *x)
{
    /* The numbers of dtypes in types.proto. */
    static const unsigned char types[TG_DTYPES] = {
        [TG_F32] = 1, [TG_F64] = 2, [TG_I32] = 3, [TG_I64] = 9, [TG_U8] = 4, [TG_BOOL] = 10
    };
    const attribute attr = attribute_begin(out, "dtype");
    tg__put_field_number(out, ATTR_TYPE, types[x->dtype]);
    attribute_end(attr);
}

static void put_words(tg__bytes *out, const char *key, const char *words)
{
    const attribute attr = attribute_begin(out, key);
    tg__put_field_text(out, ATTR_TEXT, words);
    attribute_end(attr);
}

/* ---- Nodes ------------------------------------------------------------------------------ */

static void put_node(tg__bytes *out, const tg_tensor *x)
{
    enum { GRAPH_NODE = 1, NODE_NAME = 1, NODE_OP = 2, NODE_INPUT = 3 };
    const size_t node = tg__field_begin(out, GRAPH_NODE);
    const size_t name = tg__field_begin(out, NODE_NAME);
    put_name(out, x);
    tg__field_end(out, name);
    tg__put_field_text(out, NODE_OP, x->op->name);
    for (int i = 0; i < x->arity; i++) {
        const size_t input = tg__field_begin(out, NODE_INPUT);
        put_name(out, x->in[i]);
        tg__field_end(out, input);
    }
    put_shape(out, x);
    put_dtype(out, x);
    if (tg__var_behind(x)) put_words(out, "variable", tg__var_behind(x)->name);
    if (x->name) put_words(out, "name", x->name);
    tg__field_end(out, node);
}

bool tg__put_graph(tg__bytes *out, const tg_tape *tape)
{
    enum { GRAPH_VERSIONS = 4, PRODUCER = 1, A_PRODUCER = 22 };
    for (size_t i = 0; i < tape->count && !out->failed; i++) put_node(out, tape->nodes[i]);
    const size_t versions = tg__field_begin(out, GRAPH_VERSIONS);
    tg__put_field_number(out, PRODUCER, A_PRODUCER);
    tg__field_end(out, versions);
    return !out->failed;
}

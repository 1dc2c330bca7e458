/* test_contract.c: einsum, dot, outer and matmul against one loop over all letters: values
 * and the gradients of all operands, in both float types. */
#include "tests/support/arrays.h"

enum { OPERANDS = 4, LETTERS = 128 };

/* ---- The loop --------------------------------------------------------------------------- */

/* A contraction that is written out: a letter for every axis, and "->". */
typedef struct contraction {
    const char *letters;
    int count;
    array in[OPERANDS], y, cotangent, received[OPERANDS];
    const char *term[OPERANDS + 1]; /* where the letters of each operand and the result begin */
    int64_t size[LETTERS];          /* of a letter; 0: not there. Sizes of 1 are repeated */
} contraction;

static int64_t letter_place(const char *term, tg_shape shape, const int64_t *value)
{
    int64_t index[TG_MAX_RANK];
    for (int i = 0; i < shape.rank; i++) index[i] = shape.dim[i] == 1 ? 0 : value[(int)term[i]];
    return place_of(shape, index);
}

/* Finds the terms, and draws the operands. */
static contraction draw_contraction(const char *letters, const tg_shape *shapes, tg_dtype dtype)
{
    start_over();
    contraction c = { .letters = letters, .term = { letters } };
    rng random = rng_of((uint64_t)dtype, (uint64_t)strlen(letters));
    for (const char *at = letters; *at; at++) {
        if (*at == ',') c.term[++c.count] = at + 1;
        if (*at == '>') c.term[++c.count] = at + 1;
    }
    for (int k = 0; k < c.count; k++) {
        c.in[k] = drawn_array(&random, dtype, shapes[k]);
        c.received[k] = array_of(shapes[k]);
        for (int i = 0; i < shapes[k].rank; i++) {
            int64_t *size = &c.size[(int)c.term[k][i]];
            if (*size == 0 || *size == 1) *size = shapes[k].dim[i];
            if (shapes[k].dim[i] == 0) *size = -1; /* of nothing */
        }
    }
    tg_shape shape = { .rank = (int)strlen(c.term[c.count]) };
    for (int i = 0; i < shape.rank; i++) {
        const int64_t size = c.size[(int)c.term[c.count][i]];
        shape.dim[i] = size < 0 ? 0 : size;
    }
    c.y = array_of(shape);
    c.cotangent = drawn_array(&random, dtype, shape);
    return c;
}

/* The next values of all letters, in the way of an odometer; false after the last. */
static bool advance(const contraction *c, int64_t *value)
{
    for (int l = 0; l < LETTERS; l++) {
        if (c->size[l] == 0) continue;
        if (++value[l] < c->size[l]) return true;
        value[l] = 0;
    }
    return false;
}

static void contract(contraction *c)
{
    int64_t value[LETTERS] = { 0 };
    for (int l = 0; l < LETTERS; l++)
        if (c->size[l] < 0) return;
    do {
        int64_t place[OPERANDS];
        const int64_t to = letter_place(c->term[c->count], c->y.shape, value);
        double product = 1;
        for (int k = 0; k < c->count; k++) {
            place[k] = letter_place(c->term[k], c->in[k].shape, value);
            product *= c->in[k].at[place[k]];
        }
        c->y.at[to] += product;
        for (int k = 0; k < c->count; k++) {
            double others = c->cotangent.at[to];
            for (int j = 0; j < c->count; j++)
                if (j != k) others *= c->in[j].at[place[j]];
            c->received[k].at[place[k]] += others;
        }
    } while (advance(c, value));
}

/* ---- Comparing -------------------------------------------------------------------------- */

typedef tg_tensor *recorder(const void *row, tg_list operands);

static void ck_contraction(const char *letters, const tg_shape *shapes, tg_dtype dtype, int form,
                           recorder *record, const void *row)
{
    contraction c = draw_contraction(letters, shapes, dtype);
    contract(&c);
    tg_tensor *in[OPERANDS];
    for (int k = 0; k < c.count; k++) in[k] = operand_of(dtype, c.in[k], (form + k) % FORMS);
    tg_tensor *y = record(row, (tg_list){ (size_t)c.count, in });
    const double tolerance = tolerance_of(dtype);
    ck_elements(letters, y, c.y, tolerance);
    for (int k = 0; k < c.count; k++)
        ck_received(letters, y, c.cotangent, in[k], c.received[k], tolerance);
}

#define FOR_ALL_TYPES_AND_FORMS(dtype, form)                                                       \
    for (tg_dtype dtype = TG_F32; dtype <= TG_F64; dtype++)                                        \
        for (int form = 0; form < FORMS; form++)

/* ---- Einsum ----------------------------------------------------------------------------- */

/* What is written, and what it means. */
typedef struct einsum_row {
    const char *text, *letters;
    tg_shape shapes[OPERANDS];
} einsum_row;

static const einsum_row einsum_rows[] = {
    { "i->i", "i->i", { R(5) } },
    { "i->", "i->", { R(5) } },
    { "ij->ji", "ij->ji", { R(3, 4) } },
    { "ji", "ji->ij", { R(3, 4) } }, /* implied: in alphabetical order */
    { "bca", "bca->abc", { R(3, 4, 2) } },
    { "ij->j", "ij->j", { R(3, 4) } },
    { "ijk->", "ijk->", { R(3, 4, 2) } },
    { "ii->i", "ii->i", { R(4, 4) } },
    { "ii", "ii->", { R(4, 4) } },
    { "iij->j", "iij->j", { R(3, 3, 2) } },
    { "iji->j", "iji->j", { R(3, 2, 3) } },
    { "iii->i", "iii->i", { R(3, 3, 3) } },
    { "ijij->ij", "ijij->ij", { R(2, 3, 2, 3) } },
    { "bii->b", "bii->b", { R(2, 3, 3) } },
    { "i,i->", "i,i->", { R(7), R(7) } },
    { "i,i", "i,i->", { R(7), R(7) } },
    { "i,i->i", "i,i->i", { R(7), R(7) } },
    { "i,j->ij", "i,j->ij", { R(3), R(4) } },
    { "i,j->ji", "i,j->ji", { R(3), R(4) } },
    { "j,i", "j,i->ij", { R(3), R(4) } },
    { "i,j->", "i,j->", { R(3), R(4) } },
    { "ij,jk->ik", "ij,jk->ik", { R(3, 4), R(4, 5) } },
    { "ij,jk", "ij,jk->ik", { R(3, 4), R(4, 5) } },
    { "ij , jk -> ik", "ij,jk->ik", { R(3, 4), R(4, 5) } },
    { "ij,kj->ki", "ij,kj->ki", { R(3, 4), R(5, 4) } },
    { "ij,jk->k", "ij,jk->k", { R(3, 4), R(4, 5) } },
    { "ij,ij->ij", "ij,ij->ij", { R(3, 4), R(3, 4) } },
    { "ij,ji->", "ij,ji->", { R(3, 4), R(4, 3) } },
    { "ij,j->i", "ij,j->i", { R(33, 65), R(65) } },
    { "bij,bjk->bik", "bij,bjk->bik", { R(2, 3, 4), R(2, 4, 5) } },
    { "bij,jk->bik", "bij,jk->bik", { R(2, 3, 4), R(4, 5) } },
    { "ibj,kjb->bki", "ibj,kjb->bki", { R(3, 2, 4), R(5, 4, 2) } },
    { "abij,abjk->abik", "abij,abjk->abik", { R(2, 2, 3, 4), R(2, 2, 4, 5) } },
    { "bqhd,bkhd->bhqk", "bqhd,bkhd->bhqk", { R(2, 3, 2, 4), R(2, 5, 2, 4) } }, /* attention */
    { "ijkl,klmn->ijmn", "ijkl,klmn->ijmn", { R(2, 3, 2, 3), R(2, 3, 3, 2) } },
    { "ij,jk->ijk", "ij,jk->ijk", { R(3, 4), R(4, 5) } },
    { "ii,ij->j", "ii,ij->j", { R(3, 3), R(3, 4) } },
    { "ij,jk,kl->il", "ij,jk,kl->il", { R(2, 3), R(3, 4), R(4, 2) } },
    { "i,ij,j->", "i,ij,j->", { R(3), R(3, 4), R(4) } },
    { "bn,anm,bm->ba", "bn,anm,bm->ba", { R(2, 3), R(4, 3, 5), R(2, 5) } }, /* bilinear */
    { "i,i,i,i->i", "i,i,i,i->i", { R(4), R(4), R(4), R(4) } },
    { "ab,cd,ef->acebdf", "ab,cd,ef->acebdf", { R(2, 3), R(2, 2), R(3, 2) } },
    { ",->", ",->", { { 0 }, { 0 } } },
    { ",i->i", ",i->i", { { 0 }, R(3) } },
    { "i,,i", "i,,i->", { R(3), { 0 }, R(3) } },
    { "...->...", "AB->AB", { R(2, 3) } },
    { "...ij->...ji", "Aij->Aji", { R(2, 3, 4) } },
    { "i...->...", "iAB->AB", { R(2, 3, 4) } },
    { "...ij,...jk->...ik", "ABij,Bjk->ABik", { R(2, 3, 4, 2), R(3, 2, 5) } },
    { "...ij,...jk", "ABij,ABjk->ABik", { R(2, 1, 4, 2), R(1, 3, 2, 5) } },
    { "...i,...i->...", "Ai,i->A", { R(4, 3), R(3) } },
    { "i...,i...->...i", "iA,iA->Ai", { R(3, 2), R(3, 1) } },
    { "...,...->...", "AB,B->AB", { R(3, 2), R(2) } },
    { "ij,jk->ik", "ij,jk->ik", { R(1, 4), R(4, 1) } },
    { "ij,ij->i", "ij,ij->i", { R(3, 4), R(3, 1) } },
    { "ij,jk->ik", "ij,jk->ik", { R(3, 4), R(1, 5) } },
    { "ij,jk->ik", "ij,jk->ik", { R(3, 0), R(0, 5) } },
    { "ij,jk->ik", "ij,jk->ik", { R(0, 4), R(4, 5) } },
    { "bij,bjk->bik", "bij,bjk->bik", { R(0, 3, 4), R(0, 4, 5) } },
    { "abcdefgh->hgfedcba", "abcdefgh->hgfedcba", { R(2, 1, 2, 2, 1, 2, 2, 2) } },
    { "abcdefgh,abcdefgh->aceg",
      "abcdefgh,abcdefgh->aceg",
      { R(2, 1, 2, 2, 1, 2, 2, 2), R(2, 1, 2, 2, 1, 2, 2, 2) } },
    { "Za,aZ->Za", "Za,aZ->Za", { R(2, 3), R(3, 2) } },
};

static tg_tensor *record_einsum(const void *row, tg_list operands)
{
    return tg_einsum(((const einsum_row *)row)->text, operands);
}

START_TEST(einsum_is_what_the_loop_over_all_letters_gives)
{
    const einsum_row *row = &einsum_rows[_i];
    FOR_ALL_TYPES_AND_FORMS(dtype, form)
    ck_contraction(row->letters, row->shapes, dtype, form, record_einsum, row);
}
END_TEST

/* Of the documentation of numpy.einsum, for a = arange(25).reshape(5, 5), b = arange(5). */
START_TEST(einsum_gives_the_numbers_of_numpys_documentation)
{
    double numbers[25];
    for (int i = 0; i < 25; i++) numbers[i] = i;
    tg_tensor *a = tg_constant(tape, TG_F64, TG_SHAPE(5, 5), numbers);
    tg_tensor *b = tg_constant(tape, TG_F64, TG_SHAPE(5), numbers);
    ck_values(tg_einsum("ii", TG_LIST(a)), 1, (const double[]){ 60 });
    ck_values(tg_einsum("ii->i", TG_LIST(a)), 5, (const double[]){ 0, 6, 12, 18, 24 });
    ck_values(tg_einsum("ij->i", TG_LIST(a)), 5, (const double[]){ 10, 35, 60, 85, 110 });
    ck_values(tg_einsum("i,i", TG_LIST(b, b)), 1, (const double[]){ 30 });
    ck_values(tg_einsum("ij,j", TG_LIST(a, b)), 5, (const double[]){ 30, 80, 130, 180, 230 });
    ck_values(tg_einsum("...j,j", TG_LIST(a, b)), 5, (const double[]){ 30, 80, 130, 180, 230 });
}
END_TEST

/* ---- Dot -------------------------------------------------------------------------------- */

typedef struct dot_row {
    const char *letters;
    tg_shape shapes[OPERANDS];
    tg_axes a_axes, b_axes, a_batch, b_batch;
} dot_row;

/* clang-format off */
static const dot_row dot_rows[] = {
    { "ij,jk->ik",       { R(3, 4), R(4, 5) },                R(-1),      R(0),       { 0 },   { 0 } },
    { "ij,kj->ik",       { R(3, 4), R(5, 4) },                R(1),       R(1),       { 0 },   { 0 } },
    { "ji,jk->ik",       { R(4, 3), R(4, 5) },                R(0),       R(-2),      { 0 },   { 0 } },
    { "i,j->ij",         { R(3), R(4) },                      { 0 },      { 0 },      { 0 },   { 0 } },
    { "i,i->",           { R(70), R(70) },                    R(0),       R(0),       { 0 },   { 0 } },
    { "ij,ij->",         { R(3, 4), R(3, 4) },                R(0, 1),    R(0, 1),    { 0 },   { 0 } },
    { "ij,ji->",         { R(3, 4), R(4, 3) },                R(0, 1),    R(1, 0),    { 0 },   { 0 } },
    { "ij,ij->ij",       { R(3, 4), R(3, 4) },                { 0 },      { 0 },      R(0, 1), R(0, 1) },
    { "ij,ji->ji",       { R(3, 4), R(4, 3) },                { 0 },      { 0 },      R(1, 0), R(0, 1) },
    { "bij,bjk->bik",    { R(2, 3, 4), R(2, 4, 5) },          R(2),       R(1),       R(0),    R(0) },
    { "ibj,kjb->bik",    { R(3, 2, 4), R(5, 4, 2) },          R(2),       R(1),       R(1),    R(2) },
    { "abcd,dbe->bace",  { R(2, 3, 2, 4), R(4, 3, 2) },       R(3),       R(0),       R(1),    R(1) },
    { "abij,baij->ab",   { R(2, 3, 4, 2), R(3, 2, 4, 2) },    R(2, 3),    R(2, 3),    R(0, 1), R(1, 0) },
    { "xaybz,yuxz->abu", { R(2, 3, 2, 2, 3), R(2, 4, 2, 3) }, R(0, 2, 4), R(2, 0, 3), { 0 },   { 0 } },
    { "ij,jk->ik",       { R(3, 0), R(0, 5) },                R(1),       R(0),       { 0 },   { 0 } },
    { "ij,jk->ik",       { R(0, 4), R(4, 5) },                R(1),       R(0),       { 0 },   { 0 } },
    { "ij,jk->ik",       { R(37, 129), R(129, 41) },          R(1),       R(0),       { 0 },   { 0 } },
};
/* clang-format on */

static tg_tensor *record_dot(const void *row, tg_list operands)
{
    const dot_row *r = row;
    return tg_dot(operands.node[0], operands.node[1], .a_axes = r->a_axes, .b_axes = r->b_axes,
                  .a_batch = r->a_batch, .b_batch = r->b_batch);
}

START_TEST(dot_is_what_the_loop_over_all_letters_gives)
{
    const dot_row *row = &dot_rows[_i];
    FOR_ALL_TYPES_AND_FORMS(dtype, form)
    ck_contraction(row->letters, row->shapes, dtype, form, record_dot, row);
}
END_TEST

/* ---- Outer and matmul ------------------------------------------------------------------- */

static tg_tensor *record_outer(const void *row, tg_list operands)
{
    (void)row;
    return tg_outer(operands.node[0], operands.node[1]);
}

static tg_tensor *record_matmul(const void *row, tg_list operands)
{
    (void)row;
    return tg_matmul(operands.node[0], operands.node[1]);
}

typedef struct product_row {
    const char *letters;
    tg_shape shapes[OPERANDS];
    recorder *record;
} product_row;

static const product_row product_rows[] = {
    { "i,j->ij", { R(3), R(4) }, record_outer },
    { "ij,k->ijk", { R(3, 4), R(2) }, record_outer },
    { "i,jkl->ijkl", { R(3), R(2, 1, 4) }, record_outer },
    { ",ij->ij", { { 0 }, R(3, 2) }, record_outer },
    { ",->", { { 0 }, { 0 } }, record_outer },
    { "i,j->ij", { R(0), R(4) }, record_outer },
    { "abcd,efgh->abcdefgh", { R(2, 1, 2, 2), R(1, 2, 3, 1) }, record_outer },
    { "ij,jk->ik", { R(3, 4), R(4, 5) }, record_matmul },
    { "bij,jk->bik", { R(2, 3, 4), R(4, 5) }, record_matmul },
    { "ij,bjk->bik", { R(3, 4), R(2, 4, 5) }, record_matmul },
    { "abij,abjk->abik", { R(2, 1, 3, 4), R(1, 3, 4, 2) }, record_matmul },
    { "abcdefij,efjk->abcdefik", { R(1, 2, 1, 2, 1, 2, 3, 2), R(1, 2, 2, 3) }, record_matmul },
    { "bij,bjk->bik", { R(2, 3, 0), R(2, 0, 4) }, record_matmul },
};

START_TEST(products_are_what_the_loop_over_all_letters_gives)
{
    const product_row *row = &product_rows[_i];
    FOR_ALL_TYPES_AND_FORMS(dtype, form)
    ck_contraction(row->letters, row->shapes, dtype, form, row->record, row);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("contract");
    TCase *all = tcase_create("contract");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_loop_test(all, einsum_is_what_the_loop_over_all_letters_gives, 0,
                        COUNT_OF(einsum_rows));
    tcase_add_test(all, einsum_gives_the_numbers_of_numpys_documentation);
    tcase_add_loop_test(all, dot_is_what_the_loop_over_all_letters_gives, 0, COUNT_OF(dot_rows));
    tcase_add_loop_test(all, products_are_what_the_loop_over_all_letters_gives, 0,
                        COUNT_OF(product_rows));
    suite_add_tcase(suite, all);
    return run_suite(suite);
}

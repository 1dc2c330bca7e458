/* test_tape.c: recording, looking at a tape, rewinding it, reads, assignments and overrides,
 * errors that stick, printing of values. */
#include "tests/support/captured.h"
#include "tests/support/recorded.h"

#include <sys/wait.h>
#include <unistd.h>

/* "[64, 10] f32 add %3 %6 ; test_tape.c:23" of a node recorded on that line. */
static void ck_dumped(const char *head, int line)
{
    char want[256];
    (void)snprintf(want, sizeof want, "%s ; test_tape.c:%d", head, line);
    FILE *out = capture();
    tg_dump(tape, out);
    (void)fclose(out);
    ck_captured(want);
}

/* ---- Recording -------------------------------------------------------------------------- */

START_TEST(an_operation_appends_one_node_and_computes_nothing)
{
    tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(2, 3));
    tg_tensor *y = tg_mul(x, x);
    ck_assert_uint_eq(tg_tape_length(tape), 2);
    ck_assert_ptr_eq(tg_tape_of(y), tape);
    ck_assert_ptr_eq(tg_tape_store(tape), store);
    ck_assert_int_eq(tg_dtype_of(y), TG_F32);
    ck_assert(tg_shape_equal(tg_shape_from(y), TG_SHAPE(2, 3)));
    ck_assert_int_eq(tg_rank(y), 2);
    ck_assert_int_eq(tg_count(y), 6);
    ck_assert_int_eq(tg_dim(y, -1), 3);
    ck_assert_int_eq(tg_dim(y, 0), 2);
    ck_assert_int_eq(tg_dim(y, 2), -1);
    ck_assert_int_eq(tg_dim(y, -3), -1);
    ck_no_error();
}
END_TEST

/* Walking over a tape meets every node behind its operands, with its call. */
START_TEST(a_tape_can_be_walked)
{
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(2));
    tg_tensor *y = tg_relu(tg_add(x, x));
    const int line = __LINE__ - 1;
    const size_t length = tg_tape_length(tape);
    for (size_t i = 0; i < length; i++) {
        const tg_tensor *node = tg_node(tape, i);
        ck_assert_int_eq(tg_index_of(node), (int64_t)i);
        for (int k = 0; k < tg_arity(node); k++)
            ck_assert_int_lt(tg_index_of(tg_operand_of(node, k)), (int64_t)i);
        ck_assert(!tg_operand_of(node, tg_arity(node)) && !tg_operand_of(node, -1));
        ck_assert_ptr_nonnull(strstr(tg_origin_of(node).file, "test_tape.c"));
    }
    ck_assert_ptr_null(tg_node(tape, length));
    ck_assert_ptr_null(tg_node(tape, SIZE_MAX));
    ck_assert_ptr_eq(tg_node(tape, 0), x);
    ck_assert_str_eq(tg_operation_of(x), "input");
    const tg_tensor *sum = tg_operand_of(y, tg_arity(y) - 1);
    ck_assert_str_eq(tg_operation_of(sum), "add");
    ck_assert_ptr_eq(tg_operand_of(sum, 1), x);
    ck_assert_int_eq(tg_origin_of(sum).line, line);
    ck_assert_str_eq(tg_origin_of(sum).function, "tg_add");
    ck_assert_str_eq(tg_origin_of(y).function, "tg_relu");
    ck_no_error();
}
END_TEST

START_TEST(asking_nothing_about_null_is_an_error)
{
    ck_assert_ptr_null(tg_tape_of(NULL));
    ck_assert_int_eq(tg_dtype_of(NULL), TG_DTYPE_DEFAULT);
    ck_assert_int_eq(tg_shape_from(NULL).rank, -1);
    ck_assert_int_eq(tg_rank(NULL), -1);
    ck_assert_int_eq(tg_dim(NULL, 0), -1);
    ck_assert_int_eq(tg_count(NULL), -1);
    ck_assert_str_eq(tg_name_of(NULL), "");
    ck_assert(!tg_depends(NULL, NULL));
    ck_assert_uint_eq(tg_tape_length(NULL), 0);
    ck_assert_uint_eq(tg_assign_count(NULL), 0);
    ck_assert_ptr_null(tg_tape_store(NULL));
    tg_tape_free(NULL);
    tg_rewind(NULL);
    tg_tape_clear_error(NULL);
    tg_dump(NULL, stderr);
    tg_draw(NULL, stderr);
    tg_dump(tape, NULL);
    tg_draw(tape, NULL);
    tg_print(NULL, stderr);
    ck_no_error();
}
END_TEST

START_TEST(a_tape_without_a_store_is_null_and_reported)
{
    tg_tape *none = tg_tape_new(NULL);
    ck_assert_ptr_null(none);
    ck_assert_int_eq(tg_tape_status(none), TG_ERR_ARGUMENT);
    FILE *out = capture();
    ck_assert_int_eq(tg_report(none, out), 1);
    (void)fclose(out);
    ck_captured("tape is NULL");
    ck_assert_ptr_null(tg_input(none, "x", TG_F32, TG_SHAPE(1)));
}
END_TEST

START_TEST(a_name_is_kept_and_copied)
{
    char name[] = "hidden";
    tg_tensor *x = tg_number(tape, 1);
    ck_assert_str_eq(tg_name_of(x), "");
    ck_assert_ptr_eq(tg_name(x, name), x);
    name[0] = 'X';
    ck_assert_str_eq(tg_name_of(x), "hidden");
    ck_assert_str_eq(tg_name_of(tg_input(tape, "in", TG_F32, TG_SHAPE(1))), "in");
    ck_assert_str_eq(tg_name_of(tg_input(tape, NULL, TG_F32, TG_SHAPE(1))), "");
    ck_assert_ptr_null(tg_name(x, NULL));
    ck_says("tg_name");
}
END_TEST

START_TEST(scratch_is_aligned_and_lives_on_the_tape)
{
    for (size_t size = 0; size < 100; size += 7) {
        void *block = tg_scratch(tape, size);
        ck_assert_ptr_nonnull(block);
        ck_assert_uint_eq((uintptr_t)block % 16, 0);
        memset(block, 0xff, size);
    }
    ck_assert_ptr_null(tg_scratch(tape, SIZE_MAX));
    ck_assert_int_eq(tg_tape_status(tape), TG_ERR_MEMORY);
}
END_TEST

START_TEST(a_shape_of_too_many_dimensions_is_refused_wherever_it_is_given)
{
    const tg_shape nine = TG_SHAPE(1, 1, 1, 1, 1, 1, 1, 1, 1);
    ck_assert_int_eq(nine.rank, -1);
    ck_assert_int_eq(TG_SHAPE(1, 1, 1, 1, 1, 1, 1, 1).rank, 8);
    ck_assert_int_eq(TG_SHAPE(3, -2).rank, -1);
    ck_assert_int_eq(tg_shape_count(nine), -1);
    ck_assert(!tg_shape_equal(nine, nine));
    ck_assert_int_eq(TG_AXES(0, 1, 2, 3, 4, 5, 6, 7, 0).count, -1);
    ck_assert_int_eq(tg_shape_count(TG_SHAPE(INT64_MAX, 2)), -1);
    ck_assert_int_eq(tg_shape_count(TG_SHAPE(INT64_MAX, INT64_MAX, 0)), -1);
    ck_assert_int_eq(tg_shape_count(TG_SCALAR), 1);
    tg_tensor *x = tg_number(tape, 1);
    ck_refused(tg_input(tape, "x", TG_F32, nine), TG_ERR_SHAPE, "0 to 8 axes");
    ck_refused(tg_full(tape, TG_F32, nine, 0), TG_ERR_SHAPE, "0 to 8 axes");
    ck_refused(tg_constant(tape, TG_F32, nine, "data"), TG_ERR_SHAPE, "0 to 8 axes");
    ck_refused(tg_uniform(tape, "key", TG_F32, nine, 0, 1), TG_ERR_SHAPE, "0 to 8 axes");
    ck_refused(tg_normal(tape, "key", TG_F32, nine, 0, 1), TG_ERR_SHAPE, "0 to 8 axes");
    ck_refused(tg_broadcast(x, nine), TG_ERR_SHAPE, "0 to 8 axes");
    ck_refused(tg_reshape(x, nine), TG_ERR_SHAPE, "0 to 8 axes");
    ck_assert_ptr_null(tg_param(store, "w", nine, tg_init_zeros()));
    ck_assert_int_eq(tg_store_status(store), TG_ERR_SHAPE);
}
END_TEST

/* ---- Looking at a tape ------------------------------------------------------------------ */

START_TEST(a_dump_has_a_line_for_each_node)
{
    tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(64, 10));
    const int line = __LINE__ - 1;
    tg_tensor *y = tg_sum(x, .axis = 1);
    (void)tg_add(x, x);
    const int sum_line = __LINE__ - 1;
    (void)tg_name(y, "rows \"total\"");
    (void)tg_number(tape, 0.25);
    const int number_line = __LINE__ - 1;
    ck_dumped("%0 [64, 10] f32 input", line);
    ck_dumped("%3 [64, 10] f32 add %0 %0", sum_line);
    ck_dumped("%4 [] f64 number 0.25", number_line);
    ck_captured("\"x\"");
    ck_assert_int_eq(captured_times("\n"), (int)tg_tape_length(tape));
}
END_TEST

START_TEST(gradient_nodes_take_the_line_of_what_they_differentiate)
{
    tg_tensor *x = tg_number(tape, 2);
    tg_tensor *y = tg_sin(x);
    const int sin_line = __LINE__ - 1;
    tg_tensor *z = tg_exp(y);
    const int exp_line = __LINE__ - 1;
    const size_t before = tg_tape_length(tape);
    tg_tensor *g = tg_grad(z, x);
    const int grad_line = __LINE__ - 1;
    ck_assert_ptr_nonnull(g);
    ck_assert_uint_gt(tg_tape_length(tape), before + 1);
    ck_dumped("f64 mul %3 %2", exp_line);
    ck_dumped("f64 cos %0", sin_line);
    ck_dumped("f64 number 1", grad_line);
    (void)tg_neg(g); /* and then lines are one's own again */
    const int after = __LINE__ - 1;
    ck_dumped("f64 neg %6", after);
}
END_TEST

/* Runs Graphviz over the drawing; false where there is none. */
static bool graphviz_takes(const char *drawing)
{
    char path[] = "/tmp/tapegrad-drawing-XXXXXX";
    const int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    const size_t size = strlen(drawing);
    ck_assert_int_eq(write(file, drawing, size), (ssize_t)size);
    (void)close(file);
    char command[128];
    (void)snprintf(command, sizeof command, "dot -Tsvg -o /dev/null %s 2>/dev/null", path);
    const int result = system(command);
    (void)unlink(path);
    ck_assert(WIFEXITED(result));
    if (WEXITSTATUS(result) == 127) return false;
    ck_assert_msg(WEXITSTATUS(result) == 0, "dot refuses: %s", drawing);
    return true;
}

START_TEST(a_drawing_is_a_graph_that_graphviz_takes)
{
    tg_var *w = tg_param(store, "layer \"one\"\\.w", TG_SHAPE(3), tg_init_zeros());
    tg_tensor *x = tg_name(tg_read(tape, w), "the \"x\" \\ of it");
    tg_tensor *y = tg_sum(tg_mul(tg_add_num(x, 2), x));
    (void)tg_grad(y, x);
    ck_no_error();
    FILE *out = capture();
    tg_draw(tape, out);
    (void)fclose(out);
    ck_assert_int_eq(strncmp(captured, "digraph", 7), 0);
    ck_assert_int_eq(captured_times("[label="), (int)tg_tape_length(tape));
    ck_assert_int_eq(captured_times("{"), captured_times("}"));
    ck_captured("n0 -> n");
    ck_captured("the \\\"x\\\" \\\\ of it");
    (void)graphviz_takes(captured);
}
END_TEST

START_TEST(printing_shows_shape_dtype_and_values)
{
    tg_tensor *x = tg_reshape(tg_iota(tape, TG_F32, 6), TG_SHAPE(2, 3));
    FILE *out = capture();
    tg_print(tg_name(x, "x"), out);
    (void)fclose(out);
    ck_assert_str_eq(captured, "x [2, 3] f32 [[0, 1, 2],\n [3, 4, 5]]\n");
    out = capture();
    tg_print(tg_number(tape, 0.5), out);
    (void)fclose(out);
    ck_assert_str_eq(captured, "[] f64 0.5\n");
    out = capture();
    tg_print(tg_iota(tape, TG_I64, 20), out);
    (void)fclose(out);
    ck_assert_str_eq(captured, "[20] i64 [0, 1, 2, ..., 17, 18, 19]\n");
    out = capture();
    tg_print(tg_less(tg_iota(tape, TG_I32, 2), tg_number_as(tape, TG_I32, 1)), out);
    (void)fclose(out);
    ck_assert_str_eq(captured, "[2] bool [true, false]\n");
    out = capture();
    tg_print(tg_full(tape, TG_F32, TG_SHAPE(2, 0), 1), out);
    (void)fclose(out);
    ck_assert_str_eq(captured, "[2, 0] f32 (empty)\n");
}
END_TEST

START_TEST(printing_leaves_out_the_middle_of_every_long_axis)
{
    tg_tensor *x = tg_reshape(tg_iota(tape, TG_I32, 100), TG_SHAPE(10, 10));
    FILE *out = capture();
    tg_print(x, out);
    (void)fclose(out);
    ck_captured("[10, 10] i32 [[0, 1, 2, ..., 7, 8, 9],\n [10,");
    ck_captured("29],\n ...\n [70");
    ck_captured("[90, 91, 92, ..., 97, 98, 99]]\n");
    ck_assert_int_eq(captured_times("["), captured_times("]"));
    ck_assert_ptr_null(strstr(captured, "33"));
}
END_TEST

/* ---- Rewinding -------------------------------------------------------------------------- */

START_TEST(rewinding_forgets_nodes_and_errors_and_keeps_variables)
{
    tg_var *w = tg_param(store, "w", TG_SHAPE(2), tg_init_constant(3));
    (void)tg_assign(w, tg_mul_num(tg_read(tape, w), 2));
    (void)tg_uniform(tape, "key", TG_F64, TG_SHAPE(2), 0, 1);
    ck_assert_uint_eq(tg_assign_count(tape), 1);
    (void)tg_reshape(tg_read(tape, w), TG_SHAPE(3));
    ck_assert_int_eq(tg_tape_status(tape), TG_ERR_SHAPE);
    tg_rewind(tape);
    ck_no_error();
    ck_assert_uint_eq(tg_tape_length(tape), 0);
    ck_assert_uint_eq(tg_assign_count(tape), 0);
    ck_assert_ptr_nonnull(tg_uniform(tape, "key", TG_F64, TG_SHAPE(2), 0, 1)); /* free again */
    (void)tg_assign(w, tg_mul_num(tg_read(tape, w), 2));
    ck_assert_int_eq(tg_commit(tape), TG_OK);
    double got[2];
    ck_assert_int_eq(tg_var_get(w, got, 2), TG_OK);
    ck_assert(got[0] == 6 && got[1] == 6);
}
END_TEST

START_TEST(a_handle_from_before_the_rewind_is_found_and_named)
{
    tg_tensor *old = tg_sin(tg_number(tape, 1));
    const int line = __LINE__ - 1;
    tg_rewind(tape);
    tg_tensor *live = tg_number(tape, 1);
    ck_refused(tg_exp(old), TG_ERR_STATE, "stale");
    ck_refused(tg_add(live, old), TG_ERR_STATE, "operand 1 is stale: node %1 (sin");
    char place[64];
    (void)snprintf(place, sizeof place, "test_tape.c:%d", line);
    (void)tg_exp(old);
    ck_says(place);
    tg_tape_clear_error(tape);
    double value = 7;
    ck_assert(isnan(tg_item(old)));
    ck_assert_int_eq(tg_tape_status(tape), TG_ERR_STATE);
    tg_tape_clear_error(tape);
    ck_assert_int_eq(tg_get(old, &value, 1), TG_ERR_STATE);
    tg_tape_clear_error(tape);
    ck_assert_ptr_null(tg_grad(old, old));
    ck_says("stale");
    tg_tape_clear_error(tape);
    ck_assert_ptr_null(tg_grad(live, old));
    ck_says("stale");
    tg_tape_clear_error(tape);
    ck_refused(tg_compile(tape, old), TG_ERR_STATE, "stale");
    ck_assert_ptr_null(tg_name(old, "name"));
    ck_says("stale");
}
END_TEST

START_TEST(a_stale_input_cannot_be_fed)
{
    tg_tensor *old = tg_input(tape, "x", TG_F64, TG_SHAPE(1));
    tg_rewind(tape);
    const double one = 1;
    ck_assert_int_eq(tg_feed(old, &one, 1), TG_ERR_STATE);
    ck_says("stale");
}
END_TEST

START_TEST(no_path_leads_from_or_to_a_stale_node)
{
    tg_tensor *x = tg_number(tape, 1), *y = x;
    for (int i = 0; i < 10; i++) y = tg_sin(y);
    ck_assert(tg_depends(y, x));
    ck_assert(!tg_depends(x, y));
    tg_rewind(tape);
    ck_assert(!tg_depends(y, x));
    tg_tensor *live = tg_number(tape, 1);
    ck_assert(!tg_depends(y, live));
    ck_assert(!tg_depends(live, x));
    ck_no_error();
}
END_TEST

/* ---- Reads, assignments, overrides ------------------------------------------------------ */

START_TEST(there_is_one_read_node_for_each_variable_and_tape)
{
    tg_var *v = tg_param(store, "v", TG_SHAPE(2), tg_init_zeros());
    tg_var *w = tg_param(store, "w", TG_SHAPE(2), tg_init_zeros());
    tg_tensor *read = tg_read(tape, w);
    ck_assert_ptr_ne(tg_read(tape, v), read);
    ck_assert_ptr_eq(tg_read(tape, w), read);
    ck_assert_uint_eq(tg_tape_length(tape), 2);
    tg_tape *other = tg_tape_new(store);
    ck_assert_ptr_ne(tg_read(other, w), read);
    tg_tape_free(other);
}
END_TEST

START_TEST(assigning_twice_names_both_lines)
{
    tg_var *w = tg_param(store, "w", TG_SCALAR, tg_init_zeros());
    tg_tensor *x = tg_number(tape, 1);
    ck_assert_ptr_eq(tg_assign(w, x), x);
    const int first = __LINE__ - 1;
    char words[64];
    (void)snprintf(words, sizeof words, "test_tape.c:%d already", first);
    ck_refused(tg_assign(w, x), TG_ERR_STATE, words);
    ck_assert_uint_eq(tg_assign_count(tape), 1);
}
END_TEST

START_TEST(latest_is_what_was_assigned_and_else_the_read)
{
    tg_var *w = tg_param(store, "w", TG_SCALAR, tg_init_constant(5));
    ck_assert_ptr_eq(tg_latest(tape, w), tg_read(tape, w));
    tg_tensor *twice = tg_mul_num(tg_read(tape, w), 2);
    (void)tg_assign(w, twice);
    ck_assert_ptr_eq(tg_latest(tape, w), twice);
    ck_assert_ptr_ne(tg_read(tape, w), twice);
    ck_assert(tg_item(tg_add(tg_latest(tape, w), tg_read(tape, w))) == 15);
}
END_TEST

START_TEST(overrides_nest_and_end_innermost_first)
{
    tg_var *v = tg_param(store, "v", TG_SCALAR, tg_init_constant(1));
    tg_var *w = tg_param(store, "w", TG_SCALAR, tg_init_constant(2));
    tg_tensor *read = tg_read(tape, w), *first = tg_number(tape, 10), *second = tg_number(tape, 20);
    ck_assert_int_eq(tg_override(tape, w, first), TG_OK);
    ck_assert_ptr_eq(tg_read(tape, w), first);
    ck_assert_int_eq(tg_override(tape, v, first), TG_OK);
    ck_assert_int_eq(tg_override(tape, w, second), TG_OK);
    ck_assert_ptr_eq(tg_read(tape, w), second);
    ck_assert_int_eq(tg_override_end(tape, w), TG_OK);
    ck_assert_ptr_eq(tg_read(tape, w), first);
    ck_assert_ptr_eq(tg_read(tape, v), first);
    ck_assert_int_eq(tg_override_end(tape, w), TG_OK);
    ck_assert_ptr_eq(tg_read(tape, w), read);
    ck_assert_ptr_eq(tg_read(tape, v), first);
    ck_no_error();
    ck_assert_int_eq(tg_override_end(tape, w), TG_ERR_STATE);
    ck_says("w is not overridden");
}
END_TEST

START_TEST(an_override_of_another_shape_or_dtype_is_refused)
{
    tg_var *w = tg_param(store, "w", TG_SHAPE(2), tg_init_zeros());
    ck_assert_int_eq(tg_override(tape, w, tg_number(tape, 1)), TG_ERR_SHAPE);
    ck_says("w is: f64 [2]");
    tg_tape_clear_error(tape);
    ck_assert_int_ne(tg_override(tape, w, tg_full(tape, TG_F32, TG_SHAPE(2), 0)), TG_OK);
    tg_tape_clear_error(tape);
    ck_assert_int_eq(tg_override(tape, w, NULL), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_override(tape, NULL, tg_number(tape, 1)), TG_ERR_ARGUMENT);
    tg_tape_clear_error(tape);
    ck_assert_int_eq(tg_override_end(tape, w), TG_ERR_STATE);
}
END_TEST

START_TEST(gradients_flow_to_what_overrides_a_variable)
{
    tg_var *w = tg_param(store, "w", TG_SCALAR, tg_init_constant(3));
    tg_tensor *read = tg_read(tape, w);
    tg_tensor *fast = tg_sub(read, tg_grad(tg_square(read), read)); /* w - 2w = -w */
    ck_assert_int_eq(tg_override(tape, w, fast), TG_OK);
    tg_tensor *loss = tg_square(tg_read(tape, w));
    ck_assert_int_eq(tg_override_end(tape, w), TG_OK);
    ck_assert(tg_item(loss) == 9);
    ck_assert(tg_item(tg_grad(loss, read)) == 6);
    ck_assert(tg_item(tg_grad(loss, fast)) == -6);
}
END_TEST

/* ---- Errors stick ----------------------------------------------------------------------- */

START_TEST(the_first_error_sticks_and_nothing_is_recorded_after_it)
{
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(2));
    ck_assert_ptr_null(tg_reshape(x, TG_SHAPE(3)));
    char first[TG_ERROR_TEXT];
    (void)snprintf(first, sizeof first, "%s", tg_tape_error(tape));
    const size_t length = tg_tape_length(tape);
    ck_assert_ptr_null(tg_exp(x));
    ck_assert_ptr_null(tg_transpose(x));
    ck_assert_ptr_null(tg_number(tape, 1));
    ck_assert_ptr_null(tg_input(tape, "y", TG_F64, TG_SHAPE(1)));
    ck_assert_ptr_null(tg_compile(tape, x));
    ck_assert_ptr_null(tg_scratch(tape, 10));
    ck_assert(isnan(tg_item(x)));
    const double data[2] = { 1, 2 };
    ck_assert_int_eq(tg_feed(x, data, 2), TG_ERR_SHAPE);
    ck_assert_str_eq(tg_tape_error(tape), first);
    ck_assert_uint_eq(tg_tape_length(tape), length);
    FILE *out = capture();
    ck_assert_int_eq(tg_report(tape, out), 1);
    (void)fclose(out);
    ck_captured(first);
    tg_tape_clear_error(tape);
    ck_assert_int_eq(tg_report(tape, NULL), 0);
    ck_assert_ptr_nonnull(tg_exp(x));
}
END_TEST

START_TEST(a_null_operand_passes_through_silently)
{
    tg_tensor *x = tg_number(tape, 1);
    const size_t length = tg_tape_length(tape);
    ck_assert_ptr_null(tg_exp(NULL));
    ck_assert_ptr_null(tg_add(x, NULL));
    ck_assert_ptr_null(tg_add(NULL, x));
    ck_assert_ptr_null(tg_sum(NULL, .axis = 1));
    ck_assert_ptr_null(tg_concat(TG_LIST(x, NULL), 0));
    ck_assert_ptr_null(tg_concat(TG_LIST(NULL, x), 0));
    ck_assert_ptr_null(tg_grad(NULL, x));
    ck_assert_ptr_null(tg_grad(x, NULL));
    ck_assert_ptr_null(tg_name(NULL, "name"));
    ck_assert(isnan(tg_item(NULL)));
    ck_no_error();
    ck_assert_uint_eq(tg_tape_length(tape), length);
}
END_TEST

START_TEST(an_error_of_the_store_reaches_its_tapes)
{
    ck_assert_ptr_null(tg_param(store, "", TG_SHAPE(1), tg_init_zeros()));
    ck_assert_int_eq(tg_store_status(store), TG_ERR_ARGUMENT);
    ck_assert_ptr_null(tg_number(tape, 1));
    FILE *out = capture();
    ck_assert_int_eq(tg_report(tape, out), 1);
    (void)fclose(out);
    ck_captured("test_tape.c:");
    tg_store_clear_error(store);
    ck_assert_ptr_nonnull(tg_number(tape, 1));
}
END_TEST

START_TEST(users_make_errors_stick_as_the_library_does)
{
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(2, 3));
    ck_assert_ptr_null(tg_fail(tape, TG_HERE, TG_ERR_SHAPE, "my_layer: %d is odd", 3));
    tg_fail_operands(tape, TG_LIST(x));
    ck_says("my_layer: 3 is odd");
    ck_says("x  [2, 3] f64");
    ck_assert_ptr_null(tg_fail(tape, TG_HERE, TG_ERR_DTYPE, "another"));
    ck_assert_int_eq(tg_tape_status(tape), TG_ERR_SHAPE);
}
END_TEST

START_TEST(a_message_longer_than_its_room_is_cut)
{
    char *text = malloc(3 * TG_ERROR_TEXT);
    ck_assert_ptr_nonnull(text);
    memset(text, 'a', 3 * TG_ERROR_TEXT - 1);
    text[3 * TG_ERROR_TEXT - 1] = 0;
    ck_assert_ptr_null(tg_fail(tape, TG_HERE, TG_ERR_SHAPE, "%s", text));
    tg_fail_operands(tape, (tg_list){ 0, NULL });
    ck_assert_uint_lt(strlen(tg_tape_error(tape)), TG_ERROR_TEXT);
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tape");
    TCase *all = tcase_create("tape");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_test(all, an_operation_appends_one_node_and_computes_nothing);
    tcase_add_test(all, a_tape_can_be_walked);
    tcase_add_test(all, asking_nothing_about_null_is_an_error);
    tcase_add_test(all, a_tape_without_a_store_is_null_and_reported);
    tcase_add_test(all, a_name_is_kept_and_copied);
    tcase_add_test(all, scratch_is_aligned_and_lives_on_the_tape);
    tcase_add_test(all, a_shape_of_too_many_dimensions_is_refused_wherever_it_is_given);
    tcase_add_test(all, a_dump_has_a_line_for_each_node);
    tcase_add_test(all, gradient_nodes_take_the_line_of_what_they_differentiate);
    tcase_add_test(all, a_drawing_is_a_graph_that_graphviz_takes);
    tcase_add_test(all, printing_shows_shape_dtype_and_values);
    tcase_add_test(all, printing_leaves_out_the_middle_of_every_long_axis);
    tcase_add_test(all, rewinding_forgets_nodes_and_errors_and_keeps_variables);
    tcase_add_test(all, a_handle_from_before_the_rewind_is_found_and_named);
    tcase_add_test(all, a_stale_input_cannot_be_fed);
    tcase_add_test(all, no_path_leads_from_or_to_a_stale_node);
    tcase_add_test(all, there_is_one_read_node_for_each_variable_and_tape);
    tcase_add_test(all, assigning_twice_names_both_lines);
    tcase_add_test(all, latest_is_what_was_assigned_and_else_the_read);
    tcase_add_test(all, overrides_nest_and_end_innermost_first);
    tcase_add_test(all, an_override_of_another_shape_or_dtype_is_refused);
    tcase_add_test(all, gradients_flow_to_what_overrides_a_variable);
    tcase_add_test(all, the_first_error_sticks_and_nothing_is_recorded_after_it);
    tcase_add_test(all, a_null_operand_passes_through_silently);
    tcase_add_test(all, an_error_of_the_store_reaches_its_tapes);
    tcase_add_test(all, users_make_errors_stick_as_the_library_does);
    tcase_add_test(all, a_message_longer_than_its_room_is_cut);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}

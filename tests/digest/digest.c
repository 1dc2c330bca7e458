/* digest.c: what random programs compute, as a line of hashes for each. Two builds compute the same
 * if they print the same, so a change that must not touch a result is compared with the state
 * before it (tools/digest). The program is made of program*.h and the public headers alone, for
 * older states to compile it too. The programs and the ways in which they run are those of
 * test_random_programs.c. */
#include "tests/digest/digest.h"
#include "tests/plan/program_feed.h"

/* ---- Options ---------------------------------------------------------------------------- */

/* clang-format off */
static const char usage[] =
    "Usage: digest [--programs N] [--first SEED] [--networks] [--check] [--pieces]\n"
    "\n"
    "Runs random programs, three steps of each, in several ways, and prints a line for each of them:\n"
    "\n"
    "  seed    of the program, or the network's name\n"
    "  kind    MOVES, WHOLE or SMOOTH, as tests/plan/program.h has them, or NETWORK\n"
    "  hashes  one for each way to run it, of all bits of its outputs and its variables after every\n"
    "          step; the first line names the ways, and - stands for a way that was left out\n"
    "  sizes   kernels and bytes of the plan of each way that has a plan: KERNELS/BYTES,...\n"
    "  status  ok, or how each step has ended, for each way if they differ, and the error's text\n"
    "\n"
    "  --programs N   so many (default 5000)\n"
    "  --first SEED   of the first one (default 0); the others follow\n"
    "  --networks     then trains some networks, and prints a line for each\n"
    "  --check        also compares the ways that must agree: one thread with two, and, for MOVES\n"
    "                 and WHOLE, planned with naive\n"
    "  --pieces       also prints a hash for each output and variable, above the program's line\n"
    "  --help         prints this\n"
    "\n"
    "The status is 0 if all could be recorded and no check has failed, else 1; 2 if the call is wrong.\n";
/* clang-format on */

static bool take_number(const char *text, uint64_t *out)
{
    char *end = NULL;
    if (!text || *text < '0' || *text > '9') return false;
    *out = strtoull(text, &end, 10);
    return *end == 0;
}

/* False if they cannot be understood. */
static bool parse(int argc, char **argv, digest_options *o)
{
    *o = (digest_options){ .programs = 5000 };
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--check") == 0) {
            o->check = true;
        } else if (strcmp(argv[i], "--networks") == 0) {
            o->networks = true;
        } else if (strcmp(argv[i], "--pieces") == 0) {
            o->pieces = true;
        } else if (strcmp(argv[i], "--programs") == 0) {
            if (!take_number(argv[++i], &o->programs)) return false;
        } else if (strcmp(argv[i], "--first") == 0) {
            if (!take_number(argv[++i], &o->first)) return false;
        } else {
            return false;
        }
    }
    return true;
}

/* ---- Running a program ------------------------------------------------------------------ */

/* The step's outputs; those of a step that fails do not count. */
static tg_status take_outputs(const digest_options *o, const program *p, digest_piece of,
                              const digest_way *w, digest_result *out)
{
    const uint64_t bits = out->bits, values = out->values;
    for (int i = w->last ? p->output_count - 1 : 0; i < p->output_count; i++) {
        of.index = i;
        const tg_status status = digest_output(o, of, p->outputs[i], out);
        if (status == TG_OK) continue;
        out->bits = bits;
        out->values = values;
        return status;
    }
    return TG_OK;
}

/* Runs the plan, or for want of one what the outputs need, and all assignments. */
static tg_status run_step(const digest_options *o, const program *p, digest_piece of,
                          const digest_way *w, tg_plan *plan, digest_result *out)
{
    if (plan) {
        const tg_status status = tg_run(plan);
        if (status == TG_OK) return take_outputs(o, p, of, w, out);
        if (!out->text[0]) snprintf(out->text, sizeof out->text, "%s", tg_plan_error(plan));
        return status;
    }
    const tg_status status = take_outputs(o, p, of, w, out);
    return status == TG_OK ? tg_commit(tape) : status;
}

/* NULL if the way has no plan. */
static tg_plan *compile(program *p, const digest_way *w, digest_result *out)
{
    if (w->commit) return NULL;
    const int first = w->last ? p->output_count - 1 : 0;
    const tg_list keep = { (size_t)(p->output_count - first), p->outputs + first };
    tg_plan *plan = tg_compile(tape, .keep = keep, .threads = w->threads, .naive = w->naive);
    digest_plan(out, plan);
    return plan;
}

/* False if the program cannot be recorded or compiled. */
static bool run_way(const digest_options *o, program *p, const char *subject, const digest_way *w,
                    digest_result *out)
{
    tg_plan *plan = NULL;
    bool fine = true;
    *out = digest_begin();
    store = tg_store_new(.seed = 7, .dtype = TG_F64);
    tape = digest_found(tg_tape_new(store));
    make_variables(p);
    make_operations(p);
    for (int step = 0; step < DIGEST_STEPS; step++) {
        if (step == 0 || w->rerecord) {
            tg_plan_free(plan);
            plan = NULL;
            tg_rewind(tape);
            record(p, w->rerecord ? (uint64_t)step : 0);
            plan = compile(p, w, out);
            fine = digest_fine(subject, w->name, tape);
            if (!fine) break;
        }
        const digest_piece of = { subject, w->name, .step = step, .exact = p->kind == WHOLE };
        (void)feed_all(p, step);
        out->status[step] = run_step(o, p, of, w, plan, out);
        digest_variables(o, of, store, out);
    }
    tg_plan_free(plan);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine;
}

/* ---- All of them ------------------------------------------------------------------------ */

static bool check(const program *p, const char *subject, const digest_result results[])
{
    bool fine = digest_agree(subject, results, PLANNED, THREADS);
    if (p->kind == SMOOTH) return fine;
    fine &= digest_agree(subject, results, NAIVE, PLANNED);
    fine &= digest_agree(subject, results, ANEW, DEFINE);
    return fine;
}

static bool digest_program(const digest_options *o, uint64_t seed)
{
    static const char *const kinds[] = {
        [MOVES] = "MOVES", [WHOLE] = "WHOLE", [SMOOTH] = "SMOOTH"
    };
    static program p;
    static digest_result results[DIGEST_WAYS];
    char subject[32];
    snprintf(subject, sizeof subject, "%" PRIu64, seed);
    init_program(&p, seed, (making){ .proof = false });
    for (int i = 0; i < DIGEST_WAYS; i++) {
        if (run_way(o, &p, subject, &digest_ways[i], &results[i])) continue;
        printf("%s %s cannot be recorded\n", subject, kinds[p.kind]);
        return false;
    }
    digest_print(subject, kinds[p.kind], results);
    return !o->check || check(&p, subject, results);
}

int main(int argc, char **argv)
{
    digest_options o;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return 0;
    }
    if (!parse(argc, argv, &o)) {
        fputs(usage, stderr);
        return 2;
    }
    printf("seed kind");
    for (int i = 0; i < DIGEST_WAYS; i++) printf(" %s", digest_ways[i].name);
    printf(" sizes status\n");
    bool fine = true;
    for (uint64_t i = 0; i < o.programs; i++) fine &= digest_program(&o, o.first + i);
    if (o.networks) fine &= digest_networks(&o);
    return fine ? 0 : 1;
}

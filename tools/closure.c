/* closure.c: prints the closure matrix: what is proven of every primitive, and of every function
 * that is made of them. The proofs are those of the test suite (tests/ops/closure.h). */
#include "tests/ops/closure.h"

/* ---- Options ---------------------------------------------------------------------------- */

typedef struct options {
    closure_options proof;
    bool markdown;
    int names; /* how many, at the end of argv; 0: all rows */
    char *const *name;
} options;

static const char usage[] =
    "Usage: closure [--draws N] [--seed N] [--markdown] [--dump] [NAME...]\n"
    "\n"
    "Proves every primitive, and every function made of them, by random draws, and prints what\n"
    "was measured; or of those named alone.\n"
    "\n"
    "  --draws N    so many for each (default 200)\n"
    "  --seed N     of the first draw (default 0); the others follow\n"
    "  --markdown   prints a table for a document\n"
    "  --dump       prints the program of the first failure of a row to stderr\n"
    "  --help       prints this\n"
    "\n"
    "The status is 0 if all cells hold, 1 if one fails or is empty, 2 if the call is wrong.\n";

static bool take_number(const char *text, uint64_t *out)
{
    char *end = NULL;
    if (!text || *text < '0' || *text > '9') return false;
    *out = strtoull(text, &end, 10);
    return *end == 0;
}

/* False if they cannot be understood. */
static bool parse(int argc, char **argv, options *o)
{
    *o = (options){ .proof = { .draws = 200 } };
    int i = 1;
    for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
        uint64_t number;
        if (strcmp(argv[i], "--markdown") == 0) {
            o->markdown = true;
        } else if (strcmp(argv[i], "--dump") == 0) {
            o->proof.dump = stderr;
        } else if (strcmp(argv[i], "--draws") == 0) {
            if (!take_number(argv[++i], &number) || number < 1 || number > 1000000) return false;
            o->proof.draws = (int)number;
        } else if (strcmp(argv[i], "--seed") == 0) {
            if (!take_number(argv[++i], &o->proof.seed)) return false;
        } else {
            return false;
        }
    }
    o->names = argc - i;
    o->name = argv + i;
    return true;
}

static bool wanted(const options *o, const char *name)
{
    for (int i = 0; i < o->names; i++)
        if (strcmp(o->name[i], name) == 0) return true;
    return o->names == 0;
}

/* Every name is that of a row. */
static bool names_exist(const options *o)
{
    for (int i = 0; i < o->names; i++) {
        bool found = false;
        for (int k = 0; k < row_count() && !found; k++)
            found = strcmp(row_at(k).name, o->name[i]) == 0;
        if (found) continue;
        fprintf(stderr, "closure: there is no row \"%s\"\n", o->name[i]);
        return false;
    }
    return true;
}

/* ---- Cells ------------------------------------------------------------------------------ */

enum { NAME_WIDTH = 18, CELL_WIDTH = 14, CELL_TEXT = 32, MAX_REASONS = 64 };

static const char *const titles[COLUMNS] = {
    [COLUMN_VJP] = "vjp",
    [COLUMN_JVP] = "jvp",
    [COLUMN_F32] = "f32",
    [COLUMN_SECOND] = "second order",
    [COLUMN_F64] = "f64",
    [COLUMN_EXECUTORS] = "planned=naive",
    [COLUMN_SINGULAR] = "singular pts",
};

/* The reasons in the order in which the table refers to them. */
typedef struct reasons {
    const char *text[MAX_REASONS];
    int count;
} reasons;

static int reason_number(reasons *all, const char *text)
{
    int i = 0;
    while (i < all->count && strcmp(all->text[i], text) != 0) i++;
    if (i == all->count && i < MAX_REASONS) all->text[all->count++] = text;
    return i + 1;
}

static bool in_epsilons(column c) { return c == COLUMN_F32 || c == COLUMN_EXECUTORS; }

static const char *cell_text(const row *r, column c, reasons *all, char *out)
{
    const cell *x = &r->cells[c];
    switch (x->kind) {
    case CELL_MEASURED:
        if (x->worst == 0) return "exact";
        snprintf(out, CELL_TEXT, in_epsilons(c) ? "%.1f eps" : "%.1e", x->worst);
        return out;
    case CELL_COUNTED: snprintf(out, CELL_TEXT, "%.0f", x->worst); return out;
    case CELL_DECLARED: snprintf(out, CELL_TEXT, "[%d]", reason_number(all, x->reason)); return out;
    case CELL_FAILED: return "FAIL";
    default: return "EMPTY";
    }
}

/* ---- The table -------------------------------------------------------------------------- */

static void print_rule(void)
{
    for (int i = 0; i < NAME_WIDTH + COLUMNS * CELL_WIDTH; i++) putchar('-');
    putchar('\n');
}

static void print_heading(const options *o, const char *what)
{
    if (o->markdown) {
        printf("\n| %s |", what);
        for (int c = 0; c < COLUMNS; c++) printf(" %s |", titles[c]);
        printf("\n|---|");
        for (int c = 0; c < COLUMNS; c++) printf("---:|");
    } else {
        printf("\n%-*s", NAME_WIDTH, what);
        for (int c = 0; c < COLUMNS; c++) printf("%*s", CELL_WIDTH, titles[c]);
    }
    putchar('\n');
    if (!o->markdown) print_rule();
}

static void print_row(const options *o, const row *r, reasons *all)
{
    char text[CELL_TEXT];
    if (o->markdown) printf("| %s |", r->name);
    else printf("%-*s", NAME_WIDTH, r->name);
    for (int c = 0; c < COLUMNS; c++) {
        const char *shown = cell_text(r, (column)c, all, text);
        if (o->markdown) printf(" %s |", shown);
        else printf("%*s", CELL_WIDTH, shown);
    }
    putchar('\n');
    fflush(stdout);
}

static void print_legend(const options *o, const reasons *all)
{
    static const char *const legend[COLUMNS] = {
        [COLUMN_VJP] = "gradient against central differences of fourth order, in f64",
        [COLUMN_JVP] = "tg_jvp against the same differences; and <u, Jv> = <J'u, v> to 1e-12",
        [COLUMN_SECOND] = "gradient of the gradient against differences of the gradient",
        [COLUMN_F32] = "value and both derivatives in f32 against those in f64",
        [COLUMN_F64] =
            "vjp(a u + b w) against a vjp(u) + b vjp(w); where there is no vjp, two runs",
        [COLUMN_EXECUTORS] = "the planned program against the naive executor, f32 and f64",
        [COLUMN_SINGULAR] = "awkward places with stated values and slopes (tests/ops/singular.h)",
    };
    putchar('\n');
    for (int c = 0; c < COLUMNS; c++) {
        if (o->markdown) printf("- %s: %s", titles[c], legend[c]);
        else printf("%-*s%s", NAME_WIDTH, titles[c], legend[c]);
        if (LIMITS[c] > 0)
            printf("; at most %g%s", LIMITS[c], in_epsilons((column)c) ? " eps" : "");
        putchar('\n');
    }
    if (all->count > 0) putchar('\n');
    for (int i = 0; i < all->count; i++)
        printf("%s[%d] %s\n", o->markdown ? "- " : "", i + 1, all->text[i]);
}

/* ---- All of it -------------------------------------------------------------------------- */

/* Rows [from] to [to]; how many of them do not hold. */
static int print_rows(const options *o, const char *title, int from, int to, reasons *all)
{
    int shown = 0, failed = 0;
    for (int i = from; i < to; i++) {
        row r = row_at(i);
        if (!wanted(o, r.name)) continue;
        if (shown++ == 0) print_heading(o, title);
        prove(&r, o->proof);
        print_row(o, &r, all);
        if (row_holds(&r)) continue;
        failed++;
        if (r.message[0]) fprintf(stderr, "%s\n", r.message);
    }
    return failed;
}

int main(int argc, char **argv)
{
    options o;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return 0;
    }
    if (!parse(argc, argv, &o)) {
        fputs(usage, stderr);
        return 2;
    }
    if (!names_exist(&o)) return 2;
    reasons all = { .count = 0 };
    const int primitives = primitive_count(), rows = row_count();
    if (!o.markdown)
        printf("%d primitives and %d compositions, %d draws each from seed %llu\n", primitives,
               rows - primitives, o.proof.draws, (unsigned long long)o.proof.seed);
    int failed = print_rows(&o, "primitive", 0, primitives, &all);
    failed += print_rows(&o, "composition", primitives, rows, &all);
    print_legend(&o, &all);
    if (failed) printf("\n%d rows do not hold.\n", failed);
    else printf("\nAll cells hold.\n");
    return failed ? 1 : 0;
}

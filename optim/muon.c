/* muon.c: Muon: momentum, whose matrices are orthogonalised: all singular values become nearly
 * 1. */
#include "optimizer.h"

#include <math.h>

#undef TG_HERE
#define TG_HERE at

enum { MOST_ITERATIONS = 100 };

typedef struct sizes {
    int64_t rows, columns;
} sizes;

static sizes sizes_of(const tg__optim_param *param)
{
    const tg_shape shape = tg_var_shape(param->var);
    sizes s = { shape.dim[0], 1 };
    for (int i = 1; i < shape.rank; i++) s.columns *= shape.dim[i];
    return s;
}

/* One Newton-Schulz iteration: X = a X + (b A + c A A) X with A = X X'. */
static tg_tensor *iterate(const tg__optim *optim, tg_tensor *x)
{
    const tg_site at = optim->at;
    tg_tensor *squares = tg_matmul(x, tg_transpose(x));
    tg_tensor *fourth = tg_mul_num(tg_matmul(squares, squares), 2.0315);
    tg_tensor *both = tg_add(tg_mul_num(squares, -4.775), fourth);
    return tg_add(tg_mul_num(x, 3.4445), tg_matmul(both, x));
}

/* [x] with singular values near 1. It is divided by its norm first, in f64, which holds the squares
 * of any f32. */
static tg_tensor *orthogonalised(const tg__optim *optim, const tg_muon_args *args, tg_tensor *x,
                                 sizes s)
{
    const tg_site at = optim->at;
    const tg_shape shape = tg_shape_from(x);
    const bool tall = s.rows > s.columns;
    x = tg_reshape(x, TG_SHAPE(s.rows, s.columns));
    if (tall) x = tg_transpose(x);
    tg_tensor *norm = tg_maximum_num(tg_global_norm(TG_LIST(x)), args->eps);
    x = tg_cast(tg_div(tg_cast(x, TG_F64), norm), optim->dtype);
    for (int i = 0; i < args->iterations; i++) x = iterate(optim, x);
    if (tall) x = tg_transpose(x);
    return tg_reshape(x, shape);
}

static double scale_of(const tg_muon_args *args, sizes s)
{
    const double rows = (double)s.rows, columns = (double)s.columns;
    if (args->scale == TG_MUON_RMS) return 0.2 * sqrt(fmax(rows, columns));
    return columns > 0 ? sqrt(fmax(1, rows / columns)) : 1;
}

static bool options_hold(const tg__optim *optim, const tg_muon_args *args)
{
    if (!tg__optim_check(optim, "eps", args->eps, TG__POSITIVE) ||
        !tg__optim_check_count(optim, "iterations", args->iterations, 1))
        return false;
    const char *wrong = NULL;
    if (args->iterations > MOST_ITERATIONS) wrong = "iterations must be at most 100";
    else if ((unsigned)args->scale > TG_MUON_RMS) wrong = ".scale is none of tg_muon_scale's";
    if (wrong) tg_fail(optim->tape, optim->at, TG_ERR_ARGUMENT, "tg_muon: %s", wrong);
    return !wrong;
}

/* True if all parameters have at least two axes; else an error. */
static bool parameters_fit(const tg__optim *optim)
{
    for (size_t i = 0; i < optim->count; i++) {
        const tg_var *var = optim->param[i].var;
        if (tg_var_shape(var).rank >= 2) continue;
        tg_fail(optim->tape, optim->at, TG_ERR_SHAPE,
                "tg_muon: \"%s\" has %d axes, and it takes parameters of two and more; leave "
                "others to another optimizer (.except here, .params or .wrt there)",
                tg_var_name(var), tg_var_shape(var).rank);
        (void)tg_undo(optim->at);
        return false;
    }
    return true;
}

tg_updates tg_muon_with(const tg_muon_args *given)
{
    tg_muon_args args = { TG_MUON_DEFAULTS };
    const double usual = args.momentum;
    const tg__optim_rule rule = { .op = "tg_muon", .decoupled = true };
    tg__optim optim;
    if (!TG__OPTIM_BEGIN(&optim, &rule, args, given)) return tg__optim_none();
    const tg__hyper_args of = { .name = "momentum",
                                .number = args.momentum,
                                .usual = usual,
                                .range = TG__BELOW_ONE,
                                .tensor = args.momentum_at,
                                .schedule = &args.momentum_schedule };
    if (!tg__hyper_fits(&optim, &of) || !options_hold(&optim, &args) ||
        !tg__optim_collect(&optim) || !parameters_fit(&optim))
        return tg__optim_none();

    const tg_site at = optim.at;
    const tg__hyper momentum = tg__hyper_of(&optim, &of);
    for (size_t i = 0; i < optim.count; i++) {
        const tg__optim_param *param = &optim.param[i];
        const sizes s = sizes_of(param);
        tg_var *state = tg__optim_state(&optim, param, "v");
        tg_tensor *u = tg__optim_average(&optim, state, param->grad, momentum);
        if (args.nesterov)
            u = tg_add(tg__times_rest(&optim, param->grad, momentum),
                       tg__times(&optim, u, momentum));
        tg_tensor *rate = tg__optim_cast(&optim, tg_mul_num(optim.lr, scale_of(&args, s)));
        tg__optim_move(&optim, param, tg_mul(orthogonalised(&optim, &args, u, s), rate));
    }
    return tg__optim_end(&optim);
}

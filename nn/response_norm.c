/* response_norm.c: local response norm: each channel is divided by a power of the mean square of
 * its neighbours, which is an average pooling along the channels. */
#include "norm.h"

#include <math.h>

#undef TG_HERE
#define TG_HERE at

static bool options_hold(const tg_local_response_norm_args *args)
{
    static const char op[] = "tg_local_response_norm";
    const tg_site at = args->at;
    tg_tape *tape = tg_tape_of(args->x);
    const int rank = tg_rank(args->x);
    if (!tg__nn_is_float(at, op, "x", args->x)) return false;
    if (rank < 2 || rank > 5) {
        tg_fail(tape, at, TG_ERR_SHAPE, "%s: x must be [N, channels, ...] of rank 2 to 5", op);
        tg_fail_operands(tape, TG_LIST(args->x));
        return false;
    }
    if (args->size < 1)
        tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: size = %lld must be at least 1", op,
                (long long)args->size);
    else if (!isfinite(args->alpha) || !isfinite(args->beta))
        tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: alpha = %g and beta = %g must be finite", op,
                args->alpha, args->beta);
    else if (!(args->k > 0 && isfinite(args->k)))
        tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: k = %g must be finite and above 0", op, args->k);
    return tg_tape_status(tape) == TG_OK;
}

tg_tensor *tg_local_response_norm_with(const tg_local_response_norm_args *given)
{
    tg_local_response_norm_args args = { TG_LOCAL_RESPONSE_NORM_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_local_response_norm", x)) return NULL;
    if (!tg_enter(&args.at, "tg_local_response_norm", TG_LIST(args.x)) || !options_hold(&args))
        return NULL;
    const tg_site at = args.at;
    const int64_t channels = tg_dim(args.x, 1);
    /* At most all channels: further ones are padding, 0. */
    const int64_t before = args.size / 2, after = args.size - 1 - before;
    const int64_t front = before < channels ? before : channels;
    const int64_t behind = after < channels ? after : channels;
    if (channels == 0) return args.x;
    tg_tensor *squares = tg_pad(tg_square(args.x), 1, front, behind, 0, 0);
    tg_tensor *sums = tg_sum(tg_window(squares, 1, front + behind + 1, 1, 1), .axis = -1);
    tg_tensor *base = tg_add_num(tg_mul_num(sums, args.alpha / (double)args.size), args.k);
    return tg_mul(args.x, tg_pow_num(base, -args.beta));
}

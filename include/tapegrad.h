/* tapegrad.h: the one header to include. It is made of a few by topic:
 *
 *   tg_base.h    versions, status codes, dtypes, shapes, call sites, memory
 *   tg_tape.h    stores, variables, tapes, values; differentiation
 *   tg_ops.h     leaves and elementwise operations
 *   tg_array.h   reductions, scans, sorting, movement, indexing, products
 *   tg_random.h  random numbers
 *   tg_custom.h  operations of your own
 *   tg_transforms.h  jvp, hvp, Jacobian, Hessian; proofs of derivatives
 *   tg_run.h     plans: compile once, run many times
 *   tg_nn.h      layers, activations, losses, initialisers, metrics
 *   tg_optim.h   optimizers
 *   tg_schedule.h  learning-rate schedules
 *   tg_steps.h   gradients of several batches, clipping, averages of weights
 *   tg_jit.h     plans as machine code, compiled while the program runs
 *   tg_emit.h    a plan as one C file
 *   tg_minimize.h  L-BFGS; parameters and gradients as vectors
 *   tg_io.h      IDX and CSV readers, splits, batches, progress
 *   tg_data.h    sources of samples, transforms, loaders that make batches ahead
 *   tg_numpy.h   arrays in NumPy's files
 *   tg_png.h     pictures as PNG files
 *   tg_prepare.h scalers, one-hot labels, random splits, folds
 *   tg_table.h   tables: CSV with names, words and missing values; writing CSV
 *   tg_text.h    text files, vocabularies of bytes and characters
 *   tg_save.h    stores as safetensors files
 *   tg_checkpoint.h  the last states of a run, and the best
 *   tg_logger.h  logs of training runs, learning curves
 *   tg_page.h    reports of training runs as HTML
 *   tg_runner.h  a step, over the batches of a loader
 *   tg_early_stop.h  early stopping
 *   tg_fit.h     the loop of a training run; finding a learning rate
 *   tg_search.h  searches for hyper-parameters
 *   tg_health.h  what is wrong with a training step, and what to try
 *
 * A program records operations on a tape, differentiates by recording more of
 * them, compiles what it wants into a plan, and runs the plan:
 *
 *     tg_store *store = tg_store_new(.dtype = TG_F64);
 *     tg_tape *tape = tg_tape_new(store);
 *     tg_tensor *x = tg_number(tape, 2.0);
 *     tg_tensor *y = tg_mul(x, tg_sin(x));
 *     printf("%g\n", tg_item(tg_grad(y, x)));
 */
#ifndef TAPEGRAD_H
#define TAPEGRAD_H

#include "tg_base.h"
#include "tg_tape.h"
#include "tg_ops.h"
#include "tg_array.h"
#include "tg_random.h"
#include "tg_custom.h"
#include "tg_transforms.h"
#include "tg_run.h"
#include "tg_instance.h"
#include "tg_profile.h"
#include "tg_jit.h"
#include "tg_emit.h"
#include "tg_nn.h"
#include "tg_schedule.h"
#include "tg_optim.h"
#include "tg_steps.h"
#include "tg_minimize.h"
#include "tg_io.h"
#include "tg_data.h"
#include "tg_numpy.h"
#include "tg_png.h"
#include "tg_save.h"
#include "tg_checkpoint.h"
#include "tg_logger.h"
#include "tg_prepare.h"
#include "tg_table.h"
#include "tg_text.h"
#include "tg_page.h"
#include "tg_runner.h"
#include "tg_early_stop.h"
#include "tg_fit.h"
#include "tg_search.h"
#include "tg_health.h"

#endif

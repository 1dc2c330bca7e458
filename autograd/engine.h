/* engine.h: the engine's own view of stores, tapes, nodes and operations: all of it. */
#ifndef TG_ENGINE_H
#define TG_ENGINE_H

#include "autograd/error.h"
#include "autograd/op.h"
#include "autograd/print.h"
#include "autograd/reach.h"
#include "autograd/record.h"
#include "autograd/store.h"
#include "autograd/tape.h"
#include "autograd/text.h"
#include "kernels/dtype.h"
#include "kernels/hash.h"
#include "kernels/memory.h"
#include "kernels/view.h"
#include "tg_custom.h"
#include "tg_run.h"

#endif

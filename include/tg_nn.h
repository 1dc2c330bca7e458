/* tg_nn.h: layers, activations, losses, initialisers, metrics.
 *
 * All of them are compositions of the primitives in tg_ops.h, written with the public headers
 * alone: they have no kernels or backward passes of their own, and their nodes have the caller's
 * file and line. A NULL operand gives NULL, as with primitives. */
#ifndef TG_NN_H
#define TG_NN_H

#include "tg_activation.h"
#include "tg_attention.h"
#include "tg_conv.h"
#include "tg_flow.h"
#include "tg_generate.h"
#include "tg_graph.h"
#include "tg_init.h"
#include "tg_layer.h"
#include "tg_loss.h"
#include "tg_metric.h"
#include "tg_normalization.h"
#include "tg_random.h"
#include "tg_recurrent.h"

#endif

/* batch.c: makes a batch from samples, in the epoch's order, through the transforms. The batch is a
 * function of the maker's position alone, so it does not matter which thread makes it, or when. */
#include "io/data.h"

#include "autograd/engine.h"
#include "kernels/parallel.h"

#include <string.h>

/* ---- One sample --------------------------------------------------------------------- */

/* The number of the sample at that position. */
static int64_t sample_at(const tg__maker *maker, tg_position at)
{
    if (maker->sums) {
        tg_dice dice = tg__dice(maker->seed, at, 0);
        return tg__weights_draw(maker->sums, maker->samples->length, tg_dice_uniform(&dice));
    }
    return maker->order ? maker->order[at.row] : at.row;
}

/* Writes an error into the slot; the message begins with [place]. */
static void fail(tg__slot *slot, const tg_error *why, const char *place)
{
    slot->rows = -1;
    tg__error_set(&slot->error, why->status, "%s: %s", place, why->text);
}

static void fail_sample(tg__slot *slot, const tg_error *why, tg_position at, int64_t sample,
                        const tg__stage *stage)
{
    char place[160], number[32] = "";
    if (sample != at.row) (void)snprintf(number, sizeof number, ", sample %lld", (long long)sample);
    (void)snprintf(place, sizeof place, "row %lld of epoch %lld%s", (long long)at.row,
                   (long long)at.epoch, number);
    if (stage) {
        const size_t used = strlen(place);
        (void)snprintf(place + used, sizeof place - used, ": transform %d, %s", stage->number,
                       stage->name);
    }
    fail(slot, why, place);
}

/* Applies the transforms to maker->sample; now[] receives where the results are. */
static bool transform(const tg__maker *maker, tg__slot *slot, tg_position at, int64_t sample,
                      void *now[])
{
    memcpy(now, maker->sample, sizeof maker->sample);
    for (int i = 0; i < maker->sample_stages; i++) {
        const tg__stage *stage = &maker->stages[i];
        tg_dice dice = tg__dice(maker->seed, at, stage->number);
        tg_error why = { TG_OK, "" };
        const tg_status status = tg__stage_run(stage, now, &dice, &why);
        if (status == TG_OK) continue;
        why.status = status;
        why.text[sizeof why.text - 1] = 0;
        if (!why.text[0]) (void)snprintf(why.text, sizeof why.text, "%s", tg_status_name(status));
        fail_sample(slot, &why, at, sample, stage);
        return false;
    }
    return true;
}

/* The address of a field's row in the slot. */
static unsigned char *place_of(const tg__maker *maker, const tg__slot *slot, size_t field,
                               int64_t row)
{
    size_t bytes = 0;
    (void)tg__field_bytes(&maker->fields.field[field], 1, &bytes); /* cannot fail: it was checked */
    return (unsigned char *)slot->field[field] + (size_t)row * bytes;
}

static void place_row(const tg__maker *maker, const tg__slot *slot, int64_t row, void *const from[])
{
    for (size_t i = 0; i < maker->fields.count; i++) {
        size_t bytes = 0;
        (void)tg__field_bytes(&maker->fields.field[i], 1, &bytes);
        if (bytes > 0) memcpy(place_of(maker, slot, i, row), from[i], bytes);
    }
}

/* Makes row [row] of the batch. Returns as a tg_next_fn does; an error is in the slot. */
static int make_row(tg__maker *maker, tg__slot *slot, int64_t row)
{
    void *now[TG_MAX_FIELDS] = { NULL };
    tg_position at = maker->at;
    at.row += row;
    const int64_t sample = sample_at(maker, at);
    tg_error why = { TG_OK, "" };
    for (size_t i = 0; maker->sample_stages == 0 && i < maker->fields.count; i++)
        now[i] = place_of(maker, slot, i, row);
    const bool direct = maker->sample_stages == 0;
    const int got = tg__samples_read(maker->samples, sample, direct ? now : maker->sample, &why);
    if (got < 0) fail_sample(slot, &why, at, sample, NULL);
    if (got == 1 && !direct) {
        if (!transform(maker, slot, at, sample, now)) return -1;
        place_row(maker, slot, row, now);
    }
    return got;
}

/* ---- A batch ------------------------------------------------------------------------ */

static void arrange(tg__maker *maker)
{
    if (!maker->order || maker->ordered == maker->at.epoch) return;
    tg__arrange(maker->order, maker->rows, maker->seed, maker->at.epoch, true);
    maker->ordered = maker->at.epoch;
}

/* Writes the mask, and fills the missing rows with copies of the batch's rows. */
static void pad(const tg__maker *maker, tg__slot *slot)
{
    float *mask = slot->field[maker->fields.count];
    for (int64_t row = 0; row < maker->batch; row++) mask[row] = row < slot->rows;
    for (int64_t row = slot->rows; row < maker->batch; row++) {
        void *from[TG_MAX_FIELDS];
        for (size_t i = 0; i < maker->fields.count; i++)
            from[i] = place_of(maker, slot, i, row - slot->rows);
        place_row(maker, slot, row, from);
    }
}

static void mix(const tg__maker *maker, const tg__slot *slot)
{
    for (int i = maker->sample_stages; i < maker->all_stages; i++) {
        tg_dice dice = tg__dice(maker->seed, slot->at, maker->stages[i].number);
        tg__stage_mix(&maker->stages[i], slot->field, slot->rows, &dice);
    }
}

static void end_epoch(tg__maker *maker, tg__slot *slot)
{
    slot->rows = 0;
    maker->at = (tg_position){ maker->at.epoch + 1, 0 };
    maker->ended = false;
}

/* Reports that the samples ended before their stated length. */
static void fail_early_end(const tg__maker *maker, tg__slot *slot, int64_t row)
{
    tg_error why = { .status = TG_ERR_FORMAT };
    tg_position at = maker->at;
    at.row += row;
    (void)snprintf(why.text, sizeof why.text, "the samples end here; their .length is %lld",
                   (long long)maker->samples->length);
    fail_sample(slot, &why, at, sample_at(maker, at), NULL);
}

static void make(tg__maker *maker, tg__slot *slot, atomic_bool *hurry)
{
    const int64_t left = maker->rows < 0 ? maker->batch : maker->rows - maker->at.row;
    const int64_t wanted = left < maker->batch ? left : maker->batch;
    slot->at = maker->at;
    slot->rows = slot->passed = wanted;
    slot->error.status = TG_OK;
    if (wanted <= 0 || maker->ended) {
        end_epoch(maker, slot);
        return;
    }
    arrange(maker);
    int64_t row = 0;
    int got = 1;
    while (row < wanted && !atomic_load_explicit(hurry, memory_order_relaxed)) {
        got = make_row(maker, slot, row);
        if (got != 1) break;
        row++;
    }
    if (got == 0 && maker->rows >= 0) fail_early_end(maker, slot, row);
    if (slot->rows < 0) { /* an error: an epoch of unknown length ends here */
        maker->ended = maker->rows < 0;
    } else if (maker->rows < 0 && got == 0) {
        slot->rows = slot->passed = maker->drop_last ? 0 : row;
        maker->ended = true;
        if (slot->rows == 0) {
            end_epoch(maker, slot);
            return;
        }
    }
    maker->at.row += slot->passed;
    if (slot->rows < 0) return;
    mix(maker, slot);
    if (maker->pad) pad(maker, slot);
}

void tg__make_batch(tg__maker *maker, tg__slot *slot, atomic_bool *hurry)
{
    /* Floating-point arithmetic as on all threads of the library: denormals are kept, whatever the
     * program has set. */
    const tg__fpu fpu = tg__fpu_enter(false);
    make(maker, slot, hurry);
    tg__fpu_leave(fpu);
}

/* ahead.c: batches that a thread makes ahead of the program, in a ring of slots. Without a thread
 * the same function makes them in the same slots, when they are asked for.
 *
 * The thread fills the slots in order, and the program takes them in that order; one waits for the
 * other if the ring is full or empty. While the thread runs, only it uses the samples and the
 * maker. A seek discards all slots that are filled, and the batch that is being made. */
#include "io/data.h"

#include "kernels/parallel.h"

#include <unistd.h>

static tg__slot *slot_of(tg__ahead *ahead, uint64_t number)
{
    return &ahead->slots[number % (uint64_t)ahead->count];
}

/* ---- The thread --------------------------------------------------------------------- */

static bool full(const tg__ahead *ahead)
{
    return ahead->made - ahead->taken == (uint64_t)ahead->count;
}

/* Makes one batch. The mutex is held when it is called and when it returns. */
static void make_one(tg__ahead *ahead)
{
    tg__slot *slot = slot_of(ahead, ahead->made);
    pthread_mutex_unlock(&ahead->mutex);
    tg__make_batch(ahead->maker, slot, &ahead->hurry);
    pthread_mutex_lock(&ahead->mutex);
    if (ahead->moved || ahead->ends) return;
    ahead->made++;
    pthread_cond_signal(&ahead->made_one);
}

static void go_to(tg__maker *maker, tg_position at)
{
    maker->at = at;
    maker->ended = false;
}

static void *live(void *argument)
{
    tg__ahead *ahead = argument;
    pthread_mutex_lock(&ahead->mutex);
    while (!ahead->ends) {
        if (ahead->moved) {
            go_to(ahead->maker, ahead->target);
            ahead->moved = false;
            atomic_store(&ahead->hurry, false);
        } else if (full(ahead)) {
            pthread_cond_wait(&ahead->taken_one, &ahead->mutex);
        } else {
            make_one(ahead);
        }
    }
    pthread_mutex_unlock(&ahead->mutex);
    return NULL;
}

/* Starts the thread, if that is possible. */
static void start(tg__ahead *ahead)
{
    if (pthread_mutex_init(&ahead->mutex, NULL)) return;
    if (pthread_cond_init(&ahead->made_one, NULL) == 0) {
        if (pthread_cond_init(&ahead->taken_one, NULL) == 0) {
            ahead->process = getpid();
            ahead->running = tg__thread_start(&ahead->thread, live, ahead);
            if (ahead->running) return;
            pthread_cond_destroy(&ahead->taken_one);
        }
        pthread_cond_destroy(&ahead->made_one);
    }
    pthread_mutex_destroy(&ahead->mutex);
}

/* Starts a thread if one is wanted and none runs. A fork copies no threads, and the state of the
 * copied maker is unknown: so a child process starts anew at the user's position. */
static void ready(tg__ahead *ahead, tg_position at)
{
    if (ahead->running && ahead->process != getpid()) {
        ahead->running = ahead->moved = false;
        ahead->wanted = true;
        ahead->taken = ahead->made;
        atomic_store(&ahead->hurry, false);
        go_to(ahead->maker, at);
        ahead->maker->ordered = -1;
    }
    if (ahead->running || !ahead->wanted) return;
    ahead->wanted = false; /* one attempt only: it would fail again at every batch */
    start(ahead);
}

/* ---- The user's side ---------------------------------------------------------------- */

const tg__slot *tg__ahead_get(tg__ahead *ahead, tg_position at)
{
    ready(ahead, at);
    if (!ahead->running) {
        if (ahead->made == ahead->taken) {
            tg__make_batch(ahead->maker, slot_of(ahead, ahead->made), &ahead->hurry);
            ahead->made++;
        }
        return slot_of(ahead, ahead->taken);
    }
    pthread_mutex_lock(&ahead->mutex);
    while (ahead->made == ahead->taken) pthread_cond_wait(&ahead->made_one, &ahead->mutex);
    const tg__slot *slot = slot_of(ahead, ahead->taken);
    pthread_mutex_unlock(&ahead->mutex);
    return slot;
}

void tg__ahead_release(tg__ahead *ahead)
{
    if (!ahead->running) {
        ahead->taken++;
        return;
    }
    pthread_mutex_lock(&ahead->mutex);
    ahead->taken++;
    pthread_cond_signal(&ahead->taken_one);
    pthread_mutex_unlock(&ahead->mutex);
}

void tg__ahead_seek(tg__ahead *ahead, tg_position at)
{
    if (!ahead->running || ahead->process != getpid()) {
        ahead->taken = ahead->made;
        go_to(ahead->maker, at);
        return;
    }
    pthread_mutex_lock(&ahead->mutex);
    ahead->taken = ahead->made;
    ahead->target = at;
    ahead->moved = true;
    atomic_store(&ahead->hurry, true);
    pthread_cond_signal(&ahead->taken_one);
    pthread_mutex_unlock(&ahead->mutex);
}

void tg__ahead_end(tg__ahead *ahead)
{
    if (!ahead->running || ahead->process != getpid()) return;
    pthread_mutex_lock(&ahead->mutex);
    ahead->ends = true;
    atomic_store(&ahead->hurry, true);
    pthread_cond_signal(&ahead->taken_one);
    pthread_mutex_unlock(&ahead->mutex);
    const tg_samples *samples = ahead->maker->samples;
    if (samples->interrupt) samples->interrupt(samples->context);
    pthread_join(ahead->thread, NULL);
    pthread_cond_destroy(&ahead->taken_one);
    pthread_cond_destroy(&ahead->made_one);
    pthread_mutex_destroy(&ahead->mutex);
    ahead->running = false;
}

/* ahead.c: batches made ahead of the program by a thread, in a ring of slots. Without a thread
 * they are made in the same slots, by the same function, when they are asked for.
 *
 * The thread fills the slots in their order; the user takes them in their order, and each side
 * waits for the other where the ring is full or empty. The samples and all of the maker belong to
 * the thread while it runs. A seek takes back all slots that are made, and what is being made is
 * thrown away when it is done. */
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

/* Makes a batch. The mutex is held when it is called and when it returns. */
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

/* Begins the thread, if it can be made. */
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

/* Sees to it that a thread runs, if one is wanted and there is one to be had. In the child of a
 * fork there is none, and what it was doing is not known: all begins anew at the user's position.
 */
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
    ahead->wanted = false; /* one attempt: what fails now would fail at every batch */
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

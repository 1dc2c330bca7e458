/* process.c: runs a program with a time limit; belongs to jit.h.
 *
 * The process that calls may have threads, handlers of signals and children of its own, so this
 * forks no code of ours, waits for its own child alone, and by looking now and then: a wait with a
 * limit would need a handler of SIGCHLD. The program has a process group of its own, so that all
 * that it starts can be ended with it. That happens before it is reaped: until then nothing else
 * can have the group's number. */
#include "jit/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- Starting ---------------------------------------------------------------------------- */

/* A group of its own, no signal blocked, and none ignored or handled. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    if (sigemptyset(&none) != 0 || sigfillset(&all) != 0) return errno;
    if (sigdelset(&all, SIGKILL) != 0 || sigdelset(&all, SIGSTOP) != 0) return errno;
    int fault = posix_spawnattr_setflags(
        attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (!fault) fault = posix_spawnattr_setpgroup(attributes, 0);
    if (!fault) fault = posix_spawnattr_setsigmask(attributes, &none);
    return fault ? fault : posix_spawnattr_setsigdefault(attributes, &all);
}

static int set_streams(posix_spawn_file_actions_t *actions, const char *output)
{
    int fault = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!fault)
        fault = posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, output,
                                                 O_WRONLY | O_CREAT | O_TRUNC, 0600);
    return fault ? fault : posix_spawn_file_actions_adddup2(actions, STDOUT_FILENO, STDERR_FILENO);
}

/* Returns an errno value, or 0. */
static int start(pid_t *child, char *const arguments[], char *const environment[],
                 const char *output)
{
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    int fault = posix_spawnattr_init(&attributes);
    if (fault) return fault;
    fault = posix_spawn_file_actions_init(&actions);
    if (!fault) {
        fault = set_attributes(&attributes);
        if (!fault) fault = set_streams(&actions, output);
        if (!fault)
            fault = posix_spawn(child, arguments[0], &actions, &attributes, arguments, environment);
        (void)posix_spawn_file_actions_destroy(&actions);
    }
    (void)posix_spawnattr_destroy(&attributes);
    return fault;
}

/* ---- Waiting ----------------------------------------------------------------------------- */

enum { MILLION = 1000000, FIRST_PAUSE = MILLION, LONGEST_PAUSE = 20 * MILLION }; /* nanoseconds */

/* Has it ended? It is not reaped yet. An errno value goes into [fault]. */
static bool has_ended(pid_t child, int *fault)
{
    siginfo_t info = { .si_pid = 0 };
    if (waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
        return info.si_pid != 0;
    if (errno == EINTR) return false;
    *fault = errno;
    return true;
}

static bool is_over(const struct timespec *start, int64_t seconds)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) return true;
    const int64_t passed = (int64_t)now.tv_sec - (int64_t)start->tv_sec;
    return passed > seconds || (passed == seconds && now.tv_nsec >= start->tv_nsec);
}

static tg__jit_ending reap(pid_t child)
{
    int status;
    pid_t got;
    do got = waitpid(child, &status, 0);
    while (got < 0 && errno == EINTR);
    if (got != child) return (tg__jit_ending){ TG_JIT_LOST, errno };
    if (WIFEXITED(status)) return (tg__jit_ending){ TG_JIT_EXITED, WEXITSTATUS(status) };
    return (tg__jit_ending){ TG_JIT_KILLED, WTERMSIG(status) };
}

tg__jit_ending tg__jit_run(char *const arguments[], char *const environment[], const char *output,
                           int64_t seconds)
{
    struct timespec begin, pause = { 0, FIRST_PAUSE };
    pid_t child;
    int fault = clock_gettime(CLOCK_MONOTONIC, &begin) != 0 ? errno : 0;
    if (!fault) fault = start(&child, arguments, environment, output);
    if (fault) return (tg__jit_ending){ TG_JIT_NOT_STARTED, fault };
    bool late = false;
    while (!has_ended(child, &fault) && !(late = is_over(&begin, seconds))) {
        (void)nanosleep(&pause, NULL);
        if (pause.tv_nsec < LONGEST_PAUSE) pause.tv_nsec += pause.tv_nsec / 4;
    }
    if (fault) return (tg__jit_ending){ TG_JIT_LOST, fault }; /* reaped: its number is free */
    (void)kill(-child, SIGKILL);
    const tg__jit_ending ending = reap(child);
    return late ? (tg__jit_ending){ TG_JIT_TIMED_OUT, 0 } : ending;
}

/* onednn.h: what the benchmarks with oneDNN share. */
#ifndef TG_BENCHMARKS_ONEDNN_H
#define TG_BENCHMARKS_ONEDNN_H

#include <dlfcn.h>

/* OpenMP's setting, if oneDNN runs on that, as it does unless built otherwise. Looked up because
 * which OpenMP it is, oneDNN alone knows. */
static inline void bench_onednn_threads(int threads)
{
    void (*set)(int);
    *(void **)&set = dlsym(RTLD_DEFAULT, "omp_set_num_threads");
    if (set) set(threads);
}

#endif

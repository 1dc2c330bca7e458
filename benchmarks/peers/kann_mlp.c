/* kann_mlp.c: the perceptrons of mlp.c in KANN, for compare_kann.sh; not part of the build. KANN
 * has no Adam and no momentum: its RMSprop takes their place, which reads and writes less than
 * Adam and more than momentum. */
#include "kann.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static kann_t *network(const int width[4])
{
    kad_node_t *t = kann_layer_input(width[0]);
    t = kad_relu(kann_layer_dense(t, width[1]));
    t = kad_relu(kann_layer_dense(t, width[2]));
    return kann_new(kann_layer_cost(t, width[3], KANN_C_CEM), 0);
}

/* One batch: pixels and one-hot labels. */
static void feed(kann_t *net, const int width[4], int batch)
{
    float *x = calloc((size_t)(batch * width[0]), sizeof *x);
    float *y = calloc((size_t)(batch * width[3]), sizeof *y);
    for (int i = 0; i < batch * width[0]; i++) x[i] = (float)kann_drand();
    for (int i = 0; i < batch; i++) y[i * width[3] + i * 7 % width[3]] = 1;
    kann_feed_bind(net, KANN_F_IN, 0, &x);
    kann_feed_bind(net, KANN_F_TRUTH, 0, &y);
}

enum { SAMPLES = 20000 };

int main(int argc, char **argv)
{
    const int small[4] = { 784, 256, 128, 10 }, large[4] = { 1024, 2048, 2048, 1000 };
    if (argc != 4) {
        fprintf(stderr, "Usage: %s small|large BATCH SECONDS\n", argv[0]);
        return 2;
    }
    const int *width = strcmp(argv[1], "large") == 0 ? large : small, batch = atoi(argv[2]);
    kann_t *net = network(width);
    kann_set_batch_size(net, batch);
    kann_switch(net, 1);
    feed(net, width, batch);
    const int count = kann_size_var(net);
    float *memory = calloc((size_t)count, sizeof *memory);

    static double times[SAMPLES];
    int n = 0;
    const double begin = seconds();
    for (int step = 0; n < 5 || (n < SAMPLES && seconds() - begin < atof(argv[3])); step++) {
        const double start = seconds();
        kann_cost(net, 0, 1);
        kann_RMSprop(count, 1e-6f, 0, 0.9f, net->g, net->x, memory);
        if (step >= 3) times[n++] = seconds() - start;
    }
    qsort(times, (size_t)n, sizeof *times, compare_doubles);
    printf("%.2f\n", 1e6 * times[n / 2]);
    free(memory);
    kann_delete(net);
    return 0;
}

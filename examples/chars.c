/* chars.c: trains a language model on the characters of a text, and generates more text. One store
 * holds the weights; three tapes use them: for training, for validation, and for generating. */
#include "chars_models.h"
#include "common.h"
#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char about[] =
    "Trains a model of a text to tell from the symbols so far which comes next: AdamW with a\n"
    "cosine schedule that begins with a warm-up. As it goes it prints the loss, that on the last\n"
    "tenth of the text, which it does not learn, and what it would write itself; in the end what\n"
    "it writes behind the prompt. MODEL is one of\n\n"
    "  lstm  long short-term memory, one layer\n"
    "  gru   gated recurrent units, one layer\n"
    "  gpt   a transformer of four blocks with four heads; it sees no more than --length "
    "symbols\n\n"
    "FILE is any text; bytes are its symbols. A usual one are the works of Shakespeare in 1.1 MB:\n"
    "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt\n";

enum { REPORTS = 20, REPORTS_PER_SAMPLE = 5, SAMPLE = 300, LAST_SAMPLE = 600 };
static const double WARMUP = 0.02; /* as a share of the training */

typedef struct settings {
    const char *data, *model, *prompt, *load, *save, *profile;
    FILE *trace;            /* of --profile */
    const model_kind *kind; /* of that model */
    int64_t seed, hidden, length, batch, steps, threads, top_k;
    double minutes, lr, temperature, top_p;
    bool usual;
} settings;

/* $TAPEGRAD_DATA/text/tinyshakespeare.txt; NULL if that variable is not set. */
static const char *default_file(void)
{
    static char file[1024];
    const char *data = getenv("TAPEGRAD_DATA");
    if (!data) return NULL;
    snprintf(file, sizeof file, "%s/text/tinyshakespeare.txt", data);
    return file;
}

static void complete_settings(settings *s, const char *program)
{
    s->kind = find_model(s->model);
    if (!s->kind) {
        fprintf(stderr, "%s: there is no model \"%s\"; see --help\n", program, s->model);
        exit(2);
    }
    if (!s->length) s->length = s->kind->length;
    if (!s->batch) s->batch = s->kind->batch;
    if (!s->steps && !s->load) s->steps = s->kind->steps;
    if (s->lr == 0) s->lr = s->kind->lr;
    if (!s->data) {
        fprintf(stderr, "%s: which text? Give --data FILE or set TAPEGRAD_DATA; see --help\n",
                program);
        exit(1);
    }
    s->trace = trace_open(s->profile);
}

static void read_settings(settings *s, int argc, char **argv)
{
    *s = (settings){ .data = default_file(),
                     .model = "lstm",
                     .seed = 1,
                     .hidden = 128,
                     .threads = 1,
                     .temperature = 0.8,
                     .top_p = 1 };
    s->usual = parse_options(
        argc, argv, about,
        (const option[]){
            { "data", "the text FILE; else $TAPEGRAD_DATA/text/tinyshakespeare.txt",
              .text = &s->data },
            { "model", "the model MODEL", .text = &s->model },
            { "prompt", "what it is to continue in the end; else the text", .text = &s->prompt },
            { "load", "begin with the weights of this file; then --steps 0 trains none",
              .text = &s->load },
            { "save", "write the weights to this file: safetensors", .text = &s->save },
            { "temperature", "below 1 it writes what is likelier; 0: the likeliest",
              .number = &s->temperature },
            { "top-k", "it writes one of so many likeliest; 0: any", .count = &s->top_k },
            { "top-p", "it writes one of the likeliest, of so much probability together",
              .number = &s->top_p },
            { "seed", "for the weights, the order and what is written", .count = &s->seed },
            { "hidden", "units of a recurrent net, width of a GPT", .count = &s->hidden,
              .least = 1 },
            { "length", "symbols in a row; 0: as the model needs", .count = &s->length },
            { "batch", "rows in a training step; 0: the same", .count = &s->batch },
            { "steps", "training steps; 0: the same", .count = &s->steps },
            { "minutes", "train for so long, whatever --steps; 0: do not", .number = &s->minutes },
            { "lr", "highest learning rate; 0: as the model needs", .number = &s->lr },
            { "threads", "threads to compute with", .count = &s->threads, .least = 1 },
            { "profile", "say where a step's time goes, and write the trace to this file",
              .text = &s->profile },
            { 0 } });
    complete_settings(s, argv[0]);
}

/* ---- Recording ---------------------------------------------------------------------------- */

/* The model, recorded for a fixed number of rows, and a plan that runs it. */
typedef struct program {
    tg_tape *tape;
    tg_tensor *text, *next;           /* i32 [rows, length] */
    tg_tensor *rate;                  /* training only: the learning rate, an input */
    tg_tensor *loss, *symbol;         /* symbol: when generating, the next one */
    tg_recurrent_state before, after; /* the states of recurrent nets */
    tg_plan *plan;
    float *carried; /* buffer for the state between two runs */
} program;

/* Makes the tape and its text, and records the model's features. */
static tg_tensor *begin_program(program *p, const model *m, tg_store *store, bool writing,
                                int64_t rows, int64_t length)
{
    *p = (program){ .tape = tg_tape_new(store) };
    p->text = tg_input(p->tape, "text", TG_I32, TG_SHAPE(rows, length));
    if (m->kind->recurrent) {
        const tg_shape shape = TG_SHAPE(1, rows, m->hidden);
        p->before.h = tg_input(p->tape, "h", TG_F32, shape);
        if (m->net.kind == TG_LSTM) p->before.c = tg_input(p->tape, "c", TG_F32, shape);
        p->carried = take_memory((size_t)(rows * m->hidden), sizeof *p->carried);
    }
    return model_features(m, p->text, writing, &p->before, &p->after);
}

static program reader_new(const settings *s, const model *m, tg_store *store, bool training)
{
    program p;
    tg_tensor *features = begin_program(&p, m, store, false, s->batch, s->length);
    p.next = tg_input(p.tape, "next", TG_I32, TG_SHAPE(s->batch, s->length));
    p.loss = tg_cross_entropy(tg_linear_apply(&m->head, features), p.next);
    if (training) {
        p.rate = tg_input(p.tape, "rate", TG_F64, TG_SCALAR);
        tg_adamw(p.loss, .lr_at = p.rate, .no_decay = "bias", .clip_norm = 1);
    }
    p.plan = tg_compile(p.tape, p.loss, p.after.h, p.after.c, .threads = (int)s->threads,
                        .profile = s->trace && training);
    return p;
}

/* A program that takes one symbol and returns the next; its state or cache keeps the context. */
static program writer_new(const settings *s, const model *m, tg_store *store)
{
    program p;
    tg_tensor *features = begin_program(&p, m, store, true, 1, 1);
    tg_tensor *logits = tg_linear_apply(&m->head, tg_pick(features, 1, 0));
    p.symbol = tg_sample(logits, "symbol", .temperature = s->temperature,
                         .top_k = s->top_k ? s->top_k : TG_AUTO, .top_p = s->top_p);
    p.plan = tg_compile(p.tape, p.symbol, p.after.h, p.after.c, .threads = (int)s->threads);
    return p;
}

static void program_free(program *p)
{
    tg_plan_free(p->plan);
    tg_tape_free(p->tape);
    free(p->carried);
}

/* ---- What is remembered ------------------------------------------------------------------- */

static void carry(program *p, tg_tensor *from, tg_tensor *to)
{
    if (!to) return;
    const size_t count = (size_t)tg_count(to);
    tg_get(from, p->carried, count);
    tg_feed(to, p->carried, count);
}

/* Runs the program, and feeds its last state as the first state of the next run. */
static bool run_on(program *p)
{
    if (tg_run(p->plan)) return false;
    carry(p, p->after.h, p->before.h);
    carry(p, p->after.c, p->before.c);
    return true;
}

static void forget(program *p)
{
    tg_tensor *const state[] = { p->before.h, p->before.c };
    for (int i = 0; i < 2; i++) {
        if (!state[i]) continue;
        const size_t count = (size_t)tg_count(state[i]);
        memset(p->carried, 0, count * sizeof *p->carried);
        tg_feed(state[i], p->carried, count);
    }
}

/* ---- Training and validation -------------------------------------------------------------- */

/* Everything that a run needs. */
typedef struct workshop {
    const settings *s;
    const text *text;
    model model;
    program trainer, judge, writer;
    int64_t seen; /* symbols that the generating program has taken */
    windows learn, held_out;
} workshop;

/* Runs the program on the next windows; *loss is the mean over their symbols. */
static bool read_next(program *p, windows *from, double *loss)
{
    const size_t count = (size_t)(from->batch * from->length);
    windows_next(from);
    tg_feed(p->text, from->x, count);
    tg_feed(p->next, from->y, count);
    if (!run_on(p)) return false;
    *loss = tg_item(p->loss);
    return true;
}

/* The mean loss on the validation text, except an incomplete window at its end. */
static bool validate(workshop *w, double *loss)
{
    const int64_t rows = w->held_out.count / w->held_out.batch / w->held_out.length;
    const int64_t steps = rows ? rows : 1;
    *loss = 0;
    windows_rewind(&w->held_out);
    forget(&w->judge);
    for (int64_t i = 0; i < steps; i++) {
        double one;
        if (!read_next(&w->judge, &w->held_out, &one)) return false;
        *loss += one / (double)steps;
    }
    return true;
}

/* The learning rate after a share of the training. */
static double rate_at(const settings *s, double share)
{
    if (share < WARMUP) return s->lr * (share + 0.01 * WARMUP) / WARMUP;
    return s->lr * (1 + cos(acos(-1.0) * (share - WARMUP) / (1 - WARMUP))) / 2;
}

/* ---- Writing ------------------------------------------------------------------------------ */

/* Gives one more symbol to the generating program; *next is the symbol that it draws. */
static bool tell(workshop *w, int32_t symbol, int32_t *next)
{
    int64_t drawn;
    tg_feed(w->writer.text, &symbol, 1);
    if (!run_on(&w->writer) || tg_get(w->writer.symbol, &drawn, 1)) return false;
    *next = (int32_t)drawn;
    return true;
}

/* Draws the symbol that follows [count] others, of which the program has taken all but the last. A
 * GPT whose cache is full starts again with the second half of it. */
static bool continue_text(workshop *w, const int32_t *symbols, int64_t count, int32_t *out)
{
    const int64_t room = w->model.cache.length; /* 0 for a recurrent net, which has no cache */
    if (room && w->seen == room) {
        w->seen = room / 2;
        if (tg_kv_cache_seek(&w->model.cache, 0)) return false;
        for (int64_t i = count - 1 - w->seen; i < count - 1; i++)
            if (!tell(w, symbols[i], out)) return false;
    }
    w->seen++;
    return tell(w, symbols[count - 1], out);
}

/* Prints the prompt and [more] symbols that the model generates behind it, between empty lines. */
static bool write_sample(workshop *w, const int32_t *prompt, int64_t given, int64_t more)
{
    const int64_t total = given + more;
    int32_t *symbols = take_memory((size_t)total, sizeof *symbols);
    memcpy(symbols, prompt, (size_t)given * sizeof *symbols);
    forget(&w->writer);
    (void)tg_kv_cache_seek(&w->model.cache, 0);
    w->seen = 0;
    puts("");
    bool good = true;
    for (int64_t i = 1; good && i < total; i++) {
        int32_t next = 0;
        good = continue_text(w, symbols, i, &next);
        if (i >= given) symbols[i] = next;
    }
    for (int64_t i = 0; good && i < total; i++)
        putchar(tg_vocabulary_symbol(&w->text->vocabulary, symbols[i]));
    puts("\n");
    fflush(stdout);
    free(symbols);
    return good;
}

/* ---- The course of it ----------------------------------------------------------------------- */

/* The content of a row of the report. */
typedef struct progress {
    int64_t step, steps;  /* so far; since the last row */
    double loss, seconds; /* since the last row */
} progress;

static bool report(workshop *w, tg_progress *bar, progress *now, double *validation)
{
    const double symbols = (double)(now->steps * w->s->batch * w->s->length);
    if (!validate(w, validation)) return false;
    print_row(bar, "%7" PRId64 "  %.4f      %.4f  %9.0f", now->step, now->loss / (double)now->steps,
              *validation, symbols / now->seconds);
    *now = (progress){ .step = now->step };
    return true;
}

/* Continues the end of the training text. */
static bool sample(workshop *w, tg_progress *bar)
{
    tg_progress_clear(bar);
    return write_sample(w, w->learn.symbols + w->learn.count - 1, 1, SAMPLE);
}

/* The share of the training that is over, by time or by steps. */
static double share_done(const settings *s, double started, int64_t step)
{
    if (s->minutes > 0) return fmin((seconds_now() - started) / (60 * s->minutes), 1);
    return (double)step / (double)s->steps;
}

static bool train(workshop *w, double *validation)
{
    const settings *s = w->s;
    if (s->steps == 0 && s->minutes == 0) return validate(w, validation);
    tg_progress bar = { .out = stderr, .total = s->minutes > 0 ? 0 : s->steps };
    print_row(&bar, "   step    loss  validation  symbols/s");
    progress now = { 0 };
    const double started = seconds_now();
    double share = 0;
    bool good = true;
    for (int reports = 0; good && share < 1;) {
        const double begun = seconds_now(), rate = rate_at(s, share);
        double loss;
        tg_feed(w->trainer.rate, &rate, 1);
        good = read_next(&w->trainer, &w->learn, &loss);
        if (!good) break;
        now.step++, now.steps++;
        now.loss += loss;
        now.seconds += seconds_now() - begun;
        share = share_done(s, started, now.step);
        tg_progress_step(&bar, "loss %.4f", loss);
        if (share * REPORTS < reports + 1) continue;
        good = report(w, &bar, &now, validation);
        reports = (int)(share * REPORTS);
        if (good && reports % REPORTS_PER_SAMPLE == 0 && share < 1) good = sample(w, &bar);
    }
    tg_progress_end(&bar);
    return good;
}

/* Converts the prompt to symbols. False, with a message, if one does not occur in the text. */
static bool find_prompt(const text *t, const char *prompt, int32_t *symbols)
{
    for (int64_t i = 0; prompt[i]; i++) {
        symbols[i] = tg_vocabulary_id(&t->vocabulary, (unsigned char)prompt[i]);
        if (symbols[i] >= 0) continue;
        fprintf(stderr, "--prompt: \"%s\" begins with what does not occur in the text\n",
                prompt + i);
        return false;
    }
    return true;
}

/* Trains, saves and generates. Returns main's result. */
static int work(workshop *w, tg_store *store, const int32_t *prompt, int64_t given, double started)
{
    const settings *s = w->s;
    tg_error error;
    double validation = NAN;
    if (s->load && tg_load(store, s->load, &error, .params_only = true))
        return fprintf(stderr, "%s\n", error.text), 1;
    if (!train(w, &validation) || !write_sample(w, prompt, given, LAST_SAMPLE)) {
        (void)(tg_report(w->trainer.tape, stderr) || tg_report(w->judge.tape, stderr) ||
               tg_report(w->writer.tape, stderr));
        return 1;
    }
    if (isnan(validation)) {
        fputs("The loss is no number any more: try a lower --lr.\n", stderr);
        return 1;
    }
    if (s->save && tg_save(store, s->save, &error, .params_only = true))
        return fprintf(stderr, "%s\n", error.text), 1;
    if (!trace_write(w->trainer.plan, s->trace, s->profile)) return 1;
    print_result("chars", started, "model=%s validation_loss=%.4f", s->model, validation);
    return s->usual && !expect_figure("validation_loss", validation, 1, 1.75);
}

/* Without a prompt, the end of the training text is continued. */
static int run(const settings *s, const text *t, const int32_t *prompt, int64_t given,
               double started)
{
    const int64_t held_out = t->count / 10, learnt = t->count - held_out;
    tg_store *store = tg_store_new(.seed = (uint64_t)s->seed);
    workshop w = { .s = s, .text = t };
    w.model = model_new(s->kind, store, tg_vocabulary_size(&t->vocabulary), s->hidden, s->length);
    w.trainer = reader_new(s, &w.model, store, true);
    w.judge = reader_new(s, &w.model, store, false);
    w.writer = writer_new(s, &w.model, store);
    w.learn = windows_new(t->symbols, learnt, s->batch, s->length);
    w.learn.scattered = !s->kind->recurrent;
    w.learn.random = (uint64_t)s->seed;
    w.held_out = windows_new(t->symbols + learnt, held_out, s->batch, s->length);

    printf("%s: %" PRId64 " symbols of %d kinds; %s: %" PRId64 " parameters\n\n", s->data, t->count,
           (int)tg_vocabulary_size(&t->vocabulary), s->model, tg_param_count(store, ""));
    const int status = given ? work(&w, store, prompt, given, started)
                             : work(&w, store, &t->symbols[learnt - 1], 1, started);

    windows_free(&w.learn);
    windows_free(&w.held_out);
    program_free(&w.trainer);
    program_free(&w.judge);
    program_free(&w.writer);
    tg_store_free(store);
    return status;
}

int main(int argc, char **argv)
{
    settings s;
    read_settings(&s, argc, argv);
    const double started = seconds_now();

    text t;
    if (!text_read(&t, s.data)) return 1;
    const size_t given = s.prompt ? strlen(s.prompt) : 0;
    int32_t *prompt = take_memory(given + 1, sizeof *prompt);
    int status = 1;
    if (t.count < 10 * (s.length + 1))
        fprintf(stderr, "%s: too short for rows of %" PRId64 " symbols\n", s.data, s.length);
    else if (!given || find_prompt(&t, s.prompt, prompt))
        status = run(&s, &t, prompt, (int64_t)given, started);
    free(prompt);
    text_free(&t);
    return status;
}

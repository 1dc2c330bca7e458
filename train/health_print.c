/* health_print.c: prints a health report as tables. */
#include "health.h"

enum { CELL = 32, PLACE = 64, SEVERITIES = TG_HEALTH_FAULT + 1 };

static const char *cell(char text[CELL], double number)
{
    (void)tg_format(text, CELL, "%.4g", number);
    return text;
}

/* A number as text; "-" for NaN. */
static const char *known(char text[CELL], double number)
{
    return isnan(number) ? "-" : cell(text, number);
}

static const char *percent(char text[CELL], double share)
{
    if (isnan(share)) return "-";
    (void)tg_format(text, CELL, "%.1f%%", 100 * share);
    return text;
}

static void print_head(const tg_health *health, FILE *out)
{
    char text[3][CELL];
    fprintf(out, "loss %s, gradient %s", cell(text[0], health->loss),
            cell(text[1], health->gradient));
    if (!isnan(health->learning_rate))
        fprintf(out, ", learning rate %s", cell(text[2], health->learning_rate));
    fputc('\n', out);
}

static void print_layers(const tg_health *health, FILE *out)
{
    int width = (int)strlen("layer");
    for (size_t i = 0; i < health->layer_count; i++) {
        const size_t length = strlen(health->layer[i].name);
        if (length > (size_t)width) width = length < 60 ? (int)length : 60;
    }
    fprintf(out, "\n%-*s %10s %10s %10s %10s %14s\n", width, "layer", "elements", "weights",
            "gradient", "update", "update/weights");
    for (size_t i = 0; i < health->layer_count; i++) {
        const tg_health_layer *l = &health->layer[i];
        char text[4][CELL];
        fprintf(out, "%-*s %10lld %10s %10s %10s %14s\n", width, l->name, (long long)l->count,
                cell(text[0], l->weights), cell(text[1], l->gradient), known(text[2], l->update),
                known(text[3], l->ratio));
    }
}

static const char *place(char text[PLACE], const tg_health_activation *a)
{
    (void)snprintf(text, PLACE, "%.40s:%d", a->file ? tg__health_base(a->file) : "?", a->line);
    return text;
}

static void print_activations(const tg_health *health, FILE *out)
{
    char text[4][CELL], where[PLACE];
    int width = (int)strlen("at");
    for (size_t i = 0; i < health->activation_count; i++) {
        const int length = (int)strlen(place(where, &health->activation[i]));
        if (length > width) width = length;
    }
    if (health->activation_count)
        fprintf(out, "\n%-12s %-*s %9s %7s %7s %9s %10s %10s\n", "activation", width, "at", "rows",
                "units", "dead", "saturated", "mean", "deviation");
    for (size_t i = 0; i < health->activation_count; i++) {
        const tg_health_activation *a = &health->activation[i];
        fprintf(out, "%-12s %-*s %9lld %7lld %7s %9s %10s %10s\n", a->name, width, place(where, a),
                (long long)a->rows, (long long)a->units, percent(text[0], a->dead),
                percent(text[1], a->saturated), cell(text[2], a->mean),
                cell(text[3], a->deviation));
    }
}

static void print_features(const tg_health *health, FILE *out)
{
    char text[2][CELL];
    double least = (double)INFINITY, most = 0;
    for (size_t k = 0; k < health->feature_count; k++) {
        least = fmin(least, health->feature[k].deviation);
        most = fmax(most, health->feature[k].deviation);
    }
    if (health->feature_count)
        fprintf(out, "\n%zu feature%s of %lld rows, deviations from %s to %s\n",
                health->feature_count, health->feature_count == 1 ? "" : "s",
                (long long)health->feature_rows, cell(text[0], least), cell(text[1], most));
}

static void print_findings(const tg_health *health, FILE *out)
{
    static const char *const severity[SEVERITIES] = { "good", "note", "warning", "fault" };
    if (health->finding_count) fputc('\n', out);
    for (size_t i = 0; i < health->finding_count; i++) {
        const tg_health_finding *f = &health->finding[i];
        fprintf(out, "%s, %s: %s\n    %s\n", severity[f->severity], tg_health_topic_name(f->topic),
                f->seen, f->advice);
    }
    fprintf(out, "\n%s\n", health->verdict);
}

void tg_health_print(const tg_health *health, FILE *out)
{
    if (!health || !out) return;
    print_head(health, out);
    print_layers(health, out);
    print_activations(health, out);
    print_features(health, out);
    print_findings(health, out);
}

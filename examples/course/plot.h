/* plot.h: pictures of the course as SVG: panels with lines, dots, bars, fields and images.
 *
 *     plot *p = plot_new("Two rates", 2);
 *     plot_panel(p, "too small", "step", "loss");
 *     plot_line(p, "0.001", steps, slow, 100);
 *     plot_panel(p, "right", "step", "loss");
 *     plot_log_y(p);
 *     plot_line(p, "0.1", steps, fast, 100);
 *     plot_write(p, "rates.svg");
 *     plot_free(p);
 *
 * What is drawn is copied. When out of memory a plot draws less, and cannot be written. All
 * functions accept NULL. */
#ifndef EXAMPLES_PLOT_H
#define EXAMPLES_PLOT_H

#include <stdbool.h>
#include <stdint.h>

typedef struct plot plot;

/* So many panels stand side by side, 1 to 6; more of them begin new rows. */
plot *plot_new(const char *title, int columns);
void plot_free(plot *p);
/* Writes an SVG file; false if that cannot be done. */
bool plot_write(const plot *p, const char *path);

/* Begins a panel, into which all is drawn until the next one. Labels may be NULL. */
void plot_panel(plot *p, const char *title, const char *x_label, const char *y_label);
/* Of the panel at hand. Logarithmic axes leave out what is not above 0. */
void plot_log_x(plot *p);
void plot_log_y(plot *p);
/* The axes go from low to high; where this is not called, as far as what is drawn. */
void plot_x_range(plot *p, double low, double high);
void plot_y_range(plot *p, double low, double high);

/* Lines and dots have a colour each, by their order in the panel; those of one name share one. [name]
 * is in the legend; NULL: not there. What is not finite is left out. */
void plot_line(plot *p, const char *name, const double *x, const double *y, int64_t count);
void plot_dots(plot *p, const char *name, const double *x, const double *y, int64_t count);
/* The same with x = 0, 1, ... */
void plot_curve(plot *p, const char *name, const double *y, int64_t count);
/* A bar for each of the names. */
void plot_bars(plot *p, const char *const *names, const double *values, int count);
/* Numbers as colours, [rows][columns], row 0 at the bottom, over the whole panel, whose ranges must
 * have been given: blue for low, orange for high, white between. */
void plot_field(plot *p, const double *values, int rows, int columns, double low, double high);
/* An image, row 0 at the top, from black (low) to white (high); or, [signed], blue to orange. The panel
 * has no axes. */
void plot_image(plot *p, const double *values, int rows, int columns, double low, double high,
                bool is_signed);

#endif

/* Creates, changes, draws and deletes thousands of widgets, the same in each run. Prints each call of the
 * allocator with its block as an offset, and every 100 steps what lv_mem_monitor reports and a checksum of the
 * screen.
 *
 * program --control   prints the bytes of the allocator's control structure
 * program CONTROL     runs; CONTROL is that number of LVGL's own allocator
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lvgl.h"
#include "pool.h"

/* The private header of the allocator. */
extern size_t lv_tlsf_size(void);
extern void *lv_tlsf_malloc(void *tlsf, size_t bytes);
extern void *lv_tlsf_realloc(void *tlsf, void *block, size_t bytes);
extern size_t lv_tlsf_free(void *tlsf, const void *block);

enum { STEPS = 15000, WIDTH = 480, HEIGHT = 320, SHOWN = 250, SECOND_POOL = LV_MEM_POOL_EXPAND_SIZE, GAP = 4096 };

size_t client_control;
static char *memory;
static unsigned long calls, created;

void *client_pool(size_t bytes)
{
    void *place = (void *)(UINT64_C(1) << 40);
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
    memory = mmap(place, bytes + GAP + SECOND_POOL, PROT_READ | PROT_WRITE, flags, -1, 0);
    if(memory != place) {
        perror("mmap");
        exit(2);
    }
    return memory;
}

/* Offsets in the memory; -1 for NULL. */
static long offset(const void *block)
{
    return block ? (long)((const char *)block - memory) : -1;
}

void *traced_malloc(void *tlsf, size_t bytes)
{
    void *block = lv_tlsf_malloc(tlsf, bytes);
    calls++;
    printf("m %zu %ld\n", bytes, offset(block));
    return block;
}

void *traced_realloc(void *tlsf, void *block, size_t bytes)
{
    long old = offset(block);
    void *moved = lv_tlsf_realloc(tlsf, block, bytes);
    calls++;
    printf("r %ld %zu %ld\n", old, bytes, offset(moved));
    return moved;
}

size_t traced_free(void *tlsf, const void *block)
{
    long old = offset(block);
    /* LVGL's own allocator leaves the two flags of the header in the number. */
    size_t bytes = lv_tlsf_free(tlsf, block) & ~(size_t)3;
    calls++;
    printf("f %ld %zu\n", old, bytes);
    return bytes;
}

static uint32_t below(uint32_t limit)
{
    static uint64_t state = 12345;
    state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(state >> 33) % limit;
}

static const char *text(void)
{
    static char letters[120];
    uint32_t length = below(sizeof(letters));
    for(uint32_t at = 0; at < length; at++) letters[at] = (char)(below(7) ? 'a' + below(26) : ' ');
    letters[length] = '\0';
    return letters;
}

/* Widgets with children and data of their own. */
static lv_obj_t *large_widget(lv_obj_t *parent)
{
    lv_obj_t *widget;
    switch(below(7)) {
        case 0:
            widget = lv_table_create(parent);
            for(uint32_t cell = 0; cell < 12; cell++) lv_table_set_cell_value(widget, cell / 3, cell % 3, text());
            return widget;
        case 1:
            widget = lv_chart_create(parent);
            lv_chart_set_point_count(widget, 5 + below(60));
            for(int series = 0; series < 3; series++) {
                lv_chart_series_t *values =
                    lv_chart_add_series(widget, lv_palette_main(LV_PALETTE_RED), LV_CHART_AXIS_PRIMARY_Y);
                for(int value = 0; value < 20; value++) lv_chart_set_next_value(widget, values, (int32_t)below(100));
            }
            return widget;
        case 2:
            widget = lv_list_create(parent);
            for(uint32_t entry = below(8); entry > 0; entry--) lv_list_add_button(widget, LV_SYMBOL_FILE, text());
            return widget;
        case 3:
            widget = lv_tabview_create(parent);
            for(uint32_t tab = 1 + below(4); tab > 0; tab--) lv_label_create(lv_tabview_add_tab(widget, "Tab"));
            return widget;
        case 4: return lv_calendar_create(parent);
        case 5: return lv_keyboard_create(parent);
        default:
            widget = lv_msgbox_create(parent);
            lv_msgbox_add_title(widget, "Title");
            lv_msgbox_add_text(widget, text());
            lv_msgbox_add_footer_button(widget, "Close");
            return widget;
    }
}

static lv_obj_t *widget_below(lv_obj_t *parent)
{
    lv_obj_t *widget;
    created++;
    switch(below(16)) {
        case 0: return lv_obj_create(parent);
        case 1: return lv_button_create(parent);
        case 2: return lv_slider_create(parent);
        case 3: return lv_bar_create(parent);
        case 4: return lv_arc_create(parent);
        case 5: return lv_switch_create(parent);
        case 6: return lv_spinner_create(parent);
        case 7: return lv_led_create(parent);
        case 8: return lv_spinbox_create(parent);
        case 9: return lv_buttonmatrix_create(parent);
        case 10:
            widget = lv_checkbox_create(parent);
            lv_checkbox_set_text(widget, text());
            return widget;
        case 11:
            widget = lv_dropdown_create(parent);
            lv_dropdown_set_options(widget, text());
            return widget;
        case 12:
            widget = lv_roller_create(parent);
            lv_roller_set_options(widget, "one\ntwo\nthree\nfour", LV_ROLLER_MODE_INFINITE);
            return widget;
        case 13:
            widget = lv_textarea_create(parent);
            lv_textarea_set_text(widget, text());
            return widget;
        case 14: return large_widget(parent);
        default:
            widget = lv_label_create(parent);
            lv_label_set_text(widget, text());
            return widget;
    }
}

static void on_event(lv_event_t *event)
{
    (void)event;
}

static void change(lv_obj_t *widget)
{
    switch(below(8)) {
        case 0: lv_obj_set_style_bg_color(widget, lv_palette_main((lv_palette_t)below(LV_PALETTE_LAST)), 0); break;
        case 1: lv_obj_set_style_pad_all(widget, (int32_t)below(20), LV_PART_MAIN | LV_STATE_PRESSED); break;
        case 2: lv_obj_set_style_shadow_width(widget, (int32_t)below(12), 0); break;
        case 3: lv_obj_add_event_cb(widget, on_event, LV_EVENT_CLICKED, NULL); break;
        case 4: lv_obj_add_state(widget, LV_STATE_CHECKED); break;
        case 5: lv_obj_set_flex_flow(widget, LV_FLEX_FLOW_ROW_WRAP); break;
        case 6: lv_obj_fade_in(widget, 300, below(200)); break;
        default: lv_obj_set_pos(widget, (int32_t)below(WIDTH), (int32_t)below(HEIGHT)); break;
    }
}

static uint8_t drawn[WIDTH * 40 * 2];
static uint32_t checksum = 1;

static void flush(lv_display_t *display, const lv_area_t *area, uint8_t *pixels)
{
    size_t bytes = (size_t)lv_area_get_size(area) * 2;
    for(size_t at = 0; at < bytes; at++) checksum = checksum * 31 + pixels[at];
    lv_display_flush_ready(display);
}

static void report(unsigned step)
{
    lv_mem_monitor_t monitor;
    lv_mem_monitor(&monitor);
    printf("step %u: %lu calls, %lu widgets, screen %08" PRIx32 "; monitor: total %zu free %zu in %zu, largest %zu, "
           "used %zu, most %zu, %u %% used, %u %% fragmented; test %d\n",
           step, calls, created, checksum, monitor.total_size, monitor.free_size, monitor.free_cnt,
           monitor.free_biggest_size, monitor.used_cnt, monitor.max_used, monitor.used_pct, monitor.frag_pct,
           (int)lv_mem_test());
}

int main(int count, char **arguments)
{
    if(count == 2 && strcmp(arguments[1], "--control") == 0) {
        printf("%zu\n", lv_tlsf_size());
        return 0;
    }
    if(count != 2) return 2;
    client_control = strtoul(arguments[1], NULL, 10);

    lv_init();
    lv_display_t *display = lv_display_create(WIDTH, HEIGHT);
    lv_display_set_buffers(display, drawn, NULL, sizeof(drawn), LV_DISPLAY_RENDER_MODE_PARTIAL);
    lv_display_set_flush_cb(display, flush);

    lv_obj_t *screen = lv_screen_active();
    for(unsigned step = 0; step < STEPS; step++) {
        uint32_t shown = lv_obj_get_child_count(screen);
        lv_obj_t *chosen = shown ? lv_obj_get_child(screen, (int32_t)below(shown)) : NULL;
        lv_mem_monitor_t monitor;
        lv_mem_monitor(&monitor);
        if(chosen && (shown > SHOWN || monitor.used_pct > 70 || below(6) == 0)) {
            lv_obj_delete(chosen);
        }
        else if(chosen && below(2)) {
            change(chosen);
        }
        else {
            /* In another widget, if it is one that may have children. */
            lv_obj_t *parent = chosen && lv_obj_get_class(chosen) == &lv_obj_class && below(2) ? chosen : screen;
            change(widget_below(parent));
        }
        if(step == STEPS / 3) lv_mem_add_pool(memory + LV_MEM_SIZE + GAP, SECOND_POOL);
        lv_tick_inc(1 + below(9));
        if(step % 50 == 0) lv_timer_handler();
        if(step % 100 == 0) report(step);
    }
    lv_obj_clean(screen);
    lv_timer_handler();
    report(STEPS);
    lv_deinit();
    return 0;
}

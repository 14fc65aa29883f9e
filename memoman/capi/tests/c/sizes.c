/* Prints the bytes of the control structure of each kind of heap, by the bytes of its memory. */
#include "memoman_sized.h"

#include <stdio.h>

/* Of tlsf.h and tlsf_espressif.h, which one file cannot include both. */
size_t tlsf_size(void);
size_t mm_esp_size_for(size_t max_bytes);

int main(void) {
    static const size_t bytes[] = {1024, 4096, 16384, 65536, 262144, 1048576, 16777216};
    size_t i;
    for (i = 0; i < sizeof bytes / sizeof bytes[0]; ++i) {
        printf("| %lu KiB | %lu | %lu | %lu | %lu |\n", (unsigned long)(bytes[i] / 1024),
               (unsigned long)mm_sized_size(bytes[i]), (unsigned long)mm_esp_size_for(bytes[i]), (unsigned long)mm_size(), (unsigned long)tlsf_size());
    }
    return 0;
}

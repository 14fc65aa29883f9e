/* Each function of memoman.h: what it returns, what it refuses, and for which reason. */
#include "contract/memory.h"

#include "contract/blocks.h"
#include "contract/heaps.h"
#include "contract/inspect.h"
#include "contract/pools.h"

int main(void) {
    heaps();
    blocks();
    pools();
    inspect();
    return 0;
}

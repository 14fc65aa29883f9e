/* What benches/traces/gcc.trace is a recording of the compilation of. It includes nothing, so that the trace does
 * not depend on a machine's headers. */
typedef unsigned long word;
enum { EMPTY = 0, TABLE = 256 };

struct entry {
    word key, value;
    struct entry *next;
};

struct table {
    struct entry *heads[TABLE];
    struct entry store[1024];
    word used;
};

static word mixed(word key)
{
    key ^= key >> 31;
    key *= 0x9E3779B97F4A7C15ul;
    return key ^ (key >> 29);
}

struct entry *find(struct table *table, word key)
{
    for(struct entry *at = table->heads[mixed(key) % TABLE]; at; at = at->next)
        if(at->key == key) return at;
    return 0;
}

int put(struct table *table, word key, word value)
{
    struct entry *entry = find(table, key);
    if(!entry) {
        if(table->used == sizeof(table->store) / sizeof(table->store[0])) return 0;
        entry = &table->store[table->used++];
        entry->key = key;
        entry->next = table->heads[mixed(key) % TABLE];
        table->heads[mixed(key) % TABLE] = entry;
    }
    entry->value = value;
    return 1;
}

static void swap(word *a, word *b)
{
    word kept = *a;
    *a = *b;
    *b = kept;
}

void sort(word *from, word *to)
{
    while(to - from > 1) {
        word pivot = from[(to - from) / 2], *low = from, *high = to - 1;
        while(low <= high) {
            while(*low < pivot) low++;
            while(*high > pivot) high--;
            if(low <= high) swap(low++, high--);
        }
        if(high + 1 - from < to - low) {
            sort(from, high + 1);
            from = low;
        }
        else {
            sort(low, to);
            to = high + 1;
        }
    }
}

int parse(const char *text, double *result)
{
    double value = 0, scale = 1;
    int sign = 1, digits = 0, exponent = 0;
    switch(*text) {
        case '-': sign = -1; /* fallthrough */
        case '+': text++;
    }
    for(; *text >= '0' && *text <= '9'; text++, digits++) value = 10 * value + (*text - '0');
    if(*text == '.')
        for(text++; *text >= '0' && *text <= '9'; text++, digits++) value += (scale /= 10) * (*text - '0');
    if(*text == 'e' || *text == 'E') {
        int below = text[1] == '-';
        for(text += 1 + below; *text >= '0' && *text <= '9'; text++) exponent = 10 * exponent + (*text - '0');
        for(; exponent > 0; exponent--) value = below ? value / 10 : value * 10;
    }
    *result = sign * value;
    return digits > 0 && *text == 0;
}

void multiply(const float *a, const float *b, float *c, int n)
{
    for(int row = 0; row < n; row++)
        for(int column = 0; column < n; column++) {
            float sum = 0;
            for(int at = 0; at < n; at++) sum += a[row * n + at] * b[at * n + column];
            c[row * n + column] = sum;
        }
}

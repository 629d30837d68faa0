/* Kernels of a toy model, written by hand to runtime/abi.h, so that the runtime is tested without the
 * compiler: embedding, KV write, an attention-like sum over visible keys, residual, head. They call nothing.
 * Keys are read in whole tiles, masked ones multiplied by zero, as compiled kernels do. */
#include "runtime/abi.h"

enum { HIDDEN = 16, VOCAB = 48, WINDOW = 80 };

static long long cut(long long units, long long piece, long long pieces) { return units * piece / pieces; }

#define KERNEL(name)                                                                                         \
  __attribute__((visibility("default"))) void name(void *const *operands, long long piece, long long pieces, \
                                                   void *scratch, long long *prepared)
#define FOR_ROWS(set)                                                                                        \
  for (long long r = cut((set)->count, piece, pieces), end = cut((set)->count, piece + 1, pieces); r < end;  \
       ++r)

/* rows, table [VOCAB][HIDDEN], x */
KERNEL(toy_embed) {
  const facet_row_set *rows = operands[0];
  const float *table = operands[1];
  float *x = operands[2];
  FOR_ROWS(rows)
  for (int i = 0; i < HIDDEN; ++i)
    x[r * HIDDEN + i] = table[rows->token[r] * HIDDEN + i] + 0.001f * (float)(rows->position[r] % 7);
}

/* rows, their rows of the table, x */
KERNEL(toy_embed_gathered) {
  const facet_row_set *rows = operands[0];
  const float *gathered = operands[1];
  float *x = operands[2];
  FOR_ROWS(rows)
  for (int i = 0; i < HIDDEN; ++i)
    x[r * HIDDEN + i] = gathered[r * HIDDEN + i] + 0.001f * (float)(rows->position[r] % 7);
}

static char *blockOf(const facet_kv_view *kv, int sequence, int position) {
  long long page = kv->tables[sequence * kv->table_stride + (position >> kv->page_shift)];
  int inPage = position & ((1 << kv->page_shift) - 1);
  return kv->base + page * kv->page_bytes +
         (long long)(inPage / FACET_KV_BLOCK) * (2 * HIDDEN * FACET_KV_BLOCK * 4);
}

/* rows, x, kv */
KERNEL(toy_kv_write) {
  const facet_row_set *rows = operands[0];
  const float *x = operands[1];
  const facet_kv_view *kv = operands[2];
  FOR_ROWS(rows) {
    float *block = (float *)blockOf(kv, rows->sequence[r], rows->position[r]);
    int lane = rows->position[r] % FACET_KV_BLOCK;
    for (int i = 0; i < HIDDEN; ++i) {
      block[i * FACET_KV_BLOCK + lane] = x[r * HIDDEN + i];
      block[HIDDEN * FACET_KV_BLOCK + lane * HIDDEN + i] = x[r * HIDDEN + (i + 3) % HIDDEN] * 0.5f;
    }
  }
}

static void attendRow(const facet_row_set *rows, long long r, const float *x, const facet_kv_view *kv,
                      float *y, int window, float *query) {
  int position = rows->position[r], last = window ? rows->last_visible[r] : position;
  int first = window && position >= window ? position - window + 1 : 0;
  for (int i = 0; i < HIDDEN; ++i) {
    query[i] = x[r * HIDDEN + i];
    y[r * HIDDEN + i] = 0;
  }
  for (int tile = first / FACET_KV_TILE * FACET_KV_TILE; tile <= last; tile += FACET_KV_TILE)
    for (int key = tile; key < tile + FACET_KV_TILE && key >> kv->page_shift < kv->table_stride; ++key) {
      const float *block = (const float *)blockOf(kv, rows->sequence[r], key);
      int lane = key % FACET_KV_BLOCK;
      float score = 0;
      for (int i = 0; i < HIDDEN; ++i)
        score += query[i] * block[i * FACET_KV_BLOCK + lane];
      float weight = (key >= first && key <= last ? 1.0f : 0.0f) / (1.0f + score * score);
      for (int i = 0; i < HIDDEN; ++i)
        y[r * HIDDEN + i] += weight * block[HIDDEN * FACET_KV_BLOCK + lane * HIDDEN + i];
    }
}

static void attend(void *const *operands, long long piece, long long pieces, void *scratch, int window) {
  const facet_row_set *rows = operands[0];
  for (long long b = cut(rows->block_count, piece, pieces); b < cut(rows->block_count, piece + 1, pieces);
       ++b)
    for (int r = 0; r < rows->blocks[b].rows; ++r)
      attendRow(rows, rows->blocks[b].first_row + r, operands[1], operands[2], operands[3], window, scratch);
}
/* rows, x, kv, y */
KERNEL(toy_attend_window) { attend(operands, piece, pieces, scratch, WINDOW); }
KERNEL(toy_attend_full) { attend(operands, piece, pieces, scratch, 0); }

/* rows, x (in place), y */
KERNEL(toy_add) {
  const facet_row_set *rows = operands[0];
  float *x = operands[1];
  const float *y = operands[2];
  FOR_ROWS(rows)
  for (int i = 0; i < HIDDEN; ++i)
    x[r * HIDDEN + i] = 0.75f * x[r * HIDDEN + i] + 0.25f * y[r * HIDDEN + i];
}

/* rows that go on, x of all rows, x of theirs */
KERNEL(toy_take) {
  const facet_row_set *rows = operands[0];
  const float *x = operands[1];
  float *taken = operands[2];
  FOR_ROWS(rows)
  for (int i = 0; i < HIDDEN; ++i)
    taken[r * HIDDEN + i] = x[rows->parent[r] * HIDDEN + i];
}

/* rows, x, hidden */
KERNEL(toy_hidden) {
  const facet_row_set *rows = operands[0];
  const float *x = operands[1];
  float *hidden = operands[2];
  FOR_ROWS(rows)
  for (int i = 0; i < HIDDEN; ++i)
    hidden[r * HIDDEN + i] = x[r * HIDDEN + i];
}

/* rows, hidden, table, logits; cut by columns. A scratch that is not aligned shows as a wrong result. */
KERNEL(toy_head) {
  const facet_row_set *rows = operands[0];
  const float *x = operands[1], *table = operands[2];
  float *logits = operands[3];
  float *sums = scratch;
  for (int r = 0; r < rows->count; ++r)
    for (long long v = cut(VOCAB, piece, pieces); v < cut(VOCAB, piece + 1, pieces); ++v) {
      sums[0] = (unsigned long long)scratch % 64 ? 1000.0f : 0.0f;
      for (int i = 0; i < HIDDEN; ++i)
        sums[0] += x[r * HIDDEN + i] * table[v * HIDDEN + i];
      logits[(long long)r * VOCAB + v] = sums[0];
    }
}

/* rows, logits (in place) */
KERNEL(toy_softcap) {
  const facet_row_set *rows = operands[0];
  float *logits = operands[1];
  FOR_ROWS(rows)
  for (int v = 0; v < VOCAB; ++v)
    logits[r * VOCAB + v] =
        logits[r * VOCAB + v] / (1.0f + 0.01f * logits[r * VOCAB + v] * logits[r * VOCAB + v]);
}

/* rows, weight, x: what the worker that takes a piece prepared last: the piece before this one */
KERNEL(toy_note_prepared) {
  float *x = operands[2];
  x[piece] = (float)*prepared;
  *prepared = piece;
}

enum { EXPERTS = 4 };

/* rows, plan: a row's expert is its token modulo 4 */
KERNEL(toy_plan) {
  const facet_row_set *rows = operands[0];
  int *first = operands[1], *entry = first + EXPERTS + 1;
  first[0] = 0;
  for (int e = 0; e < EXPERTS; ++e) {
    first[e + 1] = first[e];
    for (int r = 0; r < rows->count; ++r)
      if (rows->token[r] % EXPERTS == e)
        entry[first[e + 1]++] = r;
  }
}

/* rows, weight, x, plan: something that reads by expert */
KERNEL(toy_experts) {}

/* rows, weight: about a microsecond of work, for each piece alike */
KERNEL(toy_spin) {
  volatile int sink = 0;
  for (int i = 0; i < 1000; ++i)
    sink = i;
}

/* rows, x, y = x; for the last token only after some 20 ms */
KERNEL(toy_slow) {
  const facet_row_set *rows = operands[0];
  const float *x = operands[1];
  float *y = operands[2];
  volatile float sink = 0;
  FOR_ROWS(rows) {
    if (rows->token[r] == VOCAB - 1)
      for (int i = 0; i < 20000000; ++i)
        sink += 1;
    for (int i = 0; i < HIDDEN; ++i)
      y[r * HIDDEN + i] = x[r * HIDDEN + i];
  }
}

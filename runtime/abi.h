/* What compiled kernels and the runtime agree on. Plain C, includes nothing.
 *
 * A kernel is one function per (operation, shape, format). It learns its operands from an array of
 * addresses, handles the part `piece` of `pieces` of its work, and calls nothing. The same body serves a
 * CPU worker, a block of a GPU launch or a case of a persistent kernel: it never knows its grid.
 *
 * Any change to a struct or constant here is a new FACET_ABI_VERSION: artifacts of another version are
 * refused, never reinterpreted. */
#ifndef FACET_RUNTIME_ABI_H
#define FACET_RUNTIME_ABI_H

#ifdef __cplusplus
extern "C" {
#endif

#define FACET_ABI_VERSION 5

/* Keys are stored in blocks of this many consecutive positions; pages hold a whole number of blocks. */
#define FACET_KV_BLOCK 16
/* Attention walks keys in tiles of this many positions, aligned to absolute position: the order of its
 * floating-point operations depends on the position of a query alone. */
#define FACET_KV_TILE 64
/* Attention is cut along its keys in segments that start at fixed absolute positions: of this many up to 16
 * times as many, then, without a window, of an eighth of each power of two. */
#define FACET_KV_SEGMENT 256
/* In steps of at most this many rows each segment is a piece of its own. */
#define FACET_SPLIT_ROWS 8
/* A query block holds at most this many rows, all of one sequence. */
#define FACET_QUERY_BLOCK 16
/* Linear kernels pass over a weight once for each group of this many rows. */
#define FACET_ROW_GROUP 64
/* Columns of a weight panel; see docs/artifact.md for the layout. */
#define FACET_PANEL 32

/* A linear over q8 or q4 weights takes its input in int8: for each 32 columns { int32 correction; f32 scale;
 * int8[32] }. Column k is int8[k] * scale; the correction is -128 (q8) or -8 (q4) times the sum of the
 * integers, because stored weights are unsigned. */
#define FACET_QUANT_GROUP_BYTES 40

/* Consecutive rows of one sequence, attended together. */
typedef struct facet_query_block {
  int first_row; /* index into the row set */
  int rows;      /* 1 .. FACET_QUERY_BLOCK */
  int sequence;  /* which page table: row of facet_kv_view.tables */
  int reserved;
} facet_query_block;

/* The rows of one step, or those of them that go on after the last K/V write. All arrays hold `count`
 * entries. Rows of one sequence are adjacent and ascend in position. */
typedef struct facet_row_set {
  int count;
  int block_count;
  const int *token;        /* id; the row of the embedding table */
  const int *position;     /* absolute position in its sequence, from 0 */
  const int *last_visible; /* last position that a query sees on sliding layers, >= position */
  const int *sequence;     /* page table of the row */
  const int *parent;       /* index of this row in the set of all rows (identity for that set) */
  const facet_query_block *blocks;
} facet_row_set;

/* Where the keys and values of one layer live. Logical page p of sequence s is physical page
 * tables[s * table_stride + p]; its bytes for this layer begin at base + page * page_bytes.
 * Inside: [block of 16 positions][kv head]{ K, V }, in a layout that docs/kernel-abi.md describes. Bytes that
 * nobody wrote yet are zero or those of older keys and values: finite. */
typedef struct facet_kv_view {
  char *base;
  long long page_bytes;
  long long page_shift; /* log2(positions of a page), >= 4 */
  const int *tables;
  long long table_stride;
} facet_kv_view;

/* `operands`: one address per operand in the order of the dispatch (weights, arena buffers, row sets, KV
 * views, outputs). `scratch`: this worker's memory, of the size that the kernel's table entry states.
 * `prepared`: what of its input the kernel left in `scratch` in an earlier piece of this dispatch, by a
 * number of its own, and -1 at first: pieces of one worker then prepare it once.
 *
 * Aligned to 64 bytes: a weight, the first of gathered rows, an arena buffer, each K/V block, `scratch`. The
 * arena itself begins at a multiple of 4096, and the compiler places its buffers at multiples of 256. What is
 * inside (rows, panels, columns) is as aligned as its sizes make it. Outputs are aligned to their elements
 * alone, for a pass may begin at any row of them. */
typedef void (*facet_kernel_fn)(void *const *operands, long long piece, long long pieces, void *scratch,
                                long long *prepared);

#ifdef __cplusplus
}
#endif
#endif

/* The tokenizer section of an artifact. Plain C, includes nothing: the compiler's table builder writes these
 * structs, the runtime checks them once and then uses them in place. All integers are little-endian.
 *
 *   [ facet_tokenizer_header ][ table ] ...                 every table starts at a multiple of 64
 */
#ifndef FACET_RUNTIME_TOKENIZER_FORMAT_H
#define FACET_RUNTIME_TOKENIZER_FORMAT_H

#ifdef __cplusplus
extern "C" {
#endif

#define FACET_TOKENIZER_MAGIC 0x4b4f5446u /* "FTOK" */
#define FACET_TOKENIZER_VERSION 1u
#define FACET_TOKENIZER_NONE 0xffffffffu /* no id, no node */
#define FACET_TOKENIZER_CODE_PAGES 4352u /* 0x110000 code points, 256 to a page */

enum facet_tokenizer_flag {
  FACET_TOKENIZER_FUSE_UNK = 1,      /* adjacent unknown characters become one unknown token */
  FACET_TOKENIZER_BYTE_FALLBACK = 2, /* an unknown character becomes its bytes' tokens, if all exist */
  FACET_TOKENIZER_IGNORE_MERGES = 4, /* a whole segment that is a token is that token */
  FACET_TOKENIZER_JOINS = 8          /* the join tables hold: a segment may be cut where nothing joins */
};

enum facet_tokenizer_table_kind {
  FACET_TOKENIZER_TEXT_OFFSETS = 0,  /* uint32[id_count + 1], ascending: where a token's text is */
  FACET_TOKENIZER_TEXT = 1,          /* bytes: UTF-8, spaces as U+2581 */
  FACET_TOKENIZER_TOKENS = 2,        /* uint16[id_count]: facet_tokenizer_token_bit */
  FACET_TOKENIZER_INDEX = 3,         /* uint32[2^n]: ids by facet_tokenizer_hash of the text, NONE if free */
  FACET_TOKENIZER_CODE_PAGE_MAP = 4, /* uint16[FACET_TOKENIZER_CODE_PAGES]: code point >> 8 to page */
  FACET_TOKENIZER_CODE_IDS = 5,      /* uint32[pages * 256]: the token of one code point, or NONE */
  FACET_TOKENIZER_MERGES = 6,        /* facet_tokenizer_merge[2^n], by facet_tokenizer_pair_hash */
  FACET_TOKENIZER_ASCII_JOINS = 7,   /* uint64[256]: bit b of words 2a, 2a+1: a merge may join ASCII a to b */
  FACET_TOKENIZER_JOIN_BITS = 8, /* uint64[2^n]: the same for all code points, by hash; may say yes falsely */
  FACET_TOKENIZER_RAW_NODES = 9, /* facet_tokenizer_node[]: added tokens that match the text as it is */
  FACET_TOKENIZER_RAW_EDGES = 10,    /* uint32[]: node << 8 | byte, ascending by byte within a node */
  FACET_TOKENIZER_NORMAL_NODES = 11, /* the same for those that match after ' ' has become U+2581 */
  FACET_TOKENIZER_NORMAL_EDGES = 12,
  FACET_TOKENIZER_TABLE_COUNT = 13
};

/* Bits 8..15 of a token's word hold the byte of a byte token. */
enum facet_tokenizer_token_bit {
  FACET_TOKENIZER_EXISTS = 1,
  FACET_TOKENIZER_SPECIAL = 2, /* control token: matches in trusted text only; decoding may leave it out */
  FACET_TOKENIZER_ADDED = 4,   /* is matched literally before merging */
  FACET_TOKENIZER_BYTE = 8     /* decodes to one byte */
};

typedef struct facet_tokenizer_table {
  unsigned offset; /* bytes from the header */
  unsigned count;  /* elements */
} facet_tokenizer_table;

typedef struct facet_tokenizer_header {
  unsigned magic, version;
  unsigned flags;
  unsigned size; /* bytes of the section */
  unsigned id_count;
  unsigned unk_id;        /* NONE: unknown characters vanish */
  unsigned byte_ids[256]; /* NONE where the vocabulary lacks one */
  facet_tokenizer_table tables[FACET_TOKENIZER_TABLE_COUNT];
  unsigned reserved[6];
} facet_tokenizer_header;

/* The pair (left, right) becomes `result`; lowest rank first (below FACET_MAX_MERGES). Free slots have left
 * == NONE. */
typedef struct facet_tokenizer_merge {
  unsigned left, right, rank, result;
} facet_tokenizer_merge;

/* A node of a byte trie; node 0 is the root and children have higher numbers than their parents. */
typedef struct facet_tokenizer_node {
  unsigned first_edge, edge_count;
  unsigned id; /* of the added token that ends here, or NONE */
} facet_tokenizer_node;

/* The hash functions of the tables. Collisions go to the next slot. */
static inline unsigned long long facet_tokenizer_mix(unsigned long long x) {
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93ull;
  x ^= x >> 29;
  x *= 0xa0761d6478bd642full;
  return x ^ (x >> 32);
}

static inline unsigned facet_tokenizer_pair_hash(unsigned left, unsigned right) {
  unsigned long long x = ((unsigned long long)left << 32 | right) * 0x9e3779b97f4a7c15ull;
  return (unsigned)((x ^ (x >> 29)) >> 21);
}

static inline unsigned long long facet_tokenizer_join_hash(unsigned left, unsigned right) {
  return facet_tokenizer_mix((unsigned long long)left << 32 | right);
}

static inline unsigned long long facet_tokenizer_hash(const char *bytes, unsigned long long size) {
  unsigned long long hash = 0x9e3779b97f4a7c15ull + size;
  for (unsigned long long i = 0; i < size; ++i)
    hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001b3ull;
  return facet_tokenizer_mix(hash);
}

#ifdef __cplusplus
}
#endif
#endif

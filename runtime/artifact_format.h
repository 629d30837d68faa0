/* The bytes of a .facet file. Plain C, includes nothing: the compiler writes these structs, the runtime
 * checks and reads them in place. All integers are little-endian; docs/artifact.md explains each section.
 *
 *   [ header, 4096 bytes ][ section ][ section ] ...        every section starts at a multiple of 4096
 */
#ifndef FACET_RUNTIME_ARTIFACT_FORMAT_H
#define FACET_RUNTIME_ARTIFACT_FORMAT_H

#ifdef __cplusplus
extern "C" {
#endif

#define FACET_MAGIC "FACETAOT" /* 8 bytes */
#define FACET_PAGE 4096u
#define FACET_HASH_BLOCK (4u << 20) /* weights carry one SHA-256 for each block of this size */
#define FACET_MAX_SECTIONS 32

enum facet_section_kind {
  FACET_SECTION_MODEL = 1,          /* one facet_model_info */
  FACET_SECTION_STRINGS = 2,        /* NUL-terminated names; offset 0 is "" */
  FACET_SECTION_VARIANTS = 3,       /* facet_variant[] */
  FACET_SECTION_CODE = 4,           /* one image per variant, each page-aligned, position independent */
  FACET_SECTION_KERNELS = 5,        /* facet_kernel_info[] */
  FACET_SECTION_ENTRIES = 6,        /* facet_ladder_entry[], rows ascending */
  FACET_SECTION_DISPATCHES = 7,     /* facet_dispatch[] */
  FACET_SECTION_OPERANDS = 8,       /* facet_operand[] */
  FACET_SECTION_WAITS = 9,          /* uint32[]: dispatches to wait for, relative to the entry's first */
  FACET_SECTION_KV = 10,            /* facet_kv_kind[] */
  FACET_SECTION_STREAMS = 11,       /* facet_kv_stream[] */
  FACET_SECTION_WEIGHTS = 12,       /* bytes; the only section that is checked by blocks */
  FACET_SECTION_WEIGHT_HASHES = 13, /* 32 bytes for each FACET_HASH_BLOCK of weights */
  FACET_SECTION_WEIGHT_TABLE = 14,  /* facet_weight_info[] */
  FACET_SECTION_TOKENIZER = 15,     /* runtime/tokenizer_format.h */
  FACET_SECTION_TEMPLATE = 16,      /* chat template source, UTF-8, not terminated; may be empty */
  FACET_SECTION_METADATA = 17, /* JSON: bos/eos token text, generation defaults, origin; for text and tools */
  FACET_SECTION_KERNEL_ENTRIES =
      18 /* uint64[variant][kernel]: offset of the function in the variant's image */
};

typedef struct facet_section {
  unsigned kind;
  unsigned flags; /* 0 */
  unsigned long long offset, size;
  unsigned char sha256[32]; /* of the bytes; for WEIGHTS that of the WEIGHT_HASHES section */
} facet_section;

typedef struct facet_header {
  char magic[8];
  unsigned abi;           /* FACET_ABI_VERSION */
  unsigned section_count; /* <= FACET_MAX_SECTIONS */
  unsigned long long file_size;
  unsigned char root[32]; /* SHA-256 of this header with these 32 bytes zero: the digest to pin */
  facet_section sections[FACET_MAX_SECTIONS];
} facet_header;

typedef struct facet_model_info {
  unsigned vocab_size, hidden_size, layer_count;
  unsigned max_positions; /* the model's limit; a session chooses its context below it */
  unsigned bos_id, pad_id;
  unsigned stop_count;
  unsigned stop_ids[13];
  unsigned max_rows;               /* rows of the largest ladder entry */
  unsigned weight_format;          /* of most weight bytes; as facet_weight_info.format */
  float temperature, top_p, min_p; /* the checkpoint's sampling defaults */
  unsigned top_k;
  unsigned do_sample;
  unsigned name; /* string: architecture */
  unsigned reserved[6];
} facet_model_info;

/* CPU features, as bits of facet_variant.features: later levels have greater ones. */
enum facet_feature {
  FACET_FEATURE_AVX2 = 1,     /* AVX2, FMA, BMI2, F16C: x86-64-v3 */
  FACET_FEATURE_AVX_VNNI = 2, /* dot products of int8 in 256 bits, without AVX-512 */
  FACET_FEATURE_AVX512 = 4,   /* F, CD, BW, DQ, VL: x86-64-v4 */
  FACET_FEATURE_VNNI = 8,     /* AVX512_VNNI */
  FACET_FEATURE_BF16 = 16,    /* AVX512_BF16 */
  FACET_FEATURE_AMX = 32      /* AMX-TILE and AMX-INT8, and the system's leave to use them */
};

typedef struct facet_variant {
  unsigned name;     /* string, e.g. "x86-64-v4" */
  unsigned machine;  /* ELF e_machine: 62 x86-64, 183 AArch64 */
  unsigned features; /* all are required */
  unsigned reserved;
  unsigned long long image_offset, image_size; /* in the CODE section, page-aligned */
  unsigned long long text_size;                /* first bytes of the image, mapped read + execute */
} facet_variant;

typedef struct facet_kernel_info {
  unsigned name; /* string; also the symbol in the image */
  unsigned operand_count;
  unsigned long long scratch_bytes; /* of each worker */
} facet_kernel_info;

typedef struct facet_ladder_entry {
  unsigned rows; /* largest number of rows that it takes */
  unsigned first_dispatch, dispatch_count;
  unsigned reserved;
  unsigned long long arena_bytes;
} facet_ladder_entry;

/* What bounds the number of pieces that a dispatch can be cut into. */
enum facet_unit {
  FACET_UNIT_CONSTANT = 0,     /* units */
  FACET_UNIT_ROWS = 1,         /* units * rows of the row set `row_set` */
  FACET_UNIT_QUERY_BLOCKS = 2, /* units * query blocks of the row set `row_set` */
  FACET_UNIT_ROW_GROUPS = 3    /* units * groups of FACET_ROW_GROUP rows of the row set `row_set` */
};

typedef struct facet_dispatch {
  unsigned kernel;
  unsigned name; /* string: where in the model, e.g. "layers.3.mlp.down" */
  unsigned first_operand, operand_count;
  unsigned first_wait, wait_count;
  unsigned unit;    /* facet_unit */
  unsigned units;   /* never 0 */
  unsigned row_set; /* 0 all rows, 1 rows that go on: skipped while that set is empty */
  unsigned layer;   /* 0xffffffff outside the layers */
  unsigned device;  /* 0 */
  unsigned trace; /* 0, or 1 + n where an operand is the residual stream after n layers (0: the embedding) */
  unsigned trace_operand; /* that operand, relative to first_operand */
  unsigned input; /* of a linear: where what its matrix is multiplied with stands in f32 when the kernel is
                     done: 0 nowhere, 1 + operand relative to first_operand, or FACET_INPUT_SCRATCH */
} facet_dispatch;

/* At the beginning of the worker's scratch, if one piece took at most FACET_ROW_GROUP rows. */
#define FACET_INPUT_SCRATCH 0xffffffffu

enum facet_operand_kind {
  FACET_OPERAND_WEIGHT = 0, /* index: weight table; offset: in the WEIGHTS section */
  FACET_OPERAND_ARENA = 1,  /* offset: in the arena; index: experts of an expert plan, 0 for anything else */
  FACET_OPERAND_ROWS = 2,   /* index: row set, 0 all, 1 those that go on */
  FACET_OPERAND_KV = 3,     /* index: stream */
  FACET_OPERAND_OUTPUT = 4, /* index: facet_output */
  FACET_OPERAND_GATHERED =
      5 /* index, offset, size: a weight in rows, as for WEIGHT. The kernel sees its rows of the
           tokens of the row set `row_set`, one after another: the runtime reads them */
};

enum facet_output {
  FACET_OUTPUT_LOGITS = 0, /* f32 [rows that go on][vocab_size] */
  FACET_OUTPUT_HIDDEN = 1  /* f32 [rows that go on][hidden_size]: after the final norm */
};

enum facet_access { FACET_READ = 1, FACET_WRITE = 2 };

typedef struct facet_operand {
  unsigned kind;
  unsigned index;
  unsigned access; /* facet_access bits */
  unsigned reads;  /* weights: 0 streamed once per FACET_ROW_GROUP rows, 1 one row per row, 2 by expert */
  unsigned long long offset, size; /* bytes */
} facet_operand;

/* Layers with the same window and page size share page tables. */
typedef struct facet_kv_kind {
  unsigned name;   /* string: "sliding", "full" */
  unsigned window; /* 0: every position is kept */
  unsigned stream_count;
  unsigned format;                       /* 0 f32, 1 bf16, 2 q8 */
  unsigned long long bytes_per_position; /* of all its streams together */
} facet_kv_kind;

typedef struct facet_kv_stream {
  unsigned name; /* string: the owning layer */
  unsigned kind; /* index into facet_kv_kind */
  unsigned heads, head_dim;
  unsigned long long position_offset; /* the sum of bytes per position of the kind's earlier streams */
} facet_kv_stream;

typedef struct facet_weight_info {
  unsigned name;   /* string */
  unsigned format; /* 0 f32, 1 bf16, 2 q8, 3 q4 */
  unsigned layout; /* 0 rows, 1 panels of FACET_PANEL rows */
  unsigned reserved;
  unsigned long long offset, size;  /* in the WEIGHTS section; offset is a multiple of 64 */
  unsigned long long rows, columns; /* leading dimensions folded into rows */
} facet_weight_info;

#ifdef __cplusplus
}
#endif
#endif

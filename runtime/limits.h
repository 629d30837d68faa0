/* How much of anything is taken from a file, a text or an embedder before it is refused. Plain C, includes
 * nothing; docs/reliability.md lists these with what else bounds hostile input.
 *
 * Changing one that bounds a table of an artifact makes older runtimes refuse newer files. */
#ifndef FACET_RUNTIME_LIMITS_H
#define FACET_RUNTIME_LIMITS_H

/* Files of a checkpoint. */
#define FACET_MAX_CONFIG_BYTES (16u << 20) /* config.json, generation_config.json */
#define FACET_MAX_TOKENIZER_CONFIG_BYTES (64u << 20)
#define FACET_MAX_TOKENIZER_JSON_BYTES (512u << 20)
#define FACET_MAX_TOKENIZER_JSON_LEVELS 12u /* a real one has 5 */
#define FACET_MAX_JSON_LEVELS 32u           /* of any other */
#define FACET_MAX_JSON_VALUES (1u << 20)
#define FACET_MAX_SAFETENSORS_HEADER_BYTES 100000000u /* the format's own; also of an index */
#define FACET_MAX_SAFETENSORS_LEVELS 4u
#define FACET_MAX_TENSOR_DIMENSIONS 8u
#define FACET_MAX_TENSOR_ELEMENTS (0x7fffffffffffffffull / 64) /* so that bits fit */

/* Tokenizers. */
#define FACET_MAX_TOKEN_IDS (1u << 22) /* ids are below this */
#define FACET_MAX_MERGES (1u << 24)
#define FACET_MAX_TOKEN_BYTES 4096u      /* of one token */
#define FACET_MAX_ADDED_TOKEN_BYTES 256u /* of one added token: how far a match looks ahead */

/* Chat templates, and the conversations that they render. */
#define FACET_MAX_TEMPLATE_BYTES (1u << 20)
#define FACET_MAX_TEMPLATE_NESTING 150u           /* brackets and blocks inside each other */
#define FACET_MAX_TEMPLATE_OPERATIONS 400u        /* operators applied to each other's results */
#define FACET_MAX_RENDER_STEPS 20000000u          /* nodes evaluated, loop rounds and elements visited */
#define FACET_MAX_RENDER_OUTPUT_BYTES (64u << 20) /* of the prompt, and of any one string before */
#define FACET_MAX_RENDER_WORK_BYTES (512u << 20)  /* of all strings and lists ever made; bounds memory too */
#define FACET_MAX_RENDER_DEPTH 1500u              /* nodes inside each other: macros that call themselves */
#define FACET_MAX_VALUE_LEVELS 256u               /* lists and objects inside each other */
#define FACET_MAX_CONVERSATION_BYTES (64u << 20)
#define FACET_MAX_CONVERSATION_LEVELS 100u

/* Second moments of `facet compile --importance`. */
#define FACET_MAX_IMPORTANCE_ENTRIES (1u << 20)
#define FACET_MAX_IMPORTANCE_MATRICES (1u << 20)
#define FACET_MAX_IMPORTANCE_COLUMNS (1u << 24)
#define FACET_MAX_IMPORTANCE_BLOCK 4096u

/* Tables of an artifact; its sections and kinds of K/V are bounded by its structs. */
#define FACET_MAX_COUNT                                                                                      \
  (1u << 30) /* of whatever an int counts: positions, ids, rows, units of work, names                        \
              */
#define FACET_MAX_VARIANTS 64u
#define FACET_MAX_LADDER_ENTRIES 64u
#define FACET_MAX_LAYERS 65536u
#define FACET_MAX_EXPERTS (1u << 20)
#define FACET_MAX_SCRATCH_BYTES (1ull << 32) /* of a kernel */
#define FACET_MAX_ARENA_BYTES (1ull << 46)
#define FACET_MAX_KV_HEADS 4096u
#define FACET_MAX_KV_HEAD_DIM 65536u
#define FACET_MAX_KV_POSITION_BYTES (1ull << 32) /* of one kind */

/* Sessions. */
#define FACET_MAX_SEQUENCES 65536
#define FACET_MAX_STEP_ROWS (1 << 20)
#define FACET_MAX_ROLLBACK (1 << 20)
#define FACET_MAX_PAGE_POSITIONS 65536
#define FACET_MAX_THREADS 256

#endif

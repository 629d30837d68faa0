/* The C API of the Facet runtime: open an artifact, create a session, step rows of tokens, sample.
 *
 * Handles are opaque; NULL is safe to close or destroy. Outputs come last but for the error. `err` may be
 * NULL. Every function that returns facet_code leaves its outputs untouched when it fails, unless it says
 * otherwise. A model is immutable and may be shared by threads; a session and its sequences belong to one
 * thread at a time, which is called the session's thread below (facet_session_cancel alone may be called from
 * any). Strings and arrays that a function returns by pointer belong to the model or session and live as long
 * as it does.
 *
 * Opening an artifact is like running a program: it holds native code. Hashes detect damage, not malice. */
#ifndef FACET_RUNTIME_FACET_H
#define FACET_RUNTIME_FACET_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* ---- Errors -------------------------------------------------------------------------------------------- */

typedef enum facet_code {
  FACET_OK = 0,
  FACET_BAD_ARGUMENT = 1,   /* the caller's values contradict this header */
  FACET_IO = 2,             /* a file cannot be opened, read or mapped */
  FACET_BAD_ARTIFACT = 3,   /* not an artifact, truncated, damaged, or contradicting itself */
  FACET_WRONG_ABI = 4,      /* an artifact for another version of the runtime */
  FACET_WRONG_CPU = 5,      /* no variant in the artifact runs here */
  FACET_WRONG_DIGEST = 6,   /* not the artifact that the caller pinned */
  FACET_OUT_OF_MEMORY = 7,  /* the allocator returned NULL, or a mapping failed */
  FACET_OUT_OF_PAGES = 8,   /* the session's KV pool is used up: truncate or destroy sequences */
  FACET_OUT_OF_CONTEXT = 9, /* a sequence would grow beyond the session's context */
  FACET_CANCELLED = 10,     /* facet_session_cancel was called */
  FACET_BAD_INPUT = 11,     /* text, template or conversation is malformed */
  FACET_BAD_STATE = 12,     /* a saved sequence is damaged or of another model */
  FACET_INTERNAL = 13
} facet_code;

#define FACET_ERROR_MESSAGE 512

/* The caller's. `message` is NUL-terminated, starts in lower case, and says what was expected, what was
 * found and what to do. */
typedef struct facet_error {
  facet_code code;
  char message[FACET_ERROR_MESSAGE];
} facet_error;

/* A short name of a code, such as "bad artifact". Never NULL. Any thread; the name lives for ever. */
const char *facet_code_name(facet_code code);

/* ---- Memory -------------------------------------------------------------------------------------------- */

/* All memory of models, sessions, executors and samplers comes from here, and only when one is opened or
 * created. `allocate` returns memory aligned to `alignment` (a power of two, 4096 at most), or NULL, which
 * becomes FACET_OUT_OF_MEMORY. Both are called by the thread that creates or destroys. A NULL
 * facet_allocator pointer means aligned_alloc and free, and mappings for blocks of 64 KiB and more. The
 * struct is copied. */
typedef struct facet_allocator {
  void *(*allocate)(void *context, size_t bytes, size_t alignment);
  void (*release)(void *context, void *memory, size_t bytes);
  void *context;
} facet_allocator;

/* ---- Options, messages, cancelling ----------------------------------------------------------------------
 */

/* Structs of options begin with `size`, which says what their caller was compiled with: sizeof the struct. 0
 * stands for the struct as of version 0.1. Zero-initialise them: 0 or NULL is each member's default. They,
 * and what they point to, are copied or used during the call alone, but for what says otherwise. */

typedef enum facet_log_level { FACET_LOG_INFO = 0, FACET_LOG_WARNING = 1 } facet_log_level;

/* Receives a line without its end, valid during the call, on the thread of the call that it is about. `write`
 * must not call back into Facet. NULL: silence; Facet itself writes nothing anywhere. */
typedef struct facet_log {
  void (*write)(void *context, facet_log_level level, const char *message);
  void *context;
} facet_log;

/* Hears how much of a long work is done, `done` of `all` bytes, on the thread of the call that does it.
 * `update` must not call back into Facet. NULL: nobody does. */
typedef struct facet_progress {
  void (*update)(void *context, uint64_t done, uint64_t all);
  void *context;
} facet_progress;

/* The caller's, zero-initialised; must outlive what it was given to. One may stop any number of sessions and
 * openings. */
typedef struct facet_cancel_token {
  int32_t requested; /* for the functions below alone */
} facet_cancel_token;

/* What has the token returns FACET_CANCELLED: an opening within a block of weights, a session before its next
 * step. Any thread, at any time, signal handlers too. */
void facet_cancel_request(facet_cancel_token *token);
/* Allows what has the token to go on. Any thread. */
void facet_cancel_reset(facet_cancel_token *token);

/* ---- Models -------------------------------------------------------------------------------------------- */

typedef struct facet_model facet_model;

typedef enum facet_verify {
  FACET_VERIFY_AUTO = 0, /* weights are hashed unless a stamp in the user's cache says this file was */
  FACET_VERIFY_ALWAYS = 1,
  FACET_VERIFY_NEVER = 2 /* weights are not hashed; everything else always is */
} facet_verify;

typedef struct facet_open_options {
  size_t size; /* sizeof(facet_open_options) */
  facet_verify verify;
  int copy;                         /* not 0: read into memory, for immunity from a file that changes later */
  const unsigned char *root_digest; /* 32 bytes that the artifact must have, or NULL */
  const facet_allocator *allocator; /* or NULL */
  facet_log log;                    /* says which variant was chosen and how weights were checked */
  const facet_cancel_token *cancel; /* used while it opens; or NULL */
  facet_progress progress;          /* of checking the weights */
} facet_open_options;

/* Opens an artifact: maps it, checks it, chooses the variant for this CPU (the environment variable
 * FACET_CPU = x86-64-v3 | x86-64-v3+vnni | x86-64-v4 | x86-64-v4+vnni+bf16 | x86-64-v4+vnni+bf16+amx
 * narrows the choice). Of code that uses AMX, Linux is asked to let the whole process do so. `options`
 * may be NULL. Any thread, several at once; nothing that is passed need outlive the call but the
 * allocator's context, which must outlive the model and its sessions. */
facet_code facet_model_open(const char *path, const facet_open_options *options, facet_model **out,
                            facet_error *err);
/* The same for an artifact in memory, which must stay as it is until the model and its sessions are gone,
 * unless `copy` is set. `data` must be aligned to 64 bytes. Any thread. */
facet_code facet_model_open_memory(const void *data, size_t size, const facet_open_options *options,
                                   facet_model **out, facet_error *err);
/* A model that `facet compile --emit=lib` made part of the program, by its symbol. */
typedef struct facet_embedded_model facet_embedded_model;
/* The same for such a model: `&NAME` of the header NAME.h, which must outlive the model and its sessions
 * (a shared library must stay loaded). `weights` is the path of NAME.weights, or NULL where the weights
 * are in the program too. The file must be the one that was written with the library. Any thread. */
facet_code facet_model_open_embedded(const facet_embedded_model *embedded, const char *weights,
                                     const facet_open_options *options, facet_model **out, facet_error *err);
/* Opens for inspection: verified alike, but no variant is chosen and no code is mapped as executable, so
 * any machine can look at any artifact. A session of such a model is refused. Any thread. */
facet_code facet_model_inspect(const char *path, const facet_open_options *options, facet_model **out,
                               facet_error *err);
/* Sessions keep their model alive: close in any order. Any thread, once; no other may be using this
 * handle. What was got from the model by pointer goes with the last session. */
void facet_model_close(facet_model *model);

/* What the model is. */
typedef struct facet_model_details {
  const char *architecture;
  int32_t vocab_size, hidden_size, layer_count;
  int32_t max_positions; /* the model's limit of context */
  int32_t max_rows;      /* rows of the largest ladder entry */
  int32_t bos_id, pad_id;
  int32_t stop_count;
  const int32_t *stop_ids;
  const char *weight_format; /* "f32", "bf16", "q8", "q4" */
  /* The checkpoint's sampling defaults. */
  int32_t do_sample, top_k;
  float temperature, top_p, min_p;
  /* The file. */
  const char *path; /* "" for memory */
  uint32_t abi;
  uint64_t file_bytes, weight_bytes;
  const unsigned char *root_digest; /* 32 bytes */
  int32_t variant;                  /* the one in use, or -1 after facet_model_inspect */
  int32_t variant_count, section_count, kernel_count, entry_count, dispatch_count, weight_count, kv_count,
      stream_count;
  int32_t weights_verified; /* 1 if this open hashed the weights, 2 if a stamp stood for it, 0 if neither */
} facet_model_details;
/* Any thread. The strings and arrays live as long as the model. */
void facet_model_describe(const facet_model *model, facet_model_details *out);

/* Tables, by index below the counts above. Out of range: returns 0 and leaves `out` alone; else 1. */
typedef struct facet_variant_details {
  const char *name;
  int32_t machine;   /* ELF e_machine */
  uint32_t features; /* facet_feature of artifact_format.h */
  uint64_t image_bytes, text_bytes;
  const void *image; /* as in the file */
} facet_variant_details;
/* Any thread. `name` and `image` live as long as the model. */
int facet_model_variant(const facet_model *model, int32_t index, facet_variant_details *out);

typedef struct facet_section_details {
  const char *name; /* "weights", "tokenizer", ... */
  uint32_t kind;    /* facet_section_kind of artifact_format.h */
  uint64_t offset, bytes;
  const void *data;
  const unsigned char *sha256;
} facet_section_details;
/* Any thread. `name`, `data` and `sha256` live as long as the model. */
int facet_model_section(const facet_model *model, int32_t index, facet_section_details *out);

/* The bytes of a section by its facet_section_kind, for tokenizer, template and metadata. Returns NULL
 * and a size of 0 where the artifact has none. The bytes are covered by hashes that were checked; what
 * they mean is the reader's to check. Any thread; the bytes live as long as the model. */
const void *facet_model_section_data(const facet_model *model, uint32_t kind, size_t *size);

typedef struct facet_kernel_details {
  const char *name;
  int32_t operand_count;
  uint64_t scratch_bytes; /* of each worker */
} facet_kernel_details;
/* Any thread. `name` lives as long as the model. */
int facet_model_kernel(const facet_model *model, int32_t index, facet_kernel_details *out);
/* Where the kernel's function begins in the image of `variant`. Any thread. */
int facet_model_kernel_offset(const facet_model *model, int32_t variant, int32_t index, uint64_t *offset);

typedef struct facet_entry_details {
  int32_t rows; /* largest number that it takes */
  int32_t first_dispatch, dispatch_count;
  uint64_t arena_bytes;
} facet_entry_details;
/* Any thread. */
int facet_model_entry(const facet_model *model, int32_t index, facet_entry_details *out);

typedef struct facet_dispatch_details {
  const char *name, *kernel_name;
  int32_t kernel, entry;
  int32_t layer;       /* -1 outside the layers */
  int32_t row_set;     /* 0 all rows, 1 rows that go on */
  int32_t unit, units; /* facet_unit of artifact_format.h */
  int32_t operand_count, wait_count;
  const uint32_t *waits; /* dispatches, relative to the entry's first */
  int32_t trace;         /* 0, or 1 + n where an operand is the residual stream after n layers */
} facet_dispatch_details;
/* Any thread. The strings and arrays live as long as the model. */
int facet_model_dispatch(const facet_model *model, int32_t index, facet_dispatch_details *out);

typedef struct facet_operand_details {
  const char *kind; /* "weight", "arena", "rows", "kv", "output", "gathered" */
  const char *name; /* of the weight (gathered too), stream or output; "" for others */
  int32_t index;    /* of the weight, row set, stream or output; experts of an expert plan in the arena */
  int32_t access;   /* 1 read, 2 write, 3 both */
  int32_t reads;    /* weights: 0 streamed, 1 one row per row, 2 by expert */
  uint64_t offset, bytes;
} facet_operand_details;
/* Any thread. The strings and arrays live as long as the model. */
int facet_model_operand(const facet_model *model, int32_t dispatch, int32_t index,
                        facet_operand_details *out);

typedef struct facet_weight_details {
  const char *name, *format; /* "f32", "bf16", "q8", "q4" */
  const char *layout;        /* "rows", "panels" */
  uint64_t offset, bytes, rows, columns;
  const void *data;
} facet_weight_details;
/* Any thread. The strings and `data` live as long as the model. */
int facet_model_weight(const facet_model *model, int32_t index, facet_weight_details *out);

typedef struct facet_kv_details {
  const char *name; /* "sliding", "full" */
  int32_t window;   /* 0: every position is kept */
  int32_t streams;
  const char *format;          /* "f32", "bf16", "q8" */
  uint64_t bytes_per_position; /* of all its streams */
} facet_kv_details;
/* Any thread. The strings and arrays live as long as the model. */
int facet_model_kv(const facet_model *model, int32_t index, facet_kv_details *out);

typedef struct facet_stream_details {
  const char *name; /* the owning layer */
  int32_t kind, heads, head_dim;
  uint64_t bytes_per_position;
} facet_stream_details;
/* Any thread. `name` lives as long as the model. */
int facet_model_stream(const facet_model *model, int32_t index, facet_stream_details *out);

/* ---- Executors ----------------------------------------------------------------------------------------- */

/* A pool of threads. One per process is best: steps of all sessions that share it queue in the order of
 * their calls, and each uses all of its threads, the caller's among them. */
typedef struct facet_executor facet_executor;

/* `threads` counts the caller's; 0 = the CPUs that affinity and cgroup quota leave. At most 256. Any
 * thread; the allocator's context must outlive the executor and the sessions that share it. */
facet_code facet_executor_create(int32_t threads, const facet_allocator *allocator, facet_executor **out,
                                 facet_error *err);
/* Sessions keep their executor alive: destroy in any order. Any thread, once; no other may be using this
 * handle. */
void facet_executor_destroy(facet_executor *executor);
/* Any thread. */
int32_t facet_executor_threads(const facet_executor *executor);
/* What `threads` = 0 gives. Any thread. */
int32_t facet_default_threads(void);

/* ---- Sessions ------------------------------------------------------------------------------------------ */

typedef struct facet_session facet_session;

/* Zero-initialise; 0 or NULL stands for the default in brackets. */
typedef struct facet_session_options {
  size_t size;            /* sizeof(facet_session_options) */
  int32_t context;        /* positions of each sequence [the smaller of the model's limit and 8192] */
  int32_t sequences;      /* that exist at once [1] */
  int32_t page_positions; /* of a KV page, a power of two >= 16 [64] */
  int32_t max_rows;       /* of one facet_session_step [rows of the largest ladder entry] */
  int32_t max_outputs;    /* rows that want something in one step [max_rows, but 64 or `sequences` at most] */
  int32_t rollback;       /* how far facet_sequence_truncate can surely go back [64] */
  int64_t
      pool_positions; /* that all sequences together can hold in kinds without window [context * sequences] */
  uint64_t shuffle_seed;    /* tests: hand out physical pages in an order drawn from this [in order] */
  facet_executor *executor; /* [one of its own, of facet_default_threads] */
  const facet_allocator *allocator; /* [the default one] */
  facet_log log;                    /* says what the session takes */
  const facet_cancel_token *cancel; /* kept: stops this session's steps while it is requested [none] */
} facet_session_options;

#define FACET_MAX_KV_KINDS 16

/* Bytes that a session of these options takes beside the model's weights. */
typedef struct facet_memory_plan {
  facet_session_options options; /* defaults filled in */
  uint64_t weight_bytes;         /* mapped from the file; shared by sessions */
  uint64_t gathered_bytes;       /* of tables that stay in the file: rows are read when tokens need them */
  uint64_t kv_bytes;             /* of all pools */
  uint64_t kv_kind_bytes[FACET_MAX_KV_KINDS]; /* of each; facet_model_kv tells what a position takes */
  uint64_t arena_bytes, output_bytes, scratch_bytes, table_bytes;
  uint64_t session_bytes; /* the sum without weights */
} facet_memory_plan;
/* Fills in defaults and adds up; a model that was opened for inspection will do. Any thread. */
facet_code facet_plan(const facet_model *model, const facet_session_options *options, facet_memory_plan *out,
                      facet_error *err);

/* Allocates all that the session will ever take. Any thread; the session then belongs to one at a time,
 * and keeps model and executor alive. The cancel token and what the allocator and log point to must
 * outlive it. */
facet_code facet_session_create(facet_model *model, const facet_session_options *options, facet_session **out,
                                facet_error *err);
/* The session's thread; its sequences go with it, and the model or executor if it was the last to hold
 * them. */
void facet_session_destroy(facet_session *session);
/* The options with defaults filled in. The session's thread. */
void facet_session_describe(const facet_session *session, facet_session_options *out);

/* ---- Sequences ----------------------------------------------------------------------------------------- */

/* Positions 0 .. length-1 and their keys and values. Owned by its session and gone with it. */
typedef struct facet_sequence facet_sequence;

/* An empty one. The session's thread. */
facet_code facet_sequence_create(facet_session *session, facet_sequence **out, facet_error *err);
/* Gives its pages back. The session's thread. Not after the session is gone: that took it along. */
void facet_sequence_destroy(facet_sequence *sequence);
/* The session's thread. */
int32_t facet_sequence_length(const facet_sequence *sequence);
/* Forgets positions from `length` on. Going back further than the session's `rollback` can be impossible,
 * because sliding layers have given their pages back: that is FACET_BAD_ARGUMENT, and the message names
 * the lowest length. 0 is always possible. The session's thread. */
facet_code facet_sequence_truncate(facet_sequence *sequence, int32_t length, facet_error *err);
/* A new sequence that shares the pages of this one; a page is copied when one of them writes to it. The
 * session's thread. Gone with the session as any other. */
facet_code facet_sequence_fork(facet_sequence *sequence, facet_sequence **out, facet_error *err);
/* The state as bytes, for any session of the same artifact whatever its page size, on any CPU. The
 * session's thread. */
size_t facet_sequence_save_bytes(const facet_sequence *sequence);
/* Writes them; `buffer` is the caller's, of facet_sequence_save_bytes at least. `written` may be NULL.
 * The session's thread. */
facet_code facet_sequence_save(const facet_sequence *sequence, void *buffer, size_t capacity, size_t *written,
                               facet_error *err);
/* Creates a sequence from saved bytes; they may be hostile. The session's thread. `buffer` is copied. */
facet_code facet_sequence_restore(facet_session *session, const void *buffer, size_t size,
                                  facet_sequence **out, facet_error *err);

/* ---- Steps --------------------------------------------------------------------------------------------- */

enum { FACET_WANTS_NOTHING = 0, FACET_WANTS_LOGITS = 1, FACET_WANTS_HIDDEN = 2 };
#define FACET_CAUSAL (-1)

typedef struct facet_row {
  facet_sequence *sequence;
  int32_t position; /* the sequence's length, then the next one, ... */
  int32_t token;    /* 0 .. vocab_size-1 */
  int32_t
      last_visible; /* FACET_CAUSAL, or the last position seen on sliding layers: >= position, in this step */
  uint32_t wants;   /* FACET_WANTS_* bits */
} facet_row;

/* Where results go: f32, row-major, one row for each row of the step that wants it, in the order of the
 * step's rows. A NULL leaves them in the session: see facet_session_logits. */
typedef struct facet_outputs {
  float *logits; /* [rows that want logits][vocab_size] */
  float *hidden; /* [rows that want hidden][hidden_size]: after the final norm */
} facet_outputs;

/* Runs `count` rows, 1 .. max_rows, in any order and of any sequences of the session: prefill chunks, decode
 * batches and verification alike. It succeeds, or the session is as it was before. A row's result does not
 * depend on how rows are cut into steps, on threads, page order or company. `outputs` may be NULL. The
 * session's thread; nothing that is passed need outlive the call. */
facet_code facet_session_step(facet_session *session, const facet_row *rows, int32_t count,
                              const facet_outputs *outputs, facet_error *err);

/* Appends tokens to a sequence in steps of at most max_rows; `wants` and `outputs` are of the last one.
 * When it fails, or is cancelled, the sequence holds the steps that were done: see facet_sequence_length.
 * The session's thread. */
facet_code facet_session_prefill(facet_session *session, facet_sequence *sequence, const int32_t *tokens,
                                 int32_t count, uint32_t wants, const facet_outputs *outputs,
                                 facet_error *err);

/* Results of the last step, by their number among the rows that wanted them, whether or not they were
 * copied out: valid until the next step; NULL out of range. Not kept where the step wrote straight into
 * `outputs` (it does when that is aligned to 64 bytes and in order): then this is a pointer into them.
 * The session's thread. */
const float *facet_session_logits(const facet_session *session, int32_t index);
/* The session's thread. */
const float *facet_session_hidden(const facet_session *session, int32_t index);

/* From any thread: the step in progress, or else the next one, returns FACET_CANCELLED. */
void facet_session_cancel(facet_session *session);

/* ---- Watching ------------------------------------------------------------------------------------------ */

/* Sums over the session's life. */
typedef struct facet_counters {
  uint64_t steps;      /* calls that succeeded */
  uint64_t passes;     /* runs of a ladder entry */
  uint64_t dispatches; /* that ran */
  uint64_t rows;
  uint64_t layer_rows;   /* rows x layers that were carried to the layer's end */
  uint64_t weight_bytes; /* read from weights that are streamed or gathered by row */
  uint64_t expert_bytes; /* read from weights of experts that had rows */
  uint64_t experts;      /* that had rows, in each dispatch of experts */
} facet_counters;
/* The session's thread. */
void facet_session_counters(const facet_session *session, facet_counters *out);

/* The residual stream, as a step computes it. */
typedef struct facet_trace {
  int32_t layers;       /* it has passed: 0 is the embedding */
  int32_t count, width; /* rows, hidden_size */
  const int32_t *rows;  /* [count]: index of each into the step's rows */
  const float *values;  /* [count][width]; valid during the call */
} facet_trace;
/* Called during a step, on any of the executor's threads but one call at a time. Must not call back into the
 * session. NULL ends it. */
typedef void (*facet_trace_fn)(void *context, const facet_trace *trace);
/* The session's thread, between steps; `context` must live until another replaces it or the session is
 * gone. */
void facet_session_set_trace(facet_session *session, facet_trace_fn fn, void *context);

/* What a matrix is multiplied with, as a step computes it. */
typedef struct facet_input {
  int32_t weight;       /* index for facet_model_weight */
  int32_t matrix;       /* of a stack of experts; else 0 */
  int32_t matrices;     /* in that stack; else 1 */
  int32_t count, width; /* rows; columns of the matrix */
  const float *values;  /* [count][width]; valid during the call */
} facet_input;
/* Called during a step on its own thread, for each linear that runs. NULL ends it. Fails unless the session's
 * executor has one thread and its max_rows is 64 at most, and for an artifact with matrices in q8 or q4,
 * which see their inputs rounded. */
typedef void (*facet_input_fn)(void *context, const facet_input *input);
/* The session's thread, between steps; `context` must live until another replaces it or the session is
 * gone. */
facet_code facet_session_set_inputs(facet_session *session, facet_input_fn fn, void *context,
                                    facet_error *err);

/* Time of one dispatch in one pass. */
typedef struct facet_dispatch_time {
  int32_t dispatch;          /* index for facet_model_dispatch */
  int32_t pieces;            /* 0: skipped */
  int32_t experts;           /* that had rows, in a dispatch of experts; else 0 */
  uint64_t start_ns, end_ns; /* of the first piece's start and the last one's end, since the pass began */
  uint64_t busy_ns;          /* sum over pieces */
} facet_dispatch_time;
/* Called after each pass on the thread of the step, with one element for each dispatch of its ladder entry,
 * in order. NULL ends it. */
typedef void (*facet_profile_fn)(void *context, int32_t entry, int32_t rows, uint64_t pass_ns,
                                 const facet_dispatch_time *times, int32_t count);
/* The session's thread, between steps; `context` must live until another replaces it or the session is
 * gone. */
void facet_session_set_profile(facet_session *session, facet_profile_fn fn, void *context);

/* ---- From logits to tokens ----------------------------------------------------------------------------- */

/* Applied in this order: temperature, top-k, top-p, min-p, draw. */
typedef struct facet_sampler_options {
  size_t size;       /* sizeof(facet_sampler_options) */
  int32_t greedy;    /* not 0: the largest logit, ties to the lowest id; the rest is ignored */
  int32_t top_k;     /* 0: all; ties at the edge go to the lowest ids */
  float temperature; /* 0: greedy */
  float top_p;       /* the smallest set of likeliest tokens that reaches it; 0 or >= 1: all */
  float min_p;       /* drops what is less likely than this share of the likeliest; 0: none */
  uint64_t seed;
} facet_sampler_options;

/* The checkpoint's defaults, seed 0. Any thread. */
void facet_sampler_defaults(const facet_model *model, facet_sampler_options *out);

/* Draw n depends on seed, n and the logits alone. Belongs to one thread at a time. */
typedef struct facet_sampler facet_sampler;
/* Any thread; nothing that is passed need outlive the call but the allocator's context, which the sampler
 * uses when it is destroyed. */
facet_code facet_sampler_create(int32_t vocab_size, const facet_sampler_options *options,
                                const facet_allocator *allocator, facet_sampler **out, facet_error *err);
/* The sampler's thread. */
void facet_sampler_destroy(facet_sampler *sampler);
/* `logits` is f32 [vocab_size]; -inf bars a token. Fails on NaN, +inf or nothing left to choose. The
 * sampler's thread; nothing of `logits` is kept. */
facet_code facet_sampler_next(facet_sampler *sampler, const float *logits, int32_t *token, facet_error *err);
/* The number of the next draw, from 0. The sampler's thread. */
uint64_t facet_sampler_draw(const facet_sampler *sampler);
/* The sampler's thread. */
void facet_sampler_set_draw(facet_sampler *sampler, uint64_t draw);

/* The largest logit's index; ties go to the lowest. Any thread. */
int32_t facet_argmax(const float *logits, int32_t vocab_size);
/* Natural logarithm of softmax(logits)[token]; NaN if `token` is out of range. Any thread. */
double facet_log_probability(const float *logits, int32_t vocab_size, int32_t token);
/* The `count` likeliest tokens, best first, ties to the lowest id. Returns how many there were. Any
 * thread. */
int32_t facet_top_log_probabilities(const float *logits, int32_t vocab_size, int32_t count, int32_t *tokens,
                                    double *values);

/* ---- Generating ids ------------------------------------------------------------------------------------ */

typedef enum facet_finish {
  FACET_FINISH_STOP = 0,    /* a stop id, which is delivered, but not stepped */
  FACET_FINISH_LENGTH = 1,  /* max_tokens */
  FACET_FINISH_CONTEXT = 2, /* the context is full */
  FACET_FINISH_CALLBACK = 3 /* the callback asked to end */
} facet_finish;

/* Called on the caller's thread with each token; not 0 ends the generation. */
typedef int (*facet_token_fn)(void *context, int32_t token);

typedef struct facet_generate_options {
  size_t size;             /* sizeof(facet_generate_options) */
  int32_t max_tokens;      /* 0: up to the context */
  const int32_t *stop_ids; /* NULL: the model's */
  int32_t stop_count;
  facet_token_fn on_token; /* may be NULL */
  void *context;
} facet_generate_options;

typedef struct facet_generated {
  int32_t tokens; /* delivered */
  facet_finish finish;
} facet_generated;

/* Appends `prompt` (at least one token) to the sequence, then draws and steps token after token. When it
 * fails, `out` tells how far it got. The session's thread, which must be the sampler's too; nothing that
 * is passed need outlive the call. */
facet_code facet_generate_ids(facet_session *session, facet_sequence *sequence, const int32_t *prompt,
                              int32_t count, facet_sampler *sampler, const facet_generate_options *options,
                              facet_generated *out, facet_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif

/* Text in, text out: the tokenizer and chat template of a model, and generation of text. On top of facet.h;
 * the library that holds it needs the C++ standard library, facet.h does not.
 *
 * Texts are UTF-8 of a given size and need no NUL. A function that fills a caller's buffer always stores how
 * much there is, and fails with FACET_BAD_ARGUMENT where the buffer is too small, having written nothing:
 * call it with a capacity of 0 to ask. */
#ifndef FACET_RUNTIME_FACET_TEXT_H
#define FACET_RUNTIME_FACET_TEXT_H

#include "facet.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* ---- The text side of a model -------------------------------------------------------------------------- */

/* Immutable: any number of threads may use one at once. */
typedef struct facet_text facet_text;

/* Checks tokenizer, template and special tokens of `model`, which must stay open until the text is closed.
 * Any thread. FACET_BAD_ARTIFACT where the model has no tokenizer or a damaged one. */
facet_code facet_text_open(facet_model *model, facet_text **out, facet_error *err);
/* NULL is safe. No other thread may be using it. */
void facet_text_close(facet_text *text);

/* Text to ids. `specials` not 0: names of control tokens in it become those tokens, and <bos> goes in front
 * where the model has one; use it for prompts of your own alone. 0: the text is data and yields no control
 * token. Any thread. */
facet_code facet_text_encode(const facet_text *text, const char *bytes, size_t size, int specials,
                             int32_t *ids, size_t capacity, size_t *count, facet_error *err);
/* A conversation to ids, by the model's chat template. `json`: a list of {"role", "content"}, or an object
 * with "messages" and maybe "tools", "enable_thinking" and other options of the template. What it says never
 * yields control tokens. Any thread. */
facet_code facet_text_encode_chat(const facet_text *text, const char *json, size_t size, int32_t *ids,
                                  size_t capacity, size_t *count, facet_error *err);
/* Ids to text, control tokens left out unless `specials` is not 0. Bytes that are no UTF-8 become U+FFFD. Any
 * thread. */
facet_code facet_text_decode(const facet_text *text, const int32_t *ids, size_t count, int specials,
                             char *bytes, size_t capacity, size_t *size, facet_error *err);

/* ---- Generating text ----------------------------------------------------------------------------------- */

typedef enum facet_text_part {
  FACET_TEXT_ANSWER = 0,
  FACET_TEXT_THOUGHT = 1 /* what a thinking model says to itself */
} facet_text_part;

/* Receives text as it comes: whole characters that are not taken back, `size` > 0 bytes, valid during the
 * call. Called on the thread of facet_text_generate. Not 0 ends the generation. */
typedef int (*facet_text_fn)(void *context, facet_text_part part, const char *bytes, size_t size);

/* Zero-initialise, then set `size`. */
typedef struct facet_text_options {
  size_t size;                           /* sizeof(facet_text_options) */
  int32_t max_tokens;                    /* 0: up to the context */
  int32_t stop_count;                    /* of `stops` */
  const char *const *stops;              /* NUL-terminated UTF-8; each ends the answer, before it */
  const facet_sampler_options *sampling; /* NULL: the checkpoint's */
  facet_text_fn on_text;                 /* may be NULL */
  void *context;                         /* handed to on_text */
} facet_text_options;

typedef struct facet_text_generated {
  int32_t tokens;      /* generated, a stop token among them */
  facet_finish finish; /* FACET_FINISH_CALLBACK where on_text asked to end */
  int32_t stopped;     /* not 0: by a string of `stops` */
} facet_text_generated;

/* Appends `prompt` (at least one id) to `sequence` and what the model says to that. `options` and `out` may
 * be NULL. On the session's thread, one call at a time; several sessions may generate at once, from one
 * facet_text. When it fails or is cancelled, the sequence holds what was stepped, and `out` says how far it
 * came. */
facet_code facet_text_generate(const facet_text *text, facet_session *session, facet_sequence *sequence,
                               const int32_t *prompt, int32_t count, const facet_text_options *options,
                               facet_text_generated *out, facet_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
